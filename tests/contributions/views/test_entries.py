"""The lists of contributions and proposals of an event and of a process."""

import re

import pytest

from events.models import Dimension
from tests import factories
from tests.contributions.views.pages import entries


@pytest.fixture
def listed(app):
    """Two sessions with a contribution and a proposal each, one deleted contribution."""
    event = factories.make_event(process_id=factories.make_process().id)
    first = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    second = factories.make_session(event, "T2")
    factories.make_entry(first, text="Massa burocràcia", topic_name="Tràmits")
    factories.make_entry(first, "proposal", "Cita prèvia", topic_name="Tràmits")
    factories.make_entry(second, text="Poc transport")
    factories.make_entry(second, "proposal", "Més 100% d’autobusos")
    factories.make_entry(second, text="Suprimida", deleted_at=factories.NOW)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("session=T2", ["T2-A-001", "T2-P-001"]),
        ("kind=proposal", ["T1-P-001", "T2-P-001"]),
        ("kind=nothing", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("dimension=internal", ["T1-A-001", "T1-P-001"]),
        ("dimension=none&kind=contribution", ["T2-A-001"]),
        ("q=BUROCRACIA+massa", ["T1-A-001"]),
        ("q=100%25", ["T2-P-001"]),
        ("q=_%25_", []),
        ("deleted=1", ["T2-A-002"]),
        ("session=T9", []),
        ("topic=999999999999999999999", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("page=x", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("page=999999999999999999999", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
    ],
)
@pytest.mark.usefixtures("facilitator", "listed")
def test_the_list_shows_what_the_filters_leave(client, query, codes):
    pages = [client.get(f"/gestio/{path}/aportacions?{query}") for path in ("jornades/jornada", "processos/impulsem")]

    assert [re.findall(r'data-entry="([^"]+)"', page.text) for page in pages] == [codes, codes]


def test_the_list_filters_by_topic(client, facilitator, listed):
    topic = entries()[0].topic_id

    page = client.get(f"/gestio/jornades/jornada/aportacions?topic={topic}")

    assert re.findall(r'data-entry="([^"]+)"', page.text) == ["T1-A-001", "T1-P-001"]


def test_a_long_list_has_pages(client, session, facilitator):
    for number in range(51):
        factories.make_entry(session, text=f"Línia {number}")

    pages = [client.get(f"/gestio/jornades/jornada/aportacions?page={number}") for number in (1, 2)]

    assert [len(re.findall("data-entry=", page.text)) for page in pages] == [50, 1]


def test_the_list_makes_the_same_queries_for_one_row_and_for_three(client, session, facilitator, count_queries):
    factories.make_entry(session, topic_name="Eix")
    one = count_queries(lambda: client.get("/gestio/jornades/jornada/aportacions"))
    other = factories.make_session(session.event, "T2")
    for number in range(2):
        factories.make_entry(other, topic_name=f"Eix {number}")

    three = count_queries(lambda: client.get("/gestio/jornades/jornada/aportacions"))

    assert three == one
