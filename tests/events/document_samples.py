"""Files as people have them, made of real bytes: good ones, disguised ones, and those that mean harm."""

import io
import zipfile

from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n0\n%%EOF\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"\xef\xbb\xbf\n<!DOCTYPE html><script>alert(1)</script>"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ODT_TYPE = b"application/vnd.oasis.opendocument.text"
DOCX_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCM_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
SECRET = b"41.3874N 2.1686E"
"""Where a picture was taken, as it stands in samples with metadata."""


def pdf(size):
    """A PDF of so many bytes."""
    return PDF[:-6] + b" " * (size - len(PDF)) + PDF[-6:]


def zipped(entries, *, method=zipfile.ZIP_DEFLATED):
    """The same bytes whenever it is made: its parts are all of 1980."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            part = zipfile.ZipInfo(name)
            archive.writestr(part, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return file.getvalue()


def odt(*more, mimetype=ODT_TYPE):
    return zipped([("mimetype", mimetype), ("content.xml", "<a/>"), ("META-INF/manifest.xml", "<a/>"), *more])


def docx(*more, main=DOCX_MAIN, method=zipfile.ZIP_DEFLATED):
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    return zipped([("[Content_Types].xml", types), ("word/document.xml", "<a/>"), *more], method=method)


def zip_bomb():
    """A DOCX of some kilobytes whose one part would be 64 MB."""
    return zipped([("[Content_Types].xml", b"<Types>" + b" " * 64 * 1024 * 1024)])


def crowded_zip(*, hides=False):
    """A DOCX whose directory names tens of thousands of parts; one that `hides` it has an end within its end."""
    data = docx(*((f"word/{number:040d}", b"") for number in range(20_000)))
    return data[:-18] + b"PK\x05\x06" + data[-14:-6] + b"\0" * 4 + data[-2:] if hides else data


def crumbled_jpeg():
    """A JPEG of half a million segments with nothing in them."""
    return b"\xff\xd8" + b"\xff\xee\x00\x02" * 500_000 + b"\xff\xd9"


def image():
    """Four points by two, each of another colour."""
    picture = Image.new("RGB", (4, 2))
    picture.putdata([(40 * number, 255 - 30 * number, 9 * number) for number in range(8)])
    return picture


def picture(kind, *, orientation=None, **options):
    """A picture with all the metadata its format can hold, the secret in each."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    if orientation:
        exif[0x0112] = orientation
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    told = {
        "JPEG": {"exif": exif, "xmp": xmp, "comment": SECRET, "icc_profile": b"profile", "quality": 90},
        "PNG": {"exif": exif, "pnginfo": png_text()},
        "WEBP": {"exif": exif, "xmp": xmp, "lossless": True},
        "GIF": {"comment": SECRET},
    }
    file = io.BytesIO()
    image().save(file, kind, **{**told[kind], **options})
    return file.getvalue()


def png_text():
    info = PngInfo()
    info.add_text("Location", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return info


def moving(kind):
    """Two pictures one after the other."""
    file = io.BytesIO()
    second = image().rotate(180)
    image().save(
        file,
        kind,
        save_all=True,
        append_images=[second],
        duration=100,
        loop=0,
        **({"comment": SECRET} if kind == "GIF" else {}),
    )
    return file.getvalue()


def points(data):
    """Each point of a picture as it is shown, turned as it says."""
    with Image.open(io.BytesIO(data)) as opened:
        shown = ImageOps.exif_transpose(opened).convert("RGB")
        return shown.size, shown.tobytes()
