"""The team sorts while others write: with real threads, on a file SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import select

from accounts.models import StaffMember
from contributions import services, splits, topic_lists
from contributions.models import Entry, EntryKind
from contributions.topic_lists import TopicValues
from core.database import db, transaction
from events import services as events
from tests import factories
from tests.factories import NOW


@pytest.fixture
def committed(own_app):
    """An event with two sessions and two topics, an entry about one of them, and somebody to sort."""
    with own_app.app_context():
        event = factories.make_event()
        factories.make_entry(factories.make_session(event), topic_name="Casa")
        factories.make_session(event, "T2")
        topic_lists.add(event, TopicValues("Habitatge"), by=None, now=NOW)
        factories.make_staff()
        db.session.commit()


def write_about_a_house(person):
    for line in range(5):
        with transaction():
            session = events.get_event("jornada").sessions[1]
            services.record(session, EntryKind.CONTRIBUTION, f"{person}, {line}", topic_name="Casa", now=NOW)


def merge_the_house():
    with transaction():
        event = events.get_event("jornada")
        house, home = topic_lists.list_topics(event)
        topic_lists.merge(house, home, event, by=None, now=NOW)


def test_a_topic_that_goes_while_people_write_about_it_takes_nothing_along(own_app, committed, race):
    results = race([merge_the_house, *(lambda person=person: write_about_a_house(person) for person in range(5))])

    with own_app.app_context():
        assert results == [None] * 6
        assert [entry.topic.name for entry in db.session.scalars(select(Entry))] == ["Habitatge"] * 26


def split_it():
    with transaction():
        entry = db.session.scalars(select(Entry)).first()
        ada = db.session.scalars(select(StaffMember)).one()
        return len(splits.split(entry, "Una\n\nDues", by=ada, now=NOW))


def test_an_entry_is_split_once_however_often_it_is_asked_for(own_app, committed, race):
    results = race([split_it] * 4)

    assert sorted(type(result).__name__ for result in results) == ["CountsNoMore"] * 3 + ["int"]
    with own_app.app_context():
        assert len(db.session.scalars(select(Entry)).all()) == 3
