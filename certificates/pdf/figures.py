"""Figures on paper: their table and definitions, what is not known, the charts; then by event, topic and session."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import IO

from flask_babel import format_decimal
from flask_babel import gettext as _

from certificates.paper_content import FigurePaper
from certificates.pdf.charts import draw_charts, draw_multiples
from certificates.pdf.layout import Block, Lines, Row, draw_pages, heading, open_canvas, paginate, paragraph
from certificates.pdf.report import (
    CELL,
    HEADING,
    HEADING_LINES,
    MARGIN,
    NOTE,
    QUIET,
    ROOM,
    STRONG,
    SUBHEADING,
    TEXT_WIDTH,
    Table,
    explain_hidden,
    furnish,
    opening,
    share_of_codes,
    with_notes,
    write_number,
)
from certificates.pdf.tags import Tag
from certificates.pdf.typeface import break_lines
from contributions.labels import say_dimension
from core.languages import use_language
from core.text import clean_text
from events.models import Dimension
from figures.figure_lists import HIDDEN, UNKNOWN, describe
from figures.figure_reports import FigureReport, Line
from figures.figure_rows import Known
from figures.figures import Declared, DeclaredFigures, Figures
from figures.known_numbers import NUMBERS, OF_ENTRIES, OF_PEOPLE, read_numbers
from figures.labels import DEFINITIONS, FIGURES
from figures.public_figures import Part
from figures.small_cells import TOTAL

_NUMBER = (0.145, CELL, True)
FIGURE_TABLE = Table((0.275, CELL, False), *(_NUMBER for _name in NUMBERS))
TOPIC_TABLE = Table((0.66, CELL, False), (0.17, CELL, True), (0.17, CELL, True))
_SESSION, _LEAST_CODE = 0.46, 0.12  # code and title together; the code at least


def write_figures(paper: FigurePaper, file: IO[bytes]) -> None:
    """Write the figures as one document."""
    with use_language(paper.language):
        label = _("Figures")
        title = f"{label} · {paper.name}"
        canvas = open_canvas(
            file, language=paper.language, title=title, author=paper.author, subject=paper.title or paper.name
        )
        blocks = [
            *_heading(paper, label),
            *_by_dimension(paper),
            *_by_event(paper),
            *_by_topic(paper),
            *_by_session(paper),
            *_checksum(paper),
        ]
        draw_pages(canvas, paginate(blocks, ROOM), MARGIN, lambda number, total: furnish(canvas, title, number, total))
    canvas.save()


def _heading(paper: FigurePaper, label: str) -> list[Block]:
    blocks = opening(label, paper.name, paper.facts)
    if paper.title:
        blocks += heading([(paper.title, HEADING, 16)], TEXT_WIDTH, most_lines=HEADING_LINES, tag=Tag.P)
    lines = [line for line in clean_text(paper.note).split("\n") if line]
    blocks += [paragraph(line, CELL, TEXT_WIDTH, space=4) for line in lines]
    if paper.warning:
        blocks.append(paragraph(paper.warning, STRONG, TEXT_WIDTH, space=10))
    return blocks


def _by_dimension(paper: FigurePaper) -> list[Block]:
    report, table = paper.report, FIGURE_TABLE
    if not report.table.total.sessions:
        words = _("The programme has no working sessions yet, so there is nothing to count.")
        return [paragraph(words, CELL, TEXT_WIDTH, space=24)]
    head = table.head(_("Dimension"), *_name(NUMBERS))
    rows = [_set_part(head, dimension, figures, report) for dimension, figures in report.table.dimensions.items()]
    foot = _set_part(head, TOTAL, report.table.total, report)
    return [
        paragraph(_("Figures per dimension"), HEADING, TEXT_WIDTH, space=24, keep_with_next=True, tag=Tag.H2),
        head,
        *with_notes([*rows, foot], [*_explain_dash([*rows, foot]), *_notes(report)]),
        *draw_charts(paper.charts.by_dimension, space=20),
        *_definitions(),
    ]


def _notes(report: FigureReport) -> Iterator[str]:
    """What must be known to read the figures right: the same as on the page."""
    if report.hidden:
        yield explain_hidden()
    for note in describe(report.table.total):
        if note.known is not Known.DECLARED_PARTICIPANTS or (report.tells_declared and not report.hidden):
            yield note.text


def _definitions() -> list[Block]:
    words = _("What is counted, and how")
    title = paragraph(words, SUBHEADING, TEXT_WIDTH, space=18, keep_with_next=True, tag=Tag.H3)
    texts = (f"{name}. {words}" for name, words in DEFINITIONS)
    return [title, *(paragraph(text, NOTE, TEXT_WIDTH, space=4, tag=Tag.LI) for text in texts)]


def _by_event(paper: FigurePaper) -> list[Block]:
    lines, table = paper.report.events, FIGURE_TABLE
    if not lines:
        return []
    head = table.head(_("Event"), *_name(NUMBERS))
    rows = [_set_line(table, head, (line.name,), line, NUMBERS) for line in lines]
    return _part(_("By event"), head, rows, draw_multiples(paper.charts.by_event))


def _by_topic(paper: FigurePaper) -> list[Block]:
    lines, table = paper.report.topics, TOPIC_TABLE
    if not lines:
        return []
    head = table.head(_("Topic"), *_name(OF_ENTRIES))
    rows = [_set_line(table, head, (line.name,), line, OF_ENTRIES) for line in lines]
    return _part(_("By topic"), head, rows, draw_charts(paper.charts.by_topic, space=16))


def _by_session(paper: FigurePaper) -> list[Block]:
    lines = paper.report.sessions
    if not lines:
        return []
    code = share_of_codes((line.code for line in lines), len(NUMBERS) + 1, _LEAST_CODE)
    numbers = [(0.135, CELL, True)] * len(NUMBERS[1:])
    table = Table((code, QUIET, False), (_SESSION - code, CELL, False), *numbers, names=1)
    head = table.head(_("Code"), _("Session"), *_name(NUMBERS[1:]))
    blocks: list[Block] = []
    for event, some in groupby(lines, key=lambda line: line.event):
        if event:
            title = break_lines(event, STRONG, TEXT_WIDTH, HEADING_LINES)
            blocks.append(Lines(title, STRONG, space=12, keep_with_next=True, head=head))
        blocks += [_set_session(table, head, line) for line in some]
    return _part(_("By session"), head, blocks, draw_multiples(paper.charts.by_session))


def _checksum(paper: FigurePaper) -> list[Block]:
    if not paper.checksum:
        return []
    return [
        paragraph(_("Checksum"), HEADING, TEXT_WIDTH, space=26, keep_with_next=True, tag=Tag.H2),
        paragraph(paper.checksum, CELL, TEXT_WIDTH, space=6, keep_with_next=True),
        paragraph(_("SHA-256 of the JSON file: whoever has the file can compute it again."), NOTE, TEXT_WIDTH, space=4),
    ]


def _part(title: str, head: Row, rows: Sequence[Block], charts: list[Block]) -> list[Block]:
    heading_of_part = paragraph(title, HEADING, TEXT_WIDTH, space=26, keep_with_next=True, tag=Tag.H2)
    return [heading_of_part, head, *with_notes(rows, _explain_dash(rows)), *charts]


def _explain_dash(rows: Sequence[Block]) -> list[str]:
    if not any(cell == UNKNOWN for row in rows if isinstance(row, Row) for cell in row.cells[1:]):
        return []
    words = _("not known")
    return [f"{UNKNOWN} {words}"]


def _name(numbers: Sequence[str]) -> list[str]:
    return [str(FIGURES[name]) for name in numbers]


def _set_part(head: Row, part: Part, figures: Figures, report: FigureReport) -> Row:
    """The row of a dimension or of the total, and what of it was declared."""
    is_total = part == TOTAL
    name = _("total") if is_total else say_dimension(Dimension(part) if part else None)
    numbers = read_numbers(figures)
    is_hidden = part in report.hidden
    cells = [HIDDEN if is_hidden and each in OF_PEOPLE else write_number(numbers[each]) for each in NUMBERS]
    tells_people = report.tells_declared and not is_hidden
    declared = _write_declared(NUMBERS, numbers, figures.declared, tells_people=tells_people)
    make = FIGURE_TABLE.foot if is_total else FIGURE_TABLE.body
    return replace(make(head, name, *cells), said=("", *declared))


def _set_line(table: Table, head: Row, names: tuple[str, ...], line: Line, numbers: Sequence[str]) -> Row:
    """The row of an event, a topic or a session, and what of it was declared."""
    row = table.body(head, *names, *(write_number(line.numbers[name]) for name in numbers))
    declared = _write_declared(numbers, line.numbers, line.declared, tells_people=True)
    return replace(row, said=(*("" for _name in names), *declared))


def _write_declared(
    names: Sequence[str], numbers: Mapping[str, int | None], declared: DeclaredFigures, *, tells_people: bool
) -> list[str]:
    """Write what of each number was declared, or what was besides; nothing where nothing was."""
    words = dict.fromkeys(names, "")
    if "participants" in words and tells_people and numbers["participants"] and declared.participants.count:
        words["participants"] = _("%(count)s of them declared", count=format_decimal(declared.participants.count))
    for name in OF_ENTRIES:
        besides: Declared = getattr(declared, name)
        if besides.sessions:
            words[name] = _("+ %(count)s declared", count=format_decimal(besides.count))
    return [words[name] for name in names]


def _set_session(table: Table, head: Row, line: Line) -> Row:
    """The row of a session, its dimension beneath its title."""
    row = _set_line(table, head, (line.code, line.name), line, NUMBERS[1:])
    code, _title, *declared = row.said
    return replace(row, said=(code, say_dimension(line.dimension) if line.dimension else "", *declared))
