"""The contents of a report: what stands on which page, told once its pages are dealt out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.layout import Block, Lines, paginate, paragraph, write
from certificates.pdf.report import CELL, HEADING, HEADING_LINES, QUIET, SUBHEADING, TEXT_WIDTH
from certificates.pdf.tags import Tag, structure_of
from certificates.pdf.typeface import Style, break_lines, printable, width

FEWEST_PAGES = 3
"""A report of fewer pages is looked through as fast as its contents."""
_INDENT = 14.0
_FOR_NUMBER = 40.0
_STYLES = {Tag.H2: (HEADING, 26.0), Tag.H3: (SUBHEADING, 18.0)}


@dataclass(frozen=True)
class Headline(Lines):
    """A heading that stands in the contents, by its whole title."""

    title: str = field(kw_only=True)

    def split(self, height: float) -> None:
        """Stay whole."""


@dataclass(frozen=True)
class Entry(Block):
    """A line of the contents: a title, and the page that it is on."""

    headline: Headline
    number: int = 0

    @property
    def height(self) -> float:
        return self._style.leading + 3

    @property
    def _style(self) -> Style:
        return CELL if self.headline.tag is Tag.H2 else QUIET

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        indent = 0.0 if self.headline.tag is Tag.H2 else _INDENT
        number = str(self.number)
        structure = structure_of(canvas)
        structure.begin(Tag.LI)
        title = break_lines(self.headline.title, self._style, TEXT_WIDTH - indent - _FOR_NUMBER, 1)
        write(canvas, title, self._style, left + indent, top)
        write(canvas, (number,), self._style, left + TEXT_WIDTH - width(number, self._style), top)
        structure.end()


def headline(title: str, tag: Tag) -> Headline:
    """Make a heading of a part (H2) or of a part of one (H3)."""
    style, space = _STYLES[tag]
    lines = break_lines(title, style, TEXT_WIDTH, HEADING_LINES)
    return Headline(lines, style, space=space, keep_with_next=True, tag=tag, title=title)


def paginate_with_contents(top: Sequence[Block], body: Sequence[Block], height: float) -> list[list[Block]]:
    """Deal out to pages what stands at the top, the contents of the body if it is long, and the body."""
    pages = paginate([*top, *body], height)
    if len(pages) < FEWEST_PAGES:
        return pages
    headlines = [block for block in body if isinstance(block, Headline)]
    entries = [Entry(each, space=0 if place else 6, tag=Tag.LI) for place, each in enumerate(headlines)]
    title = paragraph(_("Contents"), HEADING, TEXT_WIDTH, space=26, keep_with_next=True, tag=Tag.H2)
    pages = paginate([*top, title, *entries, *body], height)
    numbers = _find_pages(pages)
    return [
        [replace(block, number=numbers[id(block.headline)]) if isinstance(block, Entry) else block for block in page]
        for page in pages
    ]


def mark(canvas: Canvas, page: Sequence[Block], number: int) -> None:
    """Let readers jump to the headings of a page."""
    for place, block in enumerate(page):
        if isinstance(block, Headline):
            key = f"{number}-{place}"
            canvas.bookmarkPage(key)
            canvas.addOutlineEntry(printable(block.title), key, level=0 if block.tag is Tag.H2 else 1)


def _find_pages(pages: Sequence[Sequence[Block]]) -> dict[int, int]:
    """Find on which page each headline is."""
    return {
        id(block): number for number, page in enumerate(pages, start=1) for block in page if isinstance(block, Headline)
    }
