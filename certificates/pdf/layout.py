"""Blocks down a page and over to the next: lines of text, rows of tables with their head repeated, a QR code."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from typing import IO, Any

import segno
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.typeface import HAIR, INK, REGULAR, Style, break_lines, printable, width

PAGE_WIDTH, PAGE_HEIGHT = A4
_MOST_LINES = 40  # of one cell: a row is never taller than a page


@dataclass(frozen=True, kw_only=True)
class Block(ABC):
    """Something that stands on a page, `space` points below what comes before it.

    `head` is repeated above it when it starts a page; what heads something else must `keep_with_next`.
    """

    space: float = 0.0
    keep_with_next: bool = False
    head: "Block | None" = None

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

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.leading

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        text = canvas.beginText(left, top - self.style.base)
        text.setFont(self.style.font, self.style.size, self.style.leading)
        text.setFillColor(self.style.colour)
        if self.style.tracking:
            text.setCharSpace(self.style.tracking)
        for line in self.lines:
            text.textLine(line)
        if self.style.tracking:
            text.setCharSpace(0)
        canvas.drawText(text)

    def split(self, height: float) -> tuple[Block, Block] | None:
        """Two lines at least stay together on each side."""
        fitting = min(int(height // self.style.leading), len(self.lines) - 2)
        if fitting < 2:
            return None
        return replace(self, lines=self.lines[:fitting]), replace(self, lines=self.lines[fitting:], space=0.0)


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
    """A row of a table: its texts wrap inside their columns, a rule (thickness, colour) stands below it."""

    columns: Sequence[Column]
    cells: Sequence[str]
    width: float
    padding: float = 4.0
    least_height: float = 0.0
    rule: tuple[float, Color] | None = (0.5, HAIR)

    @cached_property
    def height(self) -> float:  # asked for more than once
        tallest = max(len(lines) * column.style.leading for column, lines in self._set_cells())
        return max(tallest + 2 * self.padding, self.least_height)

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        first_base = top - self.padding - max(column.style.base for column in self.columns)
        for column, lines in self._set_cells():
            style = column.style
            for number, line in enumerate(lines):
                indent = column.width - width(line, style) if column.align_right else 0.0
                canvas.setFont(style.font, style.size)
                canvas.setFillColor(style.colour)
                canvas.drawString(left + column.left + indent, first_base - number * style.leading, line)
        if self.rule:
            draw_rule(canvas, left, top - self.height, self.width, self.rule)

    def _set_cells(self) -> Iterator[tuple[Column, tuple[str, ...]]]:
        for column, cell in zip(self.columns, self.cells, strict=True):
            yield column, break_lines(cell, column.style, column.width, column.most_lines)


def paragraph(text: str, style: Style, limit: float, *, space: float = 0.0, keep_with_next: bool = False) -> Lines:
    """A text set to a width."""
    return Lines(break_lines(text, style, limit), style, space=space, keep_with_next=keep_with_next)


def heading(texts: Sequence[tuple[str, Style, float]], limit: float, *, most_lines: int) -> list[Block]:
    """What stands at the top of a paper: texts, each with its style and the space above it; empty ones leave none."""
    return [
        Lines(break_lines(text, style, limit, most_lines), style, space=space) for text, style, space in texts if text
    ]


def height_of(blocks: Sequence[Block]) -> float:
    """How high the blocks are, one below the other."""
    return sum(block.space + block.height for block in blocks)


def paginate(blocks: Sequence[Block], height: float) -> list[list[Block]]:
    """Deal the blocks out to pages; a heading goes with what it heads, a table goes on under its own head."""
    pages: list[list[Block]] = [[]]
    waiting = list(reversed(blocks))
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
            pages.append([head] if head else [])
            room, is_fresh = height - (head.height if head else 0.0), True
    return pages


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


def open_canvas(file: IO[bytes], *, language: str, title: str, author: str, subject: str) -> Canvas:
    """A document in the making. The same drawing gives the same bytes, and no font is named that is not embedded."""
    font: Any = REGULAR  # the stubs take this argument for a number
    canvas = Canvas(file, pagesize=A4, lang=language, invariant=1, initialFontName=font)
    canvas.setTitle(printable(title))
    canvas.setAuthor(printable(author))
    canvas.setSubject(printable(subject))
    canvas.setCreator("Jornada")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw_rule(canvas: Canvas, left: float, top: float, length: float, rule: tuple[float, Color]) -> None:
    """A horizontal line of this thickness and colour."""
    thickness, colour = rule
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(thickness)
    canvas.line(left, top, left + length, top)


def fit_into(width: float, height: float, most_width: float, most_height: float) -> tuple[float, float]:
    """The largest measures of this shape that are within those."""
    scale = min(most_width / width, most_height / height)
    return width * scale, height * scale


def draw_picture(canvas: Canvas, content: bytes, left: float, bottom: float, size: tuple[float, float]) -> None:
    """A picture (PNG), kept once in a document however many pages show it; it is always shown in one size."""
    name = f"picture-{hashlib.sha256(content).hexdigest()[:16]}"
    if not canvas.hasForm(name):
        canvas.beginForm(name, 0, 0, *size)
        canvas.drawImage(ImageReader(BytesIO(content)), 0, 0, *size, mask="auto")
        canvas.endForm()
    canvas.saveState()
    canvas.translate(left, bottom)
    canvas.doForm(name)
    canvas.restoreState()


def draw_qr(canvas: Canvas, address: str, left: float, bottom: float, side: float) -> None:
    """A QR code `side` points wide: an inline image of one bit a module, ten times as fast as drawing squares.

    The mask is fixed, because looking for the prettiest of the eight takes longer than all the rest.
    """
    matrix = segno.make(address, error="m", mask=3, micro=False, boost_error=False).matrix
    size = len(matrix)
    padding = -size % 8
    # In an image mask a 0 is painted (ISO 32000-1, 8.9.6.2); each row fills whole bytes.
    rows = ("".join("0" if module else "1" for module in row) + "1" * padding for row in matrix)
    data = "".join(f"{int(row, 2):0{(size + padding) // 4}X}" for row in rows)
    canvas.saveState()
    canvas.setFillColor(INK)
    canvas.transform(side, 0, 0, side, left, bottom)
    canvas._code.append(  # type: ignore[attr-defined] # noqa: SLF001 - ReportLab has no call for an inline image mask
        f"BI /W {size} /H {size} /IM true /BPC 1 /F /AHx ID {data}> EI"
    )
    canvas.restoreState()
