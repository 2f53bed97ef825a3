"""What a copy of an event has to sort by: the topics and themes of the original, and none of its entries."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from contributions import themes, topic_lists, topics
from contributions.models import Entry
from contributions.topic_lists import TopicValues
from core.database import db
from events.event_copies import Plan, copy_event
from tests import factories
from tests.factories import NOW, make_entry, make_event, make_process, make_session, make_theme

pytestmark = pytest.mark.both_databases

WHO = {"by": None, "now": NOW}


def copy(event, process=None):
    plan = Plan("La còpia", "copia", event.starts_at + timedelta(weeks=1), event.team, process)
    return copy_event(event, plan, **WHO)


def listed_themes(event):
    return [(theme.name, theme.topic and theme.topic.name) for theme in themes.list_themes(event)]


def test_topics_and_themes_come_along_and_no_entry(app):
    event = make_event()
    entry = make_entry(make_session(event), topic_name="Habitatge")
    entry.topic.taxonomy_ids = [12]
    entry.theme = make_theme(event, "Lloguer", topic=entry.topic)
    make_theme(event, "Urgent")

    made, said = copy(event)

    (topic,) = topic_lists.list_topics(made)
    assert (topic.name, topic.colour, topic.taxonomy_ids) == ("Habitatge", entry.topic.colour, [12])
    assert topic is not entry.topic
    assert listed_themes(made) == [("Lloguer", "Habitatge"), ("Urgent", None)]
    assert themes.list_themes(made)[0].topic is topic
    assert [each.sentence for each in said][-2:] == ["1 eix", "2 temes"]
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 1


def test_themes_of_a_process_stay_within_the_topics_that_both_share(app):
    process = make_process()
    event = make_event(process=process)
    topic = topic_lists.add(process, TopicValues("Habitatge"), **WHO)
    make_theme(event, "Lloguer", topic=topic)

    made, said = copy(event, process)

    assert topic_lists.list_topics(process) == [topic]
    assert [theme.topic for theme in themes.list_themes(made)] == [topic]
    assert [each.sentence for each in said][-1:] == ["1 tema"]


def test_a_copy_outside_the_process_gets_its_topics_as_its_own(app):
    process = make_process()
    event = make_event(process=process)
    topic = topic_lists.add(process, TopicValues("Habitatge", {"es": "Vivienda"}), **WHO)
    make_theme(event, "Lloguer", topic=topic)

    made, _said = copy(event)

    assert [(each.name, each.names, each.event_id) for each in topic_lists.list_topics(made)] == [
        ("Habitatge", {"es": "Vivienda"}, made.id)
    ]
    assert listed_themes(made) == [("Lloguer", "Habitatge")]


def test_a_copy_knows_a_topic_by_what_it_is_called_in_another_language(app):
    process = make_process()
    event = make_event(process=process)
    topic_lists.add(process, TopicValues("Habitatge", {"es": "Vivienda"}), **WHO)
    own = factories.make_topic(event=event, name="La casa", names={"es": "Vivienda"})
    make_theme(event, "Lloguer", topic=own)

    made, _said = copy(event)

    (theme,) = themes.list_themes(made)
    assert theme.topic in topics.list_for_event(made)
    assert [topic.names["es"] for topic in topics.list_for_event(made)] == ["Vivienda"]
