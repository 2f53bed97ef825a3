"""Blocks down a page and over to the next: lines of text, rows of tables with their head repeated, a QR code."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from io import BytesIO
from typing import IO, cast

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.paper import Paper
from certificates.pdf.tags import Box, Tag, artifact, figure, structure_of
from certificates.pdf.typeface import HAIR, INK, MUTED, REGULAR, Style, break_lines, printable, width

PAGE_WIDTH, PAGE_HEIGHT = A4
_MOST_LINES = 40  # of one cell: a row is never taller than a page
_SAID = Style(8.5, 11, colour=MUTED)


@dataclass(frozen=True, kw_only=True)
class Block(ABC):
    """Something that stands on a page, `space` points below what comes before it.

    `head` is repeated above it when it starts a page; what heads something else must `keep_with_next`. `tag` says what
    it is to who does not see it (`certificates.pdf.tags`).
    """

    space: float = 0.0
    keep_with_next: bool = False
    head: "Block | None" = None
    tag: Tag = Tag.P

    @property
    def columns_in_all(self) -> int:
        """How many columns the table has that it is the head of."""
        return 1

    @property
    @abstractmethod
    def height(self) -> float:
        """How high it is, in points."""

    @abstractmethod
    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draw it with its upper left corner at `left`, `top`."""

    def split(self, height: float) -> "tuple[Block, Block] | None":  # noqa: ARG002 - for those that can
        """The part that fits in `height` and the rest; None when it must stay whole."""
        return None


@dataclass(frozen=True)
class Lines(Block):
    """A text already broken into lines."""

    lines: tuple[str, ...]
    style: Style
    continues: bool = field(default=False, kw_only=True)
    """Whether it goes on from another page."""

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.leading

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        if not self.lines:
            return
        structure = structure_of(canvas)
        if self.head is not None and self.tag is not Tag.ARTIFACT:
            structure.begin_row()
            structure.begin_cell(heads=Tag.ROW, span=self.head.columns_in_all)
            write(canvas, self.lines, self.style, left, top)
            structure.end_cell()
            return
        structure.begin(self.tag, continues=self.continues)
        write(canvas, self.lines, self.style, left, top)
        structure.end()

    def split(self, height: float) -> tuple[Block, Block] | None:
        """Two lines at least stay together on each side; what is a row of a table stays whole."""
        if self.head is not None:
            return None
        fitting = min(int(height // self.style.leading), len(self.lines) - 2)
        if fitting < 2:
            return None
        rest = replace(self, lines=self.lines[fitting:], space=0.0, continues=True)
        return replace(self, lines=self.lines[:fitting]), rest


@dataclass(frozen=True)
class Column:
    """A column of a table, `left` points from the table's edge."""

    left: float
    width: float
    style: Style
    align_right: bool = False
    most_lines: int = _MOST_LINES


@dataclass(frozen=True)
class Row(Block):
    """A row of a table: its texts wrap inside their columns, a rule (thickness, colour) stands below it.

    What is `said` of a cell stands beneath it, small. A row that `is_head` names the columns, of the table that begins
    with it; the cell at `names` names the row. `spans` tells how many columns each cell takes, where one takes several.
    """

    columns: Sequence[Column]
    cells: Sequence[str]
    width: float
    padding: float = 4.0
    least_height: float = 0.0
    rule: tuple[float, Color] | None = (0.5, HAIR)
    said: Sequence[str] = ()
    is_head: bool = False
    names: int | None = None
    spans: Sequence[int] = ()

    @cached_property
    def height(self) -> float:  # asked for more than once
        tallest = max(sum(style.leading for style, _line in lines) for _column, lines in self._set_cells())
        return max(tallest + 2 * self.padding, self.least_height)

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        structure = structure_of(canvas)
        if self.tag is Tag.ARTIFACT:
            structure.begin(Tag.ARTIFACT)
        structure.begin_row(is_head=self.is_head)
        base = top - self.padding - max(column.style.base for column in self.columns)
        for place, (column, lines) in enumerate(self._set_cells()):
            is_empty = not lines
            structure.begin_cell(heads=self._heads(place), span=self._span(place), is_empty=is_empty)
            _write_cell(canvas, column, lines, left, base)
            structure.end_cell(is_empty=is_empty)
        if self.tag is Tag.ARTIFACT:
            structure.end()
        if self.rule:
            draw_rule(canvas, left, top - self.height, self.width, self.rule)

    @property
    def columns_in_all(self) -> int:
        return sum(self.spans) or len(self.columns)

    def _heads(self, place: int) -> Tag | None:
        if self.is_head:
            return Tag.TABLE
        return Tag.ROW if place == self.names else None

    def _span(self, place: int) -> int:
        return self.spans[place] if self.spans else 1

    def _set_cells(self) -> Iterator[tuple[Column, list[tuple[Style, str]]]]:
        """Each column with its lines, each of them with its style."""
        for column, cell, said in zip(self.columns, self.cells, self.said or [""] * len(self.cells), strict=True):
            lines = [(column.style, line) for line in break_lines(cell, column.style, column.width, column.most_lines)]
            beneath = break_lines(said, _SAID, column.width, column.most_lines) if said else ()
            yield column, [*lines, *((_SAID, line) for line in beneath)]


def _write_cell(canvas: Canvas, column: Column, lines: Sequence[tuple[Style, str]], left: float, base: float) -> None:
    for style, line in lines:
        indent = column.width - width(line, style) if column.align_right else 0.0
        paper_of(canvas).write((line,), style, left + column.left + indent, base)
        base -= style.leading


def write(canvas: Canvas, lines: tuple[str, ...], style: Style, left: float, top: float) -> None:
    """Write lines whose upper left corner is there; the caller says what they are."""
    paper_of(canvas).write(lines, style, left, top - style.base)


def paper_of(canvas: Canvas) -> Paper:
    """The paper that is drawn on."""
    return cast("Paper", canvas)  # `open_canvas` makes no other


def paragraph(  # noqa: PLR0913 - a text, how it is set, what stands around it, what it is
    text: str, style: Style, limit: float, *, space: float = 0.0, keep_with_next: bool = False, tag: Tag = Tag.P
) -> Lines:
    """A text set to a width."""
    return Lines(break_lines(text, style, limit), style, space=space, keep_with_next=keep_with_next, tag=tag)


def heading(
    texts: Sequence[tuple[str, Style, float]], limit: float, *, most_lines: int, tag: Tag = Tag.H1
) -> list[Block]:
    """What stands at the top of a paper: texts, each with its style and the space above it; empty ones leave none.

    The largest is the heading (`tag`), the others go with it.
    """
    largest = max(texts, key=lambda text: text[1].size if text[0] else 0.0)
    return [
        Lines(break_lines(text, style, limit, most_lines), style, space=space, tag=tag if each is largest else Tag.P)
        for each in texts
        for text, style, space in (each,)
        if text
    ]


def height_of(blocks: Sequence[Block]) -> float:
    """How high the blocks are, one below the other."""
    return sum(block.space + block.height for block in blocks)


def paginate(blocks: Sequence[Block], height: float) -> list[list[Block]]:
    """Deal the blocks out to pages; a heading goes with what it heads, a table goes on under its own head.

    No row of a table stands alone at the end of a page, nor at the beginning of one.
    """
    pages: list[list[Block]] = [[]]
    waiting = _bind_rows(blocks)[::-1]
    room, is_fresh = height, True
    while waiting:
        block = waiting.pop()
        space = block.space if pages[-1] else 0.0
        needed = space + block.height
        if needed + (0.0 if is_fresh else _company(block, waiting)) <= room:
            pages[-1].append(block)
            room, is_fresh = room - needed, False
            continue
        parts = block.split(room - space)
        if parts:
            pages[-1].append(parts[0])
            waiting.append(parts[1])
        elif is_fresh:
            pages[-1].append(block)  # higher than a page and whole: nothing better can be done with it
        else:
            waiting.append(block)
        if waiting:
            head = waiting[-1].head
            pages.append([replace(head, tag=Tag.ARTIFACT)] if head else [])
            room, is_fresh = height - (head.height if head else 0.0), True
    return pages


def _bind_rows(blocks: Sequence[Block]) -> list[Block]:
    """Let the first row of a table, and the last but one, stay with the next."""
    bound = list(blocks)
    heads = [None, *(block.head if isinstance(block, Row) else None for block in blocks), None, None]
    for place in range(len(bound)):
        before, head, after, later = heads[place : place + 4]
        if head is not None and head is after and (head is not before or head is not later):
            bound[place] = replace(bound[place], keep_with_next=True)
    return bound


def _company(block: Block, following: list[Block]) -> float:
    """The room that what must follow `block` on the same page takes."""
    needed = 0.0
    for follower in reversed(following):
        if not block.keep_with_next:
            break
        needed += follower.space + follower.height
        block = follower
    return needed


def draw_blocks(canvas: Canvas, blocks: Sequence[Block], left: float, top: float) -> float:
    """Draw the blocks downwards from `top`; the first one's space is not needed. Gives where the last one ends."""
    for index, block in enumerate(blocks):
        top -= block.space if index else 0
        block.draw(canvas, left, top)
        top -= block.height
    return top


def draw_pages(
    canvas: Canvas, pages: Sequence[Sequence[Block]], left: float, furnish: Callable[[int, int], float]
) -> None:
    """Draw the pages; `furnish` draws what stands around one (its number, how many there are) and gives its top."""
    for number, page in enumerate(pages, start=1):
        draw_blocks(canvas, page, left, furnish(number, len(pages)))
        canvas.showPage()


def open_canvas(  # noqa: PLR0913 - what a document says of itself
    file: IO[bytes], *, language: str, title: str, author: str, subject: str, page_size: tuple[float, float] = A4
) -> Paper:
    """A document in the making. The same drawing gives the same bytes, and no font is named that is not embedded."""
    canvas = Paper(file, language=language, page_size=page_size, font=REGULAR)
    canvas.setTitle(printable(title) or "–")  # a document says what it is
    canvas.setAuthor(printable(author))
    canvas.setSubject(printable(subject))
    canvas.setCreator("Jornada")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw_rule(canvas: Canvas, left: float, top: float, length: float, rule: tuple[float, Color]) -> None:
    """A horizontal line of this thickness and colour."""
    thickness, colour = rule
    with artifact(canvas):
        paper_of(canvas).rule(left, top, length, thickness, colour)


def draw_link(canvas: Canvas, address: str, box: Box, words: str) -> None:
    """Let who clicks in the box go to an address, which `words` say to who does not see the box."""
    left, bottom, wide, high = box
    paper_of(canvas).link(address, (left, bottom, left + wide, bottom + high), words)


def fit_into(width: float, height: float, most_width: float, most_height: float) -> tuple[float, float]:
    """The largest measures of this shape that are within those."""
    scale = min(most_width / width, most_height / height)
    return width * scale, height * scale


def draw_picture(  # noqa: PLR0913 - what, where, how large, and in words
    canvas: Canvas, content: bytes, left: float, bottom: float, size: tuple[float, float], *, alt: str = ""
) -> None:
    """A picture (PNG), kept once in a document however many pages show it; it is always shown in one size.

    One without alternative text says nothing that the words beside it do not.
    """
    name = _name_of(content)
    with figure(canvas, alt, (left, bottom, *size)) if alt else artifact(canvas):
        if not canvas.hasForm(name):
            canvas.beginForm(name, 0, 0, *size)
            canvas.drawImage(ImageReader(BytesIO(content)), 0, 0, *size, mask="auto")
            canvas.endForm()
        canvas.saveState()
        canvas.translate(left, bottom)
        canvas.doForm(name)
        canvas.restoreState()


@lru_cache(maxsize=64)
def _name_of(content: bytes) -> str:
    return f"picture-{hashlib.sha256(content).hexdigest()[:16]}"


def draw_qr(  # noqa: PLR0913 - what, where, how large, and in words
    canvas: Canvas, address: str, left: float, bottom: float, side: float, *, alt: str
) -> None:
    """A QR code `side` points wide: an inline image of one bit a module, ten times as fast as drawing squares."""
    with figure(canvas, alt, (left, bottom, side, side)):
        canvas.saveState()
        canvas.setFillColor(INK)
        canvas.transform(side, 0, 0, side, left, bottom)
        paper_of(canvas).show_mask(*paper_of(canvas).qr_codes.draw(address))
        canvas.restoreState()
