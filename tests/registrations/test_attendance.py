"""Who was there: recorded once, taken back, never mistaken for signing up."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.errors import NotFoundError
from events.models import SessionKind
from registrations import attendance
from registrations.attendance import Hours
from registrations.models import Attendance, AttendanceSource, RegistrationState
from tests import factories

LATER = factories.NOW + timedelta(minutes=5)


def list_attendance():
    rows = db.session.execute(
        select(Attendance.registration_id, Attendance.session_id, Attendance.source, Attendance.recorded_at)
    )
    return [tuple(row) for row in rows]


def check_in(registration, session, *, source=AttendanceSource.LIST, by=None, now=factories.NOW):
    return attendance.check_in(registration, session, source=source, by=by, now=now)


@pytest.mark.both_databases
def test_check_in_records_source_staff_and_time(app, ada):
    session = factories.make_session()
    bob = factories.make_registration(session.event, session)

    assert check_in(bob, session, by=ada) is True

    row = db.session.scalars(select(Attendance)).one()
    assert (row.registration, row.session, row.source) == (bob, session, AttendanceSource.LIST)
    assert (row.recorded_by, row.recorded_at) == (ada, factories.NOW)


@pytest.mark.both_databases
def test_a_second_check_in_changes_nothing(app):
    session = factories.make_session()
    bob = factories.make_registration(session.event, session)
    check_in(bob, session)

    assert check_in(bob, session, source=AttendanceSource.CODE, now=LATER) is False

    assert list_attendance() == [(bob.id, session.id, AttendanceSource.LIST, factories.NOW)]


def test_signing_up_is_not_taking_part(app):
    session = factories.make_session()

    factories.make_registration(session.event, session)

    assert list_attendance() == []


def test_who_cancelled_and_came_is_recorded_without_a_place(app):
    session = factories.make_session()
    bob = factories.make_registration(session.event, state=RegistrationState.CANCELLED)

    assert check_in(bob, session) is True

    assert bob.state is RegistrationState.CANCELLED
    assert session.places_taken == 0


def test_a_session_of_another_event_is_none_of_the_persons(app):
    bob = factories.make_registration(factories.make_event("one"))
    session = factories.make_session(factories.make_event("two"))

    with pytest.raises(NotFoundError):
        check_in(bob, session)

    assert list_attendance() == []


def test_breaks_keep_no_attendance(app):
    session = factories.make_session(kind=SessionKind.BREAK)
    bob = factories.make_registration(session.event)

    with pytest.raises(attendance.NobodyAttendsBreaks):
        check_in(bob, session)


@pytest.mark.both_databases
def test_check_in_all_counts_only_what_is_new(app):
    session = factories.make_session()
    people = [factories.make_registration(session.event, email=f"{number}@example.org") for number in range(3)]
    check_in(people[0], session)

    recorded = attendance.check_in_all(
        [person.id for person in people], session, source=AttendanceSource.LIST, by=None, now=LATER
    )

    assert recorded == 2
    assert len(list_attendance()) == 3


def test_check_in_all_of_nobody_is_nothing(app):
    session = factories.make_session()

    assert attendance.check_in_all([], session, source=AttendanceSource.LIST, by=None, now=LATER) == 0


@pytest.mark.both_databases
def test_undo_takes_back_and_leaves_a_line_in_the_trail(app, ada):
    session = factories.make_session()
    bob = factories.make_registration(session.event, session, code="BOBCODE2")
    check_in(bob, session)

    assert attendance.undo([bob.id], session, by=ada, now=LATER) == 1
    assert attendance.undo([bob.id], session, by=ada, now=LATER) == 0

    assert list_attendance() == []
    lines = db.session.scalars(select(AuditEntry)).all()
    assert [(line.act, line.subject_key, line.staff, line.happened_at) for line in lines] == [
        ("attendance.undo", "jornada/BOBCODE2", ada, LATER)
    ]
    assert lines[0].details == {
        "session": "T1",
        "source": "list",
        "recorded_at": "2026-11-22T10:00:00+00:00",
        "recorded_by": None,
    }


def test_undo_leaves_other_sessions_alone(app):
    event = factories.make_event()
    one, two = factories.make_session(event, "T1"), factories.make_session(event, "T2")
    bob = factories.make_registration(event, one)
    check_in(bob, one)
    check_in(bob, two)

    attendance.undo([bob.id], one, by=None, now=LATER)

    assert list_attendance() == [(bob.id, two.id, AttendanceSource.LIST, factories.NOW)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], timedelta()),
        ([(0, 2)], timedelta(hours=2)),
        ([(0, 2), (3, 4)], timedelta(hours=3)),
        ([(0, 2), (1, 4)], timedelta(hours=4)),
        ([(0, 4), (1, 2)], timedelta(hours=4)),
        ([(1, 2), (0, 1)], timedelta(hours=2)),
    ],
)
def test_time_attended_counts_once(app, hours, expected):
    event = factories.make_event()
    start = event.starts_at
    sessions = [
        factories.make_session(
            event, f"T{number}", starts_at=start + timedelta(hours=first), ends_at=start + timedelta(hours=last)
        )
        for number, (first, last) in enumerate(hours)
    ]

    assert Hours(event).add_up((session, ()) for session in sessions) == expected


def test_eight_doors_at_once_make_one_record(own_app, race):
    with own_app.app_context(), transaction():
        session = factories.make_session()
        pair = (factories.make_registration(session.event, session).id, session.id)

    def come():
        with transaction():
            return attendance.record_all([pair], source=AttendanceSource.CODE, by=None, now=factories.NOW)

    results = race([come] * 8)

    assert sorted(results) == [0, 0, 0, 0, 0, 0, 0, 1]
    with own_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attendance)) == 1
