"""Moving an event or some of its sessions: on the wall clock, told once, or refused whole."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from events import moves, signals
from events.moves import SessionToMoveOutside
from tests.factories import EVENT_START, NOW, make_event, make_session

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.mark.both_databases
def test_the_whole_event_moves_with_its_sessions(app):
    event = make_event(registration_closes_at=EVENT_START - DAY)
    session = make_session(event)

    assert moves.move_event(event, 7 * DAY + HOUR, by=None, now=NOW)

    db.session.expire_all()
    assert event.starts_at == EVENT_START + 7 * DAY + HOUR
    assert session.starts_at == event.starts_at + timedelta(minutes=30)
    assert (event.ends_at - event.starts_at, session.duration) == (timedelta(hours=4, minutes=30), HOUR)
    assert (event.registration_closes_at, event.sequence) == (EVENT_START - DAY, 1)


def test_an_event_moved_over_the_end_of_summer_time_keeps_its_hours(app):
    event = make_event(starts_at=EVENT_START.replace(month=10, day=20, hour=7))
    session = make_session(event)

    moves.move_event(event, 7 * DAY, by=None, now=NOW)

    assert [each.astimezone(event.zone).hour for each in (event.starts_at, session.starts_at)] == [9, 10]
    assert (event.starts_at.hour, session.starts_at.hour) == (8, 9)


@pytest.mark.both_databases
def test_only_some_sessions_move_and_one_message_tells_of_all(app):
    event = make_event()
    chosen = [make_session(event, code) for code in ("T1", "T2")]
    other = make_session(event, "T3")
    heard = []

    def listen(_event, **values):
        heard.append([each.session.code for each in values["moved"]])

    with signals.programme_moved.connected_to(listen):
        assert moves.move_sessions(event, chosen, HOUR, by=None, now=NOW)

    db.session.expire_all()
    assert [each.starts_at - event.starts_at for each in (*chosen, other)] == [1.5 * HOUR, 1.5 * HOUR, HOUR / 2]
    assert heard == [["T1", "T2"]]


def test_a_session_that_would_leave_the_event_is_refused_by_name(app):
    event = make_event()
    sessions = [make_session(event, "T1"), make_session(event, "T2", starts_at=event.ends_at - HOUR)]

    with pytest.raises(SessionToMoveOutside) as refusal:
        moves.move_sessions(event, sessions, HOUR, by=None, now=NOW)

    assert "T2" in str(refusal.value)


def test_moving_by_nothing_is_nothing(app):
    event = make_event()
    make_session(event)

    assert not moves.move_event(event, timedelta(), by=None, now=NOW)
    assert not moves.move_sessions(event, event.sessions, timedelta(), by=None, now=NOW)

    assert db.session.scalars(select(AuditEntry)).all() == []
