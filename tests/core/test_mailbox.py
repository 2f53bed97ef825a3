"""`/dev/bustia` shows what was written to the instance folder, and nothing else of it."""

import pytest

from core.database import transaction
from core.mail import CalendarFile, enqueue
from core.mail_delivery import deliver_due_mail
from tests.factories import NOW


@pytest.fixture
def name(app):
    """The name of a delivered mail with three parts."""
    with transaction():
        mail = enqueue(
            kind="test",
            recipient="bob@example.org",
            recipient_name="<b>Bob</b>",
            language="ca",
            subject="Hi sou <script>alert(1)</script>",
            text="Vegeu https://jornades.example.org/inscripcions/abc i <b>res</b> més.",
            html="<p>Hi sou.</p><script>alert(1)</script>",
            calendars=[CalendarFile("REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")],
            now=NOW,
        )
    deliver_due_mail(NOW)
    return mail.message_id.strip("<>")


def test_list_shows_every_mail(client, name):
    page = client.get("/dev/bustia")

    assert page.status_code == 200
    assert f'href="/dev/bustia/{name}"' in page.text
    assert "<script>" not in page.text


def test_mail_shows_its_text_and_parts(client, name):
    page = client.get(f"/dev/bustia/{name}")

    assert page.status_code == 200
    assert 'href="https://jornades.example.org/inscripcions/abc"' in page.text
    assert "&lt;b&gt;res&lt;/b&gt;" in page.text
    assert "<script>alert" not in page.text
    assert [f'href="/dev/bustia/{name}/{number}"' in page.text for number in (2, 3, 4, 5)] == [True] * 4


def test_html_part_is_sealed_off(client, name):
    part = client.get(f"/dev/bustia/{name}/3")

    assert part.content_type == "text/html; charset=utf-8"
    assert part.headers["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    assert part.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("number", ["0", "1", "6", "99999999999999999999", "-1", "x"])
def test_part_that_cannot_be_shown(client, name, number):
    assert client.get(f"/dev/bustia/{name}/{number}").status_code == 404


@pytest.mark.parametrize(
    "wanted", ["secret_key", "..%2Fsecret_key", "../secret_key", "..", ".", "%00", "x" * 5000, "*", "%2e%2e%2fjornada"]
)
def test_nothing_outside_the_folder_can_be_read(client, name, instance_path, wanted):
    (instance_path / "secret_key.eml").write_text("Subject: not for you\n\n")

    assert client.get(f"/dev/bustia/{wanted}").status_code == 404
    assert client.get(f"/dev/bustia/{wanted}/0").status_code == 404
