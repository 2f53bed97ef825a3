"""The figures that were published of Impulsem, when all that was said is pasted into the capture page."""

from contributions import notebooks
from contributions.models import EntryKind
from contributions.notebooks import Notetaker
from events.services import get_event
from tests.factories import NOW
from tests.test_impulsem import IMPORTS, PUBLISHED, figures, noted, read_lines, run

BULLETS = ("- ", "• ", "{}. ", "({}) ", "")
READ = """async (lists) => {
    const { readLines } = await import("/static/capture-paste.js");
    return lists.map(readLines);
}"""


def as_list(lines):
    """What was said as somebody has it in a document, proposals with their sign."""
    return "\r\n".join(
        BULLETS[number % len(BULLETS)].format(number % 100) + ("→ " if kind is EntryKind.PROPOSAL else "") + text
        for number, (kind, text) in enumerate(lines)
    )


def test_the_figures_of_impulsem_are_those_published_when_everything_was_pasted(phone, site):
    for words in IMPORTS[:2]:
        site.call(run, site.app, *words)
    codes = site.call(lambda: [session.code for session in get_event("impulsem-1").sessions])
    phone.goto("/")

    read = phone.evaluate(READ, [as_list(read_lines(code)) for code in codes])

    def write():
        for session, lines in zip(get_event("impulsem-1").sessions, read, strict=True):
            acts = [
                noted(EntryKind.PROPOSAL if each["proposes"] else EntryKind.CONTRIBUTION, each["text"])
                for each in lines
            ]
            notebooks.accept(session, acts, by=Notetaker(), now=NOW)

    site.call(write)
    assert [[line["text"] for line in lines] for lines in read] == [[t for _, t in read_lines(code)] for code in codes]
    assert site.call(figures, site.app, "impulsem-1") == ("impulsem-1", PUBLISHED)
