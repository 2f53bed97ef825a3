"""The page of lists: who may take which, lists of one's own, and what is written down of it."""

import csv
import io

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from registrations.lists import Profile
from registrations.models import ListProfile
from tests import factories
from tests.registrations.views.pages import HOSTILE, flashed

LISTS = "/gestio/jornades/jornada/llistes"
MAY = {
    "administrator": set(Profile),
    "organiser": set(Profile),
    "facilitator": {Profile.ROOM, Profile.CATERING},
    "door": {Profile.DOOR, Profile.CATERING},
    "viewer": {Profile.CATERING},
}
OWN = {"name": "Samarretes", "purpose": "Per repartir samarretes.", "columns": ["email", "", "last_name", "email"]}


def rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def runs():
    return [
        (line.details["profile"], line.details["format"], line.details["count"])
        for line in db.session.scalars(
            select(AuditEntry).where(AuditEntry.act == "registration.export").order_by(AuditEntry.id)
        )
    ]


@pytest.mark.parametrize("role", list(MAY))
def test_each_role_finds_and_takes_the_lists_that_it_needs(event, client, role):
    client.log_in(factories.make_staff(role=role))

    page = client.get(LISTS).text
    taken = {
        profile: client.get(f"{LISTS}/fitxer?format=csv&profile={profile}&session=T1").status_code
        for profile in Profile
    }

    assert {profile for profile in Profile if f'name="profile" value="{profile}"' in page} == MAY[role]
    assert taken == {profile: 200 if profile in MAY[role] else 403 for profile in Profile}


@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
def test_who_took_what_is_for_organisers(event, client, role):
    client.log_in(factories.make_staff(role=role))

    page = client.get(LISTS).text

    assert "Qui ha tret quina llista" not in page
    assert f"{LISTS}/nova" not in page
    assert client.get(f"{LISTS}/nova").status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?profile=all", "?profile=room", "?profile=own-7", "?profile=own-x", "?profile=full&format=doc"]
)
def test_a_list_there_is_none_of_is_404(event, desk, query):
    assert desk.get(f"{LISTS}/fitxer{query}").status_code == 404


def test_the_list_of_a_room_is_of_one_session(event, desk):
    one, two = event.sessions
    factories.make_registration(event, one, last_name="Una")
    factories.make_registration(event, two, last_name="Altra", email="altra@example.org")

    header, *people = rows(desk.get(f"{LISTS}/fitxer?profile=room&session=T1&format=csv"))

    assert header == ["Sessió", "Títol", "Sala", "Cognoms", "Nom", "Entitat"]
    assert [row[3] for row in people] == ["Una"]


def test_the_filter_of_the_attendee_list_comes_along(event, desk):
    factories.make_registration(event, event.sessions[0])

    link = f"{LISTS}?session=T1&amp;q=pla"
    page = desk.get(f"{LISTS}?session=T1&q=pla&page=1").text

    assert link in desk.get("/gestio/jornades/jornada/inscripcions?session=T1&q=pla").text
    assert "Només: «pla» · Taller 1" in page
    assert '<input type="hidden" name="q" value="pla">' in page


def test_each_run_is_shown_with_who_took_it(event, desk, ada):
    factories.make_registration(event)
    desk.get(f"{LISTS}/fitxer?profile=door&format=ods").close()
    desk.get(f"{LISTS}/fitxer?profile=full&format=csv&supports=1").close()

    page = desk.get(LISTS).text

    assert runs() == [("door", "ods", 1), ("full", "csv", 1)]
    assert "<strong>Porta</strong></bdi> · ODS · 1 persona" in page
    assert "<strong>Completa</strong></bdi> · CSV · 1 persona" in page
    assert page.count(ada.shown_name) >= 2


def test_a_list_of_ones_own_has_its_columns_in_order(event, desk, answered):
    asked, _withdrawn = answered

    made = desk.post(f"{LISTS}/nova", data={**OWN, "columns": [f"question-{asked.id}", "", "last_name", "last_name"]})
    row = db.session.scalars(select(ListProfile)).one()
    header, *people = rows(desk.get(f"{LISTS}/fitxer?profile=own-{row.id}&format=csv"))

    assert (made.status_code, made.location) == (303, f"{LISTS}#own-{row.id}")
    assert header == ["'=Com?", "Cognoms"]
    assert people == [["a b · c", "Pla"], ["", "Zet"]]
    assert runs() == [(f"own-{row.id}", "csv", 2)]


def test_a_list_of_ones_own_is_of_the_people_it_was_made_of(event, desk):
    factories.make_registration(event, event.sessions[0], last_name="Una", email="una@example.org")
    factories.make_registration(event, event.sessions[1], last_name="Altra", email="altra@example.org")

    desk.post(f"{LISTS}/nova?session=T2&sort=date&page=3", data=OWN)
    row = db.session.scalars(select(ListProfile)).one()

    assert row.wanted == {"session": "T2"}
    assert "De: Taller 2" in desk.get(LISTS).text
    assert rows(desk.get(f"{LISTS}/fitxer?profile=own-{row.id}&format=csv"))[1:] == [["altra@example.org", "Altra"]]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"purpose": " "}, "purpose"),
        ({"purpose": "x" * 301}, "purpose"),
        ({"columns": [""]}, "columns"),
        ({"columns": ["supports"]}, "columns"),
        ({"columns": ["token"]}, "columns"),
        ({"roles": ["viewer"]}, "roles"),
    ],
)
def test_a_list_without_name_purpose_or_columns_is_refused(event, desk, values, field):
    answer = desk.post(f"{LISTS}/nova", data={**OWN, **values})

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert db.session.scalars(select(ListProfile)).all() == []


def test_two_lists_of_an_event_have_two_names(event, desk):
    factories.make_list_profile(event)

    answer = desk.post(f"{LISTS}/nova", data=OWN)

    assert answer.status_code == 422
    assert "Ja hi ha una llista amb aquest nom." in answer.text


def test_people_are_chosen_by_their_answers_for_organisers_alone(event, desk, answered):
    asked, _withdrawn = answered

    refused = desk.post(f"{LISTS}/nova?answer-{asked.id}=%3Dc", data={**OWN, "roles": ["door"]})
    taken = desk.post(f"{LISTS}/nova?answer-{asked.id}=%3Dc", data=OWN)

    assert (refused.status_code, taken.status_code) == (422, 303)


@pytest.mark.parametrize(("role", "status"), [("door", 200), ("facilitator", 403), ("viewer", 403)])
def test_a_list_of_ones_own_is_taken_by_whom_it_names(event, client, role, status):
    row = factories.make_list_profile(event, HOSTILE, roles=["door"])
    client.log_in(factories.make_staff(role=role))

    assert client.get(f"{LISTS}/fitxer?profile=own-{row.id}").status_code == status
    assert (f"own-{row.id}" in client.get(LISTS).text) is (status == 200)


def test_a_list_is_changed_and_deleted_and_its_runs_stay(event, desk):
    row = factories.make_list_profile(event)
    desk.get(f"{LISTS}/fitxer?profile=own-{row.id}").close()

    changed = desk.post(f"{LISTS}/propia/{row.id}", data={**OWN, "name": HOSTILE, "roles": ["door", "facilitator"]})
    names = (row.name, row.columns, row.roles)
    deleted = desk.post(f"{LISTS}/propia/{row.id}/eliminacio", follow_redirects=True)

    assert changed.status_code == 303
    assert names == (HOSTILE, ["email", "last_name"], ["door", "facilitator"])
    assert flashed(deleted)[-1] == "La llista s’ha eliminat. A sota queda qui la va treure, i quan."
    assert "<strong>Samarretes</strong>" in deleted.text
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))
    assert [act for act in acts if act.startswith("list_profile")] == [
        "list_profile.change",
        "list_profile.delete",
    ]


def test_a_list_of_a_session_that_is_gone_is_shown_but_not_taken(event, desk):
    row = factories.make_list_profile(event, wanted={"session": "T9"})

    page = desk.get(LISTS)

    assert "ja no hi és" in page.text
    assert f'value="own-{row.id}"' not in page.text
    assert desk.get(f"{LISTS}/fitxer?profile=own-{row.id}").status_code == 404
    assert desk.get(f"{LISTS}/propia/{row.id}").status_code == 200


def test_a_list_of_another_event_cannot_be_reached(event, desk):
    row = factories.make_list_profile(factories.make_event("other"))

    assert desk.get(f"{LISTS}/fitxer?profile=own-{row.id}").status_code == 404
    assert desk.get(f"{LISTS}/propia/{row.id}").status_code == 404
    assert desk.post(f"{LISTS}/propia/{row.id}/eliminacio").status_code == 404


def test_page_makes_the_same_number_of_queries_with_one_and_three(event, desk, count_queries):
    factories.make_list_profile(event)
    desk.get(f"{LISTS}/fitxer?profile=door").close()
    desk.get(LISTS)
    few = count_queries(lambda: desk.get(LISTS))
    for number in range(3):
        factories.make_list_profile(event, f"list {number}")
        desk.get(f"{LISTS}/fitxer?profile=door").close()

    assert count_queries(lambda: desk.get(LISTS)) == few
