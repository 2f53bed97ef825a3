"""Places: exact whatever happens at once. The races run on a file SQLite and on PostgreSQL, with real threads."""

import random
import re
import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.config import ROOT
from core.database import db, transaction
from events.models import Event, Session
from events.services import get_published
from registrations import places, services
from registrations.models import ChosenSession, Registration, RegistrationSource, RegistrationState
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def test_take_moves_event_and_sessions(app):
    event = factories.make_event(capacity=2)
    session = factories.make_session(event, capacity=2)

    places.take(event, [session])

    assert (event.places_taken, session.places_taken) == (1, 1)
    assert _stored(event, session) == (1, 1)


def test_take_counts_without_limit(app):
    event = factories.make_event(capacity=None)

    places.take(event, [])
    places.take(event, [])

    assert _stored(event) == (2,)


def test_take_refuses_full_event(app):
    event = factories.make_event(capacity=1)
    places.take(event, [])

    with pytest.raises(places.EventFull):
        places.take(event, [])

    assert _stored(event) == (1,)


def test_take_names_full_session(app):
    event = factories.make_event()
    factories.make_session(event, "T1", capacity=1)
    full = factories.make_session(event, "T2", capacity=0, title="Taller <b>ple</b> 100 %")

    with pytest.raises(places.SessionFull) as refusal:
        places.take(event, [full])

    assert refusal.value.field == "sessions"
    assert "Taller <b>ple</b> 100 %" in str(refusal.value)


def test_refused_take_leaves_nothing_after_rollback(app):
    event = factories.make_event(capacity=5)
    free = factories.make_session(event, "T1", capacity=5)
    full = factories.make_session(event, "T2", capacity=0)
    db.session.commit()

    with pytest.raises(places.SessionFull), transaction():
        places.take(event, [full, free])

    assert (event.places_taken, free.places_taken, full.places_taken) == (0, 0, 0)
    assert _stored(event, free, full) == (0, 0, 0)


def test_take_on_purpose_goes_above_capacity_and_back(app):
    event = factories.make_event(capacity=1)
    session = factories.make_session(event, capacity=0)
    places.take(event, [])

    places.take_on_purpose(event, [session])
    above = (event.places_taken, event.extra_places, session.places_taken, session.extra_places)
    places.give_back(event, [session])

    assert above == (2, 1, 1, 1)
    assert (event.places_taken, event.extra_places, session.places_taken, session.extra_places) == (1, 0, 0, 0)


def test_take_on_purpose_within_capacity_needs_no_extra_place(app):
    event = factories.make_event(capacity=2)

    places.take_on_purpose(event, [])

    assert (event.places_taken, event.extra_places) == (1, 0)


def test_place_above_capacity_is_not_sold_again_when_given_back(app):
    event = factories.make_event(capacity=1)
    places.take(event, [])
    places.take_on_purpose(event, [])
    places.give_back(event, [])

    with pytest.raises(places.EventFull):
        places.take(event, [])


def test_event_place_can_stay_while_a_session_is_added(app):
    event = factories.make_event(capacity=1)
    session = factories.make_session(event, capacity=1)
    places.take(event, [])

    places.hold(event)
    places.take(None, [session])

    assert (event.places_taken, session.places_taken) == (1, 1)


def test_flush_of_an_edited_event_does_not_write_the_counter(app):
    event = factories.make_event(capacity=5)
    table = Event.__table__
    db.session.execute(table.update().where(table.c.id == event.id).values(places_taken=3))

    event.title = "Un altre títol"
    db.session.flush()

    assert _stored(event) == (3,)


def test_nothing_else_assigns_the_counter():
    rooms = ["accounts", "certificates", "contributions", "core", "demo", "directory", "events", "registrations"]
    assigned = re.compile(r"\bplaces_taken\s*(=|\+=|-=)(?!=|Event\.places_taken\))")  # but for what only locks

    found = [
        path.relative_to(ROOT)
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if assigned.search(path.read_text()) and path != ROOT / "registrations" / "places.py"
    ]

    assert found == []


def test_counters_equal_rows_after_any_sequence_of_acts(app):
    chance = random.Random(20261203)
    event = factories.make_event(capacity=4, has_waiting_list=False)
    sessions = [factories.make_session(event, "A", capacity=2), factories.make_session(event, "B", capacity=3)]
    sessions[1].starts_at, sessions[1].ends_at = sessions[0].ends_at, event.ends_at
    db.session.commit()

    for hour in range(80):  # an act an hour, or signing up again and again would be refused
        now = NOW + timedelta(hours=hour)
        person = f"p{chance.randrange(8)}@example.org"
        held = services.find_by_address(event, person)
        try:
            with transaction():
                if held and held.is_confirmed and chance.random() < 0.5:
                    services.cancel(held, now=now)
                else:
                    _sign_up(event, person, *chance.sample(["A", "B"], chance.randrange(3)), now=now)
        except (places.EventFull, places.SessionFull, services.AlreadyRegistered):
            pass

        assert _stored(event, *sessions) == _rows(event, *sessions)
        assert event.places_taken <= 4
        assert sessions[0].places_taken <= 2


# Races


def test_eighty_people_for_twenty_places(own_app, race):
    slug = _make_event(own_app, capacity=20, sessions={"A": 12, "B": 16})
    wishes = [(), ("A",), ("B",), ("A", "B")]

    results = race([partial(_try, slug, f"p{n}@example.org", *wishes[n % 4]) for n in range(80)])

    assert set(results) == {"in", "EventFull", "SessionFull"} or set(results) == {"in", "EventFull"}
    assert results.count("in") == 20
    with own_app.app_context():
        event = get_published(slug)
        assert _rows(event, *event.sessions) == _stored(event, *event.sessions)
        assert event.places_taken == 20


def test_counting_first_and_inserting_then_oversells_in_this_rig(own_app, race):
    """The rig can see the fault it looks for: without the guard, two see the last place free."""
    slug = _make_event(own_app, capacity=5)
    everybody_has_counted = threading.Barrier(15)

    def register_naively(number: int) -> None:
        with transaction():
            event = get_published(slug)
            taken = db.session.scalar(select(func.count()).select_from(Registration))
            everybody_has_counted.wait(timeout=30)
            if taken < event.capacity:
                db.session.add(
                    Registration(
                        event_id=event.id,
                        token=f"token{number}",
                        code=f"C{number}",
                        state=RegistrationState.CONFIRMED,
                        source=RegistrationSource.PERSON,
                        first_name="Bob",
                        sort_key="",
                        search_key="",
                        language="ca",
                        created_at=NOW,
                        updated_at=NOW,
                    )
                )

    race([partial(register_naively, number) for number in range(15)])

    with own_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Registration)) == 15


def test_last_place_goes_to_one_of_many(own_app, race):
    slug = _make_event(own_app, capacity=1)

    results = race([partial(_try, slug, f"p{n}@example.org") for n in range(20)])

    assert sorted(results) == ["EventFull"] * 19 + ["in"]


def test_session_full_takes_no_place_of_the_event(own_app, race):
    slug = _make_event(own_app, capacity=100, sessions={"A": 3})

    results = race([partial(_try, slug, f"p{n}@example.org", "A") for n in range(30)])

    with own_app.app_context():
        event = get_published(slug)
        assert (event.places_taken, event.sessions[0].places_taken) == (3, 3)
        assert sorted(results) == ["SessionFull"] * 27 + ["in"] * 3


def test_same_address_eight_times_at_once_counts_once(own_app, race):
    slug = _make_event(own_app, capacity=50, sessions={"A": 10})

    results = race([partial(_try, slug, "BOB@example.org" if n % 2 else "bob@example.org", "A") for n in range(8)])

    with own_app.app_context():
        event = get_published(slug)
        assert sorted(results) == ["AlreadyRegistered"] * 7 + ["in"]
        assert (event.places_taken, event.sessions[0].places_taken) == (1, 1)
        assert _rows(event, *event.sessions) == (1, 1)


def test_cancelled_registration_taken_up_again_many_times_at_once_counts_once(own_app, race):
    slug = _make_event(own_app, capacity=50, sessions={"A": 10})
    with own_app.app_context():
        _try(slug, "bob@example.org", "A")
        _try_cancel(slug, "bob@example.org")

    results = race([partial(_try, slug, "bob@example.org", "A") for _ in range(8)])

    with own_app.app_context():
        event = get_published(slug)
        assert sorted(results) == ["AlreadyRegistered"] * 7 + ["in"]
        assert (event.places_taken, event.sessions[0].places_taken) == (1, 1)
        assert _rows(event, *event.sessions) == (1, 1)


def test_double_cancellation_frees_one_place(own_app, race):
    slug = _make_event(own_app, capacity=2, sessions={"A": 2})
    with own_app.app_context():
        _try(slug, "ada@example.org", "A")
        _try(slug, "bob@example.org", "A")

    results = race([partial(_try_cancel, slug, "bob@example.org") for _ in range(8)])

    with own_app.app_context():
        event = get_published(slug)
        assert results == ["cancelled"] * 8
        assert (event.places_taken, event.sessions[0].places_taken) == (1, 1)
        assert _rows(event, *event.sessions) == (1, 1)


def test_cancelling_and_signing_up_at_once_never_oversell(own_app, race):
    slug = _make_event(own_app, capacity=10, sessions={"A": 5, "B": 10})
    with own_app.app_context():
        for number in range(10):
            _try(slug, f"first{number}@example.org", *(["A", "B"] if number < 5 else ["B"]))

    race(
        [partial(_try_cancel, slug, f"first{number}@example.org") for number in range(10)]
        + [partial(_try, slug, f"second{number}@example.org", "B", "A") for number in range(20)]
    )

    with own_app.app_context():
        event = get_published(slug)
        assert _stored(event, *event.sessions) == _rows(event, *event.sessions)
        assert event.places_taken <= 10
        assert event.sessions[0].places_taken <= 5


def test_people_who_want_the_same_sessions_in_another_order_never_wait_for_each_other(own_app, race):
    slug = _make_event(own_app, capacity=None, sessions={"A": 50, "B": 50})

    def take(order: int) -> str:
        with transaction():
            event = get_published(slug)
            places.take(event, event.sessions[::order])
        return "in"

    results = race([partial(take, 1), partial(take, -1)] * 15)

    assert results == ["in"] * 30


def test_editing_the_programme_while_people_sign_up_never_deadlocks(own_app, race):
    slug = _make_event(own_app, capacity=None, sessions={"A": 50, "B": 50})

    def edit(number: int) -> str:
        with transaction():
            event = get_published(slug)
            for session in reversed(event.sessions):
                session.title = f"Taller {number}"
            event.title = f"Jornada {number}"
        return "edited"

    results = race(
        [act for n in range(12) for act in (partial(edit, n), partial(_try, slug, f"p{n}@example.org", "B", "A"))]
    )

    assert sorted(results) == ["edited"] * 12 + ["in"] * 12


def _make_event(app: Flask, *, capacity: int | None, sessions: dict[str, int] | None = None) -> str:
    """An event that is committed; its sessions follow each other, so that all can be chosen."""
    with app.app_context(), transaction():
        event = factories.make_event(capacity=capacity, has_waiting_list=False)
        before = event.starts_at
        for code, places_of_session in (sessions or {}).items():
            before = factories.make_session(event, code, capacity=places_of_session, starts_at=before).ends_at
        return event.slug


def _sign_up(event: Event, email: str, *codes: str, now: datetime = NOW) -> Registration:
    answers = Answers("Bob", "Pla", email, session_codes=codes)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def _try(slug: str, email: str, *codes: str) -> str:
    """Sign up as a request does; give the name of what came of it."""
    try:
        with transaction():
            _sign_up(get_published(slug), email, *codes)
    except (places.EventFull, places.SessionFull, services.AlreadyRegistered) as error:
        return type(error).__name__
    return "in"


def _try_cancel(slug: str, email: str) -> str:
    with transaction():
        services.cancel(services.find_by_address(get_published(slug), email), now=NOW)
    return "cancelled"


def _stored(*counters: Event | Session) -> tuple[int, ...]:
    """The counters as they stand in the database."""
    tables = [(type(counter).__table__, counter.id) for counter in counters]
    return tuple(db.session.scalar(select(table.c.places_taken).where(table.c.id == key)) for table, key in tables)


def _rows(event: Event, *sessions: Session) -> tuple[int, ...]:
    """The counters as the rows say they should stand."""
    confirmed = select(func.count()).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
    )
    chosen = [select(func.count()).where(ChosenSession.session_id == session.id) for session in sessions]
    return tuple(db.session.scalar(query) for query in [confirmed, *chosen])
