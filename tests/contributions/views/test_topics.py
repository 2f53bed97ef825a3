"""The pages of topics, without script."""

import io

import pytest

from contributions import topic_lists
from contributions.models import TopicColour
from contributions.topic_lists import TopicValues
from core.database import db
from tests import factories

AT_EVENT = "/gestio/jornades/jornada/eixos"
AT_PROCESS = "/gestio/processos/impulsem/eixos"
WHO = {"by": None, "now": factories.NOW}


@pytest.fixture
def event(app):
    return factories.make_event()


@pytest.fixture
def ada(app, client):
    member = factories.make_staff()
    client.log_in(member)
    return member


def topics_of(owner):
    db.session.expire_all()
    return [(each.name, each.names, each.colour) for each in topic_lists.list_topics(owner)]


def test_a_topic_is_added_changed_and_deleted(client, event, ada):
    values = {"name": "Habitatge", "es": "Vivienda", "colour": "rose"}
    client.post(AT_EVENT, data=values)
    (topic,) = topic_lists.list_topics(event)

    client.post(f"{AT_EVENT}/{topic.id}", data={**values, "name": "Casa", "colour": "navy"})
    changed = topics_of(event)
    answer = client.post(f"{AT_EVENT}/{topic.id}/supressio")

    assert changed == [("Casa", {"es": "Vivienda"}, TopicColour.NAVY)]
    assert (answer.status_code, topics_of(event)) == (303, [])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "Cal omplir aquest camp."),
        ({"name": "x" * 201}, "Un eix pot tenir fins a 200 caràcters."),
        ({"name": "ﬃ" * 100}, "Un eix pot tenir fins a 200 caràcters."),
        ({"name": "casa"}, "Ja hi ha un eix amb aquest nom."),
    ],
)
def test_a_name_that_is_none_is_refused_at_the_field(client, event, ada, values, message):
    topic_lists.add(event, TopicValues("Casa"), **WHO)

    page = client.post(AT_EVENT, data=values)

    assert (page.status_code, message in page.text, len(topics_of(event))) == (422, True, 1)


def test_names_are_shown_in_the_language_of_the_reader(client, event, ada):
    topic_lists.add(event, TopicValues("Habitatge", {"es": "<b>Vivienda"}), **WHO)

    page = client.get(f"{AT_EVENT}?lang=es")

    assert "<bdi>&lt;b&gt;Vivienda</bdi>" in page.text


def test_the_topics_of_an_event_in_a_process_are_those_of_the_process(client, ada):
    factories.make_event(process_id=factories.make_process().id)

    assert client.get(AT_EVENT).location == AT_PROCESS


def test_topics_are_moved_and_merged(client, ada):
    process = factories.make_process()
    first, second = (topic_lists.add(process, TopicValues(name), **WHO) for name in ("A", "B"))

    client.post(f"{AT_PROCESS}/{second.id}/amunt")
    moved = [name for name, _names, _colour in topics_of(process)]
    client.post(f"{AT_PROCESS}/{first.id}/fusio", data={"into": second.id})

    assert (moved, [name for name, *_others in topics_of(process)]) == (["B", "A"], ["B"])


@pytest.mark.parametrize("into", ["", "0", "x", "987654"])
def test_nothing_is_merged_with_what_is_not_in_the_list(client, event, ada, into):
    topic = topic_lists.add(event, TopicValues("A"), **WHO)

    assert client.post(f"{AT_EVENT}/{topic.id}/fusio", data={"into": into}).status_code == 422


def test_a_list_is_taken_in_from_lines_a_file_and_another_process(client, event, ada):
    topic_lists.add(factories.make_process(), TopicValues("Salut", {"es": "Salud"}, TopicColour.PLUM), **WHO)
    file = (io.BytesIO(b"nom;color\nTreball;oliva\n"), "eixos.csv")

    answer = client.post(f"{AT_EVENT}/importacio", data={"lines": "Casa", "file": file, "source": "proces:impulsem"})

    assert answer.status_code == 303
    assert topics_of(event) == [
        ("Casa", {}, TopicColour.TEAL),
        ("Treball", {}, TopicColour.OLIVE),
        ("Salut", {"es": "Salud"}, TopicColour.PLUM),
    ]


@pytest.mark.parametrize(
    "values", [{}, {"lines": "x" * 201}, {"file": (io.BytesIO(b"\x00\x01"), "x.xlsx")}, {"source": "proces:altre"}]
)
def test_a_list_that_is_none_adds_nothing(client, event, ada, values):
    factories.make_process("altre", team=factories.make_team("Altres"))

    answer = client.post(f"{AT_EVENT}/importacio", data=values)

    assert (answer.status_code, topics_of(event)) == (422, [])


def test_a_facilitator_reads_the_topics_and_leaves_them(client, event):
    client.log_in(factories.make_staff("cleo@example.org", role="facilitator"))

    assert client.get(AT_EVENT).status_code == 200
    assert client.post(AT_EVENT, data={"name": "Casa"}).status_code == 403


def test_the_list_asks_as_much_for_three_topics_as_for_one(client, event, ada, count_queries):
    client.get(AT_EVENT)
    asked = []
    for name in ("A", "B", "C"):
        topic_lists.add(event, TopicValues(name), **WHO)
        db.session.expire_all()
        asked.append(count_queries(lambda: client.get(AT_EVENT)))

    assert asked[2] == asked[0]
