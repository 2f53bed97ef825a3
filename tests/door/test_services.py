"""Acts of devices at the door: accepted once, in any order, merged into the one attendance; on both databases."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from accounts.models import AuditEntry
from core.database import db, transaction
from door import lists
from door.models import DoorAct, DoorActKind
from door.reports import Report
from door.services import Doorkeeper, accept
from events.models import Event, EventState, SessionKind
from registrations import attendance
from registrations.models import (
    Attendance,
    AttendanceSource,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from tests import factories
from tests.door.acts import NORTH, SOUTH, check_in, keep_door, new_id, present, take, undo, walk_in
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def test_a_check_in_is_recorded_with_its_time_source_and_device(session, bob):
    report = check_in(bob, session, minutes=3, source=AttendanceSource.CODE)

    assert take(session, report) == ["recorded"]
    assert present() == [("Bob Pla", "T1", NOW + timedelta(minutes=3), "code", "Porta sud")]


def test_who_checked_in_is_recorded_when_staff_did(session, bob):
    ada = factories.make_staff()

    take(session, check_in(bob, session), by=Doorkeeper("Porta", staff=ada))

    assert db.session.scalars(select(Attendance.recorded_by_id)).all() == [ada.id]


def test_an_act_that_comes_twice_is_accepted_once(session, bob):
    report = check_in(bob, session)

    outcomes = [take(session, report), take(session, report, later=90), take(session, report, report)]

    assert outcomes == [["recorded"], ["recorded"], ["recorded", "recorded"]]
    assert len(db.session.scalars(select(DoorAct)).all()) == 1
    assert [row[2] for row in present()] == [NOW]


def test_nothing_happens_in_the_future(session, bob):
    take(session, check_in(bob, session, minutes=90), later=60)

    assert [row[2] for row in present()] == [NOW + timedelta(minutes=60)]


def test_of_two_doors_the_earlier_one_counts_whichever_is_sent_first(session, bob):
    south, north = check_in(bob, session, minutes=12), check_in(bob, session, minutes=5)

    assert take(session, south, by=SOUTH) == ["recorded"]
    assert take(session, north, by=NORTH) == ["recorded"]
    assert present() == [("Bob Pla", "T1", NOW + timedelta(minutes=5), "list", "Porta nord")]
    assert take(session, check_in(bob, session, minutes=20)) == ["merged"]


def test_an_undo_takes_the_attendance_back_and_leaves_a_line_in_the_trail(session, bob):
    report = check_in(bob, session)
    take(session, report)

    assert take(session, undo(bob, session, report.client_id), by=NORTH) == ["undone"]
    assert present() == []
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "attendance.undo")).one()
    assert (line.details["session"], line.details["door"]) == ("T1", "Porta nord")


def test_an_undo_that_arrives_first_holds(session, bob):
    report = check_in(bob, session)

    assert take(session, undo(bob, session, report.client_id)) == ["undone"]
    assert take(session, report) == ["taken_back"]
    assert present() == []


def test_an_undo_leaves_what_the_other_door_did_in_the_meantime(session, bob):
    south, north = check_in(bob, session, minutes=1), check_in(bob, session, minutes=2)
    take(session, south)
    take(session, north, by=NORTH)

    assert take(session, undo(bob, session, south.client_id)) == ["merged"]
    assert present() == [("Bob Pla", "T1", NOW + timedelta(minutes=2), "list", "Porta nord")]


def test_what_another_of_the_doors_recorded_stays(session, bob):
    factories.make_attendance(bob, session, source=AttendanceSource.PAPER)

    assert take(session, check_in(bob, session, minutes=-5)) == ["merged"]
    assert present() == [("Bob Pla", "T1", NOW, "paper", None)]


def test_an_undo_takes_back_what_another_of_the_doors_recorded_if_it_names_it(session, bob):
    mark = factories.make_attendance(bob, session)
    name = lists.name_of_mark(mark.source.value, mark.recorded_at)

    assert take(session, undo(bob, session, "list@2020-01-01T00:00:00+00:00")) == ["merged"]
    assert take(session, undo(bob, session, name)) == ["undone"]
    assert present() == []


def test_the_names_of_a_mark_as_a_device_gets_them_take_it_back(session, bob):
    take(session, check_in(bob, session))
    take(session, check_in(bob, session), by=NORTH)
    row = lists.read_rows(session.event, {bob.id})[bob.id]

    assert take(session, undo(bob, session, *row[7][0][4])) == ["undone"]
    assert present() == []


def test_what_the_workspace_takes_back_stays_taken_back_when_an_earlier_act_arrives_again(session, bob):
    first = check_in(bob, session)
    take(session, first)

    attendance.undo([bob.id], session, by=None, now=NOW)

    assert present() == []
    assert take(session, first) == ["recorded"]
    assert present() == []
    assert take(session, check_in(bob, session, minutes=30), by=NORTH) == ["recorded"]
    assert [row[2] for row in present()] == [NOW + timedelta(minutes=30)]


@pytest.mark.parametrize("state", RegistrationState)
def test_whoever_came_came(session, state):
    person = factories.make_registration(session.event, state=state)

    assert take(session, check_in(person, session)) == ["recorded"]
    assert (person.state, len(present())) == (state, 1)


def test_a_code_that_nobody_has_is_told_and_kept_for_later(session):
    assert take(session, check_in("XXXXXXXX", session)) == ["unknown"]
    assert present() == []

    late = factories.make_registration(session.event, email="late@example.org", code="XXXXXXXX")
    take(session, check_in("YYYYYYYY", session))

    assert [row[:2] for row in present()] == [(late.full_name, "T1")]


def test_a_code_of_another_event_is_unknown(session):
    other = factories.make_registration(factories.make_event("altra"), email="c@example.org")

    assert take(session, check_in(other, session)) == ["unknown"]


def test_sessions_there_are_none_of_and_breaks_are_refused(session, bob):
    pause = factories.make_session(session.event, "PA", kind=SessionKind.BREAK)

    assert take(session, check_in(bob, pause)) == ["refused"]
    report = Report(new_id(), DoorActKind.CHECK_IN, bob.code, "T9", NOW)
    assert take(session, report, check_in(bob, session)) == ["refused", "recorded"]


def test_a_walk_in_is_on_the_list_with_attendance_and_a_place(session):
    assert take(session, walk_in(session, minutes=4)) == ["added"]

    person = db.session.scalars(select(Registration)).one()
    assert (person.full_name, person.organisation, person.email) == ("Cleo Nova", "Ateneu", "")
    assert (person.state, person.source) == (RegistrationState.CONFIRMED, RegistrationSource.DOOR)
    assert [each.code for each in person.sessions] == ["T1"]
    assert (session.event.places_taken, session.places_taken) == (1, 1)
    assert present() == [("Cleo Nova", "T1", NOW + timedelta(minutes=4), "list", "Porta sud")]


def test_a_walk_in_that_comes_twice_is_one_person(session):
    report = walk_in(session)

    assert [take(session, report), take(session, report)] == [["added"], ["added"]]
    assert len(db.session.scalars(select(Registration)).all()) == 1


def test_a_walk_in_above_capacity_is_let_in_and_told(session):
    session.event.capacity = 0
    db.session.flush()

    assert take(session, walk_in(session)) == ["over_capacity"]
    assert (session.event.places_taken, session.event.extra_places) == (1, 1)


def test_a_walk_in_of_a_name_that_is_known_names_the_other(session):
    known = factories.make_registration(session.event, first_name="Cleo", last_name="Nova")
    report = walk_in(session, "CLÉO Nova")

    accepted = accept(session.event, [report], by=SOUTH, now=NOW)[report.client_id]

    assert (accepted.outcome.value, accepted.namesakes) == ("added", [known.code])


def test_what_was_done_to_a_walk_in_before_it_arrived_is_done_when_it_does(session):
    other = factories.make_session(session.event, "T2")
    arrives = walk_in(session)

    assert take(session, check_in(arrives.client_id, other)) == ["unknown"]
    assert take(session, arrives) == ["added"]
    assert [row[:2] for row in present()] == [("Cleo Nova", "T1"), ("Cleo Nova", "T2")]


def test_a_walk_in_taken_back_gives_its_place_back(session):
    arrives = walk_in(session)
    take(session, arrives)

    assert take(session, undo(arrives.client_id, session, arrives.client_id)) == ["undone"]
    person = db.session.scalars(select(Registration)).one()
    assert (person.state, present()) == (RegistrationState.CANCELLED, [])
    assert (session.event.places_taken, session.places_taken) == (0, 0)


def test_a_walk_in_taken_back_before_it_arrived_never_comes(session):
    arrives = walk_in(session)

    assert take(session, undo(arrives.client_id, session, arrives.client_id)) == ["undone"]
    assert take(session, arrives) == ["taken_back"]
    assert take(session, arrives) == ["taken_back"]
    assert db.session.scalars(select(Registration)).all() == []


def test_nobody_walks_in_to_an_event_that_was_cancelled(session, bob):
    session.event.state = EventState.CANCELLED

    assert take(session, walk_in(session), check_in(bob, session)) == ["refused", "recorded"]


def test_an_id_that_another_event_has_used_is_new_here(session, bob):
    report = check_in(bob, session)
    take(session, report)
    other = factories.make_session(factories.make_event("altra"))
    cleo = factories.make_registration(other.event, other, email="cleo@example.org")

    again = Report(report.client_id, DoorActKind.CHECK_IN, cleo.code, other.code, NOW)

    assert take(other, again) == ["recorded"]
    assert len(present()) == 2


def make_story(session):
    """What two doors did without a network: acts, undos of some, walk-ins and what was done to them."""
    other = factories.make_session(session.event, "T2")
    people = [
        factories.make_registration(
            session.event, email=f"p{number}@example.org", code=f"CODE{number}", last_name=str(number)
        )
        for number in range(3)
    ]
    arrives, mistake = walk_in(session, minutes=1), walk_in(session, "Cap Error", minutes=2)
    first = [check_in(person, session, minutes=index) for index, person in enumerate(people)]
    second = [check_in(person, session, minutes=10 - index) for index, person in enumerate(people)]
    return [
        *first,
        *second,
        undo(people[0], session, first[0].client_id),
        undo(people[1], session, first[1].client_id, second[1].client_id),
        arrives,
        check_in(arrives.client_id, other, minutes=5),
        mistake,
        undo(mistake.client_id, session, mistake.client_id),
    ]


def in_batches(acts, size):
    return (acts[start : start + size] for start in range(0, len(acts), size))


def test_whatever_the_order_and_however_often_the_attendance_is_the_same(session):
    story = make_story(session)
    expected = None
    for seed in range(6):
        chance = random.Random(seed)
        acts = story + chance.sample(story, 4)
        chance.shuffle(acts)
        with db.session.begin_nested() as savepoint:
            for batch in in_batches(acts, chance.randint(1, 5)):
                accept(session.event, batch, by=SOUTH, now=NOW + timedelta(hours=1))
            outcome = sorted(row[:3] for row in present())
            taken = (session.event.places_taken, session.places_taken)
            savepoint.rollback()
        db.session.expire_all()
        expected = expected or (outcome, taken)
        assert (outcome, taken) == expected
    assert [row[:2] for row in expected[0]] == [
        ("Bob 0", "T1"),
        ("Bob 2", "T1"),
        ("Cleo Nova", "T1"),
        ("Cleo Nova", "T2"),
    ]


# --- Races: real connections, all let go at once ---


def test_two_doors_with_the_same_people_at_once_agree(race):
    session = factories.make_session(factories.make_event(), capacity=50)
    people = [
        factories.make_registration(session.event, session, email=f"p{number}@example.org") for number in range(20)
    ]
    devices = [[check_in(person, session, minutes=device) for person in people] for device in range(6)]
    for device, reports in enumerate(devices):
        random.Random(device).shuffle(reports)
    db.session.commit()

    results = race([keep_door("jornada", reports, f"Porta {device}") for device, reports in enumerate(devices)])

    assert [error for error in results if isinstance(error, Exception)] == []
    db.session.expire_all()
    assert sorted({row[2:] for row in present()}) == [(NOW, "list", "Porta 0")]
    assert (len(present()), len(db.session.scalars(select(DoorAct)).all())) == (20, 120)


def test_one_act_sent_twice_at_once_is_accepted_once(race):
    session = factories.make_session(factories.make_event(), capacity=5)
    bob = factories.make_registration(session.event, session)
    reports = [walk_in(session), check_in(bob, session)]
    db.session.commit()

    results = race([keep_door("jornada", reports, "Porta") for _ in range(6)])

    assert results == [["added", "recorded"]] * 6
    db.session.expire_all()
    assert (len(present()), len(db.session.scalars(select(Registration)).all())) == (2, 2)
    event = db.session.scalars(select(Event)).one()
    assert (event.places_taken, event.sessions[0].places_taken) == (2, 2)


def test_the_door_and_the_desk_at_once_make_one_attendance(race):
    session = factories.make_session(factories.make_event(), capacity=50)
    people = [
        factories.make_registration(session.event, session, email=f"p{number}@example.org") for number in range(20)
    ]
    reports = [check_in(person, session) for person in people]
    ids, session_id = [person.id for person in reversed(people)], session.id
    db.session.commit()

    def at_desk():
        with transaction():
            pairs = [(key, session_id) for key in ids]
            return attendance.record_all(pairs, source=AttendanceSource.PAPER, by=None, now=NOW)

    results = race([keep_door("jornada", reports, "Porta"), at_desk, keep_door("jornada", reports[::-1], "Porta")])

    assert [error for error in results if isinstance(error, Exception)] == []
    assert len(present()) == 20


def make_crowd(session, count):
    """Sign up so many people at once, in one statement; give their codes."""
    codes = [f"C{number:07}" for number in range(count)]
    rows = [
        {
            "event_id": session.event_id,
            "token": f"token-{code}",
            "code": code,
            "state": RegistrationState.CONFIRMED,
            "source": RegistrationSource.PERSON,
            "first_name": "Persona",
            "last_name": code,
            "sort_key": code,
            "search_key": code,
            "language": "ca",
            "created_at": NOW,
            "updated_at": NOW,
        }
        for code in codes
    ]
    db.session.execute(insert(Registration), rows)
    return codes


def test_a_crowd_at_six_doors_at_once_is_recorded_whole_and_once(race):
    """Each door lets in its 200, some whom the next door has let in too, and sends everything twice."""
    session = factories.make_session(factories.make_event())
    codes = make_crowd(session, 1200)
    devices = []
    for device in range(6):
        own = codes[device * 200 : device * 200 + 220]
        reports = [check_in(code, session, minutes=device) for code in own]
        random.Random(device).shuffle(reports)
        devices.append(reports)
    db.session.commit()

    def keep(reports, device):
        def act():
            for batch in in_batches(reports, 50):
                for _twice in range(2):
                    keep_door("jornada", batch, device)()

        return act

    results = race([keep(reports, f"Porta {device}") for device, reports in enumerate(devices)])

    assert results == [None] * 6
    db.session.expire_all()
    query = (
        select(Registration.code, DoorAct.device)
        .select_from(Attendance)
        .join(Registration, Registration.id == Attendance.registration_id)
        .join(DoorAct, DoorAct.id == Attendance.door_act_id)
    )
    rows = db.session.execute(query).all()
    first_door = {code: f"Porta {number // 200}" for number, code in enumerate(codes)}
    first_door |= {codes[number]: f"Porta {number // 200 - 1}" for number in range(200, 1200) if number % 200 < 20}
    assert dict(rows) == first_door
    assert len(rows) == 1200
