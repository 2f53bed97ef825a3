"""What may be published as a document: known by its bytes and not by its name, and looked at no further than needed."""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from flask_babel import lazy_gettext as _l

from core.errors import DomainError
from events import pictures
from events.labels import format_size
from events.models import DocumentFormat

MEDIA_TYPES = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.ODT: "application/vnd.oasis.opendocument.text",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.PNG: "image/png",
    DocumentFormat.JPEG: "image/jpeg",
    DocumentFormat.WEBP: "image/webp",
    DocumentFormat.GIF: "image/gif",
}
MAX_POINTS = 80_000_000
"""Of a picture: more than any camera of a phone makes, and less than what shows it needs a gigabyte for."""

_HEAD_BYTES = 1024
_READ_BYTES = 256 * 1024
_TAIL_BYTES = 64 * 1024
_MAX_DIRECTORY_BYTES = 1024 * 1024  # of a zip: some ten thousand entries
_MAX_TYPES_BYTES = 1024 * 1024
_SIGNATURES = {
    b"%PDF-": DocumentFormat.PDF,
    b"\x89PNG\r\n\x1a\n": DocumentFormat.PNG,
    b"\xff\xd8\xff": DocumentFormat.JPEG,
    b"GIF87a": DocumentFormat.GIF,
    b"GIF89a": DocumentFormat.GIF,
}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DOCX_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


class FileRefused(DomainError):
    """The file cannot be published as it is."""

    field = "file"


class FileMissing(FileRefused):
    """No file was chosen."""

    message = _l("Choose a file.")


class FileEmpty(FileRefused):
    """There is nothing in it."""

    message = _l("This file is empty.")


class FileTooLarge(FileRefused):
    """It is larger than the configuration allows."""

    message = _l("This file is too large: a document may have up to %(most)s.")


class FileOfAnotherType(FileRefused):
    """It is none of the types that are published."""

    message = _l("Only PDF, ODT, DOCX, PNG, JPEG, WebP and GIF files can be published. Save this one as a PDF.")


class FileIsMarkup(FileRefused):
    """A web page or an SVG drawing, in which programs can run."""

    message = _l("Web pages and SVG drawings can carry programs, so they are not published. Save it as a PDF or a PNG.")


class FileIsOldWord(FileRefused):
    """Word’s binary format, in which newer files with a password are wrapped too."""

    message = _l("This is an old Word file, or one with a password. Save it without one as PDF, DOCX or ODT.")


class FileHasMacros(FileRefused):
    """Programs that run when the document is opened."""

    message = _l("This document holds macros, which are programs. Save it without them, or as a PDF.")


class FileDamaged(FileRefused):
    """It is not whole, or not what it says."""

    message = _l("This file is damaged or not complete. Open it, save it anew, and choose that one.")


class PictureTooLarge(FileRefused):
    """So many points that showing it would fill a small device’s memory."""

    message = _l("This picture has more than %(most)s million points. Make it smaller first.")


class CheckedFile(NamedTuple):
    """A file that may be published: what it is, and its bytes, to be read from the beginning."""

    format: DocumentFormat
    content: BinaryIO
    size: int
    sha256: str


def check(file: BinaryIO, *, most_bytes: int) -> CheckedFile:
    """Find out what the file is and whether it may be published. Raises a FileRefused that says why not.

    A picture comes back without what its camera wrote into it; everything else as it is. Nothing is unpacked or drawn.
    """
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise FileEmpty
    if size > most_bytes:
        raise FileTooLarge(most=format_size(most_bytes))
    file.seek(0)
    found = _recognise(file.read(_HEAD_BYTES))
    content = _CHECKS[found](file)
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    digest = hashlib.sha256()
    for part in iter(lambda: content.read(_READ_BYTES), b""):
        digest.update(part)
    content.seek(0)
    return CheckedFile(found, content, size, digest.hexdigest())


def _recognise(head: bytes) -> DocumentFormat:
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return DocumentFormat.WEBP
    if head.startswith(_ZIP):
        return _recognise_zip(head)
    if head.startswith(_OLE):
        raise FileIsOldWord
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise FileIsMarkup
    raise FileOfAnotherType


def _recognise_zip(head: bytes) -> DocumentFormat:
    """OpenDocument 1.3 part 2, 3.3: the first entry is `mimetype`, as it is, so that it can be read from outside."""
    if len(head) < 30:
        raise FileDamaged
    method, _time, _checksum, length, _size, name_length, extra_length = struct.unpack_from("<HIIIIHH", head, 8)
    name, begin = head[30 : 30 + name_length], 30 + name_length + extra_length
    if name != b"mimetype":
        return DocumentFormat.DOCX
    if method != ZIP_STORED or head[begin : begin + length] != MEDIA_TYPES[DocumentFormat.ODT].encode():
        raise FileOfAnotherType
    return DocumentFormat.ODT


def _check_pdf(file: BinaryIO) -> BinaryIO:
    if b"%%EOF" not in _read_tail(file):
        raise FileDamaged
    return file


def _check_odt(file: BinaryIO) -> BinaryIO:
    with _open_zip(file) as entries:
        names = entries.namelist()
    if "content.xml" not in names:
        raise FileDamaged
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        raise FileHasMacros
    return file


def _check_docx(file: BinaryIO) -> BinaryIO:
    """ISO/IEC 29500-2: what each part is stands in `[Content_Types].xml`; no more than that is unpacked."""
    with _open_zip(file) as entries:
        names = {name.casefold() for name in entries.namelist()}
        types = _read_types(entries)
    if any(name.endswith("vbaproject.bin") for name in names) or b"macroenabled" in types.lower():
        raise FileHasMacros
    if _DOCX_MAIN not in types:
        raise FileOfAnotherType
    return file


def _open_zip(file: BinaryIO) -> ZipFile:
    """Open a zip whose directory is of a likely size: reading one of a million entries would fill the memory."""
    tail = _read_tail(file)
    end = tail.rfind(b"PK\x05\x06")
    try:
        directory_bytes, _begin, comment_bytes = struct.unpack_from("<IIH", tail, end + 12)
        is_end = end >= 0 and end + 22 + comment_bytes == len(tail)  # else it is another that is read below
        if not is_end or directory_bytes > _MAX_DIRECTORY_BYTES or tail[end - 20 : end - 16] == b"PK\x06\x07":
            raise FileDamaged
        return ZipFile(file)
    except (BadZipFile, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise FileDamaged from error


def _read_types(entries: ZipFile) -> bytes:
    try:
        entry = entries.getinfo("[Content_Types].xml")
    except KeyError as error:
        raise FileOfAnotherType from error
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED} or entry.flag_bits & 1:
        raise FileDamaged
    try:
        with entries.open(entry) as part:
            types = part.read(_MAX_TYPES_BYTES + 1)
    except (BadZipFile, OSError, EOFError, ValueError, zlib.error) as error:
        raise FileDamaged from error
    if len(types) > _MAX_TYPES_BYTES:
        raise FileDamaged
    return types


def _check_picture(kind: DocumentFormat) -> Callable[[BinaryIO], BinaryIO]:
    def check_it(file: BinaryIO) -> BinaryIO:
        file.seek(0)
        try:
            picture = pictures.without_metadata(file.read(), kind)
        except ValueError as error:
            raise FileDamaged from error
        if picture.width * picture.height > MAX_POINTS:
            raise PictureTooLarge(most=MAX_POINTS // 1_000_000)
        _verify(picture.content, kind)
        return io.BytesIO(picture.content)

    return check_it


def _verify(content: bytes, kind: DocumentFormat) -> None:
    """Ask somebody else whether it is a picture of that kind; it is not drawn."""
    from PIL import Image  # noqa: PLC0415 - a heavy module, for whoever uploads a picture

    try:
        with Image.open(io.BytesIO(content), formats=["JPEG" if kind is DocumentFormat.JPEG else kind.value]) as image:
            image.verify()
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error) as error:
        raise FileDamaged from error
    except Image.DecompressionBombError as error:
        raise FileDamaged from error


def _read_tail(file: BinaryIO) -> bytes:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _TAIL_BYTES, 0))
    return file.read()


_CHECKS: dict[DocumentFormat, Callable[[BinaryIO], BinaryIO]] = {
    DocumentFormat.PDF: _check_pdf,
    DocumentFormat.ODT: _check_odt,
    DocumentFormat.DOCX: _check_docx,
    **{
        kind: _check_picture(kind)
        for kind in (DocumentFormat.PNG, DocumentFormat.JPEG, DocumentFormat.WEBP, DocumentFormat.GIF)
    },
}
