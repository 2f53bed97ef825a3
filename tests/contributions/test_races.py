"""What several note-takers do at once, with real threads, on a file SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import select

from contributions import changes, notebooks, services, topics
from contributions.imports import import_entries
from contributions.models import Entry, EntryKind, Topic
from contributions.notebooks import Notetaker
from contributions.reports import read_batch
from core.database import db, transaction
from events import services as events
from events.models import Session
from tests import factories
from tests.contributions.samples import batch, write
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


def send_batches(device):
    """Send fifty lines in two batches, each batch twice as if the answer had been lost, and give their keys."""
    lines = [write(f"{device}, {number}", topic=f"Eix {number % 3}") for number in range(50)]
    for start in (0, 25):
        reports = read_batch(batch(*lines[start : start + 25]).encode(), now=NOW).reports
        for _again in range(2):
            with transaction():
                session = db.session.scalars(select(Session).order_by(Session.code)).first()
                notebooks.accept(session, reports, by=Notetaker(f"{device}"), now=NOW)
    return [line["key"] for line in lines]


def test_six_devices_that_send_everything_twice_lose_and_double_nothing(own_app, committed, race):
    keys = race([lambda device=device: send_batches(device) for device in range(6)])

    with own_app.app_context():
        rows = db.session.scalars(select(Entry).order_by(Entry.number)).all()
        topics = db.session.scalars(select(Topic.name).order_by(Topic.name)).all()
    assert [entry.number for entry in rows] == list(range(1, 301))
    assert topics == ["Eix 0", "Eix 1", "Eix 2"]
    for device in keys:
        assert [entry.key for entry in rows if entry.key in device] == device


def test_one_batch_sent_by_many_at_once_is_accepted_once(own_app, committed, race):
    reports = read_batch(batch(*[write(f"{number}") for number in range(20)]).encode(), now=NOW).reports

    def send():
        with transaction():
            session = db.session.scalars(select(Session).order_by(Session.code)).first()
            return set(notebooks.accept(session, reports, by=Notetaker("Mòbil"), now=NOW).values())

    results = race([send for _ in range(PEOPLE)])

    assert sorted(results, key=str) == [{"accepted"}] + [{"known"}] * (PEOPLE - 1)
    with own_app.app_context():
        assert sorted(db.session.scalars(select(Entry.number))) == list(range(1, 21))


def test_who_asks_while_others_write_misses_nothing(own_app, committed, race):
    """A device that keeps asking for what is new has at the end all that there is."""

    def listen():
        seen, since = set(), 0
        for _question in range(5_000):
            if len(seen) == 100:
                break
            session = db.session.scalars(select(Session).order_by(Session.code)).first()
            told = changes.read_changes(session, since, base="", language="ca")
            seen |= {entry["key"] for entry in told["entries"]}
            since = told["revision"]
            db.session.rollback()
        return seen

    results = race([listen, lambda: send_batches(1), lambda: send_batches(2)])

    assert results[0] == {*results[1], *results[2]}


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
