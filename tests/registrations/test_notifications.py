"""The mails of a registration: golden files in three languages, their MIME structure, hostile names."""

import os
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail, build_message
from registrations import notifications
from registrations.models import RegistrationMail
from tests import factories
from tests.factories import NOW

GOLDEN = Path(__file__).parent / "golden"
SENDER = "jornades@example.org"


@pytest.fixture
def registration(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    session = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    session.room = factories.make_room(event, "Sala d’actes")
    factories.make_session(event, "T2", starts_at=session.ends_at, title="Cloenda")
    return factories.make_registration(
        event, *event.sessions, first_name="Núria", last_name="Pla", code="ABCD2345", token="t" * 32
    )


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("kind", ["place_confirmed", "own_link", "cancelled"])
def test_mail_is_as_agreed(registration, kind, language):
    registration.language = language

    mail = _write(kind, registration)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == _golden(f"{kind}.{language}.txt", text)


@pytest.mark.parametrize("kind", ["place_confirmed", "own_link", "cancelled"])
def test_html_is_as_agreed(registration, kind):
    mail = _write(kind, registration)

    assert mail.html == _golden(f"{kind}.ca.html", mail.html)


def test_mail_belongs_to_the_registration(registration):
    mail = _write("place_confirmed", registration)

    assert db.session.execute(select(RegistrationMail.registration_id, RegistrationMail.mail_id)).one() == (
        registration.id,
        mail.id,
    )


def test_who_gave_no_address_gets_no_mail(registration):
    registration.email, registration.email_key = "", None

    notifications.cancelled(registration, [], now=NOW)
    db.session.flush()

    assert db.session.scalars(select(OutgoingMail)).all() == []


def test_mail_of_an_event_without_venue_or_sessions_or_contact(registration):
    registration.event.venue = registration.event.address = registration.event.team.contact_email = ""

    mail = _write("place_confirmed", registration, sessions=[])

    assert "On:" not in mail.text
    assert "Les vostres sessions" not in mail.text + mail.html
    assert "Dubtes" not in mail.text + mail.html
    assert mail.reply_to is None


def test_answers_go_to_the_team(registration):
    message = _parse(_write("place_confirmed", registration))

    assert message["From"] == "Equip d’inclusió <jornades@example.org>"
    assert message["To"] == "Núria Pla <bob@example.org>"
    assert message["Reply-To"] == "equip@example.org"
    assert message["Content-Language"] == "ca"


@pytest.mark.parametrize(("kind", "method"), [("place_confirmed", "REQUEST"), ("cancelled", "CANCEL")])
def test_invitation_stands_twice_in_the_mail(registration, kind, method):
    mail = _write(kind, registration)
    message = _parse(mail)

    parts = [part.get_content_type() for part in message.walk()]
    assert parts == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    inline, attached = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in (inline, attached)] == [method, method]
    assert [part.get_param("charset").lower() for part in (inline, attached)] == ["utf-8", "utf-8"]
    assert attached.get_filename() == "invitacio.ics"
    assert [part.get_payload(decode=True) for part in (inline, attached)] == [mail.calendar, mail.calendar]
    assert f"METHOD:{method}\r\n".encode() in mail.calendar


def test_own_link_carries_no_calendar(registration):
    message = _parse(_write("own_link", registration))

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: cleo@example.org", '"Ada" <cleo@example.org>', "é" * 120, "🎉\x00,;<>@", "=?utf-8?q?x?="]
)
def test_hostile_name_reaches_no_header(registration, name):
    registration.first_name = registration.event.title = registration.event.team.name = name

    message = _parse(_write("place_confirmed", registration))

    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["bob@example.org"]
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]


def test_hostile_title_stays_text_in_html(registration):
    registration.event.title = registration.first_name = "<img src=x onerror=alert(1)>&\"'"

    mail = _write("place_confirmed", registration)

    assert "<img" not in mail.html
    assert "<img src=x onerror=alert(1)>&\"'" in mail.text


def _write(kind, registration, sessions=None):
    chosen = registration.sessions if sessions is None else sessions
    if kind == "own_link":
        notifications.own_link(registration, now=NOW)
    else:
        getattr(notifications, kind)(registration, chosen, now=NOW + timedelta(hours=1))
    db.session.flush()
    return db.session.scalars(select(OutgoingMail)).one()


def _parse(mail):
    return BytesParser(policy=policy.default).parsebytes(build_message(mail, sender=SENDER).as_bytes())


def _golden(name, text):
    """The kept file; with GOLDEN=write in the environment it is written anew, to be read before it is kept."""
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / name).write_text(text, encoding="utf-8")
    return (GOLDEN / name).read_text(encoding="utf-8")
