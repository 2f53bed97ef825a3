"""What a hostile visitor, a program or bad luck could do with sign-up, and cannot."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from core.database import Model, db, transaction, undo
from core.dates import utc_now
from core.errors import DomainError
from core.mail import OutgoingMail
from core.web import limiter
from events.models import Access, Event, EventState, Promotion
from registrations import approvals, changes, offers, rules, services, waiting_list
from registrations.addresses import deliverable_address
from registrations.changes import Change, ChangedTooOften
from registrations.expiries import expire_held_places
from registrations.models import (
    ChosenSession,
    Registration,
    RegistrationSource,
    RegistrationState,
    WaitingListEntry,
)
from registrations.places import SessionFull
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories
from tests.conftest import make_app
from tests.factories import NOW

FORM = "/jornades/jornada/inscripcio"
BOB = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org"}


def make_event(**values):
    start = (utc_now() + timedelta(days=14)).replace(microsecond=0)
    return factories.make_event("jornada", starts_at=start, created_at=utc_now(), updated_at=utc_now(), **values)


def sign_up(event, name, *codes, waiting=(), now=NOW):
    answers = Answers(name, "Pla", f"{name}@example.org", session_codes=codes, waiting_codes=waiting)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def mails_to(name):
    query = select(OutgoingMail.kind).where(OutgoingMail.recipient == f"{name}@example.org").order_by(OutgoingMail.id)
    return db.session.scalars(query).all()


# Offers and answers about events that are off


@pytest.mark.both_databases
def test_offer_of_a_cancelled_event_is_no_offer(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second = sign_up(event, "ada"), sign_up(event, "bob")
    services.cancel(first, now=NOW)
    tell_announcements(NOW)
    event.state = EventState.CANCELLED

    with pytest.raises(rules.EventCancelled):
        offers.accept(second, None, now=NOW)
    expire_at = second.held_until + timedelta(minutes=1)
    db.session.commit()
    expired = expire_held_places(expire_at)

    assert offers.find_offer(second, None, now=NOW) is None
    assert expired == 0
    assert second.state is RegistrationState.OFFERED
    assert mails_to("bob") == ["waiting", "offered"]


def test_answering_an_offer_of_a_cancelled_event_says_why(client, app):
    event = make_event(capacity=1, promotion=Promotion.OFFER)
    first, second = sign_up(event, "ada", now=utc_now()), sign_up(event, "bob", now=utc_now())
    services.cancel(first, now=utc_now())
    event.state = EventState.CANCELLED

    answer = client.post(f"/inscripcions/{second.token}/oferta/si")

    assert answer.status_code == 303
    assert "Aquesta jornada s’ha cancel·lat." in client.get(answer.location).text


@pytest.mark.parametrize("why", ["cancelled", "over"])
def test_nobody_is_approved_or_admitted_to_an_event_that_is_off(app, why):
    event = factories.make_event(capacity=1, access=Access.APPROVAL)
    asks = sign_up(event, "ada")
    event.access = Access.EVERYONE
    sign_up(event, "bob")
    waits = sign_up(event, "cleo")
    now = event.ends_at + timedelta(days=1) if why == "over" else NOW
    event.state = EventState.CANCELLED if why == "cancelled" else event.state
    refusal = rules.EventOver if why == "over" else rules.EventCancelled
    staff = factories.make_staff()

    with pytest.raises(refusal):
        approvals.approve(asks, by=staff, now=now)
    with pytest.raises(refusal):
        approvals.approve_all(event, [asks.id], by=staff, now=now)
    with pytest.raises(refusal):
        services.admit(waits, by=staff, now=now)

    assert mails_to("ada") == ["awaiting_approval"]
    assert mails_to("cleo") == ["waiting"]


@pytest.mark.parametrize("button", ["", "/{id}"])
def test_approving_for_a_cancelled_event_says_why(client, app, button):
    event = make_event(access=Access.APPROVAL)
    asks = sign_up(event, "ada", now=utc_now())
    event.state = EventState.CANCELLED
    client.log_in(factories.make_staff())
    page = "/gestio/jornades/jornada/inscripcio/aprovacions"

    answer = client.post(page + button.format(id=asks.id), data={"registration": [asks.id]})

    assert answer.status_code == 303
    assert "Aquesta jornada s’ha cancel·lat." in client.get(page).text


# Offers whose time is over


@pytest.mark.both_databases
def test_offer_whose_time_is_over_is_not_taken_by_a_change(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    session = factories.make_session(event, "T1", capacity=1)
    holder = sign_up(event, "ada", "T1")
    late = sign_up(event, "bob", waiting=["T1"])
    sign_up(event, "cleo", waiting=["T1"])
    services.cancel(holder, now=NOW)
    [entry] = waiting_list.list_entries(late)
    over = entry.offered_until + timedelta(minutes=1)

    with pytest.raises(SessionFull):
        changes.change(late, Change("bob", "Pla", "", "ca", ["T1"]), now=over)

    assert session.places_taken == 1


@pytest.mark.both_databases
def test_offer_whose_time_is_over_gives_its_place_back_when_another_is_free(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    session = factories.make_session(event, "T1", capacity=1)
    holder = sign_up(event, "ada", "T1")
    late = sign_up(event, "bob", waiting=["T1"])
    services.cancel(holder, now=NOW)
    [entry] = waiting_list.list_entries(late)
    session.capacity = 2
    db.session.flush()

    changes.change(late, Change("bob", "Pla", "", "ca", ["T1"]), now=entry.offered_until + timedelta(minutes=1))

    assert (late.sessions, session.places_taken) == ([session], 1)


# Mail to strangers


@pytest.mark.both_databases
def test_changing_over_and_over_does_not_fill_a_mailbox(app):
    event = factories.make_event()
    person = sign_up(event, "bob")

    for number in range(changes.CHANGES_AN_HOUR):
        changes.change(person, Change("bob", "Pla", f"Casal {number}", "ca", []), now=NOW)
    with pytest.raises(ChangedTooOften):
        changes.change(person, Change("bob", "Pla", "Casal", "ca", []), now=NOW)
    changes.change(person, Change("bob", "Pla", "Centre", "ca", []), by=factories.make_staff(), now=NOW)
    changes.change(person, Change("bob", "Pla", "Casal", "ca", []), now=NOW + timedelta(hours=1, minutes=1))

    assert mails_to("bob").count("changed") == changes.CHANGES_AN_HOUR + 2


@pytest.mark.parametrize("name", ["Guanyeu https://x.example", "Mireu WWW.x.example", "Vegeu x.example/a"])
@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_name_that_leads_somewhere_is_refused(client, app, field, name):
    make_event()

    answer = client.post(FORM, data={**BOB, field: name})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.scalars(select(OutgoingMail)).all() == []


@pytest.mark.parametrize("field", ["signed_up_by", "first_name-1", "last_name-1"])
def test_name_that_leads_somewhere_is_refused_in_a_group(client, app, field):
    make_event()

    answer = client.post(f"{FORM}/grup", data={**group_of("bob@example.org"), field: "https://x.example"})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("name", ["Mª.Carmen", "Josep M.", "Anna/Joan", "L’Hospitalet", "wwwillem"])
def test_names_with_signs_are_names(client, app, name):
    make_event()

    assert client.post(FORM, data={**BOB, "first_name": name}).status_code == 303


# Limits


@pytest.fixture
def limited(settings, tmp_path, monkeypatch):
    """Make a browser of an application with these limits."""
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # one object for all applications: put back afterwards
    with ExitStack() as stack:

        def make(**limits):
            changed = replace(settings, database_url=f"sqlite:///{tmp_path / 'own.sqlite'}", **limits)
            app = make_app(changed, RATELIMIT_ENABLED=True)
            stack.enter_context(app.app_context())
            Model.metadata.create_all(db.engine)
            stack.callback(db.engine.dispose)
            make_event()
            db.session.commit()
            return app.test_client()

        yield make


def group_of(*emails):
    rows = {}
    for number, email in enumerate(emails, 1):
        rows |= {f"first_name-{number}": "Nom", f"last_name-{number}": "C", f"email-{number}": email}
    return {"rows": "5", "signed_up_by": "Maria Puig", "organisation": "Casal", **rows}


def test_group_counts_as_many_sign_ups_as_it_has_people(limited):
    browser = limited(ratelimit_signup="3 per minute")

    codes = [
        browser.post(f"{FORM}/grup", data=group_of(f"a{number}@example.org", f"b{number}@example.org")).status_code
        for number in range(2)
    ]

    assert codes == [303, 429]


def test_address_is_limited_in_groups_and_alone_together(limited):
    browser = limited(ratelimit_email="2 per hour")

    codes = [
        browser.post(FORM, data=BOB).status_code,
        browser.post(f"{FORM}/grup", data=group_of("ada@example.org", "BOB@example.org")).status_code,
        browser.post(f"{FORM}/grup", data=group_of("bob@example.org", "cleo@example.org")).status_code,
        browser.post(FORM, data=BOB).status_code,
        browser.post(f"{FORM}/grup", data=group_of("cleo@example.org")).status_code,
    ]

    assert codes == [303, 303, 429, 429, 303]
    assert sorted(db.session.scalars(select(Registration.email))) == [
        "ada@example.org",
        "bob@example.org",
        "cleo@example.org",
    ]


def test_header_of_a_proxy_that_is_not_there_buys_no_new_limit(limited):
    browser = limited(ratelimit_signup="1 per minute")

    codes = [
        browser.post(
            FORM, data={**BOB, "email": f"b{number}@example.org"}, headers={"X-Forwarded-For": f"192.0.2.{number}"}
        ).status_code
        for number in range(2)
    ]

    assert codes == [303, 429]


# What is too long, or in other letters


def test_endless_address_is_not_even_read():
    with pytest.raises(ValueError, match="whole e-mail address"):
        deliverable_address("é" * 400 + "@example.org")


@pytest.mark.parametrize("code", ["Ł1", "日本"])
def test_calendar_of_a_session_whose_code_is_in_other_letters(client, app, code):
    event = make_event()
    factories.make_session(event, code, starts_at=event.starts_at)
    event.calendar_shape = "sessions"
    person = sign_up(event, "bob", code, now=utc_now())

    answer = client.get(f"/inscripcions/{person.token}/calendari.ics", query_string={"sessio": code})

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].isascii()


# Many tabs at once


def _act(do, number, session_code):
    """Do one act of a person, as a request does it; a refusal is an answer too."""
    query = select(Registration).where(Registration.email_key == f"p{number}@example.org")
    with transaction():
        person = db.session.scalars(query).one()
        session = next((each for each in person.event.sessions if each.code == session_code), None)
        try:
            do(person, session, NOW)
        except DomainError as refusal:
            undo()
            return type(refusal).__name__
    return "done"


def _accept(person, session, now):
    offers.accept(person, session, now=now)


def _decline(person, session, now):
    offers.decline(person, session, now=now)


def _cancel(person, _session, now):
    services.cancel(person, now=now)


def _leave(person, session, now):
    changes.leave_list(person, session, now=now)


def _change(person, session, now):
    changes.change(person, Change("x", "y", "", "es", [session.code], []), now=now)


@pytest.mark.both_databases
def test_every_tab_at_once_leaves_the_numbers_right(own_app, race):
    event = factories.make_event(capacity=6, promotion=Promotion.OFFER, starts_at=NOW + timedelta(days=30))
    factories.make_session(event, "A", capacity=2)
    factories.make_session(event, "B", capacity=2)
    people = [sign_up(event, f"p{number}", "AB"[number % 2], waiting=["AB"[1 - number % 2]]) for number in range(12)]
    services.cancel(people[0], now=NOW)
    services.cancel(people[1], now=NOW)
    db.session.commit()
    event_id = event.id

    kinds = ((_accept, "A"), (_accept, None), (_decline, "B"), (_cancel, None), (_leave, "A"), (_change, "A"))
    acts = [
        partial(_act, do, number, code)
        for number in range(2, 10)
        for do, code in kinds
        if (number + len(do.__name__)) % 2
    ]
    results = race([*acts, partial(expire_held_places, NOW + timedelta(days=3))])

    assert [each for each in results if isinstance(each, Exception)] == []
    db.session.expire_all()
    event = db.session.get(Event, event_id)
    holding = (RegistrationState.CONFIRMED, RegistrationState.OFFERED)
    states = [person.state for person in db.session.scalars(select(Registration))]
    assert event.places_taken == sum(state in holding for state in states) <= 6
    for session in event.sessions:
        chosen = db.session.scalars(select(ChosenSession).where(ChosenSession.session_id == session.id)).all()
        offered = db.session.scalars(
            select(WaitingListEntry).where(
                WaitingListEntry.session_id == session.id, WaitingListEntry.offered_until.is_not(None)
            )
        ).all()
        assert session.places_taken == len(chosen) + len(offered) <= 2
    assert event.people_waiting == sum(state is RegistrationState.WAITING for state in states)
