"""A PDF written while it is drawn: each page goes to its file at once, so that memory does not grow with the pages.

ReportLab keeps all of a document until it is saved, each object by itself. Here pages are written when they end, many
small objects of their structure are packed together (ISO 32000-1, 7.5.7), and fonts and the rest follow at the end.
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from typing import IO, Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

_VERSION = (1, 7)
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_PACKED = 200  # objects in one stream
_WRITTEN, _IN_STREAM = 1, 2
_PLACE = struct.Struct(">BQH")
"""Where an object lies: written at an offset, or in a stream as the n-th; all zero for one that is not there."""


class Document(pdfdoc.PDFDocument):
    """What ReportLab draws into: it is asked for references and given pages, fonts and forms."""

    def __init__(self, file: IO[bytes], *, language: str) -> None:
        super().__init__(compression=1, invariant=1, pdfVersion=_VERSION, lang=language)
        self.language = language
        self._file = file
        self._offset = 0
        self._digest = hashlib.md5(usedforsecurity=False)
        self._places = bytearray()
        self._packed: list[tuple[int, bytes]] = []
        self._pages: list[int] = []
        self._forms: dict[str, Any] = {}
        self._links: list[int] = []
        self._next_page = 0
        self.key_of_page: int | None = None
        self._write(_HEADER)
        self._tree = self.allocate()
        self._resources = self.allocate()

    def allocate(self) -> int:
        """A number for an object to come."""
        self.objectcounter: int = self.objectcounter + 1
        return self.objectcounter

    @property
    def page(self) -> int:
        """The number of the page that is being drawn."""
        if not self._next_page:
            self._next_page = self.allocate()
            self.idToObjectNumberAndVersion[self.thisPageName()] = (self._next_page, 0)
        return self._next_page

    def addPage(self, page: pdfdoc.PDFPage) -> None:  # noqa: N802 - ReportLab's name
        """Write a page that has been drawn; `key_of_page` leads to what its content is."""
        number, contents = self.page, self.allocate()
        self._write_stream(contents, b"", page.stream.encode("latin-1"))
        entries = [
            f"/Type/Page/Parent {self._tree} 0 R/MediaBox[0 0 {page.pagewidth:.6g} {page.pageheight:.6g}]",
            f"/Resources {self._resources} 0 R/Contents {contents} 0 R/Tabs/S",
        ]
        if self.key_of_page is not None:
            entries.append(f"/StructParents {self.key_of_page}")
        if self._links:
            entries.append("/Annots" + references(self._links).decode("ascii"))
            self._links.clear()
        if page.XObjects:
            self._forms.update(page.XObjects.dict)
        self.pack(number, f"<<{''.join(entries)}>>".encode("latin-1"))
        self._pages.append(number)
        self._next_page = 0
        self.pageCounter += 1
        self.inObject = None

    def add_link(
        self, number: int, key: int, address: str, corners: tuple[float, float, float, float], words: str
    ) -> None:
        """Put a link on the page; `key` leads to its place in the structure."""
        rectangle = " ".join(f"{corner:.2f}" for corner in corners).encode("ascii")
        self.pack(
            number,
            b"<</Type/Annot/Subtype/Link/F 4/Border[0 0 0]/Rect[%s]/StructParent %d/Contents %s/A<</S/URI/URI %s>>>>"
            % (rectangle, key, self.text(words), self.text(address)),
        )
        self._links.append(number)

    def pack(self, number: int, content: bytes) -> None:
        """Write a small object, together with others."""
        self._packed.append((number, content))
        if len(self._packed) == _PACKED:
            self._write_packed()

    def finish(self, canvas: Any, *, structure: int) -> None:
        """Write what is left: fonts, forms, the tree of pages, what the document is, and where all of it lies."""
        for font in self.delayedFonts:
            font.addObjects(self)
        outlines = self._prepare_outlines(canvas)
        fonts = pdfdoc.PDFObjectReference(pdfdoc.BasicFonts).format(self).decode()
        forms = self._format(pdfdoc.PDFDictionary(self._forms)).decode("latin-1")
        self.pack(self._resources, f"<</Font {fonts}/XObject {forms}/ProcSet[/PDF/Text/ImageC/ImageB]>>".encode())
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self.pack(self._tree, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>".encode())
        self._write_registered()
        catalog, info, metadata = self.allocate(), self.allocate(), self.allocate()
        self._write_stream(metadata, b"/Type/Metadata/Subtype/XML", self._describe(), is_compressed=False)
        self._write_object(info, self._format(self.info))
        preferences = self._format(self.Catalog.ViewerPreferences)  # type: ignore[attr-defined] # of ReportLab's own
        self._write_object(
            catalog,
            b"<</Type /Catalog /Pages %d 0 R /Lang (%s) /MarkInfo <</Marked true>> /StructTreeRoot %d 0 R\n"
            b"/Metadata %d 0 R /ViewerPreferences %s%s>>"
            % (
                self._tree,
                self.language.encode("ascii"),
                structure,
                metadata,
                preferences,
                b" /PageMode /UseOutlines /Outlines " + outlines if outlines else b"",
            ),
        )
        self._write_packed()
        self._write_places(catalog, info)

    def text(self, words: str) -> bytes:
        """A text as it stands in a dictionary."""
        formatted: bytes = pdfdoc.PDFString(words).format(self)
        return formatted

    def _prepare_outlines(self, canvas: Any) -> bytes:
        """The reference to the headings that readers can jump to; nothing when there are none."""
        outlines: Any = self.Outlines
        outlines.prepare(self, canvas)
        reference: Any = self.Reference(outlines) if outlines.ready >= 0 else None  # type: ignore[no-untyped-call]
        return reference.format(self) if reference else b""

    def _write_registered(self) -> None:
        """What ReportLab made; some of it makes more when it is written."""
        number = 0
        while number < self.objectcounter:
            number += 1
            name = self.numberToId.get(number)
            if name is not None:
                self._write_object(number, self._format(self.idToObject[name]))

    def _format(self, thing: Any) -> bytes:
        formatted: bytes = pdfdoc.format(thing, self, toplevel=1)
        return formatted

    def _write_object(self, number: int, content: bytes) -> None:
        self._note(number, _WRITTEN, self._offset)
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, content.rstrip(b"\n")))

    def _write_stream(self, number: int, entries: bytes, content: bytes, *, is_compressed: bool = True) -> None:
        if is_compressed:
            content, entries = zlib.compress(content), entries + b"/Filter/FlateDecode"
        self._write_object(number, b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content))

    def _write_packed(self) -> None:
        if not self._packed:
            return
        stream, places, offset = self.allocate(), [], 0
        for index, (number, content) in enumerate(self._packed):
            self._note(number, _IN_STREAM, stream, index)
            places.append(f"{number} {offset}")
            offset += len(content) + 1
        head = " ".join(places).encode() + b"\n"
        entries = b"/Type/ObjStm/N %d/First %d" % (len(self._packed), len(head))
        self._write_stream(stream, entries, head + b"\n".join(content for _number, content in self._packed))
        self._packed.clear()

    def _write_places(self, catalog: int, info: int) -> None:
        """The cross-reference stream (ISO 32000-1, 7.5.8)."""
        number = self.allocate()
        start = self._offset
        self._note(number, _WRITTEN, start)
        mark = self._digest.hexdigest()
        entries = f"/Type/XRef/Size {number + 1}/W[1 8 2]/Root {catalog} 0 R/Info {info} 0 R/ID[<{mark}><{mark}>]"
        self._write_stream(number, entries.encode(), bytes(self._places))
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _note(self, number: int, kind: int, place: int, nth: int = 0) -> None:
        missing = (number + 1) * _PLACE.size - len(self._places)
        self._places.extend(bytes(max(missing, 0)))
        _PLACE.pack_into(self._places, number * _PLACE.size, kind, place, nth)

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self._offset += len(content)

    def _describe(self) -> bytes:
        """What the document is, as XMP (ISO 16684-1), and that it is meant to be PDF/UA-1 (ISO 14289-1, 5)."""
        title, author, subject = (escape(text) for text in (self.info.title, self.info.author, self.info.subject))
        return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{self.language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{escape(self.info.creator)}</xmp:CreatorTool>
<pdf:Producer>{escape(self.info.producer)}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


def references(numbers: Sequence[int]) -> bytes:
    """Objects by their numbers, in a list."""
    return b"[%s]" % b" ".join(b"%d 0 R" % number for number in numbers)
