"""Reads the structure of a PDF as a reader of screens would, with pikepdf, and finds what is wrong with it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
SHOWING = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "INLINE IMAGE"}
WITHIN = {  # what may stand in what, of what our papers use
    "Document": {"Sect", "P", *HEADINGS, "Table", "L", "Figure", "Link"},
    "Sect": {"Sect", "P", *HEADINGS, "Table", "L", "Figure", "Link"},
    "Table": {"TR"},
    "TR": {"TH", "TD"},
    "L": {"LI"},
    "LI": {"LBody"},
}


@dataclass
class Element:
    """A part of the structure: what it is, what it says, what it is made of."""

    tag: str
    language: str = ""
    alt: str = ""
    scope: str = ""
    span: int = 1
    words: str = ""
    kids: list["Element"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for kid in self.kids:
            yield from kid.walk()

    def outline(self, depth: int = 0) -> str:
        """The structure as lines, for a person to read."""
        words = self.alt or self.words
        line = "  " * depth + self.tag + (f" {words}" if words else "") + "\n"
        return line + "".join(kid.outline(depth + 1) for kid in self.kids)


class PageReader:
    """The words of each piece of marked content of a page; whatever is drawn outside of any is a problem."""

    def __init__(self, page: pikepdf.Page) -> None:
        self.problems: list[str] = []
        self.pieces: dict[int, str] = {}
        self._fonts, self._font = _decoders(page), {}
        self._open: list[int | None] = []
        for operands, operator in pikepdf.parse_content_stream(page):
            self._read(str(operator), operands)
        if self._open:
            self.problems.append(f"{self._open} never end")

    def _read(self, operator: str, operands) -> None:
        if operator in ("BMC", "BDC"):
            self._begin(operands[1].get("/MCID") if operator == "BDC" else None)
        elif operator == "EMC":
            self._open.pop()
        elif operator == "Tf":
            self._font = self._fonts[str(operands[0])]
        elif operator in SHOWING and not self._open:
            self.problems.append(f"{operator} is neither in the structure nor an artifact")
        if operator == "Tj":
            self._say("".join(self._font[each] for each in bytes(operands[0])))
        elif operator == "T*":
            self._say(" ")

    def _begin(self, mark) -> None:
        if self._open:
            self.problems.append("marked content inside marked content")
        if mark is not None and self.pieces.setdefault(int(mark), "") != "":
            self.problems.append(f"{mark} stands twice")
        self._open.append(None if mark is None else int(mark))

    def _say(self, words: str) -> None:
        if self._open and self._open[-1] is not None:
            self.pieces[self._open[-1]] += words


class Structure:
    """The structure of a document, checked while it is read: `problems` says what is wrong."""

    def __init__(self, document: bytes) -> None:
        self.problems: list[str] = []
        self._pdf = pikepdf.open(io.BytesIO(document))
        self._contents = {page.objgen: self._read_page(page, n) for n, page in enumerate(self._pdf.pages, start=1)}
        self._used: set[tuple[tuple[int, int], int]] = set()
        root = self._pdf.Root.StructTreeRoot
        self.document = self._read(root.K, root)
        self._check_catalog()
        self._check_parents(root)
        self._check_all_is_placed()
        for element in self.document.walk():
            self._check_element(element)
        self._check_headings(self.document)

    def find(self, tag: str) -> list[Element]:
        return [element for element in self.document.walk() if element.tag == tag]

    def _read_page(self, page: pikepdf.Page, number: int) -> dict[int, str]:
        reader = PageReader(page)
        self.problems += [f"page {number}: {problem}" for problem in reader.problems]
        return reader.pieces

    def _read(self, node: pikepdf.Object, parent: pikepdf.Object) -> Element:
        if node.P.objgen != parent.objgen:
            self.problems.append(f"{node.S} says that another one is its parent")
        attributes = node.get("/A", {})
        element = Element(
            tag=str(node.S)[1:],
            language=str(node.get("/Lang", "")),
            alt=str(node.get("/Alt", "")),
            scope=str(attributes.get("/Scope", ""))[1:],
            span=int(attributes.get("/ColSpan", 1)),
        )
        kids = node.get("/K", pikepdf.Array())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, int):
                element.words += self._take(node.Pg.objgen, kid, node)
            elif kid.get("/Type") == "/MCR":
                element.words += self._take(kid.Pg.objgen, int(kid.MCID), node)
            elif kid.get("/Type") == "/OBJR":
                self._check_link(kid.Obj, node)
            else:
                element.kids.append(self._read(kid, node))
        element.words = " ".join(element.words.split())
        return element

    def _take(self, page: tuple[int, int], mark: int, node: pikepdf.Object) -> str:
        if (page, mark) in self._used:
            self.problems.append(f"{mark} of a page belongs to two elements")
        self._used.add((page, mark))
        key = int(self._pdf.get_object(page).StructParents)
        if self._parents()[key][mark].objgen != node.objgen:
            self.problems.append(f"the tree of parents says another one of {mark}")
        return self._contents[page][mark] + " "

    def _parents(self) -> dict[int, pikepdf.Object]:
        if not hasattr(self, "_by_key"):
            numbers = self._pdf.Root.StructTreeRoot.ParentTree.Nums
            self._by_key = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
        return self._by_key

    def _check_link(self, annotation: pikepdf.Object, node: pikepdf.Object) -> None:
        if self._parents()[int(annotation.StructParent)].objgen != node.objgen or not str(annotation.Contents):
            self.problems.append("a link does not lead back to its element, or says nothing")

    def _check_catalog(self) -> None:
        root = self._pdf.Root
        if not (root.MarkInfo.Marked and root.ViewerPreferences.DisplayDocTitle and str(root.Lang)):
            self.problems.append("the catalog does not say marked, title shown, language")
        with self._pdf.open_metadata() as metadata:
            if metadata["dc:title"] != str(self._pdf.docinfo["/Title"]):
                self.problems.append("the title stands in one place otherwise than in the other")
        for page in self._pdf.pages:
            if page.obj.get("/Tabs") != "/S":
                self.problems.append("a page is not gone through in the order of its structure")

    def _check_parents(self, root: pikepdf.Object) -> None:
        keys = list(self._parents())
        if keys != sorted(keys) or max(keys, default=-1) >= int(root.ParentTreeNextKey):
            self.problems.append("the keys of the tree of parents are in disorder")

    def _check_all_is_placed(self) -> None:
        there = {(page, mark) for page, pieces in self._contents.items() for mark in pieces}
        if there != self._used:
            self.problems.append(f"marked content without a place: {len(there - self._used)}")

    def _check_element(self, element: Element) -> None:
        for kid in element.kids:
            if kid.tag not in WITHIN.get(element.tag, set()):
                self.problems.append(f"{kid.tag} stands in {element.tag}")
        if element.tag == "Figure" and not element.alt:
            self.problems.append("a picture without alternative text")
        if element.tag in HEADINGS and not element.words:
            self.problems.append("a heading that says nothing")
        if element.tag == "Table":
            widths = {sum(cell.span for cell in row.kids) for row in element.kids}
            if len(widths) != 1:
                self.problems.append(f"a table has rows of {sorted(widths)} columns")
            if any(cell.tag == "TH" and not cell.scope for row in element.kids for cell in row.kids):
                self.problems.append("a head of a table does not say what it heads")
            if not any(cell.tag == "TH" for row in element.kids for cell in row.kids):
                self.problems.append("a table without heads")

    def _check_headings(self, part: Element) -> None:
        """Each section begins anew with its own; inside, none is more than one below the one before."""
        sections = [kid for kid in part.kids if kid.tag == "Sect"]
        for section in sections:
            self._check_headings(section)
        if sections:
            return
        levels = [HEADINGS.index(each.tag) + 1 for each in part.walk() if each.tag in HEADINGS]
        for before, after in zip([0, *levels], levels, strict=False):
            if after > before + 1:
                self.problems.append(f"a heading of level {after} follows one of level {before}")
        if levels.count(1) > 1:
            self.problems.append("more than one heading of the first level")


def find_problems(document: bytes) -> list[str]:
    """What is wrong with how a document is tagged; `verapdf` knows many more rules and takes longer."""
    return Structure(document).problems


def _decoders(page: pikepdf.Page) -> dict[str, dict[int, str]]:
    """Of each font of a page what its signs say, as its ToUnicode map tells."""
    decoders = {}
    for name, font in page.obj.Resources.Font.items():
        lines = re.findall(r"^<(\w+)> <(\w{4,})>$", font.ToUnicode.read_bytes().decode("ascii"), re.MULTILINE)
        decoders[name] = {int(code, 16): bytes.fromhex(sign).decode("utf-16-be") for code, sign in lines}
    return decoders
