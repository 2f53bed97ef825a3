"""What holds for places and waiting lists after any acts in any order, alone and at once (hypothesis, and threads)."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from core.database import db, transaction
from core.errors import DomainError
from events.capacity import set_capacity
from events.models import Dimension, Event, Promotion, Session
from events.services import get_published
from registrations import changes, offers, places, promotions, services, waiting_list
from registrations.changes import Change
from registrations.models import (
    ChosenSession,
    Registration,
    RegistrationMail,
    RegistrationSource,
    RegistrationState,
    WaitingListEntry,
)
from registrations.promotions import Reason
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

CODES = ("A", "B", "C")  # A and B at the same time, C after them
PEOPLE = 7
DIMENSIONS = (None, Dimension.CITIZENS, Dimension.INTERNAL)

people = some.integers(0, PEOPLE - 1)
wishes = some.lists(some.sampled_from(CODES), unique=True, max_size=3)
acts = some.one_of(
    some.tuples(some.just("sign up"), people, wishes, wishes),
    some.tuples(some.just("cancel"), people),
    some.tuples(some.just("change"), people, wishes, wishes),
    some.tuples(some.just("leave"), people, some.sampled_from(CODES)),
    some.tuples(some.just("accept"), people, some.sampled_from((None, *CODES))),
    some.tuples(some.just("decline"), people, some.sampled_from((None, *CODES))),
    some.tuples(some.just("expire"), some.integers(1, 30)),
    some.tuples(some.just("capacity"), some.sampled_from((None, *CODES)), some.integers(0, 4)),
    some.tuples(some.just("reserve"), some.integers(0, 2)),
)


@settings(max_examples=18, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(promotion=some.sampled_from(Promotion), history=some.lists(acts, max_size=25))
def test_whatever_people_do(app, promotion, history):
    outer = db.session.begin_nested()
    try:
        event = _make_event(promotion, capacity=3)
        now = NOW
        for number, (act, *words) in enumerate(history):
            now = NOW + timedelta(hours=2 * number)
            before = _look(event)
            _do(event, act, words, now)
            after = _look(event)
            _check_places(event, now)
            _check_nobody_lost_a_place(before, after, act, words)
            _check_order_kept(before, after)
    finally:
        outer.rollback()
        db.session.expire_all()


@pytest.mark.parametrize("promotion", Promotion)
def test_acts_at_once_leave_no_place_free_while_somebody_waits(own_app, race, promotion):
    """Cancellations, changes and sign-ups meet; what is true after each of them alone is true after all of them."""
    with own_app.app_context():
        event = _make_event(promotion, capacity=6)
        for number in range(12):
            _sign_up(event, number, CODES[number % 3 : number % 3 + 1], (), NOW)
        db.session.commit()
        slug = event.slug
    chance = random.Random(20261122)
    jobs: list[Callable[[], object]] = [partial(_cancel, own_app, slug, number) for number in range(4)]
    jobs += [partial(_change, own_app, slug, number, [chance.choice(CODES)]) for number in range(4, 12)]
    jobs += [partial(_join, own_app, slug, number) for number in range(12, 24)]
    jobs += [partial(_raise, own_app, slug, 8), partial(_raise, own_app, slug, 7)]
    chance.shuffle(jobs)

    results = race(jobs)

    with own_app.app_context():
        event = get_published(slug)
        assert set(results) <= {"done", "ChangesClosed", "SessionFull", "NothingToChange"}
        _check_places(event, NOW)
        confirmed = db.session.scalar(select(func.count()).where(Registration.state.in_(("confirmed", "offered"))))
        assert confirmed == event.places_taken  # 8, also where the capacity went back to 7 afterwards
        assert confirmed in {event.capacity, 8}


def test_everybody_who_comes_at_once_gets_a_place_or_a_number(own_app, race):
    with own_app.app_context():
        event = factories.make_event(capacity=5)
        factories.make_session(event, "A", capacity=2)
        db.session.commit()
        slug = event.slug

    race([partial(_join, own_app, slug, number, ["A"]) for number in range(30)])

    with own_app.app_context():
        event = get_published(slug)
        states = dict(db.session.execute(select(Registration.state, func.count()).group_by(Registration.state)).all())
        assert states == {RegistrationState.CONFIRMED: 5, RegistrationState.WAITING: 25}
        assert (event.people_waiting, event.sessions[0].places_taken) == (25, 2)
        mails = select(func.count()).select_from(RegistrationMail).group_by(RegistrationMail.registration_id)
        assert set(db.session.scalars(mails)) == {1}
        _check_places(event, NOW)


def _make_event(promotion: Promotion, *, capacity: int) -> Event:
    event = factories.make_event(capacity=capacity, promotion=promotion, offer_hours=2)
    starts_at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=2, starts_at=starts_at)
    factories.make_session(event, "B", capacity=2, starts_at=starts_at)
    factories.make_session(event, "C", capacity=2, starts_at=starts_at + timedelta(hours=1))
    return event


def _do(event: Event, act: str, words: list, now: datetime) -> None:
    """Do an act; a rule may refuse it, and then nothing of it stays."""
    savepoint = db.session.begin_nested()
    try:
        _ACTS[act](event, *words, now)
        savepoint.commit()
    except DomainError:
        savepoint.rollback()
    db.session.expire_all()


def _sign_up(event: Event, number: int, sessions: list[str], waiting: list[str], now: datetime) -> Registration:
    answers = Answers(
        "Bob",
        f"Pla {number}",
        f"p{number}@example.org",
        session_codes=sessions,
        waiting_codes=waiting,
        dimension=DIMENSIONS[number % 3],
    )
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def _on_registration(act: Callable) -> Callable:
    def do(event: Event, number: int, *words: object) -> None:
        found = services.find_by_address(event, f"p{number}@example.org")
        if found:
            act(found, *words)

    return do


def _session(event: Event, code: str | None) -> Session | None:
    return next((session for session in event.sessions if session.code == code), None)


def _expire(event: Event, hours: int, now: datetime) -> None:
    """What the worker does, without its own transaction."""
    later = now + timedelta(hours=hours)
    places.hold(event)
    for found in db.session.scalars(select(Registration).where(Registration.held_until <= later)).all():
        waiting_list.release(found, now=now)
    for entry in db.session.scalars(select(WaitingListEntry).where(WaitingListEntry.offered_until <= later)).all():
        waiting_list.withdraw(entry)
    waiting_list.count(event, event.sessions)
    promotions.settle(event, reason=Reason.EXPIRY, now=now)


def _set_capacity(event: Event, code: str | None, capacity: int, now: datetime) -> None:
    places.hold(event)
    set_capacity(_session(event, code) or event, capacity)
    promotions.settle(event, reason=Reason.CAPACITY, now=now)


def _reserve(event: Event, count: int, now: datetime) -> None:
    places.hold(event)
    holders = db.session.scalar(
        select(func.count()).where(Registration.event_id == event.id, Registration.has_reserved_place.is_(True))
    )
    if count >= (holders or 0):
        places.reserve(event, {Dimension.CITIZENS: count}, {Dimension.CITIZENS: holders or 0})
    promotions.settle(event, reason=Reason.RESERVATION, now=now)


_ACTS = {
    "sign up": _sign_up,
    "cancel": _on_registration(lambda found, now: services.cancel(found, now=now)),
    "change": _on_registration(
        lambda found, sessions, waiting, now: changes.change(
            found, Change("Bob", "Pla", "", "ca", sessions, waiting), now=now
        )
    ),
    "leave": _on_registration(lambda found, code, now: changes.leave_list(found, _session(found.event, code), now=now)),
    "accept": _on_registration(lambda found, code, now: offers.accept(found, _session(found.event, code), now=now)),
    "decline": _on_registration(lambda found, code, now: offers.decline(found, _session(found.event, code), now=now)),
    "expire": _expire,
    "capacity": _set_capacity,
    "reserve": _reserve,
}


def _check_places(event: Event, now: datetime) -> None:
    """Never above capacity, counters equal rows, and no place free that somebody in line could have."""
    db.session.expire_all()
    rows = db.session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    holding = [each for each in rows if each.state in {RegistrationState.CONFIRMED, RegistrationState.OFFERED}]
    entries = db.session.scalars(
        select(WaitingListEntry).where(WaitingListEntry.event_id == event.id).order_by(WaitingListEntry.id)
    ).all()
    in_line = [entry for entry in entries if entry.session_id is None]
    assert event.places_taken == len(holding)
    assert event.places_taken <= event.capacity + event.extra_places
    assert event.people_waiting == len(in_line)
    assert {entry.registration_id for entry in in_line} == {
        each.id for each in rows if each.state is RegistrationState.WAITING
    }
    kept_for = {each.dimension for each in event.reserved_places if each.places_taken < each.places}
    assert event.places_kept == sum(each.places - each.places_taken for each in event.reserved_places)
    if in_line and event.ends_at > now:
        assert event.is_full
        if event.places_taken < event.capacity:
            assert not [entry for entry in in_line if entry.registration.dimension in kept_for]
    for session in event.sessions:
        _check_session(session, [entry for entry in entries if entry.session_id == session.id])
    for found in rows:
        _check_person(found, entries)


def _check_session(session: Session, entries: list[WaitingListEntry]) -> None:
    chosen = db.session.scalar(select(func.count()).where(ChosenSession.session_id == session.id))
    offered = [entry for entry in entries if entry.offered_until]
    in_line = [entry for entry in entries if not entry.offered_until]
    assert session.places_taken == chosen + len(offered)
    assert session.places_taken <= session.capacity + session.extra_places
    assert session.people_waiting == len(in_line)
    if any(entry.registration.is_confirmed for entry in in_line):
        assert session.is_full


def _check_person(found: Registration, entries: list[WaitingListEntry]) -> None:
    sessions, own = list(found.sessions), [entry for entry in entries if entry.registration_id == found.id]
    assert not any(one.overlaps(other) for one in sessions for other in sessions if one is not other)
    assert not {entry.session_id for entry in own} & {session.id for session in sessions}
    if found.state is RegistrationState.CANCELLED:
        assert not sessions
        assert not own
    if found.state is not RegistrationState.CONFIRMED:
        assert not sessions
        assert not [entry for entry in own if entry.offered_until]


def _look(event: Event) -> tuple[dict, dict, set, dict]:
    """What each person has, each list in order, which stands are offers, and the sessions of each by their ids."""
    have = {
        found.email: (found.is_confirmed, frozenset(session.code for session in found.sessions))
        for found in db.session.scalars(select(Registration).where(Registration.event_id == event.id))
    }
    lists: dict = {}
    offered: set = set()
    for entry in db.session.scalars(
        select(WaitingListEntry).where(WaitingListEntry.event_id == event.id).order_by(WaitingListEntry.id)
    ):
        lists.setdefault(entry.session_id, []).append((entry.id, entry.registration.email))
        if entry.offered_until:
            offered.add(entry.id)
    held: dict = {}
    for email, session_id in db.session.execute(
        select(Registration.email, ChosenSession.session_id).join(
            ChosenSession, ChosenSession.registration_id == Registration.id
        )
    ):
        held.setdefault(email, set()).add(session_id)
    return have, lists, offered, held


def _check_nobody_lost_a_place(before: tuple, after: tuple, act: str, words: list) -> None:
    """Only who asks for it loses the place in the event; a session goes only for another at its time."""
    actor = f"p{words[0]}@example.org" if act in {"cancel", "change", "accept", "decline"} else None
    for person, (had_place, sessions) in before[0].items():
        has_place, has = after[0][person]
        if person == actor and act in {"cancel", "change"}:
            continue
        assert has_place or not had_place
        assert len(has) >= len(sessions)


def _check_order_kept(before: tuple, after: tuple) -> None:
    """Who stood before somebody and still stands, stands before them; nobody is passed by who came later."""
    for session_id, entries in after[1].items():
        old = dict(before[1].get(session_id, []))
        assert [entry_id for entry_id, _person in entries] == sorted(entry_id for entry_id, _person in entries)
        for entry_id, person in entries:
            if entry_id in old:
                assert old[entry_id] == person
        if session_id is not None:
            _check_nobody_passed(session_id, entries, before, after)


def _check_nobody_passed(session_id: int, entries: list, before: tuple, after: tuple) -> None:
    """Who got the session, or an offer of it, stood before all who could have had it and still wait."""
    old, offered = dict(before[1].get(session_id, [])), after[2]
    left_waiting = [
        entry_id for entry_id, person in entries if entry_id in old and entry_id not in offered and after[0][person][0]
    ]
    got = [
        entry_id
        for entry_id, person in old.items()
        if entry_id not in before[2] and (entry_id in offered or session_id in after[3].get(person, ()))
    ]
    assert not left_waiting or not got or max(got) < min(left_waiting)


def _act(app: Flask, slug: str, do: Callable[[Event], object]) -> str:
    with app.app_context():
        try:
            with transaction():
                do(get_published(slug))
        except DomainError as error:
            return type(error).__name__
        return "done"


def _cancel(app: Flask, slug: str, number: int) -> str:
    return _act(app, slug, lambda event: _ACTS["cancel"](event, number, NOW))


def _change(app: Flask, slug: str, number: int, sessions: list[str]) -> str:
    return _act(app, slug, lambda event: _ACTS["change"](event, number, sessions, ["A", "B"], NOW))


def _join(app: Flask, slug: str, number: int, sessions: list[str] = ()) -> str:
    return _act(app, slug, lambda event: _sign_up(event, number, sessions, (), NOW))


def _raise(app: Flask, slug: str, capacity: int) -> str:
    return _act(app, slug, lambda event: _set_capacity(event, None, capacity, NOW))
