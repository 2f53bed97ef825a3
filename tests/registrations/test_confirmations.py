"""An address to be confirmed: the place is held meanwhile, becomes the person's, or goes to the next in line."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.models import EventState
from registrations import confirmations, expiries, rules, services
from registrations.confirmations import NothingToConfirm
from registrations.models import Awaited, RegistrationSource, RegistrationState, SupportNeed
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(minutes=60)


@pytest.fixture
def event(app):
    return factories.make_event(confirms_address=True, capacity=1)


def sign_up(event, number=1, *, now=NOW, **values):
    given = Answers(first_name="Bob", last_name="Pla", email=f"p{number}@example.org", **values)
    return services.register(event, given, source=RegistrationSource.PERSON, language="ca", now=now)


def kinds(registration):
    query = select(OutgoingMail.kind).where(OutgoingMail.recipient == registration.email).order_by(OutgoingMail.id)
    return db.session.scalars(query).all()


@pytest.mark.both_databases
def test_place_is_held_until_the_address_is_confirmed(event):
    session = factories.make_session(event, "T1", capacity=1)

    registration = sign_up(event, session_codes=("T1",))

    assert (registration.state, registration.awaits) == (RegistrationState.PENDING, Awaited.ADDRESS)
    assert registration.held_until == LATER
    assert (event.places_taken, session.places_taken) == (1, 1)
    assert kinds(registration) == ["address_to_confirm"]


@pytest.mark.both_databases
def test_confirmed_place_is_the_persons(event):
    session = factories.make_session(event, "T1", capacity=1)
    registration = sign_up(event, session_codes=("T1",))

    confirmations.confirm(registration, now=LATER - timedelta(seconds=1))

    assert (registration.state, registration.awaits, registration.held_until) == (
        RegistrationState.CONFIRMED,
        None,
        None,
    )
    assert registration.sessions == [session]
    assert (event.places_taken, session.places_taken) == (1, 1)
    assert kinds(registration) == ["address_to_confirm", "place_confirmed"]


@pytest.mark.both_databases
def test_confirming_twice_changes_nothing(event):
    registration = sign_up(event)
    confirmations.confirm(registration, now=NOW)

    confirmations.confirm(registration, now=NOW)

    assert kinds(registration) == ["address_to_confirm", "place_confirmed"]


@pytest.mark.both_databases
def test_who_found_no_place_stands_on_the_list_once_confirmed(event):
    sign_up(event, 1)
    second = sign_up(event, 2)
    before = event.people_waiting

    confirmations.confirm(second, now=NOW)

    assert (before, event.people_waiting, second.state) == (0, 1, RegistrationState.WAITING)
    assert kinds(second) == ["address_to_confirm", "waiting"]


@pytest.mark.both_databases
def test_place_that_nobody_confirms_goes_to_the_next_in_line(event):
    first, second = sign_up(event, 1), sign_up(event, 2)
    factories.make_support_need(first)
    confirmations.confirm(second, now=NOW)
    db.session.commit()

    too_soon = expiries.expire_held_places(LATER - timedelta(seconds=1))
    expired = expiries.expire_held_places(LATER)

    db.session.expire_all()
    assert (too_soon, expired) == (0, 1)
    assert (first.state, second.state) == (RegistrationState.CANCELLED, RegistrationState.CONFIRMED)
    assert event.places_taken == 1
    assert kinds(first) == ["address_to_confirm"]
    assert db.session.scalar(select(func.count()).select_from(SupportNeed)) == 0


@pytest.mark.both_databases
def test_too_late_is_refused_even_before_the_sweep(event):
    registration = sign_up(event)

    with pytest.raises(NothingToConfirm):
        confirmations.confirm(registration, now=LATER)


@pytest.mark.both_databases
def test_cancelled_registration_or_event_cannot_be_confirmed(event):
    registration = sign_up(event)
    services.cancel(registration, now=NOW)
    with pytest.raises(NothingToConfirm):
        confirmations.confirm(registration, now=NOW)

    event.state = EventState.CANCELLED
    with pytest.raises(rules.EventCancelled):
        confirmations.confirm(registration, now=NOW)


# The page


@pytest.fixture
def pending(event):
    start = utc_now() + timedelta(days=9)
    event.starts_at, event.ends_at = start, start + timedelta(hours=4)
    db.session.flush()
    return sign_up(event, now=utc_now())


def test_opening_the_link_confirms_nothing(client, pending):
    page = client.get(f"/inscripcions/{pending.token}/confirmacio")

    db.session.expire_all()
    assert (page.status_code, pending.awaits) == (200, Awaited.ADDRESS)
    assert '<form method="post" data-confirm>' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_pressing_the_button_does(client, pending):
    answer = client.post(f"/inscripcions/{pending.token}/confirmacio")

    db.session.expire_all()
    assert (answer.status_code, pending.state) == (303, RegistrationState.CONFIRMED)
    assert client.get(f"/inscripcions/{pending.token}/confirmacio").status_code == 303


def test_own_page_leads_to_the_button(client, pending):
    page = client.get(f"/inscripcions/{pending.token}")

    assert f'href="/inscripcions/{pending.token}/confirmacio"' in page.text


def test_too_late_is_said_with_the_way_back(client, pending):
    pending.held_until = utc_now() - timedelta(minutes=1)

    answer = client.post(f"/inscripcions/{pending.token}/confirmacio")

    assert answer.status_code == 409
    assert 'href="/jornades/jornada/inscripcio"' in answer.text


@pytest.mark.parametrize("token", ["x", "x" * 32, "<b>"])
def test_link_that_is_nobodys_is_not_found(client, app, token):
    assert client.get(f"/inscripcions/{token}/confirmacio").status_code == 404
    assert client.post(f"/inscripcions/{token}/confirmacio").status_code == 404
