"""Mails to people of whom something is still asked: an answer to an offer, an address to confirm; golden files."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from events.models import EventState
from registrations import announcements, notifications
from registrations.models import AnnouncementKind, Awaited, RegistrationState, WaitingListEntry
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden"
UNTIL = NOW + timedelta(hours=20)
KINDS = ["address_corrected", "address_corrected_offered", "own_link_offered", "own_link_unconfirmed"]


@pytest.fixture
def registration(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    session = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    return factories.make_registration(event, session, first_name="Núria", code="ABCD2345", token="t" * 32)


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_mail_is_as_agreed(registration, kind, language):
    registration.language = language

    mail = write(kind, registration)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"{kind}.{language}.txt", text)


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_as_agreed(registration, kind):
    mail = write(kind, registration)

    assert mail.html == golden(GOLDEN / f"{kind}.ca.html", mail.html)


def test_offer_of_a_session_has_the_links_of_that_session(registration):
    offer(registration, registration.event.sessions[0])

    notifications.own_link(registration, now=NOW)

    own = f"https://jornades.example.org/inscripcions/{registration.token}/oferta"
    mail = only_mail()
    assert (f"{own}/si/T1" in mail.text, f"{own}/no/T1" in mail.text) == (True, True)
    assert "una plaça guardada a «Habitatge, salut i col·laboració» fins al dia 23 de novembre" in mail.text


def test_offer_whose_time_has_passed_is_told_no_more(registration):
    registration.state, registration.held_until = RegistrationState.OFFERED, NOW
    offer(registration, registration.event.sessions[0], until=NOW)

    notifications.own_link(registration, now=NOW)

    assert "/oferta/" not in only_mail().text


@pytest.mark.parametrize(
    ("state", "awaits", "link"),
    [
        (RegistrationState.OFFERED, None, "/oferta/si"),
        (RegistrationState.PENDING, Awaited.ADDRESS, "/confirmacio"),
    ],
)
def test_restored_event_asks_again_what_was_asked(registration, state, awaits, link):
    event = registration.event
    registration.state, registration.awaits, registration.held_until = state, awaits, UNTIL
    announcements.announce(event, AnnouncementKind.EVENT_RESTORED, {registration.id: {"sessions": {}}}, now=NOW)
    db.session.commit()

    tell_announcements(NOW)

    mail = only_mail()
    assert mail.kind == "event_restored"
    assert f"/inscripcions/{registration.token}{link}" in mail.text
    assert f"/inscripcions/{registration.token}{link}" in mail.html
    assert event.state is not EventState.CANCELLED


def offer(registration, session, until=UNTIL):
    entry = WaitingListEntry(
        registration=registration,
        event_id=registration.event_id,
        session=session,
        joined_at=NOW,
        offered_until=until,
    )
    db.session.add(entry)
    db.session.flush()


def write(kind, registration):
    if kind.endswith("offered"):
        registration.state, registration.held_until = RegistrationState.OFFERED, UNTIL
    elif kind.endswith("unconfirmed"):
        registration.state, registration.awaits = RegistrationState.PENDING, Awaited.ADDRESS
        registration.held_until = UNTIL
    if kind.startswith("own_link"):
        notifications.own_link(registration, now=NOW)
    else:
        notifications.address_corrected(registration, registration.sessions, now=NOW)
    return only_mail()


def only_mail():
    db.session.flush()
    return db.session.scalars(select(OutgoingMail)).one()
