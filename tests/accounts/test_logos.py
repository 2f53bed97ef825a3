"""A logo is told by its content, drawn anew, and kept within measures."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from accounts import logos
from accounts.models import AuditEntry, Team
from core.database import db
from tests import factories
from tests.factories import NOW


def picture(size=(200, 100), mode="RGB", kind="PNG", **options):
    file = BytesIO()
    Image.new(mode, size, options.pop("colour", 0)).save(file, kind, **options)
    return file.getvalue()


def read(logo):
    return Image.open(BytesIO(logo.content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_becomes_a_png(kind):
    logo = logos.redraw(picture(kind=kind))

    assert (logo.width, logo.height, read(logo).format, read(logo).size) == (200, 100, "PNG", (200, 100))


@pytest.mark.parametrize(
    ("size", "kept"), [((4000, 4000), (320, 320)), ((4000, 500), (640, 80)), ((640, 320), (640, 320))]
)
def test_a_large_picture_is_made_smaller_and_keeps_its_shape(size, kept):
    logo = logos.redraw(picture(size))

    assert (logo.width, logo.height) == kept


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_points_is_taken(mode):
    assert read(logos.redraw(picture(mode=mode))).mode in {"RGB", "RGBA"}


def test_points_for_a_press_are_taken():
    assert read(logos.redraw(picture(mode="CMYK", kind="JPEG"))).mode == "RGB"


def test_nothing_that_came_with_the_picture_is_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "SECRET")
    notes.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
    exif = Image.Exif()
    exif[0x8298] = "SECRET"

    contents = [
        logos.redraw(picture(pnginfo=notes) + b"<script>SECRET</script>").content,
        logos.redraw(picture(kind="JPEG", exif=exif, comment=b"SECRET")).content,
    ]

    assert [b"SECRET" in content for content in contents] == [False, False]


def test_a_picture_that_lies_is_stood_up():
    exif = Image.Exif()
    exif[0x0112] = 6

    logo = logos.redraw(picture((200, 100), kind="JPEG", exif=exif))

    assert (logo.width, logo.height) == (100, 200)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side):
    """A PNG of a few bytes that says it has `side` squared points."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


NOT_PICTURES = {
    "nothing": b"",
    "text": b"<b>hello</b>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "gif": picture(kind="GIF"),
    "webp": picture(kind="WEBP"),
    "tiff": picture(kind="TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "head alone": picture()[:40],
    "cut short": picture((2000, 2000), kind="JPEG")[:-4000],
    "no points": bomb(1000),
    "page with a picture's beginning": b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>",
}


@pytest.mark.parametrize("data", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(logos.NotAPicture):
        logos.redraw(data)


@pytest.mark.parametrize("data", [bomb(4001), bomb(2**31 - 1), picture((4001, 40)), b"\0" * (2 * 1024 * 1024 + 1)])
def test_what_is_too_large_is_refused_before_it_is_unfolded(data):
    with pytest.raises((logos.PictureTooLarge, logos.NotAPicture)):
        logos.redraw(data)


def test_what_is_too_small_to_be_printed_is_refused():
    with pytest.raises(logos.PictureTooSmall):
        logos.redraw(picture((400, 31)))


@pytest.fixture
def page(client, ada):
    client.log_in(ada)
    return f"/gestio/equips/{factories.make_team().id}"


def send(client, page, data, name="logo.png"):
    """Send a file as a browser does; the test client itself would leave a large one open."""
    head = f'--x\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--x--\r\n"
    return client.post(f"{page}/logotip", data=body, content_type="multipart/form-data; boundary=x")


def test_a_logo_is_shown_to_everybody_and_kept_by_browsers(app, client, page):
    response = send(client, page, picture(), name="../../logo.svg")

    factories.make_event("jornada")
    programme = app.test_client().get("/jornades/jornada").text
    mark = db.session.scalars(select(Team.logo_mark)).one()
    image = app.test_client().get(f"/logotips/{mark}.png")
    again = app.test_client().get(f"/logotips/{mark}.png", headers={"If-None-Match": image.headers["ETag"]})
    assert (response.status_code, response.location) == (303, f"{page}#logotip")
    assert f'<img class="team-logo" src="/logotips/{mark}.png" width="100" height="50" alt="Logotip de' in programme
    assert (image.status_code, image.mimetype, read_size(image)) == (200, "image/png", (200, 100))
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    assert image.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert again.status_code == 304


def read_size(response):
    return Image.open(BytesIO(response.data)).size


def test_a_logo_is_taken_away(app, client, page):
    send(client, page, picture())
    mark = db.session.scalars(select(Team.logo_mark)).one()

    client.post(f"{page}/logotip/supressio")
    client.post(f"{page}/logotip/supressio")

    factories.make_event("jornada")
    assert app.test_client().get(f"/logotips/{mark}.png").status_code == 404
    assert "team-logo" not in app.test_client().get("/jornades/jornada").text
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["team.set_logo", "team.remove_logo"]


def test_the_same_logo_twice_is_one_act(client, page):
    send(client, page, picture())
    send(client, page, picture())

    assert [entry.act for entry in db.session.scalars(select(AuditEntry))] == ["team.set_logo"]


@pytest.mark.parametrize("data", [b"<svg/>", bomb(2**31 - 1), b"\0" * 3_000_000, picture((8, 8))])
def test_a_file_that_is_refused_changes_nothing_and_says_why(client, page, data):
    response = send(client, page, data)

    assert response.status_code == 422
    assert 'id="image-error"' in response.text
    assert db.session.scalars(select(Team.logo_mark)).one() == ""


def test_no_file_is_said(client, page):
    assert "Trieu una imatge." in client.post(f"{page}/logotip").text


@pytest.mark.parametrize("mark", ["", "0" * 64, "..%2f", "x" * 5000])
def test_there_is_no_logo_under_another_address(client, mark):
    factories.make_team()

    assert client.get(f"/logotips/{mark}.png").status_code == 404


@pytest.mark.both_databases
def test_a_logo_lives_in_the_database(app, ada):
    team = factories.make_team()

    logos.set_logo(team, logos.redraw(picture()), by=ada, now=NOW)
    db.session.expire_all()

    assert logos.find_logo(team.logo_mark) == team.logo
    assert logos.find_logo("") is None
