"""Sessions on the desk: forms that write, refuse, and lose nothing that was typed."""

import pytest
from sqlalchemy import select

from core.database import db
from events.models import Session
from tests.events.views.pages import DESK, only, post
from tests.factories import (
    make_event,
    make_registration,
    make_room,
    make_session,
)

SESSION_FORM = {
    "title": "Taller",
    "code": "T1",
    "kind": "working",
    "starts": "2026-12-03T10:00",
    "ends": "2026-12-03T11:00",
}


def test_create_session_with_a_new_room(desk):
    make_event()

    response = post(desk, f"{DESK}/nova-sessio", SESSION_FORM, new_room="Sala 1", dimension="citizens", capacity="12")

    session = only(Session)
    assert (response.status_code, response.location) == (303, f"{DESK}/programa")
    assert (session.room.name, session.dimension.value, session.capacity) == ("Sala 1", "citizens", 12)


def test_save_and_add_another_goes_on(desk):
    make_event()

    response = post(desk, f"{DESK}/nova-sessio", SESSION_FORM, another="1")

    assert response.location == f"{DESK}/nova-sessio"
    html = desk.get(response.location).text
    assert 'value="S1"' in html
    assert 'value="2026-12-03T11:00"' in html


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "S 1"}, "Lletres, xifres, guions i punts, sense espais."),
        ({"code": "S1"}, "Una altra sessió d’aquesta jornada ja té aquest codi."),
        ({"ends": "2026-12-03T10:00"}, "La sessió ha d’acabar després de començar."),
        ({"starts": "2026-12-03T09:00"}, "La sessió ha de ser dins l’horari de la jornada."),
    ],
)
def test_create_session_names_what_is_wrong_at_its_field(desk, changes, message):
    make_session(code="S1")

    response = post(desk, f"{DESK}/nova-sessio", SESSION_FORM, **changes)

    assert response.status_code == 422
    assert f'">{message}</p>' in response.text
    assert "Taller" in response.text


def test_edit_session(desk):
    session = make_session()
    make_room(session.event)

    response = post(desk, f"{DESK}/programa/T1", SESSION_FORM, title="Altre", declared_participants="7")

    session = only(Session)
    assert response.status_code == 303
    assert (session.title, session.declared_participants, session.capacity) == ("Altre", 7, None)


def test_edit_session_refuses_the_room_of_another_event(desk):
    make_session()
    other = make_room(make_event("altra"))

    assert post(desk, f"{DESK}/programa/T1", SESSION_FORM, room=str(other.id)).status_code == 422


def test_delete_session_asks_once(desk):
    make_session()

    assert desk.get(f"{DESK}/programa/T1/supressio").status_code == 200
    assert post(desk, f"{DESK}/programa/T1/supressio").status_code == 303
    assert db.session.scalars(select(Session)).all() == []


def test_delete_session_with_registrations_is_refused(desk):
    session = make_session()
    make_registration(session.event, session)

    assert post(desk, f"{DESK}/programa/T1/supressio").status_code == 409
    assert only(Session).code == "T1"
