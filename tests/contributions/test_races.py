"""What several note-takers do at once, with real threads, on a file SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import select

from contributions import services, topics
from contributions.imports import import_entries
from contributions.models import Entry, EntryKind, Topic
from core.database import db, transaction
from events import services as events
from events.models import Session
from tests import factories
from tests.factories import NOW

PEOPLE = 8


@pytest.fixture
def committed(own_app):
    """An event with two sessions that every thread can see."""
    with own_app.app_context():
        event = factories.make_event()
        factories.make_session(event, "S1")
        factories.make_session(event, "S2")
        db.session.commit()


def write_lines(person):
    """Record five lines, each in a transaction of its own, and give the numbers they got."""
    numbers = []
    for line in range(5):
        with transaction():
            session = db.session.scalars(select(Session).order_by(Session.code)).first()
            entry = services.record(
                session,
                EntryKind.CONTRIBUTION,
                f"{person}, {line}",
                topic_name="Eix",
                line_id=f"{person}-{line}",
                now=NOW,
            )
            numbers.append(entry.number)
    return numbers


def test_no_two_note_takers_share_a_number(own_app, committed, race):
    results = race([lambda person=person: write_lines(person) for person in range(PEOPLE)])

    assert sorted(number for numbers in results for number in numbers) == list(range(1, PEOPLE * 5 + 1))


def test_one_line_sent_by_many_hands_is_recorded_once(own_app, committed, race):
    results = race([lambda: write_lines("the same") for _ in range(PEOPLE)])

    assert results == [[1, 2, 3, 4, 5]] * PEOPLE


def test_a_topic_made_by_many_at_once_is_one(own_app, committed, race):
    def make():
        with transaction():
            return topics.get_or_create(events.get_event("jornada"), "Eix").id

    results = race([make for _ in range(PEOPLE)])

    assert len(set(results)) == 1
    with own_app.app_context():
        assert len(db.session.scalars(select(Topic)).all()) == 1


def test_a_file_imported_twice_at_once_comes_in_once(own_app, committed, race):
    # No topics: making them would already put one import behind the other.
    file = "session,text\n" + "".join(f"S{1 + row % 2},Línia {row}\n" for row in range(100))

    def load():
        with transaction():
            event = events.get_event("jornada")
            return import_entries(event, file.encode(), "f.csv", kind=EntryKind.PROPOSAL, by=None, now=NOW).added

    results = race([load for _ in range(4)])

    assert sorted(results) == [0, 0, 0, 100]
    with own_app.app_context():
        numbers = db.session.scalars(select(Entry.number).order_by(Entry.session_id, Entry.number)).all()
    assert numbers == [*range(1, 51), *range(1, 51)]
