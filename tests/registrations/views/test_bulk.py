"""Acts on several people from the list: seen first, done when agreed to, undone."""

import re

import pytest
from sqlalchemy import select

from core.database import db
from registrations.models import BulkAct, Registration, RegistrationState
from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST, count, flashed, fresh


@pytest.fixture
def people(event):
    """Two people at the first workshop, one with a name that tries to break the page."""
    one = factories.make_registration(event, event.sessions[0])
    two = factories.make_registration(event, event.sessions[0], first_name=HOSTILE, email="c@example.org")
    return one, two


def states():
    db.session.expire_all()
    return [each.state.value for each in db.session.scalars(select(Registration).order_by(Registration.id))]


def test_an_act_is_shown_before_it_is_done(desk, people):
    ids = [each.id for each in people]

    page = desk.post(f"{LIST}/actes", data={"kind": "cancel", "registration": ids, "scope": "ticked"})

    assert (page.status_code, states(), count(BulkAct)) == (200, ["confirmed", "confirmed"], 0)
    assert "Es cancel·len 2 inscripcions" in page.text
    assert f'name="people" value="{ids[0]},{ids[1]}"' in page.text
    assert "<b>&" not in page.text


def test_agreed_to_it_is_done_and_undone(desk, people):
    ids = ",".join(str(each.id) for each in people)
    first, second = people

    done = desk.post(f"{LIST}/actes", data={"kind": "cancel", "people": ids, "agreed": "1"})
    between = states()
    act = db.session.scalars(select(BulkAct)).one()
    preview = desk.get(f"{LIST}/actes/{act.id}/desfeta")
    unchanged = states()
    undone = desk.post(f"{LIST}/actes/{act.id}/desfeta")

    assert (done.status_code, done.location) == (303, f"{LIST}/actes/{act.id}")
    assert between == unchanged == ["cancelled", "cancelled"]
    assert "2 persones queden com abans." in preview.text
    assert undone.location == f"{LIST}/actes/{act.id}"
    assert states() == ["confirmed", "confirmed"]
    assert flashed(desk.get(undone.location)) == ["S’ha desfet per a 2 persones."]
    assert [each.code for each in fresh(first).sessions] == [each.code for each in fresh(second).sessions] == ["T1"]


def test_everybody_of_the_list_is_everybody_of_its_filter(desk, event, people):
    factories.make_registration(event, email="x@example.org", state=RegistrationState.WAITING)

    page = desk.post(f"{LIST}/actes?state=confirmed", data={"kind": "cancel", "scope": "everybody"})

    assert re.search(r'name="people" value="([^"]*)"', page.text)[1].count(",") == 1


def test_a_move_asks_for_both_sessions_first(desk, people):
    one, _two = people

    asked = desk.post(f"{LIST}/actes?session=T1", data={"kind": "move", "registration": [one.id]})
    shown = desk.post(f"{LIST}/actes", data={"kind": "move", "people": one.id, "session": "T1", "target": "T2"})
    desk.post(f"{LIST}/actes", data={"kind": "move", "people": one.id, "session": "T1", "target": "T2", "agreed": "1"})

    assert 'name="agreed"' not in asked.text
    assert '<option value="T1" selected>' in asked.text
    assert "1 persona passa de T1 a T2." in shown.text
    assert [each.code for each in fresh(one).sessions] == ["T2"]


def test_attendance_is_recorded(desk, people):
    one, _two = people

    desk.post(f"{LIST}/actes", data={"kind": "attend", "people": one.id, "session": "T1", "agreed": "1"})
    page = desk.get(f"{LIST}/actes")

    assert "1 persona acreditada a T1" in page.text


def test_a_refusal_is_said(desk, people):
    one, _two = people

    shown = desk.post(f"{LIST}/actes", data={"kind": "move", "people": one.id, "session": "T1", "target": "T1"})
    done = desk.post(
        f"{LIST}/actes", data={"kind": "move", "people": one.id, "session": "T1", "target": "T1", "agreed": "1"}
    )

    assert "Trieu dues sessions diferents." in shown.text
    assert done.status_code == 303
    assert flashed(desk.get(LIST)) == ["Trieu dues sessions diferents."]


def test_a_double_click_does_it_once(desk, people):
    data = {"kind": "cancel", "people": people[0].id, "agreed": "1"}

    desk.post(f"{LIST}/actes", data=data)
    again = desk.post(f"{LIST}/actes", data=data)

    assert (again.location, count(BulkAct)) == (LIST, 1)


def test_nobody_ticked_and_too_many_are_said(desk, event, people, monkeypatch):
    monkeypatch.setattr("registrations.bulk.MOST", 1)

    nobody = desk.post(f"{LIST}/actes?q=b", data={"kind": "cancel", "registration": [999_999]})
    said = flashed(desk.get(nobody.location))
    desk.post(f"{LIST}/actes", data={"kind": "cancel", "scope": "everybody"})

    assert (nobody.location, said) == (f"{LIST}?q=b", ["Marqueu primer almenys una persona."])
    assert flashed(desk.get(LIST)) == ["Això es pot fer com a molt a 1 persones alhora. Filtreu més la llista."]


@pytest.mark.parametrize("data", [{"kind": "x"}, {}, {"kind": "move", "session": "T9"}, {"people": "a,-1,\x00"}])
def test_odd_requests_change_nothing(desk, people, data):
    response = desk.post(f"{LIST}/actes", data={"people": people[0].id, **data})

    assert response.status_code in {303, 404}
    assert states() == ["confirmed", "confirmed"]


def test_writing_takes_those_ticked_or_the_filter_along(desk, people):
    ticked = desk.post(f"{LIST}/actes?q=b", data={"kind": "write", "registration": [each.id for each in people]})
    everybody = desk.post(f"{LIST}/actes?state=confirmed", data={"kind": "write", "scope": "everybody"})

    messages = "/gestio/jornades/jornada/missatges/nou"
    assert ticked.location == f"{messages}?people={people[0].id},{people[1].id}"
    assert everybody.location == f"{messages}?state=confirmed"
    assert "A 2 persones" in desk.get(ticked.location).text or "2 persones" in desk.get(ticked.location).text


def test_acts_of_another_event_are_not_found(desk, people):
    other = factories.make_bulk_act(factories.make_event("other"))

    assert [
        desk.get(f"{LIST}/actes/{other.id}").status_code,
        desk.get(f"{LIST}/actes/{other.id}/desfeta").status_code,
    ] == [404, 404]


def test_numbers_that_nobody_has_are_nobody(desk, people):
    answer = desk.post(f"{LIST}/actes", data={"kind": "cancel", "people": f"{'9' * 5000},{people[0].id}"})

    assert answer.status_code == 200
    assert people[0].full_name in answer.text
    assert people[1].full_name not in answer.text
