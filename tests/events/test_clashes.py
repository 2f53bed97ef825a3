"""What does not fit in a programme: one test for each reason, and for what is no reason."""

from datetime import UTC, datetime, timedelta

import pytest

from events.clashes import Clash, Reason, find_clashes, list_facilitators
from events.models import Event, Room, Session, SessionKind

START = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def event():
    return Event(starts_at=START, ends_at=START + 6 * HOUR, timezone="Europe/Madrid", capacity=80, places_taken=0)


@pytest.fixture
def room():
    return Room(id=1, name="Sala 1")


def add(event, code, *, at=0.0, hours=1.0, room=None, **values):
    """A working session that begins so many hours after the event does."""
    starts_at = START + at * HOUR
    values = {"kind": SessionKind.WORKING, "facilitators": "", "places_taken": 0, **values}
    session = Session(code=code, starts_at=starts_at, ends_at=starts_at + hours * HOUR, room=room, **values)
    session.room_id = room and room.id
    event.sessions.append(session)
    return session


def test_two_sessions_in_one_room_at_the_same_time(event, room):
    first, second = add(event, "T1", room=room), add(event, "T2", at=0.5, room=room)

    assert find_clashes(event) == [Clash(Reason.SAME_ROOM, second, first, "Sala 1")]


def test_sessions_whose_hours_nobody_knows_are_in_nobodys_way(event):
    event.starts_at -= 24 * HOUR
    event.ends_at += 24 * HOUR
    for code in ("T1", "T2"):
        add(event, code, at=-9, hours=24 - 1 / 60, facilitators="Amina Tahiri")

    assert find_clashes(event) == []


def test_one_person_at_two_sessions_at_the_same_time(event):
    first = add(event, "T1", facilitators="Amina Tahiri, Ramon Verdés")
    second = add(event, "T2", facilitators="RAMON  VERDES; Pilar Escoda")

    assert find_clashes(event) == [Clash(Reason.SAME_FACILITATOR, second, first, "RAMON VERDES")]


def test_a_room_smaller_than_the_places(event, room):
    room.capacity = 20
    session = add(event, "T1", room=room, capacity=21)

    assert find_clashes(event) == [Clash(Reason.ROOM_TOO_SMALL, session, name="Sala 1")]


def test_a_room_smaller_than_those_who_chose_a_session_without_limit(event, room):
    room.capacity = 20
    session = add(event, "T1", room=room, places_taken=21)

    assert find_clashes(event) == [Clash(Reason.ROOM_TOO_SMALL, session, name="Sala 1")]


def test_a_room_too_small_for_everybody_at_a_plenary(event, room):
    room.capacity = 79
    session = add(event, "PL", room=room, kind=SessionKind.PLENARY)

    assert find_clashes(event) == [Clash(Reason.ROOM_TOO_SMALL, session, name="Sala 1")]


@pytest.mark.parametrize(("at", "hours"), [(-0.5, 1), (5.5, 1)])
def test_a_session_outside_the_event(event, at, hours):
    session = add(event, "T1", at=at, hours=hours)

    assert find_clashes(event) == [Clash(Reason.OUTSIDE_EVENT, session)]


def test_sessions_one_after_the_other_share_room_and_people(event, room):
    add(event, "T1", room=room, facilitators="Ada")
    add(event, "T2", at=1, room=room, facilitators="Ada")

    assert find_clashes(event) == []


def test_what_was_cancelled_takes_no_room(event, room):
    add(event, "T1", room=room, facilitators="Ada")
    add(event, "T2", room=room, facilitators="Ada", cancelled_at=START)

    assert find_clashes(event) == []


def test_sessions_without_room_or_people_do_not_clash(event):
    add(event, "T1", capacity=500)
    add(event, "T2", facilitators=" , ")

    assert find_clashes(event) == []


def test_a_break_fills_no_room(event, room):
    room.capacity = 1
    add(event, "PA", room=room, kind=SessionKind.BREAK)

    assert find_clashes(event) == []


def test_clashes_stand_in_order_of_time(event, room):
    early, late = add(event, "A", at=1, room=room), add(event, "B", at=1, room=room)
    outside = add(event, "C", at=-1, room=None)

    assert [clash.session for clash in find_clashes(event)] == [outside, late]
    assert early.code == "A"


def test_surnames_that_are_joined_are_one_person():
    assert list_facilitators(Session(facilitators="Joan Pla i Vila / Ada")) == {
        "joan pla i vila": "Joan Pla i Vila",
        "ada": "Ada",
    }
