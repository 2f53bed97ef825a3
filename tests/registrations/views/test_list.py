"""The attendee list: filters that combine, columns to choose, saved views."""

import re

import pytest
from sqlalchemy import select

from core.database import db
from messages.models import Message
from registrations.models import FirstView, SavedView
from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST, count, flashed, names


def chips(response):
    """What the list is narrowed down by, and where each leads when it is taken away."""
    found = re.findall(r'<li><a href="([^"]*)" aria-label="[^"]*"><bdi>(.*?)</bdi>', response.text)
    return {words: address.replace("&amp;", "&") for address, words in found}


def heads(response):
    row = re.search(r"<thead.*?</thead>", response.text, re.DOTALL)[0]
    return [re.sub(r"<[^>]*>|[↑↓]", "", each).strip() for each in re.findall(r"<th[^>]*>(.*?)</th>", row, re.DOTALL)]


@pytest.fixture
def people(event):
    one, two = event.sessions
    factories.make_registration(event, one, first_name="Ada", email="a@example.org", language="es", source="file")
    factories.make_registration(event, one, two, first_name="Bob", email="b@example.org", dimension="citizens")
    factories.make_registration(event, first_name="Cleo", email="c@example.org", organisation="Àgora")


def test_every_filter_is_a_chip_that_can_be_taken_away(desk, people):
    response = desk.get(f"{LIST}?q=pla&session=T1&state=confirmed&language=es&source=file&page=2")

    assert names(response) == ["Pla, Ada"]
    assert chips(response) == {
        "«pla»": f"{LIST}?session=T1&state=confirmed&language=es&source=file",
        "confirmada": f"{LIST}?q=pla&session=T1&language=es&source=file",
        "Taller 1": f"{LIST}?q=pla&state=confirmed&language=es&source=file",
        "Castellano": f"{LIST}?q=pla&session=T1&state=confirmed&source=file",
        "d’un fitxer": f"{LIST}?q=pla&session=T1&state=confirmed&language=es",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dimension=citizens", ["Pla, Bob"]),
        ("organisation=agora", ["Pla, Cleo"]),
        ("consent=given", []),
        ("session=T2&everybody=1", ["Pla, Ada", "Pla, Bob", "Pla, Cleo"]),
    ],
)
def test_the_list_is_narrowed_down(desk, people, query, found):
    assert names(desk.get(f"{LIST}?{query}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "dimension=x",
        "language=xx",
        "source=x",
        "consent=x",
        "invitation=9",
        "invitation=x",
        "people=x",
        "people=99999999999999999999",
        "answer-9=none",
        "answer-x=none",
        "answer-=none",
        "session=T9",
    ],
)
def test_what_there_is_none_of_is_no_list(desk, people, query):
    assert desk.get(f"{LIST}?{query}").status_code == 404


def test_answers_narrow_the_list_for_who_may_read_them(desk, client, event, answered):
    asked, _withdrawn = answered

    by_word = desk.get(f"{LIST}?answer-{asked.id}=%3Da%20b")
    by_none = desk.get(f"{LIST}?answer-{asked.id}=none")
    odd = desk.get(f"{LIST}?answer-{asked.id}=a%20b")
    client.log_in(factories.make_staff("porta@example.org", role="door"))
    at_the_door = client.get(f"{LIST}?answer-{asked.id}=none")
    whole = client.get(f"{LIST}?column=q{asked.id}&column=supports")

    assert (names(by_word), names(by_none)) == (["Pla, Bob"], ["Zet, Bob"])
    assert list(chips(by_word)) == ["=Com?: a b"]
    assert (odd.status_code, at_the_door.status_code) == (404, 404)
    assert names(whole) == ["Pla, Bob", "Zet, Bob"]
    assert "a b" not in whole.text
    assert "celíac" not in whole.text


def test_columns_are_chosen(desk, event, answered):
    asked, withdrawn = answered

    usual = desk.get(LIST)
    chosen = desk.get(f"{LIST}?column=q{asked.id}&column=q{withdrawn.id}&column=supports&column=language&column=zzz")

    assert heads(usual) == ["Marqueu", "Nom", "Entitat", "Sessions", "Inscrita el"]
    assert heads(chosen) == ["Marqueu", "Nom", "Idioma", "Suports", "=Com?", "Abans"]
    assert "un menú especial: celíac" in chosen.text
    assert "<bdi>a b · c</bdi>" in chosen.text
    assert "celíac" not in usual.text
    assert f'<input type="hidden" name="column" value="q{asked.id}">' in chosen.text


def test_columns_take_as_many_queries_for_fifty_as_for_one(event, desk, count_queries):
    question = factories.make_question(event)
    query = f"{LIST}?column=q{question.id}&column=supports&column=invitation&column=sessions"

    def add(number):
        bob = factories.make_registration(event, event.sessions[0], email=f"{number}@example.org")
        factories.make_answer(bob, question, "x")
        factories.make_support_need(bob)

    add(0)
    with_one = count_queries(lambda: desk.get(query))
    for number in range(1, 50):
        add(number)

    assert count_queries(lambda: desk.get(query)) == with_one


def test_a_view_is_saved_found_begun_with_and_deleted(desk, event, people):
    address = f"{LIST}?state=confirmed&language=es&column=language"

    saved = desk.post(address.replace("?", "/vistes?"), data={"name": HOSTILE, "is_first": "y"})
    said = flashed(desk.get(saved.location))
    first = desk.get(LIST)
    view_id = re.search(r"/vistes/(\d+)/supressio", desk.get(address).text)[1]
    whole = desk.get(f"{LIST}?sort=name")
    desk.post(f"{LIST}/vistes/inici")
    without = desk.get(LIST)
    desk.post(f"{LIST}/vistes/{view_id}/inici")
    again = desk.get(LIST)
    desk.post(f"{LIST}/vistes/{view_id}/supressio")

    assert saved.location == address
    assert said == ["La vista «&lt;b&gt;&amp;&#34;&#39;=1+1&lt;/b&gt;» està desada per a tothom d’aquesta jornada."]
    assert (first.status_code, first.location) == (302, address)
    assert (len(names(whole)), without.status_code, again.location) == (3, 200, address)
    assert (count(SavedView), count(FirstView)) == (0, 0)
    assert desk.get(LIST).status_code == 200


def test_a_view_belongs_to_its_event_and_its_name_to_one(desk, event):
    other = factories.make_saved_view(factories.make_event("other"))
    factories.make_saved_view(event, "Una")

    taken = desk.post(f"{LIST}/vistes?state=confirmed", data={"name": "Una"})
    said = flashed(desk.get(taken.location))
    nameless = desk.post(f"{LIST}/vistes?state=confirmed", data={"name": " "})

    assert desk.post(f"{LIST}/vistes/{other.id}/inici").status_code == 404
    assert said == ["Ja hi ha una vista amb aquest nom."]
    assert flashed(desk.get(nameless.location)) == ["Cal omplir aquest camp."]
    assert count(SavedView) == 2


def test_a_view_of_what_is_gone_is_said_to_be_so(desk, event, ada, people):
    view = factories.make_saved_view(event, "Vella", session=["T9"])
    desk.post(f"{LIST}/vistes/{view.id}/inici")

    response = desk.get(LIST)

    assert response.status_code == 200
    assert "<bdi>Vella</bdi> <span" in response.text


def test_at_most_fifty_views(desk, event, monkeypatch):
    monkeypatch.setattr("registrations.saved_views.MOST", 0)

    response = desk.post(f"{LIST}/vistes?state=confirmed", data={"name": "Una"})

    assert flashed(desk.get(response.location)) == [
        "Hi pot haver com a molt 0 vistes desades. Suprimiu-ne una que ningú no faci servir."
    ]


def test_door_staff_begin_with_a_view_but_make_none(client, event):
    view = factories.make_saved_view(event)
    client.log_in(factories.make_staff("porta@example.org", role="door"))

    statuses = [
        client.post(f"{LIST}/vistes?state=confirmed", data={"name": "Una"}).status_code,
        client.post(f"{LIST}/vistes/{view.id}/supressio").status_code,
        client.post(f"{LIST}/vistes/{view.id}/inici").status_code,
    ]

    assert statuses == [403, 403, 303]
    assert client.get(LIST).location == f"{LIST}?state=confirmed"


def test_a_message_goes_to_the_list_with_all_its_filters(desk, event, answered):
    asked, _withdrawn = answered

    address = f"/gestio/jornades/jornada/missatges/nou?answer-{asked.id}=none&language=ca"
    words = {"subject_ca": "Avís", "text_ca": "Hola"}

    page = desk.get(address)
    desk.post(address, data=words)

    assert "Català · =Com?: sense resposta" in page.text
    assert [message.wanted for message in db.session.scalars(select(Message))] == [
        {f"answer-{asked.id}": "none", "language": "ca"}
    ]
