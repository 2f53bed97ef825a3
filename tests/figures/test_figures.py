"""Figures by their definitions, each case a row."""

from dataclasses import astuple

import pytest

from core.database import db
from events.models import Dimension, EventState, SessionKind
from figures import figures
from figures.figures import Declared, DeclaredFigures, Figures
from tests import factories

INTERNAL, OTHER_AGENTS, CITIZENS = Dimension.INTERNAL, Dimension.OTHER_AGENTS, Dimension.CITIZENS

pytestmark = pytest.mark.both_databases


def make_person(event, number, *sessions, **values):
    """Somebody with attendance in the sessions; the same number is the same address."""
    person = factories.make_registration(event, email=f"p{number}@example.org", **values)
    for session in sessions:
        factories.make_attendance(person, session)
    return person


def figures_of(
    sessions, participants, attendances, *, contributions=0, proposals=0, sessions_without_count=0, people=(0, 0)
):
    """Figures of which only people were declared (how many, in how many sessions).

    Without any entry nobody wrote down anything in any session.
    """
    silent = Declared(unknown_sessions=0 if contributions or proposals else sessions)
    declared = DeclaredFigures(Declared(*people, sessions_without_count), silent, silent)
    return Figures(sessions, participants, attendances, contributions, proposals, sessions_without_count, declared)


def test_an_event_without_sessions_has_no_dimensions(app):
    table = figures.for_event(factories.make_event())

    assert table.dimensions == {}
    assert table.total == figures_of(0, 0, 0)


def test_dimensions_come_in_their_order_and_only_those_with_sessions(app):
    event = factories.make_event()
    factories.make_session(event, "S1")
    factories.make_session(event, "S2", dimension=CITIZENS)
    factories.make_session(event, "S3", dimension=INTERNAL)

    table = figures.for_event(event)

    assert list(table.dimensions) == [INTERNAL, CITIZENS, None]


def test_who_was_at_two_sessions_of_a_dimension_counts_once(app):
    event = factories.make_event()
    one = factories.make_session(event, "S1", dimension=INTERNAL)
    two = factories.make_session(event, "S2", dimension=INTERNAL)
    make_person(event, 1, one, two)
    make_person(event, 2, two)

    table = figures.for_event(event)

    assert table.dimensions == {INTERNAL: figures_of(2, 2, 3)}
    assert table.total == figures_of(2, 2, 3)


def test_who_was_at_two_dimensions_counts_in_both_and_once_in_all(app):
    event = factories.make_event()
    one = factories.make_session(event, "S1", dimension=INTERNAL)
    two = factories.make_session(event, "S2", dimension=OTHER_AGENTS)
    three = factories.make_session(event, "S3")
    make_person(event, 1, one, two, three)
    make_person(event, 2, two)

    table = figures.for_event(event)

    assert table.dimensions == {
        INTERNAL: figures_of(1, 1, 1),
        OTHER_AGENTS: figures_of(1, 2, 2),
        None: figures_of(1, 1, 1),
    }
    assert table.total == figures_of(3, 2, 4)


def test_who_was_at_two_events_of_a_process_counts_once(app):
    process = factories.make_process()
    for slug in ("jornada-1", "jornada-2"):
        event = factories.make_event(slug, process_id=process.id)
        make_person(event, 1, factories.make_session(event, dimension=INTERNAL))

    table = figures.for_process(process)

    assert table.total == figures_of(2, 1, 2)


def test_who_gave_no_address_is_their_registration(app):
    process = factories.make_process()
    for slug in ("jornada-1", "jornada-2"):
        event = factories.make_event(slug, process_id=process.id)
        session = factories.make_session(event, dimension=CITIZENS)
        for _ in range(2):
            factories.make_attendance(factories.make_registration(event, email=""), session)

    table = figures.for_process(process)

    assert table.total == figures_of(2, 4, 4)


def test_signing_up_is_not_taking_part(app):
    event = factories.make_event()
    session = factories.make_session(event, dimension=INTERNAL)
    factories.make_registration(event, session)

    table = figures.for_event(event)

    assert table.total == figures_of(1, 0, 0, sessions_without_count=1)


def test_whoever_was_there_took_part_even_with_a_cancelled_registration(app):
    event = factories.make_event()
    session = factories.make_session(event)
    make_person(event, 1, session, state="cancelled")

    assert figures.for_event(event).total == figures_of(1, 1, 1)


def test_a_declared_headcount_counts_where_no_list_was_kept(app):
    event = factories.make_event()
    factories.make_session(event, "S1", dimension=CITIZENS, declared_participants=20)
    listed = factories.make_session(event, "S2", dimension=CITIZENS, declared_participants=30)
    make_person(event, 1, listed)

    table = figures.for_event(event)

    assert table.total == figures_of(2, 21, 21, people=(20, 1))


def test_unknown_is_not_zero(app):
    event = factories.make_event()
    factories.make_session(event, "S1", dimension=CITIZENS)
    factories.make_session(event, "S2", dimension=INTERNAL, declared_participants=0)

    table = figures.for_event(event)

    assert table.dimensions == {
        INTERNAL: figures_of(1, 0, 0, people=(0, 1)),
        CITIZENS: figures_of(1, 0, 0, sessions_without_count=1),
    }
    assert [each.has_participants for each in table.dimensions.values()] == [True, False]
    assert table.total == figures_of(2, 0, 0, sessions_without_count=1, people=(0, 1))


def test_entries_count_by_kind_and_not_when_deleted(app, ada):
    event = factories.make_event()
    session = factories.make_session(event, dimension=INTERNAL, declared_participants=5)
    for kind in ("contribution", "contribution", "proposal"):
        factories.make_entry(session, kind)
    for kind in ("contribution", "proposal"):
        factories.make_entry(session, kind, deleted_at=factories.NOW)

    assert figures.for_event(event).total == figures_of(1, 5, 5, contributions=2, proposals=1, people=(5, 1))


def declared_of(event):
    """Contributions and proposals: written down; declared, in how many sessions; unknown in how many."""
    total = figures.for_event(event).total
    return [
        (total.contributions, *astuple(total.declared.contributions)),
        (total.proposals, *astuple(total.declared.proposals)),
    ]


def test_declared_entries_stand_apart_from_those_written_down(app):
    event = factories.make_event()
    factories.make_session(event, "S1", declared_contributions=99, declared_proposals=13)
    factories.make_session(event, "S2", declared_contributions=1, declared_proposals=0)
    factories.make_entry(factories.make_session(event, "S3"))

    assert declared_of(event) == [(1, 100, 2, 0), (0, 13, 2, 0)]


def test_a_declared_count_gives_way_to_entries_of_its_kind_alone(app):
    event = factories.make_event()
    session = factories.make_session(event, declared_contributions=99, declared_proposals=13)
    factories.make_entry(session, "contribution")

    assert declared_of(event) == [(1, 0, 0, 0), (0, 13, 1, 0)]


def test_a_deleted_entry_does_not_stand_in_the_way_of_what_was_declared(app):
    event = factories.make_event()
    session = factories.make_session(event, declared_contributions=99)
    factories.make_entry(session, "contribution", deleted_at=factories.NOW)

    assert declared_of(event) == [(0, 99, 1, 0), (0, 0, 0, 1)]


def test_what_nobody_wrote_down_or_declared_is_unknown_and_not_zero(app):
    event = factories.make_event()
    factories.make_session(event, "S1", declared_contributions=0)
    factories.make_entry(factories.make_session(event, "S2"), "contribution")
    factories.make_session(event, "S3")

    assert declared_of(event) == [(1, 0, 1, 1), (0, 0, 0, 2)]
    total = figures.for_event(event).total
    assert (total.has_contributions, total.has_proposals, total.is_empty) == (True, True, False)


def test_figures_that_were_only_declared_are_known_but_not_written_down(app):
    event = factories.make_event()
    factories.make_session(event, "S1", declared_contributions=9)

    total = figures.for_event(event).total

    assert (total.has_participants, total.has_contributions, total.is_empty) == (False, False, False)


def test_declared_figures_alone_make_a_draft_count_in_its_process(app):
    process = factories.make_process()
    event = factories.make_event(process_id=process.id, state=EventState.DRAFT)
    factories.make_session(event, kind=SessionKind.PLENARY, declared_proposals=0)

    assert figures.for_process(process).total.sessions == 1


@pytest.mark.parametrize(
    ("values", "recorded", "count"),
    [
        ({"kind": SessionKind.WORKING}, False, 1),
        ({"kind": SessionKind.PLENARY}, False, 0),
        ({"kind": SessionKind.VISIT}, False, 0),
        ({"kind": SessionKind.PLENARY, "dimension": INTERNAL}, False, 1),
        ({"kind": SessionKind.PLENARY}, True, 1),
        ({"kind": SessionKind.VISIT, "declared_participants": 0}, False, 1),
        ({"kind": SessionKind.BREAK, "dimension": INTERNAL, "declared_participants": 9}, False, 0),
    ],
)
def test_which_sessions_count(app, values, recorded, count):
    event = factories.make_event()
    session = factories.make_session(event, **values)
    if recorded:
        factories.make_entry(session)

    assert figures.for_event(event).total.sessions == count


def test_cancelled_session_does_not_count(app):
    event = factories.make_event()
    factories.make_session(event, "S1")
    factories.make_session(event, "S2", cancelled_at=factories.NOW)

    assert figures.for_event(event).total.sessions == 1


def test_attendance_at_a_break_is_nobodys_part(app):
    event = factories.make_event()
    make_person(event, 1, factories.make_session(event, kind=SessionKind.BREAK))

    assert figures.for_event(event).total == figures_of(0, 0, 0)


def test_what_was_only_deleted_does_not_make_a_plenary_count(app):
    event = factories.make_event()
    session = factories.make_session(event, kind=SessionKind.PLENARY)
    factories.make_entry(session, deleted_at=factories.NOW)

    assert figures.for_event(event).total.sessions == 0


@pytest.mark.parametrize(
    ("state", "is_public", "recorded", "sessions"),
    [
        (EventState.PUBLISHED, True, False, 2),
        (EventState.CLOSED, True, False, 2),
        (EventState.DRAFT, False, False, 0),
        (EventState.DRAFT, False, True, 2),
        (EventState.DRAFT, True, True, 0),
        (EventState.CANCELLED, False, False, 0),
        (EventState.CANCELLED, False, True, 1),
        (EventState.CANCELLED, True, True, 1),
    ],
)
def test_which_events_of_a_process_count(app, state, is_public, recorded, sessions):
    process = factories.make_process()
    event = factories.make_event(process_id=process.id, state=state)
    one = factories.make_session(event, "S1")
    factories.make_session(event, "S2")
    if recorded:
        make_person(event, 1, one)

    table = figures.for_process(process, is_public=is_public)

    assert table.total.sessions == sessions
    assert table.total.participants == (1 if sessions and recorded else 0)


@pytest.mark.parametrize("state", list(EventState))
def test_an_event_asked_for_by_itself_counts_in_every_state(app, state):
    event = factories.make_event(state=state)
    factories.make_session(event)

    assert figures.for_event(event).total.sessions == 1


def test_other_events_are_left_out(app):
    process = factories.make_process()
    event = factories.make_event("jornada-1", process_id=process.id)
    other = factories.make_event("jornada-2")
    for each in (event, other):
        session = factories.make_session(each)
        factories.make_entry(session)
        make_person(each, 1, session)

    assert figures.for_process(process).total == figures_of(1, 1, 1, contributions=1)
    assert figures.for_event(event).total == figures_of(1, 1, 1, contributions=1)


def test_the_number_of_queries_does_not_grow(app, count_queries):
    event = factories.make_event()
    make_person(event, 1, factories.make_session(event, "S1", dimension=INTERNAL))
    one = count_queries(lambda: figures.for_event(event))
    for number in range(2, 5):
        session = factories.make_session(event, f"S{number}", dimension=CITIZENS)
        make_person(event, number, session)
        factories.make_entry(session)
    db.session.expire_all()
    db.session.refresh(event)

    many = count_queries(lambda: figures.for_event(event))

    assert one == many
