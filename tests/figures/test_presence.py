"""Who was there, in numbers: what is kept is what the rows say, at once after whatever changes them."""

import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy import event as listening

from core import marks
from core.database import db, transaction
from door import services as door
from door.models import DoorActKind
from door.reports import Newcomer, Report
from events.models import Dimension
from figures import presence
from registrations import attendance, attendance_mark, bulk, import_batches, imports, merges, merging, services
from registrations.bulk_acts import Task
from registrations.models import Attendance, AttendanceSource, BulkKind, RegistrationMerge
from registrations.readers import AttendeeRow
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

INTERNAL, CITIZENS = Dimension.INTERNAL, Dimension.CITIZENS


@dataclass
class Town:
    """Two events with two sessions each; Bob was at both events, Cleo at the first."""

    sessions: list
    bob: object
    cleo: object
    ada: object

    @property
    def event(self):
        return self.sessions[0].event


@pytest.fixture
def town(app):
    return make_town()


def make_town():
    with transaction():
        process = factories.make_process()
        sessions = []
        for slug in ("una", "altra"):
            event = factories.make_event(slug, process_id=process.id)
            sessions += [factories.make_session(event, code, dimension=place) for code, place in PLACES.items()]
        bob = factories.make_registration(sessions[0].event, email="bob@example.org")
        cleo = factories.make_registration(sessions[0].event, email="cleo@example.org")
        again = factories.make_registration(sessions[2].event, email="bob@example.org")
        for person, session in ((bob, sessions[0]), (bob, sessions[1]), (cleo, sessions[1]), (again, sessions[2])):
            factories.make_attendance(person, session)
        return Town(sessions, bob, cleo, factories.make_staff())


PLACES = {"T1": INTERNAL, "T2": CITIZENS}


def mark():
    return attendance_mark.read()


def people(internal, citizens, total):
    return {**presence.NOBODY[0], INTERNAL: internal, CITIZENS: citizens}, total


def test_people_are_counted_once_whatever_events_they_were_at(town):
    first, second, third, _last = town.sessions

    counted = presence.read(town.sessions)

    assert counted.listed == {first.id: 1, second.id: 2, third.id: 1}
    assert counted.in_all == people(1, 2, 2)
    assert counted.by_event == {first.event_id: people(1, 2, 2), third.event_id: people(1, 0, 1)}


def test_who_gave_no_address_is_a_person_of_their_own(town):
    with transaction():
        for session in town.sessions[:3:2]:
            factories.make_attendance(factories.make_registration(session.event, email=""), session)

    assert presence.read(town.sessions).in_all == people(3, 2, 4)


def test_nobody_was_where_no_list_is(town):
    assert presence.read(town.sessions[3:]) == presence.Presence({}, {}, presence.NOBODY)
    assert presence.read([]) == presence.Presence({}, {}, presence.NOBODY)


def check_in(town):
    attendance.check_in(town.cleo, town.sessions[0], source=AttendanceSource.LIST, by=town.ada, now=NOW)


def undo(town):
    attendance.undo([town.bob.id], town.sessions[0], by=town.ada, now=NOW)


def check_in_at_the_door(town):
    report = Report("d" * 36, DoorActKind.CHECK_IN, town.cleo.code, "T1", NOW)
    door.accept(town.event, [report], by=door.Doorkeeper("Porta"), now=NOW)


def take_back_at_the_door(town):
    check_in_at_the_door(town)
    report = Report("e" * 36, DoorActKind.UNDO, town.cleo.code, "T1", NOW, takes_back=("d" * 36,))
    door.accept(town.event, [report], by=door.Doorkeeper("Porta"), now=NOW)


def walk_in(town):
    report = Report("f" * 36, DoorActKind.WALK_IN, "", "T1", NOW, newcomer=Newcomer("Dora", "Nova", ""))
    door.accept(town.event, [report], by=door.Doorkeeper("Porta"), now=NOW)


def merge(town):
    merging.merge(town.event, (town.bob.id, town.cleo.id), {}, by=town.ada, now=NOW)


def undo_merge(town):
    merge(town)
    merges.undo(db.session.scalars(select(RegistrationMerge)).one(), by=town.ada, now=NOW)


def attend_many(town):
    task = Task(BulkKind.ATTEND, town.sessions[0])
    bulk.do(town.event, [town.bob.id, town.cleo.id], task, by=town.ada, now=NOW)


def load_file(town):
    row = AttendeeRow(2, "Eva", "Roca", "eva@example.org", "", None, ("T1",), ("T1",))
    return imports.carry_out(town.event, [row], filename="f.csv", by=town.ada, now=NOW).batch


def undo_file(town):
    import_batches.undo(load_file(town), by=town.ada, now=NOW)


def add_who_came(town):
    answers = services.Answers("Fina", "Pi", "fina@example.org", session_codes=["T1"])
    services.add(town.event, answers, has_come=True, over_capacity=False, language="ca", by=town.ada, now=NOW)


def change_address(town):
    town.bob.email = town.bob.email_key = "altra@example.org"


def delete_row(town):
    db.session.delete(db.session.scalars(select(Attendance).where(Attendance.session_id == town.sessions[0].id)).one())


def delete_person(town):
    db.session.delete(town.cleo)


ACTS = (
    check_in,
    undo,
    check_in_at_the_door,
    take_back_at_the_door,
    walk_in,
    merge,
    undo_merge,
    attend_many,
    load_file,
    undo_file,
    add_who_came,
    change_address,
    delete_row,
    delete_person,
)


@pytest.mark.parametrize("act", ACTS)
def test_what_is_kept_is_right_at_once_after_every_act(town, act):
    presence.read(town.sessions)
    before = mark()

    with transaction():
        act(town)

    assert mark() != before
    assert presence.read(town.sessions) == presence.count(town.sessions)


def test_who_signs_up_leaves_the_mark_as_it_is(town):
    before = mark()

    with transaction():
        answers = services.Answers("Gal", "Pi", "gal@example.org", session_codes=["T1"])
        services.add(town.event, answers, has_come=False, over_capacity=False, language="ca", by=town.ada, now=NOW)
        town.bob.first_name = "Robert"

    assert mark() == before


def test_what_is_kept_is_asked_for_once(town, count_queries):
    presence.read(town.sessions)

    assert count_queries(lambda: presence.read(town.sessions)) == 1


def test_a_session_of_another_dimension_is_counted_there_at_once(town):
    presence.read(town.sessions)

    with transaction():
        town.sessions[1].dimension = INTERNAL

    assert presence.read(town.sessions).in_all == people(2, 0, 2)


def test_nothing_is_kept_of_what_may_be_rolled_back(town):
    presence.read(town.sessions)

    with pytest.raises(ZeroDivisionError), transaction():
        check_in(town)
        assert presence.read(town.sessions).listed[town.sessions[0].id] == 2
        raise ZeroDivisionError

    assert presence.read(town.sessions).listed[town.sessions[0].id] == 1


def test_no_more_is_kept_than_fits(town):
    kept = presence.Kept(most=2)

    for key in (b"a", b"b", b"a", b"c"):
        kept.find(key)
        kept.keep(key, presence.Presence({}, {}, presence.NOBODY))

    assert [kept.find(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


def test_what_is_counted_while_people_come_in_is_not_kept(own_app):
    """Not under the mark of before, for when a copy of the data is put back; nor under that of afterwards."""
    town = make_town()
    session_id, sessions = town.sessions[3].id, presence_of(town.sessions)
    coming = [person.id for person in make_people(town.sessions[3].event, 2)]
    before = db.session.execute(select(marks.Mark.name, marks.Mark.value)).all()
    db.session.rollback()

    def come_in(registration_id):
        with own_app.app_context(), transaction():
            attendance.record_all([(registration_id, session_id)], source=AttendanceSource.LIST, by=None, now=NOW)

    def interrupt(_connection, _cursor, statement, *_rest):
        if "count(*)" in statement and coming and threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=come_in, args=(coming.pop(),))
            other.start()
            other.join()

    listening.listen(db.engine, "before_cursor_execute", interrupt)
    presence.read(sessions)
    listening.remove(db.engine, "before_cursor_execute", interrupt)
    db.session.rollback()

    assert presence.read(sessions) == presence.count(sessions)
    assert presence.read(sessions).listed[session_id] == 2
    put_back(session_id, before)
    assert presence.read(sessions) == presence.count(sessions)


def put_back(session_id, former):
    """Have the data be what they were, as from a copy: nobody draws a mark for that."""
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(delete(Attendance).where(Attendance.session_id == session_id))
        connection.execute(delete(marks.Mark))
        connection.execute(insert(marks.Mark), [row._asdict() for row in former])


def make_people(event, number):
    with transaction():
        return [factories.make_registration(event, email=f"p{each}@example.org") for each in range(number)]


def presence_of(sessions):
    """What is asked of sessions, apart from rows that a transaction holds."""
    return [Held(session.id, session.event_id, session.dimension) for session in sessions]


@dataclass(frozen=True)
class Held:
    id: int
    event_id: int
    dimension: Dimension | None


def test_those_who_check_in_at_once_in_any_order_wait_for_nobody_for_ever(own_app, race):
    town = make_town()
    people_ids = [person.id for person in make_people(town.event, 8)]
    session_ids = [session.id for session in town.sessions[:2]]
    sessions = presence_of(town.sessions)

    def come_in(number):
        def run():
            pairs = [(person, session_ids[(number + place) % 2]) for place, person in enumerate(people_ids)]
            for pair in pairs if number % 2 else reversed(pairs):
                with transaction():
                    attendance.record_all([pair], source=AttendanceSource.LIST, by=None, now=NOW)
                presence.read(sessions)
            return "done"

        return run

    results = race([come_in(number) for number in range(4)])

    assert results == ["done"] * 4
    assert presence.read(sessions) == presence.count(sessions)
