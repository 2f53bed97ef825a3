"""The organisers' desk: forms that write, refuse, and lose nothing that was typed."""

import io
import re

import pytest
from sqlalchemy import select

from core.database import db
from events.models import Event, EventState, Process, Room, Session
from tests.factories import (
    EVENT_START,
    make_event,
    make_process,
    make_registration,
    make_room,
    make_session,
    make_staff,
)

EVENT_FORM = {
    "title": "Jornada d’inclusió",
    "starts": "2026-12-03T09:30",
    "ends": "2026-12-03T14:00",
    "timezone": "Europe/Madrid",
    "language": "ca",
}
SESSION_FORM = {
    "title": "Taller",
    "code": "T1",
    "kind": "working",
    "starts": "2026-12-03T10:00",
    "ends": "2026-12-03T11:00",
}
DESK = "/gestio/jornades/jornada"


@pytest.fixture
def desk(client, ada):
    client.log_in(ada)
    return client


def post(client, address, data=None, **changes):
    return client.post(address, data={**(data or {}), **changes})


def only(model):
    db.session.expire_all()
    return db.session.scalars(select(model)).one()


def test_home_without_events_offers_to_create_one(desk):
    html = desk.get("/gestio").text

    assert "Encara no hi ha cap jornada." in html
    assert 'href="/gestio/nova-jornada"' in html


def test_home_shows_drafts_coming_and_past_events(desk):
    make_event("a", title="Esborrany", state=EventState.DRAFT)
    make_event("b", title="Feta", starts_at=EVENT_START.replace(year=2016), ends_at=EVENT_START.replace(year=2017))

    assert re.findall(r'href="/gestio/jornades/([ab])"', desk.get("/gestio").text) == ["a", "b"]


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


def test_rooms_are_added_changed_and_deleted(desk):
    make_event()

    post(desk, f"{DESK}/sales", name="Sala 1", capacity="20")
    room = only(Room)
    post(desk, f"{DESK}/sales/{room.id}", name="Sala gran", capacity="")
    room = only(Room)
    assert (room.name, room.capacity) == ("Sala gran", None)

    post(desk, f"{DESK}/sales/{room.id}/supressio")
    assert db.session.scalars(select(Room)).all() == []


def test_a_room_without_name_is_refused(desk):
    make_event()

    assert post(desk, f"{DESK}/sales", name="").status_code == 422


def test_processes_are_created_and_edited(desk):
    created = post(desk, "/gestio/nou-proces", title="Pla d’acció", state="under_way", is_public="y")
    edited = post(desk, "/gestio/processos/pla-d-accio/dades", title="Pla", state="finished", slug="pla")

    process = only(Process)
    assert (created.location, edited.location) == ("/gestio/processos/pla-d-accio", "/gestio/processos/pla")
    assert (process.title, process.state.value, process.is_public) == ("Pla", "finished", False)
    assert desk.get("/gestio/processos/pla").status_code == 200


def test_import_shows_first_and_saves_when_asked(desk):
    text = '[event]\nslug="prova"\ntitle="Prova"\nstarts=2026-12-03T09:30:00\nends=2026-12-03T14:00:00\n'

    preview = post(desk, "/gestio/importacio", file=(io.BytesIO(text.encode()), "p.toml"))
    assert "jornada prova creada" in preview.text
    assert db.session.scalars(select(Event)).all() == []

    saved = post(desk, "/gestio/importacio", {"text": text, "import": "1"})
    assert saved.location == "/gestio/jornades/prova/programa"
    assert only(Event).slug == "prova"


def test_import_names_the_problems_and_keeps_the_text(desk):
    response = post(desk, "/gestio/importacio", text="[event]\ntitle = 3 <b>\n")

    assert response.status_code == 422
    assert "línia 2:" in response.text
    assert "title = 3 &lt;b&gt;" in response.text


def test_who_only_looks_sees_no_buttons_that_write(client, app):
    client.log_in(make_staff("vera@example.org", role="viewer"))
    make_session()

    for address in ("/gestio", DESK, f"{DESK}/programa"):
        html = client.get(address).text
        assert "/nova-" not in html
        assert "/dades" not in html
    assert client.get(f"{DESK}/dades").status_code == 403


def test_hostile_words_are_shown_and_not_run(desk):
    session = make_session(make_event(title="<b>x</b>"), title="<script>1</script>")
    make_room(session.event, "<i>y</i>")

    for address in ("/gestio", DESK, f"{DESK}/programa", f"{DESK}/programa/T1", f"{DESK}/dades"):
        html = desk.get(address).text
        assert "<b>x" not in html
        assert "<script>1" not in html
        assert "<i>y" not in html
