"""How reports on paper look: their type, their tables with repeated heads, what stands at the foot of each page."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask_babel import format_decimal
from flask_babel import gettext as _
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.layout import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_rule,
    heading,
    paragraph,
)
from certificates.pdf.tags import artifact
from certificates.pdf.typeface import ACCENT, INK, MUTED, SEMIBOLD, Style, break_lines, width
from figures.figure_lists import HIDDEN, UNKNOWN

MARGIN = 62.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 62
FOOT = 44.0
ROOM = TOP - FOOT - 26

LABEL = Style(9, 12, SEMIBOLD, ACCENT, tracking=1.5)
TITLE = Style(22, 25, SEMIBOLD)
FACTS = Style(10.5, 14.5, colour=MUTED)
HEADING = Style(14, 18, SEMIBOLD)
SUBHEADING = Style(11.5, 14.5, SEMIBOLD)
HEAD = Style(8.5, 11, SEMIBOLD, MUTED)
CELL = Style(9.5, 12.5)
QUIET = Style(9.5, 12.5, colour=MUTED)
STRONG = Style(9.5, 12.5, SEMIBOLD)
NOTE = Style(9, 12.5, colour=MUTED)
FOOTER = Style(8, 10, colour=MUTED)

HEADING_LINES = 4
_CELL_LINES = 6
GAP = 10.0  # between columns
_LARGEST_CODE = 0.22


def share_of_codes(codes: Iterable[str], columns: int, least: float) -> float:
    """The share of the width that the longest code needs to stand on one line, in a table of so many columns."""
    whole = TEXT_WIDTH - GAP * (columns - 1)
    return min(max(least, *((width(code, QUIET) + 1) / whole for code in codes)), _LARGEST_CODE)


class Table:
    """The columns of one table, and the rows that are made of them: head, body, foot."""

    def __init__(self, *columns: tuple[float, Style, bool], names: int = 0) -> None:
        """Each column as its share of the width, its style and whether it is set to the right.

        The column at `names` tells what each row is about.
        """
        self.names = names
        left = 0.0
        whole = TEXT_WIDTH - GAP * (len(columns) - 1)
        self.columns: list[Column] = []
        for share, style, align_right in columns:
            self.columns.append(Column(left, share * whole, style, align_right, _CELL_LINES))
            left += share * whole + GAP

    def head(self, *cells: str) -> Row:
        """The names of the columns, above a line."""
        names = [f"{cell[:1].upper()}{cell[1:]}" for cell in cells]
        return Row(self._styled(HEAD), names, TEXT_WIDTH, rule=(1.0, INK), space=8, keep_with_next=True, is_head=True)

    def body(self, head: Row, *cells: str) -> Row:
        """A row that goes on under `head` on the next page."""
        return Row(self.columns, cells, TEXT_WIDTH, head=head, names=self.names)

    def foot(self, head: Row, *cells: str) -> Row:
        """The sum."""
        return Row(self._styled(STRONG), cells, TEXT_WIDTH, rule=None, head=head, names=self.names)

    def _styled(self, style: Style) -> list[Column]:
        return [
            Column(column.left, column.width, style, column.align_right, column.most_lines) for column in self.columns
        ]


def with_notes(rows: Sequence[Block], notes: Sequence[str]) -> list[Block]:
    """The rows of a table, and below them on the same page what must be known to read it."""
    said = [paragraph(text, NOTE, TEXT_WIDTH, space=4) for text in notes]
    if not (rows and said):
        return [*rows, *said]
    return [*rows[:-1], replace(rows[-1], keep_with_next=True), *said]


def opening(label: str, name: str, facts: Sequence[str]) -> list[Block]:
    """What stands at the top of a report: what it is, what of, when, where and whose."""
    stated = [(fact, FACTS, 0 if place else 8) for place, fact in enumerate(facts)]
    return heading([(label.upper(), LABEL, 0), (name, TITLE, 8), *stated], TEXT_WIDTH, most_lines=HEADING_LINES)


def write_number(number: int | None) -> str:
    """A number as it is read, or the sign that nobody knows it."""
    words: str = UNKNOWN if number is None else format_decimal(number)
    return words


def explain_hidden() -> str:
    """What the sign of a hidden number means."""
    words = _("Numbers of fewer than five people are not told, nor those from which they could be worked out.")
    return f"{HIDDEN} {words}"


def furnish(canvas: Canvas, title: str, number: int, total: int) -> float:
    """Draw the foot of a page, with what the paper is about; gives where the page begins."""
    words = _("Page %(number)s of %(total)s", number=number, total=total)
    with artifact(canvas):
        draw_rule(canvas, MARGIN, FOOT + 6, TEXT_WIDTH, (0.8, ACCENT))
        draw_blocks(canvas, [Lines(break_lines(title, FOOTER, TEXT_WIDTH - 90, 1), FOOTER)], MARGIN, FOOT)
        draw_blocks(canvas, [Lines((words,), FOOTER)], MARGIN + TEXT_WIDTH - width(words, FOOTER), FOOT)
    return TOP
