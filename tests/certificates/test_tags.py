"""Every paper is tagged: all that it shows is told in reading order, or is nothing that needs telling."""

import io
from dataclasses import replace

import pikepdf
import pytest

from certificates import figure_papers, papers
from certificates.label_sheets import SHEETS
from certificates.labels import Mark
from certificates.models import CertifiedRole, PageSize
from certificates.pdf.certificate import write_certificate, write_certificates
from certificates.pdf.labels import write_test_sheet
from certificates.pdf.layout import Column, Row, draw_blocks, draw_pages, heading, open_canvas, paginate, paragraph
from certificates.pdf.tags import Tag
from certificates.pdf.typeface import Style
from events.models import Dimension
from figures import figures
from tests import factories
from tests.certificates.samples import (
    make_certified,
    make_content,
    make_issued,
    make_labels,
    make_list,
    make_picture,
    make_signature_sheets,
    write,
)
from tests.certificates.structures import Structure, find_problems

HOSTILE = {
    "markup": "<b>Núria</b> &amp; \"'=1+1 ]]> (\\) Tj",
    "control": "Núria\x00\x07 \x1bPla",
    "right to left": "\u202eairúN \u200fPla",
    "arabic": "محمد الأمين",
    "chinese": "李小龙",
    "cyrillic": "Олександра Коваленко",
    "greek": "Γιώργος Παπαδόπουλος",
    "vietnamese": "Nguyễn Thị Ánh",
    "emoji": "Núria 👩🏽‍🚒❤️",
    "lone surrogate": "N\ud800úria",
    "without end": "W" * 3000,
    "nothing": "",
}
WRITTEN = {  # those that the font has all signs of, as they are read from the paper
    "cyrillic": "Олександра Коваленко",
    "greek": "Γιώργος Παπαδόπουλος",
    "vietnamese": "Nguyễn Thị Ánh",
}
STYLE = Style(12, 16)


def make_certificate(text="Núria") -> bytes:
    """Two certificates: all that is typed is on one of them or the other."""
    sessions = (make_certified("T1", text), make_certified("T2", text, after=2))
    names = ("name", "event", "organiser", "venue", "address", "place", "signatory_name", "signatory_post")
    ours = make_issued(sessions=sessions, **dict.fromkeys(names, text))
    theirs = make_issued(text=f"{text}\n{text}", approver_name=text, approver_post=text, identity=text)
    return write(lambda file: write_certificates([ours, theirs], file, language="ca", title=text, author=text))


def make_figures(text="Núria") -> bytes:
    """Figures of a process with two events, so that every part and every kind of chart is there."""
    process = factories.make_process(title=text[:100])
    for number in range(2):
        event = factories.make_event(process_id=process.id, slug=f"jornada-{number}", title=text[:200])
        first = factories.make_session(event, "T1", dimension=Dimension.INTERNAL, title=text[:200])
        factories.make_session(event, "T2", dimension=Dimension.CITIZENS, declared_participants=12, title=text[:200])
        registration = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(registration, first)
        factories.make_entry(first, topic_name=text[:80])
    scope = figures.of_process(process)
    return papers.draw_figures(figure_papers.make_present(process, scope, left_out=0, now=factories.NOW))


PAPERS = {
    "certificate": make_certificate,
    "signature sheets": make_signature_sheets,
    "attendee list": make_list,
    "labels": make_labels,
    "figures": make_figures,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("make", PAPERS.values(), ids=PAPERS)
def test_every_paper_tells_all_that_it_shows_whatever_was_typed(in_catalan, make, text):
    stored = text.encode("utf-8", "ignore").decode().replace("\x00", "") if make is make_figures else text

    assert find_problems(make(stored)) == []


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("make", PAPERS.values(), ids=PAPERS)
def test_names_in_scripts_that_the_font_has_are_told_as_they_are(in_catalan, make, text):
    said = " ".join(element.words for element in Structure(make(text)).document.walk())

    assert text in said


def test_a_certificate_is_told_in_reading_order(in_catalan, golden):
    document = make_issued(approver_name="Cleo Forana", approver_post="directora", identity="***4567**")
    issued = replace(document, number=12, year=2026, logo=make_picture(), signature=make_picture((0, 0, 0, 255)))

    structure = Structure(write(write_certificate, issued))

    assert structure.problems == []
    assert structure.document.outline() == (golden / "structure_ca.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "values",
    [
        {"role": role, "page_size": size, "sessions": sessions}
        for role, size, sessions in (
            (CertifiedRole.FACILITATOR, PageSize.A4, (make_certified(),)),
            (CertifiedRole.SPEAKER, PageSize.LETTER, ()),
            (CertifiedRole.ORGANISER, PageSize.LETTER, ()),
        )
    ]
    + [
        {"text": "{name} hi va ser.\n\nI tant.", "sessions": ()},
        {"sessions": tuple(make_certified(f"T{n}", f"Taller {n}", after=n) for n in range(40))},
        {"signatory_name": "", "signatory_post": ""},
        {"sessions": (make_certified(hours=2), make_certified("T2", "Taller 2", hours=2, after=1))},
    ],
)
def test_every_kind_of_certificate_is_tagged(in_catalan, values):
    assert find_problems(write(write_certificate, make_issued(**values))) == []


def test_a_specimen_says_that_it_is_one(in_catalan):
    specimen = replace(make_issued(), code="", verification_url="", is_specimen=True)

    structure = Structure(write(write_certificate, specimen))

    assert structure.problems == []
    assert [each.words for each in structure.find("P")][1] == "Això és una mostra: no certifica res."
    assert structure.find("Figure") == structure.find("Link") == []


def test_each_certificate_of_a_document_is_a_part_in_its_language(in_catalan):
    certificates = [
        make_issued(),
        make_issued(language="es"),
        replace(make_issued(), content=make_content(language="en")),
    ]

    document = write(lambda file: write_certificates(certificates, file, language="ca", title="Tots", author="Equip"))

    assert find_problems(document) == []
    parts = Structure(document).find("Sect")
    assert [(part.language, part.kids[1].words) for part in parts] == [
        ("ca", "JUSTIFICANT D’ASSISTÈNCIA"),
        ("es", "JUSTIFICANTE DE ASISTENCIA"),
        ("en", "STATEMENT OF ATTENDANCE"),
    ]


@pytest.mark.parametrize("columns", [1, 4, 8, 12])
def test_lists_of_any_width_are_tables(in_catalan, columns):
    document = make_list(columns=columns)

    assert find_problems(document) == []
    (table,) = Structure(document).find("Table")
    assert [cell.scope for cell in table.kids[0].kids] == ["Column"] * len(table.kids[0].kids)
    assert (len(table.kids), table.kids[60].kids[0].words) == (61, "60")


@pytest.mark.parametrize("mark", list(Mark))
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_of_labels_is_tagged(in_catalan, sheet, mark):
    assert find_problems(make_labels(sheet=sheet, mark=mark)) == []


def test_a_test_sheet_is_tagged(in_catalan):
    document = write(lambda file: write_test_sheet(SHEETS["70x37"], file, event="Jornada", author="Equip"))

    assert find_problems(document) == []


def test_a_table_over_pages_is_one_table_and_its_head_is_told_once():
    columns = (Column(0, 100, STYLE), Column(110, 100, STYLE, align_right=True))
    head = Row(columns, ("Nom", "Hores"), 210, is_head=True, keep_with_next=True)
    rows = [Row(columns, (f"Persona {number}", str(number)), 210, head=head, names=0) for number in range(50)]
    blocks = [*heading([("Llista", STYLE, 0)], 210, most_lines=1), head, *rows]

    structure = Structure(draw(blocks))

    (table,) = structure.find("Table")
    assert structure.problems == []
    assert [[cell.words for cell in row.kids] for row in table.kids] == [
        ["Nom", "Hores"],
        *([f"Persona {number}", str(number)] for number in range(50)),
    ]


@pytest.mark.parametrize(("tag", "where"), [(Tag.P, "P"), (Tag.LI, "LBody")])
def test_what_goes_on_over_pages_is_told_as_one(tag, where):
    words = " ".join(f"paraula{number}" for number in range(900))
    blocks = [*heading([("Text", STYLE, 0)], 400, most_lines=1), paragraph(words, STYLE, 400, tag=tag)]

    structure = Structure(draw(blocks))

    assert structure.problems == []
    assert [each.words for each in structure.find(where)] == [words]


def test_what_follows_another_in_a_list_is_in_the_same_list():
    items = [paragraph(f"Punt {number}", STYLE, 200, tag=Tag.LI) for number in range(3)]
    title = heading([("Llista", STYLE, 0)], 200, most_lines=1)

    structure = Structure(draw([*title, *items, paragraph("Després", STYLE, 200), *items[:1]]))

    assert structure.problems == []
    assert [len(each.kids) for each in structure.find("L")] == [3, 1]


def draw(blocks) -> bytes:
    file = io.BytesIO()
    canvas = open_canvas(file, language="ca", title="Prova", author="Equip", subject="Prova")
    draw_pages(canvas, paginate(blocks, 600), 60, lambda _number, _total: 700)
    canvas.save()
    return file.getvalue()


def test_headings_that_one_jumps_to_lead_to_their_pages():
    file = io.BytesIO()
    canvas = open_canvas(file, language="ca", title="Prova", author="Equip", subject="Prova")
    for number in range(3):
        canvas.bookmarkPage(f"{number}")
        canvas.addOutlineEntry(f"Part {number} · à", f"{number}", level=min(number, 1))
        draw_blocks(canvas, [paragraph(f"Part {number}", STYLE, 200, tag=Tag.H1 if number == 0 else Tag.H2)], 60, 700)
        canvas.showPage()
    canvas.save()

    assert find_problems(file.getvalue()) == []
    with pikepdf.open(file) as document, document.open_outline() as outline:
        (first,) = outline.root
        entries = [first, *first.children]
        places = [(entry.title, document.pages.index(pikepdf.Page(entry.destination[0]))) for entry in entries]
    assert places == [("Part 0 · à", 0), ("Part 1 · à", 1), ("Part 2 · à", 2)]


def test_a_file_is_what_it_says_whatever_reads_it(in_catalan, reader):
    document = make_signature_sheets()

    info = reader.info(document)
    assert (info["PDF version"], info["Tagged"]) == ("1.7", "yes")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}


@pytest.mark.parametrize("make", [make_certificate, make_signature_sheets, make_list, make_labels])
def test_the_same_content_gives_the_same_bytes(in_catalan, make):
    assert make() == make()
