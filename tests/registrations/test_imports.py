"""Bringing people in from a file: all or nothing, twice the same, facts never refused."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.mail import OutgoingMail
from events.models import Dimension, Event
from registrations import attendees, imports, places, services
from registrations.attendees import Filter
from registrations.imports import RowsRefused
from registrations.models import AttendanceSource, ImportBatch, Registration, RegistrationSource, RegistrationState
from registrations.readers import AttendeeRow
from registrations.services import Answers
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=30)


@pytest.fixture(autouse=True)
def _in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def make_row(number=2, first_name="Anna", last_name="Mas", **values):
    defaults = {
        "email": f"{first_name}@example.org",
        "organisation": "CSS",
        "dimension": None,
        "sessions": (),
        "attended": (),
    }
    return AttendeeRow(number=number, first_name=first_name, last_name=last_name, **{**defaults, **values})


def carry_out(event, *rows, now=factories.NOW, **values):
    return imports.carry_out(event, rows, by=None, now=now, **values)


def summary(plan):
    return plan.added, plan.changed, plan.unchanged, plan.places, plan.attendances


def people(event):
    """Who is on the list: name, organisation, sessions, attended."""
    rows = attendees.read_attendees(event, Filter())
    return [(f"{row.first_name} {row.last_name}", row.organisation, row.sessions, row.attended) for row in rows]


def counters(event):
    return {
        row.slug if row is event else row.code: (row.places_taken, row.extra_places) for row in (event, *event.sessions)
    }


@pytest.fixture
def event(app):
    """One with two workshops at the same time and one after them."""
    event = factories.make_event()
    factories.make_session(event, "T1")
    factories.make_session(event, "T2")
    factories.make_session(event, "T3", starts_at=event.starts_at + timedelta(hours=2))
    return event


@pytest.mark.both_databases
def test_new_people_get_a_registration_places_and_attendance(event):
    rows = [
        make_row(2, sessions=("T1", "T3"), attended=("T1",), dimension=Dimension.CITIZENS),
        make_row(3, first_name="Pere", email="", sessions=("T2",)),
    ]

    plan = carry_out(event, *rows)

    assert summary(plan) == (2, 0, 0, 3, 1)
    assert people(event) == [("Anna Mas", "CSS", ("T1", "T3"), ("T1",)), ("Pere Mas", "CSS", ("T2",), ())]
    assert counters(event) == {"jornada": (2, 0), "T1": (1, 0), "T2": (1, 0), "T3": (1, 0)}
    anna = db.session.scalars(select(Registration).where(Registration.email_key == "anna@example.org")).one()
    assert (anna.state, anna.source, anna.dimension, anna.language, anna.created_at) == (
        RegistrationState.CONFIRMED,
        RegistrationSource.FILE,
        Dimension.CITIZENS,
        "ca",
        factories.NOW,
    )
    assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


@pytest.mark.both_databases
def test_the_same_file_twice_changes_nothing(event):
    rows = [
        make_row(2, sessions=("T1",), attended=("T1",)),
        make_row(3, email="", sessions=("T2",)),
        make_row(4, email="", sessions=("T3",)),
    ]
    carry_out(event, *rows)
    before = people(event), counters(event)

    plan = carry_out(event, *rows, now=AFTER)

    assert summary(plan) == (0, 0, 3, 0, 0)
    assert (people(event), counters(event)) == before


@pytest.mark.both_databases
def test_a_changed_row_adds_and_never_removes(event):
    carry_out(event, make_row(sessions=("T1",), attended=("T1",)))

    plan = carry_out(
        event,
        make_row(last_name="Mas i Puig", email="ANNA@example.org", organisation="", sessions=("T3",), attended=("T3",)),
    )

    assert summary(plan) == (0, 1, 0, 1, 1)
    assert people(event) == [("Anna Mas i Puig", "CSS", ("T1", "T3"), ("T1", "T3"))]
    assert counters(event) == {"jornada": (1, 0), "T1": (1, 0), "T2": (0, 0), "T3": (1, 0)}


@pytest.mark.both_databases
def test_a_changed_name_is_found_and_sorted_anew(event):
    carry_out(event, make_row(), make_row(3, first_name="Bob", last_name="Pla"))

    carry_out(event, make_row(last_name="Zamora", organisation="Àgora"))

    assert [row[0] for row in people(event)] == ["Bob Pla", "Anna Zamora"]
    found = db.session.scalars(attendees.select_registrations(event, Filter(search="zamora agora"))).all()
    assert [row.full_name for row in found] == ["Anna Zamora"]


def test_people_without_address_are_told_apart_by_order(event):
    carry_out(event, make_row(2, email=""))

    plan = carry_out(event, make_row(2, first_name="ANNA", email=""), make_row(3, email=""))

    assert summary(plan) == (1, 1, 0, 0, 0)
    assert [row[0] for row in people(event)] == ["ANNA Mas", "Anna Mas"]


def test_who_signed_up_on_the_page_is_the_same_person(event):
    factories.make_registration(event, email="anna@example.org", first_name="Anna", last_name="Mas", organisation="CSS")

    plan = carry_out(event, make_row(sessions=("T1",), attended=("T1",)))

    assert summary(plan) == (0, 1, 0, 1, 1)
    assert counters(event)["jornada"] == (1, 0)


def test_who_cancelled_stays_cancelled_but_came_if_they_came(event):
    cancelled = RegistrationState.CANCELLED
    factories.make_registration(
        event, email="anna@example.org", first_name="Anna", last_name="Mas", organisation="CSS", state=cancelled
    )

    plan = carry_out(event, make_row(sessions=("T3",), attended=("T1",)))

    assert plan.still_cancelled == 1
    assert people(event) == [("Anna Mas", "CSS", (), ("T1",))]
    assert counters(event) == {"jornada": (0, 0), "T1": (0, 0), "T2": (0, 0), "T3": (0, 0)}


def test_attendance_of_a_file_says_so(event, ada):
    imports.carry_out(event, [make_row(attended=("T1",))], by=ada, now=factories.NOW)

    (anna,) = attendees.read_attendees(event, Filter())
    assert [(mark.session, mark.source, mark.recorded_by, mark.recorded_at) for mark in anna.marks] == [
        ("T1", AttendanceSource.FILE, "Ada", factories.NOW)
    ]


@pytest.mark.both_databases
def test_into_what_is_to_come_only_where_there_is_a_place(event):
    event.sessions[0].capacity = 1
    event.capacity = 2
    rows = [make_row(number, first_name=f"A{number}", sessions=("T1",)) for number in (2, 3, 4)]

    with pytest.raises(RowsRefused) as refused:
        carry_out(event, *rows)

    assert refused.value.problems == [
        "Row 3: All places of “Taller T1” are taken. Choose another session or go on without it.",
        "Row 4: All places of this event are taken.",
        "Row 4: All places of “Taller T1” are taken. Choose another session or go on without it.",
    ]
    assert refused.value.only_for_places is True
    db.session.rollback()


@pytest.mark.both_databases
def test_places_on_purpose_are_counted_as_such(event):
    event.sessions[0].capacity = 1
    event.capacity = 2
    rows = [make_row(number, first_name=f"A{number}", sessions=("T1",)) for number in (2, 3, 4)]

    carry_out(event, *rows, over_capacity=True)

    assert counters(event) == {"jornada": (3, 1), "T1": (3, 2), "T2": (0, 0), "T3": (0, 0)}


@pytest.mark.both_databases
def test_facts_are_never_refused(event):
    event.sessions[0].capacity = 1
    event.capacity = 1
    attended = [make_row(number, first_name=f"A{number}", attended=("T1",)) for number in (2, 3)]
    over = [make_row(number, first_name=f"B{number}", sessions=("T1",)) for number in (2, 3)]

    carry_out(event, *attended)
    carry_out(event, *over, now=AFTER)

    assert counters(event) == {"jornada": (4, 3), "T1": (4, 3), "T2": (0, 0), "T3": (0, 0)}


def test_sessions_at_the_same_time_are_refused_unless_they_are_facts(event):
    with pytest.raises(RowsRefused) as refused:
        carry_out(event, make_row(sessions=("T1", "T2")))

    assert refused.value.problems == ["Row 2: “T1” and “T2” are at the same time"]
    assert refused.value.only_for_places is False
    assert summary(carry_out(event, make_row(sessions=("T1", "T2"), attended=("T1", "T2")))) == (1, 0, 0, 2, 2)
    assert summary(carry_out(event, make_row(first_name="B", sessions=("T1", "T2")), now=AFTER)) == (1, 0, 0, 2, 0)


def test_a_session_at_the_same_time_as_one_chosen_before_is_refused(event):
    carry_out(event, make_row(sessions=("T1",)))

    with pytest.raises(RowsRefused) as refused:
        carry_out(event, make_row(sessions=("T2",)))

    assert refused.value.problems == ["Row 2: “T1” and “T2” are at the same time"]


def test_every_bad_row_is_named_whatever_is_wrong_with_it(event):
    event.sessions[2].capacity = 0
    rows = [
        make_row(2, first_name="A", problems=("the first name is missing", "“x” is not an e-mail address")),
        make_row(3, first_name="B", sessions=("T1", "T2")),
        make_row(4, first_name="C", sessions=("T3",)),
        make_row(5, first_name="D"),
    ]

    with pytest.raises(RowsRefused) as refused:
        carry_out(event, *rows, now=factories.NOW)

    assert refused.value.problems == [
        "Row 2: the first name is missing",
        "Row 2: “x” is not an e-mail address",
        "Row 3: “T1” and “T2” are at the same time",
        "Row 4: All places of “Taller T3” are taken. Choose another session or go on without it.",
    ]
    assert refused.value.only_for_places is False


def test_a_plan_writes_nothing(event):
    plan = imports.make_plan(event, [make_row(sessions=("T1",))], over_capacity=False, now=factories.NOW)

    assert summary(plan) == (1, 0, 0, 1, 0)
    assert people(event) == []


def test_an_import_leaves_a_line_in_the_trail(event, ada):
    imports.carry_out(event, [make_row(sessions=("T1",))], by=ada, now=factories.NOW)

    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.subject_key, line.staff) == ("registration.import", "jornada", ada)
    assert line.details == {
        "added": 1,
        "changed": 0,
        "places": 1,
        "attendances": 0,
        "over_capacity": False,
        "batch": db.session.scalars(select(ImportBatch.id)).one(),
    }


def test_a_hundred_times_more_people_take_no_more_statements(event, count_queries):
    assert len(event.sessions) > 0
    few = [make_row(number, first_name=f"A{number}", sessions=("T1",), attended=("T1",)) for number in range(3)]
    many = [make_row(number, first_name=f"B{number}", sessions=("T1",), attended=("T1",)) for number in range(300)]

    assert count_queries(lambda: carry_out(event, *few)) == count_queries(lambda: carry_out(event, *many))


def test_imports_and_people_signing_up_at_once_never_share_a_place(own_app, race):
    with own_app.app_context(), transaction():
        event_id = factories.make_event(capacity=5, has_waiting_list=False, ends_at=AFTER + timedelta(days=900)).id

    def bring(number):
        with transaction():
            rows = [make_row(row, first_name=f"file{number}{row}") for row in (2, 3)]
            carry_out(db.session.get(Event, event_id), *rows)

    def sign_up(number):
        answers = Answers("Bob", "Pla", f"page{number}@example.org")
        with transaction():
            services.register(
                db.session.get(Event, event_id),
                answers,
                source=RegistrationSource.PERSON,
                language="ca",
                now=factories.NOW,
            )

    results = race([partial(act, number) for number in range(4) for act in (bring, sign_up)])

    assert {type(result) for result in results} <= {type(None), RowsRefused, places.EventFull}
    with own_app.app_context():
        event = db.session.get(Event, event_id)
        people = db.session.scalar(select(func.count()).select_from(Registration))
        assert (event.places_taken, event.extra_places) == (people, 0)
        assert people in {4, 5}  # a file of two does not fit into the last one


def test_one_file_imported_by_several_at_once_is_imported_once(own_app, race):
    with own_app.app_context(), transaction():
        event_id = factories.make_session(code="T1").event_id
    rows = [make_row(number, first_name=f"A{number}", sessions=("T1",), attended=("T1",)) for number in range(20)]
    rows += [make_row(number, first_name=f"B{number}", email="", sessions=("T1",)) for number in range(20, 30)]

    def bring():
        with transaction():
            return summary(carry_out(db.session.get(Event, event_id), *rows))

    results = race([bring] * 4)

    assert sorted(results) == [(0, 0, 30, 0, 0)] * 3 + [(30, 0, 0, 30, 20)]
    with own_app.app_context():
        assert counters(db.session.get(Event, event_id)) == {"jornada": (30, 0), "T1": (30, 0)}
