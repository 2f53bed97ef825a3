"""An attendee list for a purpose on paper: what it is and what for, then its rows, numbered, their head repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import IO

from flask_babel import gettext as _
from flask_babel import ngettext
from reportlab.pdfgen.canvas import Canvas

from certificates.paper_content import ListGroup, PrintedList
from certificates.pdf.layout import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_pages,
    draw_rule,
    heading,
    open_canvas,
    paginate,
    paragraph,
)
from certificates.pdf.tags import Tag, artifact
from certificates.pdf.typeface import ACCENT, INK, LINE, MUTED, SEMIBOLD, Style, break_lines, printable, width
from core.dates import format_moment, format_period
from core.languages import use_language

MARGIN = 48.0
FOOT = 36.0
GAP = 8.0
NUMBER_WIDTH = 26.0
TICK = 11.0  # the side of a square to tick
MOST_UPRIGHT = 4
"""How many columns stand beside each other on an upright page; more lie on a broad one."""
MOST_ABREAST = 11
"""How many at all: of more, each row is the name and, beside it, everything else by its heading."""
_NAMES = 2  # columns that such a row begins with
_SHARE_OF_NAME = 0.3
_NARROW = 90.0
_SAMPLE = 400  # rows that tell how wide the columns must be
_CELL_LINES = 12

LABEL = Style(8.5, 12, SEMIBOLD, ACCENT, tracking=1.4)
TITLE = Style(16, 19, SEMIBOLD)
PURPOSE = Style(10.5, 14)
FACTS = Style(9.5, 13, colour=MUTED)
ROOM = Style(12, 15, SEMIBOLD)
HEAD = Style(8.5, 11, SEMIBOLD, MUTED)
CELL = Style(9.5, 12.5)
QUIET = Style(9.5, 12.5, colour=MUTED)
FOOTER = Style(8, 10, colour=MUTED)


@dataclass(frozen=True)
class TickedRow(Row):
    """A row with a square at its end to tick by hand."""

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        super().draw(canvas, left, top)
        with artifact(canvas):
            canvas.setStrokeColor(LINE)
            canvas.setLineWidth(0.8)
            canvas.rect(left + self.width - TICK, top - self.padding - TICK, TICK, TICK)


@dataclass(frozen=True)
class Shape:
    """How a list lies on its pages."""

    header: tuple[str, ...]
    sample: Sequence[Sequence[str]]
    is_ticked: bool = False

    @property
    def page(self) -> tuple[float, float]:
        return (PAGE_HEIGHT, PAGE_WIDTH) if len(self.header) > MOST_UPRIGHT else (PAGE_WIDTH, PAGE_HEIGHT)

    @property
    def text_width(self) -> float:
        return self.page[0] - 2 * MARGIN

    @property
    def is_abreast(self) -> bool:
        return len(self.header) <= MOST_ABREAST

    @cached_property
    def columns(self) -> list[Column]:
        """The number of the row, then each column as wide as what stands in it asks for."""
        columns = [Column(0, NUMBER_WIDTH, QUIET, align_right=True)]
        left = NUMBER_WIDTH + GAP
        for wide in self._share(self.text_width - left - (GAP + TICK if self.is_ticked else 0)):
            columns.append(Column(left, wide, CELL, most_lines=_CELL_LINES))
            left += wide + GAP
        return columns

    @property
    def head(self) -> Row:
        """The headings, above a line."""
        cells = self.header if self.is_abreast else (" ".join(self.header[:_NAMES]), "")
        columns = [Column(column.left, column.width, HEAD, column.align_right) for column in self.columns]
        cells = (_("No."), *cells)
        return Row(columns, cells, self.text_width, rule=(1.0, INK), keep_with_next=True, space=8, is_head=True)

    def row(self, number: int, cells: Sequence[str], head: Row) -> Row:
        """A row that goes on under `head` on the next page."""
        if not self.is_abreast:
            named = zip(self.header[_NAMES:], cells[_NAMES:], strict=True)
            rest = " · ".join(f"{name}: {cell}" for name, cell in named if cell)
            cells = (" ".join(filter(None, cells[:_NAMES])), rest)
        make = TickedRow if self.is_ticked else Row
        return make(self.columns, (str(number), *cells), self.text_width, head=head, names=1)

    def _share(self, room: float) -> list[float]:
        """Deal the width out: narrow columns get what they need, and what is left is for those that can wrap."""
        if not self.is_abreast:
            room -= GAP
            return [room * _SHARE_OF_NAME, room * (1 - _SHARE_OF_NAME)]
        room -= GAP * (len(self.header) - 1)
        wanted = [max(width(printable(name), HEAD), self._need(place)) for place, name in enumerate(self.header)]
        widths, left = [0.0] * len(wanted), room
        for dealt, place in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[place] = min(wanted[place], left / (len(wanted) - dealt))
            left -= widths[place]
        return [each + left / len(widths) for each in widths]

    def _need(self, place: int) -> float:
        """How wide all cells of a narrow column are, and nine of ten of a wide one."""
        needs = sorted(width(printable(row[place]), CELL) for row in self.sample)
        if not needs:
            return 0.0
        return needs[-1] if needs[-1] <= _NARROW else max(needs[len(needs) * 9 // 10], _NARROW)


def write_attendee_list(printed: PrintedList, file: IO[bytes]) -> None:
    """Write the list as one document."""
    sample = [row for group in printed.groups for row in group.rows[:_SAMPLE]]
    shape = Shape(printed.header, sample, is_ticked=printed.is_ticked)
    with use_language(printed.language):
        title = f"{printed.name} · {printed.event}"
        canvas = open_canvas(
            file,
            language=printed.language,
            title=title,
            author=printed.organiser,
            subject=printed.purpose,
            page_size=shape.page,
        )
        top = shape.page[1] - 44
        blocks = [*_heading(printed, shape.text_width), *_body(printed.groups, shape)]
        draw_pages(
            canvas,
            paginate(blocks, top - FOOT - 22),
            MARGIN,
            lambda number, total: _furnish(canvas, printed, shape, (number, total)),
        )
    canvas.save()


def _furnish(canvas: Canvas, printed: PrintedList, shape: Shape, page: tuple[int, int]) -> float:
    words = _("Page %(number)s of %(total)s", number=page[0], total=page[1])
    moment = _("printed on %(moment)s", moment=format_moment(printed.printed_at, printed.zone))
    text = f"{printed.name} · {printed.event} · {moment}"
    with artifact(canvas):
        draw_rule(canvas, MARGIN, FOOT + 6, shape.text_width, (0.8, ACCENT))
        draw_blocks(canvas, [Lines(break_lines(text, FOOTER, shape.text_width - 90, 1), FOOTER)], MARGIN, FOOT)
        draw_blocks(canvas, [Lines((words,), FOOTER)], MARGIN + shape.text_width - width(words, FOOTER), FOOT)
    return shape.page[1] - 44


def _heading(printed: PrintedList, limit: float) -> list[Block]:
    count = sum(len(group.rows) for group in printed.groups)
    rows = ngettext("%(num)d row", "%(num)d rows", count)
    texts = (
        (printed.name.upper(), LABEL, 0),
        (printed.event, TITLE, 6),
        (printed.purpose, PURPOSE, 4),
        (format_period(printed.starts_at, printed.ends_at, printed.zone), FACTS, 4),
        (f"{printed.organiser} · {rows}", FACTS, 0),
    )
    return heading(texts, limit, most_lines=4)


def _body(groups: Sequence[ListGroup], shape: Shape) -> list[Block]:
    blocks: list[Block] = []
    for group in groups:
        if group.title:
            blocks.append(paragraph(group.title, ROOM, shape.text_width, space=20, keep_with_next=True, tag=Tag.H2))
        if not group.rows:
            blocks.append(paragraph(_("Nobody."), QUIET, shape.text_width, space=6))
            continue
        head = shape.head
        blocks += [head, *(shape.row(number, cells, head) for number, cells in enumerate(group.rows, start=1))]
    return blocks
