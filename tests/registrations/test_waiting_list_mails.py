"""The mails of waiting lists, offers and changes: golden files in three languages, and which tell a calendar."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from registrations import notifications
from registrations.models import Awaited, RegistrationState, WaitingListEntry
from tests import factories
from tests.factories import NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden" / "waiting_list"
UNTIL = NOW + timedelta(hours=34)


@pytest.fixture
def sessions(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    starts_at = event.starts_at + timedelta(hours=1)
    return [
        factories.make_session(event, "A", title="Habitatge i col·laboració", starts_at=starts_at),
        factories.make_session(event, "B", title="Salut", starts_at=starts_at),
        factories.make_session(event, "C", title="Lleure", starts_at=starts_at + timedelta(hours=1)),
    ]


@pytest.fixture
def registration(sessions):
    return factories.make_registration(
        sessions[0].event, first_name="Núria", last_name="Pla", code="ABCD2345", token="t" * 32
    )


def _signed_up(state, awaits=None):
    def write(registration, sessions):
        registration.state, registration.awaits, registration.held_until = state, awaits, UNTIL
        notifications.post(notifications.signed_up(registration, [], sessions[:1], now=NOW))

    return write


def _promoted(**words):
    def write(registration, sessions):
        given = {name: [sessions[number] for number in numbers] for name, numbers in words.items()}
        held = given.get("gained", sessions[:1])
        notifications.promoted(registration, held, now=NOW, **given)

    return write


def _offered(*numbers):
    """Of the event, or of the sessions of these numbers."""

    def write(registration, sessions):
        if numbers:
            values = {"event_id": registration.event_id, "joined_at": NOW, "offered_until": UNTIL}
            for number in numbers:
                db.session.add(WaitingListEntry(registration=registration, session=sessions[number], **values))
            db.session.flush()
        else:
            registration.state, registration.held_until = RegistrationState.OFFERED, UNTIL
        offers = notifications.list_offers(registration, NOW)
        notifications.offered(registration, offers, now=NOW)

    return write


def _offer_expired(of_session):
    def write(registration, sessions):
        notifications.offer_expired(registration, sessions[0] if of_session else None, now=NOW)

    return write


def _confirmed(registration, sessions):
    notifications.place_confirmed(registration, sessions[2:], waiting=sessions[:2], now=NOW)


def _changed(registration, sessions):
    notifications.changed(registration, sessions[:1], waiting=sessions[2:], now=NOW)


def _list_left(registration, _sessions):
    notifications.cancelled(registration, [], had_place=False, now=NOW)


MAILS = {
    "waiting": _signed_up(RegistrationState.WAITING),
    "awaiting_approval": _signed_up(RegistrationState.PENDING, Awaited.APPROVAL),
    "address_to_confirm": _signed_up(RegistrationState.PENDING, Awaited.ADDRESS),
    "confirmed_and_waiting": _confirmed,
    "offered": _offered(),
    "offered_session": _offered(0),
    "offered_sessions": _offered(0, 2),
    "offer_expired": _offer_expired(of_session=False),
    "offer_expired_session": _offer_expired(of_session=True),
    "promoted": _promoted(waiting=[2]),
    "promoted_session": _promoted(gained=[0]),
    "promoted_session_leaving": _promoted(gained=[0], left=[1]),
    "promoted_sessions": _promoted(gained=[0, 2]),
    "promoted_sessions_leaving": _promoted(gained=[0, 2], left=[1]),
    "changed": _changed,
    "list_left": _list_left,
}
TELL_CALENDARS = {"confirmed_and_waiting", "changed", *(name for name in MAILS if name.startswith("promoted"))}


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("name", MAILS)
def test_mail_is_as_agreed(registration, sessions, name, language):
    mail = _write(name, registration, sessions, language)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"{name}.{language}.txt", text)


@pytest.mark.parametrize("name", MAILS)
def test_html_is_as_agreed(registration, sessions, name):
    mail = _write(name, registration, sessions, "ca")

    assert mail.html == golden(GOLDEN / f"{name}.ca.html", mail.html)


@pytest.mark.parametrize("name", MAILS)
def test_only_who_has_a_place_hears_of_it_in_the_calendar(registration, sessions, name):
    if name not in TELL_CALENDARS:
        registration.state = RegistrationState.WAITING

    mail = _write(name, registration, sessions, "ca")

    assert [file["method"] for file in mail.calendars or []] == (["REQUEST"] if name in TELL_CALENDARS else [])


def _write(name, registration, sessions, language):
    registration.language = language
    MAILS[name](registration, sessions)
    db.session.flush()
    return db.session.scalars(select(OutgoingMail)).one()
