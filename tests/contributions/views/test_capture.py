"""The pages on which a note-taker writes, without script."""

import re

import pytest

from events.models import SessionKind
from tests import factories
from tests.contributions.views.pages import entries

CAPTURE = "/gestio/jornades/jornada/aportacions/T1"
JSON = {"Accept": "application/json"}


def hidden_line_id(page):
    return re.search(r'name="line_id"[^>]*value="([^"]+)"', page.text)[1]


def test_a_line_is_recorded_and_the_next_can_be_written(client, session, facilitator):
    line = {"kind": "proposal", "topic": "Horaris", "text": "Obrir a la tarda"}

    answer = client.post(CAPTURE, data=line)
    page = client.get(answer.location)

    assert (answer.status_code, answer.location) == (303, f"{CAPTURE}?kind=proposal&topic=Horaris")
    assert [(entry.code, entry.text, entry.topic.name) for entry in entries()] == [
        ("T1-P-001", "Obrir a la tarda", "Horaris")
    ]
    assert re.search(r'<input[^>]*checked[^>]*value="proposal"', page.text)
    assert re.search(r'<input[^>]*name="topic"[^>]*value="Horaris"', page.text)
    assert re.search(r"<input autocomplete=\"off\" autofocus[^>]*name=\"text\"", page.text)


def test_the_capture_page_shows_session_dimension_and_counts(client, session, facilitator):
    factories.make_entry(session)
    factories.make_entry(session, deleted_at=factories.NOW)

    page = client.get(CAPTURE)

    assert "dimension--internal" in page.text
    assert re.findall(r'data-count="(\w+)">(\d+)<', page.text) == [("contribution", "1"), ("proposal", "0")]
    assert re.findall(r'data-entry="([^"]+)"', page.text) == ["T1-A-001"]


def test_a_double_click_records_one_line(client, session, facilitator):
    line = {"kind": "contribution", "text": "Una", "line_id": hidden_line_id(client.get(CAPTURE))}

    for _ in range(2):
        client.post(CAPTURE, data=line)

    assert [entry.text for entry in entries()] == ["Una"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"kind": "contribution", "text": "  "}, "Escriviu què s’ha dit."),
        ({"kind": "contribution"}, "Escriviu què s’ha dit."),
        ({"text": "Una"}, "Trieu si és una aportació o una proposta."),
        ({"kind": "contribution", "text": "x" * 10_001}, "Una aportació o proposta pot tenir fins a 10000 caràcters."),
        ({"kind": "contribution", "text": "Una", "topic": "x" * 201}, "Un eix pot tenir fins a 200 caràcters."),
        ({"kind": "contribution", "text": "Una", "topic": "ﬃ" * 100}, "Un eix pot tenir fins a 200 caràcters."),
    ],
)
def test_a_line_that_says_nothing_or_too_much_is_refused_at_the_field(client, session, facilitator, line, message):
    page = client.post(CAPTURE, data=line)

    assert (page.status_code, message in page.text) == (422, True)
    assert entries() == []


def test_a_kind_that_is_none_is_refused(client, session, facilitator):
    assert client.post(CAPTURE, data={"kind": "other", "text": "Una"}).status_code == 422


def test_a_refused_line_keeps_what_was_typed(client, session, facilitator):
    page = client.post(CAPTURE, data={"kind": "proposal", "text": "Una <b>", "topic": "x" * 201})

    assert 'value="Una &lt;b&gt;"' in page.text


def test_whoever_is_not_logged_in_records_nothing(client, session):
    answers = [
        client.post(CAPTURE, data={"kind": "contribution", "text": "Una"}),
        client.post(f"{CAPTURE}/actes", headers=JSON),
        client.get(f"{CAPTURE}/canvis", headers=JSON),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert entries() == []


def test_nothing_is_recorded_in_a_break(client, facilitator):
    factories.make_session(kind=SessionKind.BREAK)

    answers = [client.get(CAPTURE), client.post(CAPTURE, data={"kind": "contribution", "text": "Una"})]

    assert [answer.status_code for answer in answers] == [409, 422]
    assert entries() == []


def test_an_entry_is_corrected_on_its_page(client, session, facilitator):
    factories.make_entry(session, text="Una csa", topic_name="Eix")

    page = client.get(f"{CAPTURE}/A-001")
    answer = client.post(f"{CAPTURE}/A-001", data={"kind": "contribution", "text": "Una cosa\r\nllarga", "topic": ""})

    assert "Una csa</textarea>" in page.text
    assert (answer.status_code, answer.location) == (303, CAPTURE)
    assert [(entry.text, entry.topic) for entry in entries()] == [("Una cosa\nllarga", None)]


def test_deleting_offers_to_undo_it(client, session, facilitator):
    factories.make_entry(session)

    answer = client.post(f"{CAPTURE}/A-001/supressio")
    page = client.get(answer.location)
    was_deleted = entries()[0].is_deleted
    client.post(re.search(r'action="([^"]+/recuperacio)"', page.text)[1])

    assert (was_deleted, entries()[0].is_deleted) == (True, False)


@pytest.mark.parametrize("path", ["A-999", "X-001", "A-001/res"])
def test_an_entry_that_is_not_there_is_not_found(client, session, facilitator, path):
    factories.make_entry(session)

    assert client.get(f"{CAPTURE}/{path}").status_code == 404
