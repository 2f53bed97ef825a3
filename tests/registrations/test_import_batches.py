"""Imports undone as a whole: everybody stands as before, or nothing is undone and who is in the way is named."""

import random
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry, StaffMember
from certificates import services as certificates
from core.database import db, transaction
from door.models import DoorAct, DoorActKind, DoorOutcome
from events.models import Dimension, Event
from registrations import attendance, attendee_files, bulk, import_batches, imports, reservations, services
from registrations.import_batches import ChangedSince, UndoneAlready
from registrations.models import (
    Answer,
    Attendance,
    AttendanceSource,
    AttendeeFile,
    BulkKind,
    ChosenSession,
    ImportBatch,
    ImportedPerson,
    Registration,
    RegistrationState,
)
from registrations.readers import AttendeeRow
from tests import factories

pytestmark = pytest.mark.usefixtures("_in_english")
LATER = factories.NOW + timedelta(hours=1)


@pytest.fixture
def _in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


@pytest.fixture
def event(app):
    """One with two workshops one after the other, and a question."""
    event = factories.make_event()
    factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=2))
    factories.make_question(event, "D’on veniu?")
    return event


def make_row(number=2, first_name="Anna", **values):
    defaults = {"last_name": "Mas", "email": f"{first_name}@example.org", "organisation": "CSS", "dimension": None}
    return AttendeeRow(number, **{"first_name": first_name, "sessions": (), "attended": (), **defaults, **values})


def bring(event, *rows, now=factories.NOW, **values):
    return imports.carry_out(event, rows, filename="llista.csv", by=None, now=now, **values).batch


def find(first_name):
    return db.session.scalars(select(Registration).where(Registration.first_name == first_name)).one()


def snapshot(event):
    """All that stands of the event's people, and every counter; not when it was last written."""
    db.session.expire_all()
    names = [each.name for each in Registration.__table__.columns if each.name != "updated_at"]
    columns = [getattr(Registration, name) for name in names]
    return (
        [tuple(row) for row in db.session.execute(select(*columns).order_by(Registration.id))],
        sorted((each.registration_id, each.session_id) for each in db.session.scalars(select(ChosenSession))),
        sorted((each.registration_id, each.session_id, each.source) for each in db.session.scalars(select(Attendance))),
        sorted((each.registration_id, each.question_id, *each.words) for each in db.session.scalars(select(Answer))),
        [(each.places_taken, each.extra_places, each.people_waiting) for each in (event, *event.sessions)],
        (event.places_kept, [(each.dimension, each.places_taken) for each in event.reserved_places]),
    )  # fmt: skip


def why_not(batch, by):
    with pytest.raises(ChangedSince) as refusal:
        import_batches.undo(batch, by=by, now=LATER)
    return [(each.name, each.reason) for each in refusal.value.people]


@pytest.mark.both_databases
def test_who_was_brought_is_taken_away_and_who_was_changed_is_as_before(event, ada):
    question = factories.make_question(event, "Com?")
    known = factories.make_registration(event, event.sessions[0], email="anna@example.org", organisation="Abans")
    factories.make_answer(known, question, "a peu")
    before = snapshot(event)
    rows = [
        make_row(2, "Anna", organisation="Després", dimension=Dimension.CITIZENS, sessions=("T2",), attended=("T1",),
                 language="es", words={question.id: ("en bici",)}),
        make_row(3, "Bruna", sessions=("T1", "T2"), attended=("T2",), words={question.id: ("en tren",)}),
    ]  # fmt: skip

    batch = bring(event, *rows)
    assert (batch.added, batch.changed, batch.places, batch.attendances) == (1, 1, 3, 2)
    assert snapshot(event) != before
    import_batches.undo(batch, by=ada, now=LATER)

    assert snapshot(event) == before
    assert (batch.undone_at, batch.undone_by) == (LATER, ada)
    assert db.session.scalar(select(func.count()).select_from(ImportedPerson)) == 0


@pytest.mark.both_databases
def test_an_import_into_an_event_and_its_undoing_leave_it_as_it_was_whatever_they_hold(event, ada):
    question = db.session.merge(factories.make_question(event, "Com?"))
    dice = random.Random(7)
    for round_ in range(12):
        event.sessions[0].capacity = dice.choice([None, 5, 8])
        people = [f"P{number}" for number in range(8)]
        known = dice.sample(people, 3)
        for name in known:
            if services.find_by_address(event, f"{name}@example.org") is None:
                bring(event, make_row(2, name, sessions=tuple(dice.sample(["T1", "T2"], dice.randrange(3)))),
                      over_capacity=True, now=factories.NOW + timedelta(minutes=round_))  # fmt: skip
        before = snapshot(event)
        rows = [
            make_row(
                number,
                name,
                organisation=dice.choice(["", "CSS", "Casal"]),
                dimension=dice.choice([None, *Dimension]),
                sessions=tuple(dice.sample(["T1", "T2"], dice.randrange(3))),
                attended=tuple(dice.sample(["T1", "T2"], dice.randrange(2))),
                language=dice.choice(["", "ca", "es"]),
                words=dice.choice([{}, {question.id: (f"{round_}",)}]),
            )
            for number, name in enumerate(dice.sample(people, 5), 2)
        ]

        batch = bring(event, *rows, over_capacity=True, now=LATER + timedelta(minutes=2 * round_))
        if batch:
            import_batches.undo(batch, by=ada, now=LATER + timedelta(minutes=2 * round_ + 1))

        assert snapshot(event) == before


@pytest.mark.both_databases
def test_places_that_become_free_go_to_who_waits(event, ada):
    event.capacity, event.has_waiting_list = 1, True
    batch = bring(event, make_row(2, "Anna"))
    waiting = services.register(
        event,
        services.Answers("Cleo", "Puig", "cleo@example.org"),
        source=services.RegistrationSource.PERSON,
        language="ca",
        now=factories.NOW,
    )
    assert waiting.state is RegistrationState.WAITING

    import_batches.undo(batch, by=ada, now=LATER)

    db.session.expire_all()
    assert waiting.state is RegistrationState.CONFIRMED
    assert (event.places_taken, event.people_waiting) == (1, 0)


def test_a_place_that_is_kept_for_a_group_is_kept_again(event, ada):
    event.capacity = 10
    reservations.keep_places(event, {Dimension.CITIZENS: 2}, by=ada, now=factories.NOW)
    before = snapshot(event)
    batch = bring(event, make_row(2, "Anna", dimension=Dimension.CITIZENS))
    reservations.keep_places(event, {}, by=ada, now=factories.NOW)
    reservations.keep_places(event, {Dimension.CITIZENS: 2}, by=ada, now=factories.NOW)

    import_batches.undo(batch, by=ada, now=LATER)

    assert snapshot(event) == before


def test_undoing_leaves_a_line_in_the_trail(event, ada):
    batch = bring(event, make_row(2, "Anna", attended=("T1",)))
    code = find("Anna").code

    import_batches.undo(batch, by=ada, now=LATER)

    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.happened_at == LATER).order_by(AuditEntry.id)).all()
    assert [(line.act, line.subject_key) for line in lines] == [
        ("attendance.undo", f"jornada/{code}"),
        ("registration.undo_import", "jornada"),
    ]
    assert lines[1].details == {"batch": batch.id, "added": 1, "changed": 0}


def test_an_import_is_undone_once(event, ada):
    batch = bring(event, make_row())
    import_batches.undo(batch, by=ada, now=LATER)

    with pytest.raises(UndoneAlready):
        import_batches.undo(batch, by=ada, now=LATER)


def test_later_imports_are_undone_first(event, ada):
    first = bring(event, make_row(2, "Anna"), make_row(3, "Bruna"))
    second = bring(event, make_row(2, "Anna", organisation="Casal"), now=LATER)

    assert why_not(first, ada) == [("Anna Mas", "changed by a later import")]

    import_batches.undo(second, by=ada, now=LATER)
    assert why_not(first, ada) == [("Anna Mas", "changed since")]


def change_name(event, by):
    find("Anna").updated_at = LATER
    db.session.flush()


def cancel(event, by):
    services.cancel(find("Anna"), by=by, now=LATER)


def attend(event, by):
    attendance.check_in(find("Anna"), event.sessions[0], source=AttendanceSource.CODE, by=by, now=LATER)


def write_to(event, by):
    bulk.do(event, [find("Anna").id], bulk.Task(BulkKind.ATTEND, event.sessions[0]), by=by, now=LATER)
    attendance.undo([find("Anna").id], event.sessions[0], by=by, now=LATER)


def certify(event, by):
    attend(event, by)
    certificates.issue(find("Anna"), now=event.ends_at + timedelta(days=1))
    attendance.undo([find("Anna").id], event.sessions[0], by=by, now=LATER)


def need_support(event, by):
    factories.make_support_need(find("Anna"))


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (change_name, "changed since"),
        (cancel, "changed since"),
        (attend, "was recorded as there since"),
        (write_to, "has a certificate or something else of their own since"),
        (certify, "has a certificate or something else of their own since"),
        (need_support, "has a certificate or something else of their own since"),
    ],
)
def test_nothing_is_undone_when_something_has_happened_to_somebody_since(event, ada, act, reason):
    batch = bring(event, make_row(2, "Anna"), make_row(3, "Bruna", attended=("T2",)))
    act(event, ada)
    before = snapshot(event)

    assert why_not(batch, ada) == [("Anna Mas", reason)]
    assert snapshot(event) == before


def test_who_was_found_again_at_the_door_is_not_taken_away(event, ada):
    batch = bring(event, make_row(2, "Anna", attended=("T1",)))
    db.session.add(
        DoorAct(
            event_id=event.id,
            client_id="a",
            kind=DoorActKind.CHECK_IN,
            person=find("Anna").code,
            registration_id=find("Anna").id,
            session_id=event.sessions[0].id,
            source=AttendanceSource.CODE,
            device="Porta",
            happened_at=LATER,
            received_at=LATER,
            outcome=DoorOutcome.MERGED,
        )
    )
    db.session.flush()

    assert [name for name, _reason in why_not(batch, ada)] == ["Anna Mas"]


def test_who_is_known_by_now_to_have_left_is_not_taken_away(event, ada):
    batch = bring(event, make_row(2, "Anna", attended=("T1",)))
    attendance.state_stays(find("Anna"), event.sessions[0], ((None, LATER),), by=ada, now=LATER)

    assert why_not(batch, ada) == [("Anna Mas", "was recorded as there since")]


def test_who_was_there_before_may_have_done_something_else_since(event, ada):
    known = factories.make_registration(event, email="anna@example.org", organisation="Abans")
    batch = bring(event, make_row(2, "Anna", sessions=("T1",)))
    attendance.check_in(known, event.sessions[1], source=AttendanceSource.CODE, by=ada, now=LATER)

    import_batches.undo(batch, by=ada, now=LATER)

    db.session.expire_all()
    assert (known.organisation, known.sessions) == ("Abans", [])
    assert db.session.scalar(select(func.count()).select_from(Attendance)) == 1


def test_undoing_takes_no_more_statements_for_more_people(event, ada, count_queries):
    few = bring(event, *[make_row(n, f"A{n}", sessions=("T1",), attended=("T1",)) for n in range(3)])
    many = bring(event, *[make_row(n, f"B{n}", sessions=("T1",), attended=("T1",)) for n in range(200)])

    for_few = count_queries(lambda: import_batches.undo(few, by=ada, now=LATER))
    for_many = count_queries(lambda: import_batches.undo(many, by=ada, now=LATER))

    assert for_many == for_few


def take_in(event_id, file_id):
    """Import a file as the button does, with somebody whom no address keeps from coming twice."""
    with transaction():
        event, file = db.session.get(Event, event_id), db.session.get(AttendeeFile, file_id)
        if not attendee_files.claim(file):
            return False
        attendee_files.become(file, bring(event, make_row(email="", attended=("T1",))))
    return True


def take_back(event_id, batch_id, staff_id):
    with transaction():
        batch = import_batches.get(db.session.get(Event, event_id), batch_id)
        import_batches.undo(batch, by=db.session.get(StaffMember, staff_id), now=LATER)
    return True


def cancel_one(registration_id):
    with transaction():
        services.cancel(db.session.get(Registration, registration_id), now=LATER)
    return True


def make_committed(own_app):
    """An event, a file and somebody at work, for other threads to see."""
    with own_app.app_context(), transaction():
        event = factories.make_event()
        factories.make_session(event, "T1")
        file = attendee_files.keep(event, "llista.csv", b"nom", now=factories.NOW)
        return event.id, file.id, factories.make_staff().id


def test_the_button_pressed_by_many_at_once_imports_once(own_app, race):
    event_id, file_id, _staff_id = make_committed(own_app)

    results = race([partial(take_in, event_id, file_id)] * 6)

    assert sorted(results) == [False] * 5 + [True]
    with own_app.app_context():
        assert db.session.get(Event, event_id).places_taken == 1
        assert db.session.scalar(select(func.count()).select_from(Registration)) == 1


def test_an_import_undone_by_many_at_once_while_somebody_cancels_is_undone_once_or_not_at_all(own_app, race):
    event_id, file_id, staff_id = make_committed(own_app)
    race([partial(take_in, event_id, file_id)])
    with own_app.app_context():
        batch_id, registration_id = (db.session.scalars(select(each.id)).one() for each in (ImportBatch, Registration))

    acts = [partial(take_back, event_id, batch_id, staff_id)] * 4 + [partial(cancel_one, registration_id)]
    *undone, cancelled = race(acts)

    names = {type(each).__name__ for each in undone if each is not True}
    with own_app.app_context():
        left = db.session.scalar(select(func.count()).select_from(Registration))
        assert db.session.get(Event, event_id).places_taken == 0
        assert (undone.count(True), left) in {(1, 0), (0, 1)}
        assert names <= ({"UndoneAlready"} if left == 0 else {"ChangedSince"})
        assert cancelled is True or left == 0
