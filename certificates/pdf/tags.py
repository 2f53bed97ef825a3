"""What each part of a paper is, for who does not see it: headings, paragraphs, tables, pictures, in reading order.

ReportLab knows nothing of tagged PDF (ISO 32000-1, 14.7 and 14.8), so this writes the structure beside what it draws.
Everything on a page is either part of an element of the structure or an artifact, which is passed over in reading:
rules, page numbers, heads that are repeated. The order is that in which things are drawn.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.document import Document, references
from core.text import clean_line

Box = tuple[float, float, float, float]
"""Left, bottom, width and height, in points."""


class Tag(StrEnum):
    """What something is, in the words of the standard."""

    DOCUMENT = "Document"
    SECTION = "Sect"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"
    H4 = "H4"
    P = "P"
    LIST = "L"
    LI = "LI"
    BODY = "LBody"
    TABLE = "Table"
    ROW = "TR"
    HEAD = "TH"
    CELL = "TD"
    FIGURE = "Figure"
    LINK = "Link"
    ARTIFACT = "Artifact"


_TABLE_ROW = b"/A<</O/Table/Scope/Row>>"
_TABLE_COLUMN = b"/A<</O/Table/Scope/Column>>"
_NO_NUMBERS = b"/A<</O/List/ListNumbering/None>>"


@dataclass
class _Element:
    """A part of the structure, from when it begins until all of it is drawn."""

    number: int
    tag: Tag
    parent: int
    entries: bytes = b""
    page: int = 0
    kids: list[bytes] = field(default_factory=list)


class Structure:
    """The structure of a document in the making: the parts that are open, from the whole down to the last one drawn."""

    def __init__(self, document: Document, write: Callable[[str], object]) -> None:
        self._document = document
        self._write = write
        self._root, self._parents = document.allocate(), document.allocate()
        self._open = [_Element(document.allocate(), Tag.DOCUMENT, self._root)]
        self._top = self._open[0].number
        self._base = 1  # how many of the open ones are the document and its sections
        self._depth = 0  # how deep we are in marked content: what is inside a part belongs to it
        self._marked: list[int] = []  # the element of each marked content of the page
        self._keys: list[tuple[int, int]] = []
        self._next_key = 0

    @property
    def root(self) -> int:
        """The number of the root, for the catalog."""
        return self._root

    def begin(self, tag: Tag, entries: bytes = b"", *, continues: bool = False) -> None:
        """Begin to draw something; inside something else it is a part of that. `continues` what was on another page."""
        if not self._depth:
            if tag is Tag.ARTIFACT:
                self._write("/Artifact BMC")
            else:
                self._place(tag, entries, continues=continues)
        self._depth += 1

    def end(self) -> None:
        """End it."""
        self._depth -= 1
        if not self._depth:
            self._write("EMC")

    def begin_row(self, *, is_head: bool = False) -> None:
        """Begin a row: of the table that is open, or of a new one when its head begins or none is."""
        if self._depth:
            return
        if is_head or not self._is_open(Tag.TABLE):
            self._close_to(self._base)
            self._push(Tag.TABLE)
        self._close_to(self._base + 1)
        self._push(Tag.ROW)

    def begin_cell(self, *, heads: Tag | None = None, span: int = 1, is_empty: bool = False) -> None:
        """Begin a cell of the row: `heads` its row or its column, or nothing."""
        entries = b""
        if heads is not None:
            entries = _TABLE_ROW if heads is Tag.ROW else _TABLE_COLUMN
        if span > 1:
            entries = (entries[:-2] if entries else b"/A<</O/Table") + b"/ColSpan %d>>" % span
        if self._depth:
            self._depth += 1
            return
        self._close_to(self._base + 2)
        self._push(Tag.HEAD if heads is not None else Tag.CELL, entries)
        if not is_empty:
            self._mark(self._open[-1])
        self._depth += 1

    def end_cell(self, *, is_empty: bool = False) -> None:
        """End it."""
        self._depth -= 1
        if not self._depth and not is_empty:
            self._write("EMC")

    def begin_section(self, language: str) -> None:
        """Begin a part that has a heading of its own, and may be in a language of its own."""
        self._close_to(self._base)
        self._push(Tag.SECTION, b"/Lang(%s)" % language.encode("ascii"))
        self._base += 1

    def end_section(self) -> None:
        self._close_to(self._base)
        self._base -= 1
        self._close_to(self._base)

    def add_link(self) -> tuple[int, int]:
        """Place a link: gives the number for its annotation to have, and the key that leads from it to its element."""
        annotation, key = self._document.allocate(), self._take_key()
        self._close_to(self._base)
        link = self._push(Tag.LINK)
        link.kids.append(b"<</Type/OBJR/Pg %d 0 R/Obj %d 0 R>>" % (self._document.page, annotation))
        self._keys.append((key, link.number))
        return annotation, key

    def describe_figure(self, alt: str, box: Box) -> bytes:
        """The alternative text of a picture, and where it stands."""
        left, bottom, width, height = box
        place = f"{left:.2f} {bottom:.2f} {left + width:.2f} {bottom + height:.2f}".encode()
        words = clean_line(alt.encode("utf-8", "ignore").decode())  # of any script: it is heard, not drawn
        return b"/Alt %s/A<</O/Layout/Placement/Block/BBox[%s]>>" % (self._document.text(words), place)

    def end_page(self) -> int | None:
        """Note what the marked content of a page belongs to; gives the page's key, None when it has none."""
        if not self._marked:
            return None
        key, number = self._take_key(), self._document.allocate()
        self._document.pack(number, references(self._marked))
        self._keys.append((key, number))
        self._marked.clear()
        return key

    def close(self) -> None:
        """Write what is still open, and the way from marked content to its elements."""
        self._close_to(0)
        numbers = b" ".join(b"%d %d 0 R" % pair for pair in sorted(self._keys))
        self._document.pack(self._parents, b"<</Nums[%s]>>" % numbers)
        self._document.pack(
            self._root,
            b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (self._top, self._parents, self._next_key),
        )

    def _place(self, tag: Tag, entries: bytes, *, continues: bool) -> None:
        goes_on = continues and self._open[-1].tag is (Tag.BODY if tag is Tag.LI else tag)
        if not goes_on:
            if tag is Tag.LI:
                self._open_item()
            else:
                self._close_to(self._base)
                self._push(tag, entries)
        self._mark(self._open[-1])

    def _open_item(self) -> None:
        if not self._is_open(Tag.LIST):
            self._close_to(self._base)
            self._push(Tag.LIST, _NO_NUMBERS)
        self._close_to(self._base + 1)
        self._push(Tag.LI)
        self._push(Tag.BODY)

    def _is_open(self, tag: Tag) -> bool:
        return len(self._open) > self._base and self._open[self._base].tag is tag

    def _push(self, tag: Tag, entries: bytes = b"") -> _Element:
        parent = self._open[-1]
        element = _Element(self._document.allocate(), tag, parent.number, entries)
        parent.kids.append(b"%d 0 R" % element.number)
        self._open.append(element)
        return element

    def _mark(self, element: _Element) -> None:
        """Draw what follows as content of the element."""
        page, mark = self._document.page, len(self._marked)
        element.page = element.page or page
        is_here = element.page == page
        element.kids.append(b"%d" % mark if is_here else b"<</Type/MCR/Pg %d 0 R/MCID %d>>" % (page, mark))
        self._marked.append(element.number)
        self._write(f"/{element.tag.value} <</MCID {mark}>> BDC")

    def _close_to(self, count: int) -> None:
        """Write the elements that are open beyond the first `count`."""
        while len(self._open) > count:
            element = self._open.pop()
            page = b"/Pg %d 0 R" % element.page if element.page else b""
            kids = element.kids[0] if len(element.kids) == 1 else b"[%s]" % b" ".join(element.kids)
            self._document.pack(
                element.number,
                b"<</S/%s/P %d 0 R%s%s%s>>"
                % (
                    element.tag.value.encode(),
                    element.parent,
                    page,
                    element.entries,
                    b"/K " + kids if element.kids else b"",
                ),
            )

    def _take_key(self) -> int:
        self._next_key += 1
        return self._next_key - 1


@contextmanager
def artifact(canvas: Canvas) -> Iterator[None]:
    """Draw what is no part of what the paper says: what stands around a page, and whatever is said elsewhere."""
    with tagged(canvas, Tag.ARTIFACT):
        yield


@contextmanager
def tagged(canvas: Canvas, tag: Tag) -> Iterator[None]:
    """Draw what is one part of the paper."""
    structure = structure_of(canvas)
    structure.begin(tag)
    yield
    structure.end()


@contextmanager
def figure(canvas: Canvas, alt: str, box: Box) -> Iterator[None]:
    """Draw a picture, which `alt` tells to who does not see it."""
    structure = structure_of(canvas)
    structure.begin(Tag.FIGURE, structure.describe_figure(alt, box))
    yield
    structure.end()


@contextmanager
def section(canvas: Canvas, *, language: str) -> Iterator[None]:
    """Draw one paper of those that a document holds, in its language."""
    structure = structure_of(canvas)
    structure.begin_section(language)
    yield
    structure.end_section()


def structure_of(canvas: Canvas) -> Structure:
    """The structure of the paper that is drawn on this canvas."""
    structure: Structure = canvas.structure  # type: ignore[attr-defined] # every canvas of ours is a Paper
    return structure
