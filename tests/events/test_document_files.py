"""What may be published is known by its bytes; each reason to refuse has its sentence."""

import hashlib
import io
import struct
import tracemalloc
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from events.document_files import (
    FileDamaged,
    FileEmpty,
    FileHasMacros,
    FileIsMarkup,
    FileIsOldWord,
    FileOfAnotherType,
    FileRefused,
    FileTooLarge,
    PictureTooLarge,
    check,
)
from tests.events import document_samples as samples

MOST = 20 * 1024 * 1024


def checked(data, most=MOST):
    return check(io.BytesIO(data), most_bytes=most)


def why(data, most=MOST):
    with pytest.raises(FileRefused) as refused:
        checked(data, most)
    return refused.type


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (samples.PDF, "pdf"),
        (samples.odt(), "odt"),
        (samples.docx(), "docx"),
        (samples.picture("PNG"), "png"),
        (samples.picture("JPEG"), "jpg"),
        (samples.picture("WEBP"), "webp"),
        (samples.picture("GIF"), "gif"),
    ],
    ids=["pdf", "odt", "docx", "png", "jpg", "webp", "gif"],
)
def test_each_type_is_known_by_its_bytes(data, kind):
    file = checked(data)

    content = file.content.read()
    assert (file.format.value, file.size, file.sha256) == (kind, len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("data", [samples.PDF, samples.odt(), samples.docx()], ids=["pdf", "odt", "docx"])
def test_a_text_stays_as_it_is(data):
    assert checked(data).content.read() == data


REFUSED = {
    "nothing": (b"", FileEmpty),
    "svg": (samples.SVG, FileIsMarkup),
    "html": (samples.HTML, FileIsMarkup),
    "text": ("Hola, món".encode(), FileOfAnotherType),
    "script": (b"#!/bin/sh\nrm -r /", FileOfAnotherType),
    "program": (b"MZ\x90\x00" + bytes(200), FileOfAnotherType),
    "html before a pdf": (b"GIF  <script>" + samples.PDF, FileOfAnotherType),
    "old word": (samples.OLD_WORD, FileIsOldWord),
    "spreadsheet": (samples.odt(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), FileOfAnotherType),
    "any zip": (samples.zipped([("a.txt", "a")]), FileOfAnotherType),
    "xlsx": (samples.docx(main="application/vnd…spreadsheetml.sheet.main+xml"), FileOfAnotherType),
    "docm": (samples.docx(main=samples.DOCM_MAIN), FileHasMacros),
    "docx with a macro": (samples.docx(("word/vbaProject.bin", b"")), FileHasMacros),
    "docx with a macro elsewhere": (samples.docx(("word/x/VBAPROJECT.BIN", b"")), FileHasMacros),
    "odt with a macro": (samples.odt(("Basic/Standard/Module1.xml", b"")), FileHasMacros),
    "odt without a text": (samples.zipped([("mimetype", samples.ODT_TYPE)]), FileDamaged),
    "zip that is cut": (samples.docx()[:-30], FileDamaged),
    "odt that is cut": (samples.odt()[:120], FileDamaged),
    "the beginning of a zip": (b"PK\x03\x04", FileDamaged),
    "docx packed by other means": (samples.docx(method=14), FileDamaged),  # LZMA, whose memory the file decides
    "pdf that is cut": (samples.PDF[:-7], FileDamaged),
    "beginning of a jpeg": (b"\xff\xd8\xff", FileDamaged),
    "beginning of a png": (b"\x89PNG\r\n\x1a\n", FileDamaged),
    "beginning of a gif": (b"GIF89a", FileDamaged),
    "beginning of a webp": (b"RIFF\x00\x00\x00\x00WEBP", FileDamaged),
    "html in a gif’s clothes": (b"GIF89a/*<script>alert(1)</script>*/", FileDamaged),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_each_reason_to_refuse(data, reason):
    assert why(data) is reason


def test_a_file_may_be_as_large_as_it_is_said_and_no_byte_larger():
    checked(samples.pdf(1000), 1000)

    assert why(samples.pdf(1001), 1000) is FileTooLarge


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_keeps_its_points_and_tells_nothing_else(kind):
    data = samples.picture(kind)

    content = checked(data + samples.SECRET).content.read()

    assert (samples.SECRET in data, samples.SECRET in content) == (True, False)
    assert samples.points(content) == samples.points(data)


@pytest.mark.parametrize(
    "segment",
    [
        b"\xff\xee" + struct.pack(">H", 2 + len(samples.SECRET)) + samples.SECRET,
        b"\xff\xf7" + struct.pack(">H", 2 + len(samples.SECRET)) + samples.SECRET,
        b"\xff\xe0" + struct.pack(">H", 16 + 3 * 8) + b"JFIF\0\1\1\0\0\1\0\1\x04\x02" + samples.SECRET.ljust(24)[:24],
    ],
    ids=["of a program", "of no use", "small picture"],
)
def test_a_jpeg_tells_nothing_in_its_corners(segment):
    data = samples.picture("JPEG")

    content = checked(data[:2] + segment + data[2:]).content.read()

    assert samples.SECRET[:24] not in content
    assert samples.points(content) == samples.points(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_is_turned_as_it_was(kind, orientation):
    data = samples.picture(kind, orientation=orientation)

    content = checked(data).content.read()

    with Image.open(io.BytesIO(content)) as picture:
        assert dict(picture.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
    assert samples.points(content) == samples.points(data)


def test_a_jpeg_keeps_its_colours_and_comes_in_steps():
    content = checked(samples.picture("JPEG", progressive=True)).content.read()

    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.info["icc_profile"], picture.info["progressive"]) == (b"profile", 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_moves_goes_on_moving(kind):
    content = checked(samples.moving(kind)).content.read()

    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.n_frames, samples.SECRET in content) == (2, False)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_that_is_cut_is_refused(kind):
    data = checked(samples.picture(kind)).content.read()

    assert {why(data[:length]) for length in range(12, len(data))} == {FileDamaged}


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn():
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )

    assert why(bomb) is PictureTooLarge


def test_a_png_whose_checksum_is_wrong_is_refused():
    data = samples.picture("PNG")
    at = data.index(b"IDAT") + 6

    assert why(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is FileDamaged


def test_a_png_without_a_picture_is_refused():
    data = samples.picture("PNG")
    at = data.index(b"IDAT")

    assert why(data[: at + 2] + b"\xff\xff\xff\xff") is FileDamaged
    assert why(data[: at - 4] + data[data.index(b"IEND") - 4 :]) is FileDamaged


@pytest.mark.parametrize(
    "make",
    [samples.zip_bomb, samples.crowded_zip, partial(samples.crowded_zip, hides=True), samples.crumbled_jpeg],
    ids=["bomb", "crowd", "hidden crowd", "crumbs"],
)
def test_a_bomb_is_refused_and_takes_no_memory(make):
    data = make()

    tracemalloc.start()
    reason = why(data)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert reason is FileDamaged
    assert peak < 8 * 1024 * 1024


@given(
    st.sampled_from(
        [b"%PDF-", b"PK\x03\x04", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x10\0\0\0WEBP", b""]
    ),
    st.binary(max_size=400),
)
def test_any_bytes_are_taken_or_refused(signature, rest):
    assert is_taken(signature + rest) in {True, False}


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_a_picture_with_a_few_wrong_bytes_is_taken_or_refused(kind, chance):
    data = bytearray(samples.picture(kind, **({} if kind == "GIF" else {"orientation": 6})))
    for _ in range(3):
        data[chance.draw(st.integers(0, len(data) - 1))] = chance.draw(st.integers(0, 255))

    assert is_taken(bytes(data)) in {True, False}


def is_taken(data):
    try:
        checked(data)
    except FileRefused:
        return False
    return True
