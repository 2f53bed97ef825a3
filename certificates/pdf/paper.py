"""What every paper is drawn on: ReportLab's canvas, with the structure of what is drawn beside it."""

from typing import IO, Any

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.document import Document
from certificates.pdf.qr_codes import QRCodes
from certificates.pdf.tags import Structure
from certificates.pdf.typeface import Style

_MOST_SET = 1024  # texts that a document remembers how to set


class Paper(Canvas):
    """A canvas that writes a tagged PDF: `structure` tells what is drawn on it."""

    _code: list[str]
    _doc: Document

    def __init__(self, file: IO[bytes], *, language: str, page_size: tuple[float, float], font: str) -> None:
        name: Any = font  # the stubs take this argument for a number
        super().__init__(file, pagesize=page_size, pageCompression=1, invariant=1, initialFontName=name)
        self._doc = Document(file, language=language)
        self._make_preamble()  # type: ignore[attr-defined] # ReportLab's own; it names the first font, by what this document calls it
        self.structure = Structure(self._doc, self._append)
        self.qr_codes = QRCodes()
        self._set: dict[tuple[tuple[str, ...], Style], str] = {}

    def write(self, lines: tuple[str, ...], style: Style, left: float, base: float) -> None:
        """Write lines from this point on; what has been set before is not set again."""
        code = self._set.get((lines, style))
        if code is None:
            code = self._compose(lines, style)
            if len(self._set) >= _MOST_SET:
                self._set.clear()
            self._set[lines, style] = code
        self._code.append(f"BT 1 0 0 1 {left:.2f} {base:.2f} Tm {code}")

    def rule(self, left: float, top: float, length: float, thickness: float, colour: Color) -> None:
        """Draw a horizontal line."""
        red, green, blue = colour.rgb()
        stroke = f"q {red:.4f} {green:.4f} {blue:.4f} RG {thickness:.2f} w"
        self._code.append(f"{stroke} {left:.2f} {top:.2f} m {left + length:.2f} {top:.2f} l S Q")

    def link(self, address: str, corners: tuple[float, float, float, float], words: str) -> None:
        """Let who clicks between these corners go to an address."""
        number, key = self.structure.add_link()
        self._doc.add_link(number, key, address, corners, words)

    def show_mask(self, size: int, data: str) -> None:
        """Paint the dark parts of a square of so many rows of bits, in hexadecimal."""
        self._code.append(f"BI /W {size} /H {size} /IM true /BPC 1 /F /AHx ID {data}> EI")

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        """End the page."""
        self._doc.key_of_page = self.structure.end_page()
        super().showPage()

    def save(self) -> None:
        """Write the rest of the document."""
        if self._code:
            self.showPage()
        self.structure.close()
        self._doc.finish(self, structure=self.structure.root)

    def _append(self, operators: str) -> None:
        self._code.append(operators)  # which is another list on each page

    def _compose(self, lines: tuple[str, ...], style: Style) -> str:
        """The operators that show the lines, up to the end of the text."""
        text = self.beginText(0, 0)
        text.setFont(style.font, style.size, style.leading)
        text.setFillColor(style.colour)
        if style.tracking:
            text.setCharSpace(style.tracking)
        for line in lines:
            text.textLine(line)
        if style.tracking:
            text.setCharSpace(0)
        return str(text.getCode()).removeprefix("BT 1 0 0 1 0 0 Tm ")
