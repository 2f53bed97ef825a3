"""The mails of a registration: golden files in three languages, their MIME structure, hostile names."""

from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail, build_message
from events.models import CalendarShape
from registrations import calendars, notifications
from registrations.models import RegistrationMail, RegistrationState
from tests import factories
from tests.factories import NOW
from tests.golden import golden

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
@pytest.mark.parametrize("kind", ["place_confirmed", "own_link", "cancelled", "merged"])
def test_mail_is_as_agreed(registration, kind, language):
    registration.language = language

    mail = _write(kind, registration)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"{kind}.{language}.txt", text)


@pytest.mark.parametrize("kind", ["place_confirmed", "own_link", "cancelled", "merged"])
def test_html_is_as_agreed(registration, kind):
    mail = _write(kind, registration)

    assert mail.html == golden(GOLDEN / f"{kind}.ca.html", mail.html)


def test_mail_belongs_to_the_registration(registration):
    mail = _write("place_confirmed", registration)

    assert db.session.execute(select(RegistrationMail.registration_id, RegistrationMail.mail_id)).one() == (
        registration.id,
        mail.id,
    )


def test_who_gave_no_address_gets_no_mail(registration):
    registration.email, registration.email_key = "", None

    notifications.cancelled(registration, [], had_place=True, now=NOW)
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


@pytest.mark.parametrize(
    ("kind", "method", "filename"),
    [("place_confirmed", "REQUEST", "invitacio.ics"), ("cancelled", "CANCEL", "cancellacio.ics")],
)
def test_invitation_stands_twice_in_the_mail(registration, kind, method, filename):
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
    assert attached.get_filename() == filename
    (file,) = mail.calendars
    assert [part.get_payload(decode=True).decode() for part in (inline, attached)] == [file["content"]] * 2
    assert f"METHOD:{method}\r\n" in file["content"]


def test_each_session_is_a_file_of_its_own_and_the_first_is_inline(registration):
    registration.event.calendar_shape = CalendarShape.SESSIONS
    _write("place_confirmed", registration)
    registration.event.calendar_shape = CalendarShape.EVENT
    notifications.place_confirmed(registration, registration.sessions, now=NOW + timedelta(hours=2))
    db.session.flush()
    first, second = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))

    messages = [_parse(mail) for mail in (first, second)]

    assert [
        [(part.get_filename(), part.get_param("method")) for part in message.walk() if _is_calendar(part)]
        for message in messages
    ] == [
        [(None, "REQUEST"), ("invitacio-1.ics", "REQUEST"), ("invitacio-2.ics", "REQUEST")],
        [
            (None, "REQUEST"),
            ("invitacio-1.ics", "REQUEST"),
            ("cancellacio-2.ics", "CANCEL"),
            ("cancellacio-3.ics", "CANCEL"),
        ],
    ]
    assert "Cadascun dels fitxers adjunts" in first.text
    assert "Cadascun dels fitxers adjunts" in first.html
    for message in messages:
        inline, *attached = [part.get_payload(decode=True) for part in message.walk() if _is_calendar(part)]
        assert inline == attached[0]
        assert [content.count(b"BEGIN:VEVENT") for content in attached] == [1] * len(attached)
        for part in message.walk():
            if _is_calendar(part):
                assert f"METHOD:{part.get_param('method')}\r\n".encode() in part.get_payload(decode=True)


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
    elif kind == "merged":
        notifications.merged(registration, "nuria.pla@example.org", registration.token, now=NOW)
    elif kind == "cancelled":
        calendars.update(registration, chosen, now=NOW)
        registration.state = RegistrationState.CANCELLED
        notifications.cancelled(registration, chosen, had_place=True, now=NOW + timedelta(hours=1))
    else:
        getattr(notifications, kind)(registration, chosen, now=NOW + timedelta(hours=1))
    db.session.flush()
    return db.session.scalars(select(OutgoingMail)).one()


def _is_calendar(part):
    return part.get_content_type() == "text/calendar"


def _parse(mail):
    return BytesParser(policy=policy.default).parsebytes(build_message(mail, sender=SENDER).as_bytes())
