"""Pictures without what cameras and programs write into them: where it was taken, when, by whom, with what.

Bytes in, bytes out. Nothing is drawn anew, so that every point stays as it is; only how to turn the picture is kept.
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zlib import crc32

from events.models import DocumentFormat

_ORIENTATION = 0x0112
_EXIF = b"Exif\x00\x00"
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD hIST pHYs acTL fcTL fdAT".split())
_WEBP_KEPT = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_JFIF = 0xE0
_JPEG_KEPT = {_JFIF: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
MAX_PARTS = 50_000
"""Of one picture: far more than any has, and few enough that taking it apart takes little more than its size."""


class Picture(NamedTuple):
    """A picture that tells nothing but itself, and how large it is in points."""

    content: bytes
    width: int
    height: int


def without_metadata(data: bytes, kind: DocumentFormat) -> Picture:
    """Take out everything that is not the picture, what follows its end included. Raises ValueError when it is cut."""
    try:
        return _READERS[kind](data)
    except (IndexError, struct.error) as error:
        raise ValueError("the picture ends too soon") from error


def _parts() -> Iterator[int]:
    """Count the parts of a picture. Raises ValueError when nobody has made so many."""
    yield from range(MAX_PARTS)
    raise ValueError("too many parts")


def _read_jpeg(data: bytes) -> Picture:
    """ITU-T T.81 annex B: segments up to the end of the image, each a marker, a length and what it holds."""
    kept, tiff, width, height = [data[:2]], b"", 0, 0
    for marker, segment in _jpeg_segments(data):
        body = segment[4:]
        if marker == 0xE1 and body.startswith(_EXIF):
            tiff = tiff or body.removeprefix(_EXIF)
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
        if marker == _JFIF and body.startswith(_JPEG_KEPT[_JFIF]):
            kept.append(segment[:2] + b"\x00\x10" + body[:12].ljust(14, b"\x00"))  # a small picture may come with it
        elif 0xC0 <= marker <= 0xDF or (marker in _JPEG_KEPT and body.startswith(_JPEG_KEPT[marker])):
            kept.append(segment)
    turned = _turning(tiff)
    if turned:
        segment = b"\xff\xe1" + struct.pack(">H", len(_EXIF + turned) + 2) + _EXIF + turned
        kept.insert(2 if kept[1].startswith(b"\xff\xe0") else 1, segment)
    return Picture(b"".join(kept), width, height)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment with its marker, the end of the image last; a scan goes with the segment that begins it."""
    at = 2
    for _part in _parts():
        if data[at] != 0xFF:
            raise ValueError("no marker where one should be")
        marker = data[at + 1]
        if marker == 0xFF:  # a marker may have any number of these before it
            at += 1
            continue
        if marker == 0xD9:
            yield marker, data[at : at + 2]
            return
        end = at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if marker == 0xDA:
            found = _END_OF_SCAN.search(data, end)
            end = found.start() if found else len(data)
        if end >= len(data):
            raise ValueError("a segment is longer than the picture")
        yield marker, data[at:end]
        at = end


def _read_png(data: bytes) -> Picture:
    """ISO/IEC 15948: chunks, each a length, a name, what it holds and a checksum."""
    width, height = struct.unpack_from(">II", data, 16)
    kept, tiff, at, name = [data[:8]], b"", 8, b""
    for _part in _parts():
        if name == b"IEND":
            break
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise ValueError("a chunk is longer than the picture")
        if name == b"eXIf":
            tiff = data[at + 8 : end - 4]
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
    turned = _turning(tiff)
    if turned:
        chunk = b"eXIf" + turned
        kept.insert(2, struct.pack(">I", len(turned)) + chunk + struct.pack(">I", crc32(chunk)))
    return Picture(b"".join(kept), int(width), int(height))


def _read_webp(data: bytes) -> Picture:
    """RFC 9649: a RIFF file of chunks; only one that begins with VP8X can hold more than the picture."""
    end_of_file = 8 + int(struct.unpack_from("<I", data, 4)[0])
    if end_of_file > len(data):
        raise ValueError("the picture is cut")
    chunks, tiff, at = [], b"", 12
    for _part in _parts():
        if at >= end_of_file:
            break
        (length,) = struct.unpack_from("<I", data, at + 4)
        name, body = data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if at > end_of_file:
            raise ValueError("a chunk is longer than the picture")
        if name == b"EXIF":
            tiff = body.removeprefix(_EXIF)
        if name in _WEBP_KEPT:
            chunks.append((name, body))
    width, height = _webp_size(*chunks[0])
    turned = _turning(tiff)
    if chunks[0][0] == b"VP8X":
        flags = chunks[0][1][0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if turned else 0)
        chunks[0] = (b"VP8X", bytes([flags]) + chunks[0][1][1:])
        chunks += [(b"EXIF", turned)] if turned else []
    content = b"".join(name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2) for name, body in chunks)
    return Picture(b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content, width, height)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _read_gif(data: bytes) -> Picture:
    """GIF89a: blocks up to a semicolon; comments and what single programs have added go."""
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + _gif_colours(data[10])
    kept = [data[:at]]
    for _part in _parts():
        if data[at] == 0x3B:
            break
        start = at
        if data[at] == 0x2C:
            at = _gif_blocks_end(data, at + 11 + _gif_colours(data[at + 9]))
            is_kept = True
        elif data[at] == 0x21:
            at = _gif_blocks_end(data, at + 2)
            label, program = data[start + 1], data[start + 3 : start + 14]
            is_kept = label in {0x01, 0xF9} or (label == 0xFF and program in _GIF_KEPT)
        else:
            raise ValueError("no block where one should be")
        if is_kept:
            kept.append(data[start:at])
    return Picture(b"".join([*kept, b";"]), int(width), int(height))


def _gif_colours(flags: int) -> int:
    """How many bytes a table of colours takes, if there is one."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _turning(tiff: bytes) -> bytes:
    """EXIF that says how the picture is to be turned, as this one does, and nothing else; empty when it says nothing.

    TIFF 6.0: the order of bytes, then a directory of entries; the one we look for has its value in itself.
    """
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        entries = (struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * number) for number in range(count))
        orientation = next((value for tag, _type, _count, value in entries if tag == _ORIENTATION), 1)
    except (KeyError, struct.error):
        return b""
    if not 2 <= orientation <= 8:
        return b""
    return b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


_READERS: dict[DocumentFormat, Callable[[bytes], Picture]] = {
    DocumentFormat.JPEG: _read_jpeg,
    DocumentFormat.PNG: _read_png,
    DocumentFormat.WEBP: _read_webp,
    DocumentFormat.GIF: _read_gif,
}
