"""Whoever leaves, and comes back: from when to when people were there, whichever door tells it first."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from accounts.models import AuditEntry
from core.database import db, transaction
from door import lists
from door.models import DoorAct
from door.rule import list_standing, list_stays
from door.settling import Standing, _record
from events.models import Session
from registrations import attendance, stays
from registrations.models import (
    Attendance,
    AttendanceSource,
    Registration,
)
from tests import factories
from tests.door.acts import NORTH, SOUTH, check_in, keep_door, leave, present, take, undo, walk_in
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def hours():
    """When the people who are recorded came and left, in minutes."""
    db.session.flush()
    query = select(Attendance).order_by(Attendance.registration_id, Attendance.session_id)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return [
        [[at and (at - NOW) / timedelta(minutes=1) for at in stay] for stay in stays.read(row.stays)] for row in rows
    ]


def test_a_leaving_is_recorded_and_a_return_too(session, bob):
    reports = check_in(bob, session), leave(bob, session, minutes=20), check_in(bob, session, minutes=30)

    assert [take(session, report) for report in reports] == [["recorded"]] * 3
    assert hours() == [[[0, 20], [30, None]]]
    assert take(session, check_in(bob, session, minutes=35), by=NORTH) == ["merged"]
    assert present() == [("Bob Pla", "T1", NOW, "list", "Porta sud")]


def test_an_undo_of_a_leaving_leaves_that_they_were_there(session, bob):
    report = leave(bob, session, minutes=20)
    take(session, check_in(bob, session), report)

    assert take(session, undo(bob, session, report.client_id)) == ["undone"]
    assert hours() == [[[0, None]]]
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.act == "attendance.undo")).all() == []


def test_an_undo_of_all_that_is_seen_takes_the_leaving_along(session, bob):
    came, left = check_in(bob, session), leave(bob, session, minutes=20)
    take(session, came, left)
    names = lists.read_rows(session.event, {bob.id})[bob.id][7][0][4]

    assert sorted(names) == sorted([came.client_id, left.client_id])
    assert take(session, undo(bob, session, *names)) == ["undone"]
    assert hours() == []


def test_the_trail_keeps_the_hours_that_an_undo_takes_away(session, bob):
    came, left = check_in(bob, session), leave(bob, session, minutes=20)
    take(session, came, left)

    take(session, undo(bob, session, came.client_id, left.client_id))

    line = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "attendance.undo")).one()
    assert stays.read(line.details["stays"]) == ((NOW, NOW + timedelta(minutes=20)),)


def test_a_leaving_of_somebody_nobody_saw_coming_records_that_they_were_there(session, bob):
    assert take(session, leave(bob, session, minutes=20)) == ["recorded"]
    assert hours() == [[[None, 20]]]
    assert take(session, check_in(bob, session), by=NORTH) == ["recorded"]
    assert hours() == [[[0, 20]]]
    assert present() == [("Bob Pla", "T1", NOW, "list", "Porta nord")]


def test_what_is_recorded_on_the_list_is_no_coming_and_a_leaving_goes_on_from_it(session, bob):
    factories.make_attendance(bob, session)

    take(session, leave(bob, session, minutes=20))

    assert hours() == [[[None, 20]]]
    assert [row[3] for row in present()] == ["list"]


def test_a_leaving_counts_also_where_the_workspace_was_quicker_to_record_who_was_there(session, bob):
    take(session, leave(bob, session, minutes=30))
    standing = [Standing(db.session.scalars(select(DoorAct)).all())]
    db.session.execute(delete(Attendance))
    factories.make_attendance(bob, session, source=AttendanceSource.PAPER)
    seen = {}

    _record(standing, seen)

    assert seen == {(bob.id, session.id): None}
    assert hours() == [[[None, 30]]]
    assert [source for *_who, source, _device in present()] == ["paper"]


def test_the_door_goes_on_from_what_the_workspace_has_stated(session, bob):
    ada = factories.make_staff(role="organiser")
    take(session, check_in(bob, session, minutes=20))
    attendance.state_stays(bob, session, ((NOW, None),), by=ada, now=NOW + timedelta(minutes=25))

    assert take(session, leave(bob, session, minutes=40)) == ["recorded"]

    assert hours() == [[[0, 40]]]
    assert [row[2:4] for row in present()] == [(NOW + timedelta(minutes=20), "list")]
    rows = lists.read_rows(session.event, {bob.id})[bob.id][7]
    assert len(rows[0]) == 5


def test_where_exits_are_recorded_a_device_is_told_each_coming_and_leaving(session, bob):
    session.event.records_exits = True
    ada = factories.make_staff(role="organiser")
    take(session, check_in(bob, session, minutes=5))
    attendance.state_stays(bob, session, ((NOW, None),), by=ada, now=NOW)
    left = leave(bob, session, minutes=40)
    take(session, left)

    told = lists.read_rows(session.event, {bob.id})[bob.id][7][0]

    moment = lists.in_milliseconds
    assert told[5] == [[moment(NOW), 0, ""], [moment(NOW + timedelta(minutes=40)), 1, left.client_id]]
    assert lists.find_leaving(told) == told[5][1]


def test_stories_of_coming_and_going_end_alike_in_whatever_order_they_arrive(session, bob):
    chance = random.Random(4)
    came, left, back, gone = (
        check_in(bob, session),
        leave(bob, session, minutes=10),
        check_in(bob, session, minutes=20),
        leave(bob, session, minutes=30),
    )
    story = [came, left, back, gone, undo(bob, session, gone.client_id)]
    chance.shuffle(story)

    for report in [*story, *story]:
        take(session, report, by=chance.choice([SOUTH, NORTH]))

    assert hours() == [[[0, 10], [20, None]]]


def test_a_walk_in_has_come_when_they_walked_in(session):
    take(session, walk_in(session, minutes=7))

    assert hours() == [[[7, None]]]


def test_the_door_and_who_states_the_hours_at_once_go_on_from_each_other(race):
    session = factories.make_session(factories.make_event())
    people = [factories.make_registration(session.event, session, email=f"p{each}@example.org") for each in range(12)]
    take(session, *(check_in(person, session, minutes=10) for person in people))
    leavings = [leave(person, session, minutes=30) for person in people]
    ids, session_id = [person.id for person in people], session.id
    db.session.commit()

    def state():
        for key in ids:
            with transaction():
                person, of = db.session.get_one(Registration, key), db.session.get_one(Session, session_id)
                attendance.state_stays(person, of, ((NOW, None),), by=None, now=NOW)

    def keep():
        for report in leavings:
            keep_door("jornada", [report], "Porta")()

    assert race([state, keep]) == [None, None]
    rows = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).all()
    acts = db.session.scalars(select(DoorAct).execution_options(populate_existing=True)).all()
    for row in rows:
        standing = list_standing(act for act in acts if act.registration_id == row.registration_id)
        stated = stays.read(row.stated_stays)
        assert (stated, row.door_act_id) == (((NOW, None),), None)
        assert stays.read(row.stays) == list_stays(standing.get(session_id, []), stated)
