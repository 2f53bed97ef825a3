"""The mails that go to many at once, and the organiser's cancellation: golden files in three languages."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from events.acts import EventWas, Moved
from events.models import EventState
from registrations import notifications
from registrations.models import RegistrationMail, RegistrationState
from tests import factories
from tests.factories import NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden"
HOUR = timedelta(hours=1)


@pytest.fixture
def registration(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    first = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    first.room = factories.make_room(event, "Sala d’actes")
    second = factories.make_session(event, "T2", starts_at=first.ends_at, title="Cloenda")
    factories.make_session(event, "T3", starts_at=second.ends_at, title="Passejada pel barri")
    registration = factories.make_registration(
        event, first, second, first_name="Núria", last_name="Pla", code="ABCD2345", token="t" * 32
    )
    notifications.place_confirmed(registration, registration.sessions, now=NOW)
    db.session.flush()
    return registration


def cancelled_by_organiser(registration):
    registration.state = RegistrationState.CANCELLED
    notifications.cancelled_by_organiser(registration, registration.sessions, had_place=True, now=NOW + HOUR)


def taken_off_the_list(registration):
    registration.state = RegistrationState.CANCELLED
    notifications.cancelled_by_organiser(registration, [], had_place=False, now=NOW + HOUR)


def event_moved(registration):
    """To another day and place, its sessions with it."""
    event = registration.event
    was = EventWas.of(event)
    moved = [Moved.of(session) for session in registration.sessions]
    for thing in (event, *event.sessions):
        thing.starts_at, thing.ends_at = thing.starts_at + 24 * HOUR, thing.ends_at + 24 * HOUR
    event.venue = "Fabra i Coats"
    return notifications.event_moved(registration, registration.sessions, was=was, moved=moved, now=NOW + HOUR)


def event_place_moved(registration):
    """The place alone, and with it the room of a session."""
    event, session = registration.event, registration.sessions[0]
    was, moved = EventWas.of(event), [Moved.of(session)]
    event.venue, event.address, session.room = "Fabra i Coats", "", factories.make_room(event, "Sala Lila")
    return notifications.event_moved(registration, registration.sessions, was=was, moved=moved, now=NOW + HOUR)


def session_moved(registration):
    """One to another hour and out of its room, one to another day."""
    first, second = registration.sessions
    moved = [Moved.of(first), Moved.of(second)]
    first.starts_at, first.ends_at, first.room = first.starts_at + HOUR, first.ends_at + HOUR, None
    second.starts_at, second.ends_at = second.starts_at + 24 * HOUR, second.ends_at + 24 * HOUR
    (third,) = [session for session in registration.event.sessions if session.code == "T3"]
    return notifications.session_moved(registration, [first, second], moved=moved, waiting=[third], now=NOW + HOUR)


def session_cancelled(registration):
    gone, kept = registration.sessions
    gone.cancelled_at = NOW
    return notifications.session_cancelled(registration, [kept], gone=[gone], now=NOW + HOUR)


def event_cancelled(registration):
    registration.event.state = EventState.CANCELLED
    return notifications.event_cancelled(registration, now=NOW + HOUR)


def event_restored(registration):
    registration.event.state = EventState.CANCELLED
    notifications.event_cancelled(registration, now=NOW)
    registration.event.state = EventState.PUBLISHED
    return notifications.event_restored(registration, registration.sessions, now=NOW + HOUR)


def reminder_today(registration):
    return notifications.reminder(registration, days=0, now=NOW)


def reminder_tomorrow(registration):
    return notifications.reminder(registration, days=1, now=NOW)


def reminder(registration):
    return notifications.reminder(registration, days=7, now=NOW)


def thanks(registration):
    return notifications.thanks(registration, registration.sessions[:1], now=NOW)


TO_MANY = [
    event_moved,
    event_place_moved,
    session_moved,
    session_cancelled,
    event_cancelled,
    event_restored,
    reminder_today,
    reminder_tomorrow,
    reminder,
    thanks,
]
ALL = [cancelled_by_organiser, taken_off_the_list, *TO_MANY]


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("write", ALL)
def test_mail_is_as_agreed(registration, write, language):
    registration.language = language

    mail = written(write, registration)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"{write.__name__}.{language}.txt", text)


@pytest.mark.parametrize("write", ALL)
def test_html_is_as_agreed(registration, write):
    mail = written(write, registration)

    assert mail.html == golden(GOLDEN / f"{write.__name__}.ca.html", mail.html)


@pytest.mark.parametrize("write", TO_MANY)
def test_mail_to_many_lets_others_go_first_and_is_given_back(registration, write):
    mail = write(registration)

    assert mail.is_bulk
    db.session.flush()
    assert db.session.get_one(RegistrationMail, (registration.id, mail.id)).registration == registration


@pytest.mark.parametrize(
    ("write", "methods"),
    [
        (cancelled_by_organiser, ["CANCEL"]),
        (event_moved, ["REQUEST"]),
        (session_moved, ["REQUEST"]),
        (session_cancelled, ["REQUEST"]),
        (event_cancelled, ["CANCEL"]),
        (event_restored, ["REQUEST"]),
        (reminder, []),
        (thanks, []),
    ],
)
def test_calendar_is_told_what_changed(registration, write, methods):
    mail = written(write, registration)

    assert [file["method"] for file in mail.calendars] == methods


@pytest.mark.parametrize("write", TO_MANY)
def test_who_waits_has_no_code_of_a_place_to_show(registration, write):
    registration.state = RegistrationState.WAITING

    mail = written(write, registration)

    assert "ABCD2345" not in mail.text or write in {reminder_today, reminder_tomorrow, reminder}


@pytest.mark.parametrize("write", TO_MANY)
def test_who_gave_no_address_gets_no_mail(registration, write):
    registration.email, registration.email_key = "", None

    assert write(registration) is None


@pytest.mark.parametrize("write", ALL)
def test_hostile_words_stay_words(registration, write):
    hostile = "<img src=x onerror=alert(1)>&\"'"
    registration.first_name = registration.event.title = hostile
    for session in registration.event.sessions:
        session.title = hostile

    mail = written(write, registration)

    assert "<img" not in mail.html
    assert hostile in mail.text


def written(write, registration):
    """The mail that `write` has written last."""
    write(registration)
    db.session.flush()
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
