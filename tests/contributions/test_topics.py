"""Topics are shared by the events of a process."""

import pytest
from sqlalchemy import true

from contributions import topics
from tests import factories

pytestmark = pytest.mark.both_databases


def test_two_spellings_are_one_topic(app):
    event = factories.make_event(process_id=factories.make_process().id)

    first = topics.get_or_create(event, "Model d’atenció")
    second = topics.get_or_create(event, "  model d'ATENCIO ")

    assert second is first
    assert first.name == "Model d’atenció"


def test_events_of_a_process_share_their_topics(app):
    process = factories.make_process()
    one = factories.make_event("jornada-1", process_id=process.id)
    two = factories.make_event("jornada-2", process_id=process.id)

    assert topics.get_or_create(one, "Eix") is topics.get_or_create(two, "Eix")
    assert [topic.name for topic in topics.list_for_process(process, of_events=true())] == ["Eix"]


def test_an_event_on_its_own_keeps_its_topics_to_itself(app):
    one, two = factories.make_event("jornada-1"), factories.make_event("jornada-2")

    first, second = topics.get_or_create(one, "Eix"), topics.get_or_create(two, "Eix")

    assert first is not second
    assert topics.list_for_event(one) == [first]


def test_an_event_that_joins_a_process_keeps_its_topics(app):
    event = factories.make_event()
    topic = topics.get_or_create(event, "Eix")
    event.process_id = factories.make_process().id

    assert topics.get_or_create(event, "eix") is topic


@pytest.mark.parametrize("name", ["", "  ", "\x00"])
def test_no_name_is_no_topic(app, name):
    assert topics.get_or_create(factories.make_event(), name) is None


def test_a_name_of_signs_alone_is_a_topic(app):
    topic = topics.get_or_create(factories.make_event(), "—")

    assert (topic.name, topic.name_key) == ("—", "—")


@pytest.mark.parametrize("name", ["x" * 201, "ﬃ" * 100])
def test_a_topic_that_no_list_takes_is_refused(app, name):
    with pytest.raises(topics.TopicNameTooLong):
        topics.get_or_create(factories.make_event(), name)


def test_topics_are_listed_by_name(app):
    event = factories.make_event()
    for name in ("Zona", "Àmbit", "Ca la dona", "Ço"):
        topics.get_or_create(event, name)

    assert [topic.name for topic in topics.list_for_event(event)] == ["Àmbit", "Ca la dona", "Ço", "Zona"]


def test_many_names_are_asked_for_at_once(app, count_queries):
    event = factories.make_event()
    names = {f"eix {number}": f"Eix {number}" for number in range(30)}
    made = topics.get_or_create_all(event, names)

    assert count_queries(lambda: topics.get_or_create_all(event, names)) == 1
    assert topics.get_or_create_all(event, names) == made


def test_a_list_takes_no_more_topics_than_anybody_can_choose_from(app, monkeypatch):
    monkeypatch.setattr(topics, "MOST", 2)
    event = factories.make_event()
    topics.get_or_create_all(event, {"un": "Un", "dos": "Dos"})

    with pytest.raises(topics.TooManyTopics):
        topics.get_or_create(event, "Tres")

    assert topics.get_or_create(event, "DOS").name == "Dos"
