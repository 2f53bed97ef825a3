"""Events on the desk: forms that write, refuse, and lose nothing that was typed."""

import pytest
from sqlalchemy import select

from core.database import db
from events.models import Event, EventState, Session
from tests.events.views.pages import DESK, only, post
from tests.factories import (
    EVENT_START,
    make_event,
    make_process,
    make_registration,
    make_session,
)

EVENT_FORM = {
    "title": "Jornada d’inclusió",
    "starts": "2026-12-03T09:30",
    "ends": "2026-12-03T14:00",
    "timezone": "Europe/Madrid",
    "language": "ca",
}


def test_create_event_in_the_event_s_zone(desk):
    make_process("impulsem")

    response = post(
        desk, "/gestio/nova-jornada", EVENT_FORM, process_slug="impulsem", capacity="80", neighbourhoods=["58", "59"]
    )

    event = only(Event)
    assert (response.status_code, response.location) == (303, "/gestio/jornades/jornada-d-inclusio/programa")
    assert (event.starts_at, event.state, event.capacity) == (EVENT_START, EventState.DRAFT, 80)
    assert (event.process.slug, [each.code for each in event.neighbourhoods]) == ("impulsem", ["58", "59"])


def test_create_event_loses_nothing_on_error(desk):
    response = post(
        desk, "/gestio/nova-jornada", EVENT_FORM, ends="2026-12-03T09:00", description="Text llarg", capacity="molts"
    )

    assert response.status_code == 422
    for typed in ("Jornada d’inclusió", "2026-12-03T09:00", "Text llarg", "molts"):
        assert typed in response.text
    assert db.session.scalars(select(Event)).all() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": "  \u200b "}, "Cal omplir aquest camp."),
        ({"title": "x" * 301}, "És massa llarg: 300 caràcters com a màxim."),
        ({"slug": "Amb Espais"}, "Només lletres minúscules sense accents, xifres i guions."),
        ({"starts": ""}, "Cal omplir aquest camp."),
        ({"starts": "demà"}, "Escriviu una data i una hora, com ara 2026-12-03 09:30."),
        ({"starts": "0001-01-01T00:00"}, "Aquesta data no és versemblant."),
        ({"starts": "2026-03-29T02:30"}, "Aquesta hora no existeix: s’avança el rellotge."),
        ({"ends": "2026-12-03T09:30"}, "La jornada ha d’acabar després de començar."),
        ({"capacity": "-1"}, "Escriviu un nombre enter de 0 a 1000000, o deixeu-ho en blanc."),
        ({"capacity": "9" * 5000}, "Escriviu un nombre enter de 0 a 1000000, o deixeu-ho en blanc."),
        (
            {"registration_opens": "2026-12-01T10:00", "registration_closes": "2026-11-01T10:00"},
            "Les inscripcions s’han de tancar després d’obrir-se.",
        ),
    ],
)
def test_create_event_names_what_is_wrong_at_its_field(desk, changes, message):
    response = post(desk, "/gestio/nova-jornada", EVENT_FORM, **changes)

    assert response.status_code == 422
    assert f'">{message}</p>' in response.text


@pytest.mark.parametrize(
    "changes", [{"timezone": "Mars/Base"}, {"language": "xx"}, {"process_slug": "res"}, {"neighbourhoods": "99"}]
)
def test_create_event_refuses_what_was_not_offered(desk, changes):
    assert post(desk, "/gestio/nova-jornada", EVENT_FORM, **changes).status_code == 422


def test_create_event_refuses_an_address_that_is_taken(desk):
    make_event("jornada")

    response = post(desk, "/gestio/nova-jornada", EVENT_FORM, slug="jornada")

    assert response.status_code == 422
    assert "Una altra jornada ja té aquesta adreça." in response.text


def test_edit_event_shows_local_times_and_saves_them(desk):
    make_event()

    html = desk.get(f"{DESK}/dades").text
    response = post(desk, f"{DESK}/dades", EVENT_FORM, slug="jornada", ends="2026-12-03T15:00", venue="Ateneu")

    assert 'value="2026-12-03T09:30"' in html
    event = only(Event)
    assert response.location == DESK
    assert (event.ends_at.hour, event.venue, event.sequence) == (14, "Ateneu", 1)


def test_edit_event_never_writes_the_places_taken(desk):
    event = make_event(capacity=10)
    make_registration(event)

    post(desk, f"{DESK}/dades", EVENT_FORM, slug="jornada", capacity="0", places_taken="0", extra_places="0")

    event = only(Event)
    assert (event.capacity, event.places_taken, event.extra_places) == (0, 1, 1)


def test_edit_event_can_move_its_sessions(desk):
    make_session()
    moved = {"slug": "jornada", "starts": "2026-12-10T09:30", "ends": "2026-12-10T14:00"}

    refused = post(desk, f"{DESK}/dades", EVENT_FORM, **moved)
    accepted = post(desk, f"{DESK}/dades", EVENT_FORM, **moved, move_sessions="y")

    assert (refused.status_code, accepted.status_code) == (422, 303)
    assert "La sessió T1 quedaria fora de l’horari de la jornada." in refused.text
    assert only(Session).starts_at.day == 10


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        ("publicacio", EventState.DRAFT, EventState.PUBLISHED),
        ("esborrany", EventState.PUBLISHED, EventState.DRAFT),
        ("cancellacio", EventState.PUBLISHED, EventState.CANCELLED),
        ("tancament", EventState.PUBLISHED, EventState.CLOSED),
    ],
)
def test_an_act_is_explained_and_then_done(desk, act, before, after):
    make_event(state=before)

    asked = desk.get(f"{DESK}/{act}")
    assert (asked.status_code, only(Event).state) == (200, before)

    done = post(desk, f"{DESK}/{act}")
    assert (done.status_code, only(Event).state) == (303, after)


def test_an_act_done_twice_is_refused_and_changes_nothing(desk):
    make_event(state=EventState.CANCELLED)

    assert post(desk, f"{DESK}/cancellacio").status_code == 409


def test_cancelling_says_how_many_people_are_registered(desk):
    make_registration(make_event())

    assert "1 persona amb plaça rep un correu" in desk.get(f"{DESK}/cancellacio").text


def test_preview_shows_a_draft_as_it_will_be(desk):
    make_session(make_event(state=EventState.DRAFT))

    html = desk.get(f"{DESK}/vista").text

    assert "Així és com tothom veurà la pàgina." in html
    assert "Taller T1" in html
