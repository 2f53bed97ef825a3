"""The figures that everybody may see do not point at few people."""

import pytest

from core.database import db
from events.models import Dimension, EventState
from figures import figures, public_figures, snapshots
from figures.small_cells import TOTAL
from tests import factories

INTERNAL, CITIZENS = Dimension.INTERNAL, Dimension.CITIZENS


@pytest.fixture
def process(app):
    return factories.make_process("impulsem")


def hold(process, slug, **people):
    """Hold an event with so many people in a session of each dimension."""
    event = factories.make_event(slug, process_id=process.id)
    for name, number in people.items():
        session = factories.make_session(event, name.upper(), dimension=Dimension(name))
        for person in range(number):
            registration = factories.make_registration(event, email=f"{name}{person}@{slug}.example.org")
            factories.make_attendance(registration, session)
    return event


def hidden_of(process):
    """What is hidden, by the event's slug (`total`: in all) and the part."""
    public = public_figures.for_process(process)
    events = {str(event_id): event_id for event_id in public.events}
    return {(row if row == TOTAL else events[row], part) for row, part in public.hidden}


def test_many_people_hide_nothing(process):
    hold(process, "una", internal=9, citizens=5)

    assert hidden_of(process) == set()


def test_a_dimension_of_few_takes_another_along(process):
    event = hold(process, "una", internal=9, citizens=3, other_agents=20)

    assert hidden_of(process) == {(row, part) for row in (event.id, TOTAL) for part in ("internal", "citizens")}


def test_an_event_of_few_does_not_come_out_of_the_process_and_the_other_event(process):
    few, many = hold(process, "poca", internal=3), hold(process, "molta", internal=30)

    assert hidden_of(process) == {(row, part) for row in (few.id, many.id) for part in ("internal", TOTAL)}


def test_who_was_listed_does_not_come_out_of_what_was_declared(process):
    """The page of the event tells the headcount: what is more than that are three people."""
    event = hold(process, "una", internal=3, citizens=30)
    factories.make_session(event, "D1", dimension=INTERNAL, declared_participants=40)

    assert (TOTAL, "internal") in hidden_of(process)
    assert (TOTAL, "citizens") in hidden_of(process)


def test_a_headcount_of_few_is_hidden_where_it_stands_alone(process):
    event = hold(process, "una", internal=30)
    session = factories.make_session(event, "D1", dimension=CITIZENS, declared_participants=3)
    assert (TOTAL, "citizens") in hidden_of(process)

    session.declared_participants = 5
    db.session.flush()

    assert hidden_of(process) == set()


def test_drafts_are_not_told_at_all(process):
    hold(process, "una", internal=9)
    hold(process, "esborrany", internal=2).state = EventState.DRAFT
    db.session.flush()

    assert hidden_of(process) == set()
    assert public_figures.for_process(process).process.total.participants == 9


@pytest.mark.both_databases
def test_the_events_of_a_process_are_counted_as_each_by_itself(process):
    """In few statements all the same, with somebody at both events and somebody without an address."""
    events = [hold(process, "una", internal=2, citizens=1), hold(process, "dues", internal=1)]
    for event in events:
        factories.make_attendance(factories.make_registration(event, email="x@example.org"), event.sessions[0])
        factories.make_attendance(factories.make_registration(event, email=""), event.sessions[0])
        factories.make_entry(event.sessions[0])

    in_all, by_event, _counts = figures.compute_events(figures.of_process(process))

    assert in_all == figures.for_process(process)
    assert by_event == {event.id: figures.for_event(event) for event in events}


def test_more_events_take_no_more_queries(process, count_queries):
    hold(process, "una", internal=1)
    hold(process, "dues", internal=1)
    few = count_queries(lambda: public_figures.for_process(process))
    hold(process, "tres", internal=1)
    hold(process, "quatre", internal=1)

    assert count_queries(lambda: public_figures.for_process(process)) == few


@pytest.mark.parametrize(("headcount", "is_told"), [(3, False), (12, True)])
def test_a_headcount_of_few_is_not_told_beside_the_people_on_lists_either(client, process, headcount, is_told):
    event = hold(process, "una", internal=9)
    factories.make_session(event, "D1", dimension=INTERNAL, declared_participants=headcount)

    assert hidden_of(process) == set()
    for owner in (process, freeze(process)):
        assert (f"{headcount} declarats" in client.get("/processos/impulsem").text) is is_told, owner


def freeze(process):
    """Show frozen figures instead."""
    snapshot = factories.make_snapshot(process)
    snapshots.show(snapshot, by=None, now=factories.NOW)
    return snapshot
