"""The whole programme at once: one table to edit, moving, duplicating, and what does not fit."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.database import db
from events.models import EventState, Session
from events.timetable_forms import TimetableForm
from tests.events.views.pages import DESK, only, post
from tests.factories import make_event, make_registration, make_room, make_session

TABLE = f"{DESK}/horari"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def event(app):
    """A draft of one day with two sessions and two rooms."""
    event = make_event(state=EventState.DRAFT)
    room = make_room(event, capacity=20)
    make_room(event, "Sala 2")
    make_session(event, "T1", room_id=room.id, capacity=12, facilitators="Ada")
    make_session(event, "T2", starts_at=event.starts_at + 2 * HOUR)
    return event


def read_table(client, address=TABLE):
    """The fields of the table as a browser would send them."""
    html = client.get(address).text.partition("timetable-form")[2]
    values = dict(re.findall(r'<input(?=[^>]* name="([^"]*)")(?=[^>]* value="([^"]*)")', html))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)">(.*?)</select>', html, re.DOTALL):
        values[name] = next(iter(re.findall(r'<option selected value="([^"]*)"', options)), "")
    return values


def session(code):
    db.session.expire_all()
    return db.session.scalars(select(Session).where(Session.code == code)).one()


def field(name, code):
    return f"{name}_{session(code).id}"


def test_a_table_that_nobody_touched_changes_nothing(desk, event):
    typed = read_table(desk)

    response = post(desk, TABLE, typed)

    assert (response.status_code, response.location) == (303, f"{DESK}/programa")
    assert (event.sequence, session("T1").facilitators) == (0, "Ada")


def test_several_rows_are_saved_at_once(desk, event):
    other = event.rooms[1]
    typed = read_table(desk)

    post(
        desk,
        TABLE,
        typed,
        **{
            field("starts", "T1"): "11:00",
            field("ends", "T1"): "12.30",
            field("room", "T1"): str(other.id),
            field("capacity", "T1"): "",
            field("facilitators", "T2"): " Bob ,  Cleo ",
        },
    )

    first = session("T1")
    assert (first.starts_at, first.ends_at) == (event.starts_at + 1.5 * HOUR, event.starts_at + 3 * HOUR)
    assert (first.room.name, first.capacity, session("T2").facilitators) == ("Sala 2", None, "Bob , Cleo")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("starts", "", "Cal omplir aquest camp."),
        ("starts", "les deu", "Escriviu una hora, com ara 09:30."),
        ("ends", "10:00", "La sessió ha d’acabar després de començar."),
        ("starts", "09:00", "La sessió ha de ser dins l’horari de la jornada."),
        ("ends", "14:01", "La sessió ha de ser dins l’horari de la jornada."),
        ("capacity", "molts", "Escriviu un nombre enter de 0 a 1000000, o deixeu-ho en blanc."),
        ("facilitators", "x" * 501, "És massa llarg: 500 caràcters com a màxim."),
    ],
)
def test_errors_stand_at_their_cell_and_nothing_typed_is_lost(desk, event, name, value, message):
    typed = {**read_table(desk), field("facilitators", "T2"): "Cleo"}
    wrong = field(name, "T1")

    response = post(desk, TABLE, typed, **{wrong: value})

    assert response.status_code == 422
    assert f'id="{wrong}-error">{message}</p>' in response.text
    assert f'href="#{wrong}">T1 · ' in response.text
    assert 'value="Cleo"' in response.text
    assert session("T2").facilitators == ""


def test_the_room_of_another_event_is_refused(desk, event):
    other = make_room(make_event("altra"))

    assert post(desk, TABLE, read_table(desk), **{field("room", "T1"): str(other.id)}).status_code == 422


def test_a_row_that_somebody_else_has_changed_is_refused_once_and_then_saved(desk, event):
    typed = {**read_table(desk), field("facilitators", "T1"): "Cleo"}
    session("T1").capacity = 5
    db.session.flush()

    refused = post(desk, TABLE, typed)
    assert refused.status_code == 422
    assert "Mentrestant algú ha canviat aquesta sessió." in refused.text
    assert (session("T1").facilitators, session("T1").capacity) == ("Ada", 5)

    was = re.search(rf'name="{field("was", "T1")}"[^>]* value="([^"]*)"', refused.text)[1]
    post(desk, TABLE, typed, **{field("was", "T1"): was})
    assert (session("T1").facilitators, session("T1").capacity) == ("Cleo", 12)


def test_a_row_that_changes_in_the_moment_of_saving_is_refused_too(desk, event, monkeypatch):
    typed = {**read_table(desk), field("facilitators", "T1"): "Cleo"}
    validate = TimetableForm.validate

    def overtaken(form, **options):
        is_right = validate(form, **options)
        row = update(Session).where(Session.code == "T1").values(capacity=5)
        db.session.execute(row.execution_options(synchronize_session=False))
        return is_right

    monkeypatch.setattr(TimetableForm, "validate", overtaken)
    response = post(desk, TABLE, typed)

    assert response.status_code == 422
    assert "Algú acaba de canviar el programa." in response.text
    assert session("T1").facilitators == "Ada"


def test_what_somebody_else_changed_in_a_row_that_was_not_touched_stays(desk, event):
    typed = {**read_table(desk), field("facilitators", "T2"): "Cleo"}
    session("T1").capacity = 5
    db.session.flush()

    assert post(desk, TABLE, typed).status_code == 303
    assert (session("T1").capacity, session("T2").facilitators) == (5, "Cleo")


def test_sessions_added_or_deleted_meanwhile_are_no_trouble(desk, event):
    typed = {**read_table(desk), field("facilitators", "T2"): "Cleo"}
    make_session(event, "T3")
    db.session.delete(session("T1"))
    db.session.flush()

    assert post(desk, TABLE, typed).status_code == 303
    assert (session("T2").facilitators, session("T3").facilitators) == ("Cleo", "")


def test_seconds_that_the_table_does_not_show_are_no_change(desk, event):
    session("T1").starts_at += timedelta(seconds=7)
    db.session.flush()

    post(desk, TABLE, read_table(desk))

    assert session("T1").starts_at.second == 7


def test_an_event_of_two_days_asks_for_the_day_too(desk):
    event = make_event()
    event.ends_at += DAY
    make_session(event)

    typed = read_table(desk)
    post(desk, TABLE, typed, **{field("ends", "T1"): "2026-12-04T10:00"})

    assert typed[field("starts", "T1")] == "2026-12-03T10:00"
    assert session("T1").duration == DAY


def test_who_is_concerned_is_seen_before_it_is_saved(desk, event):
    event.state = EventState.PUBLISHED
    make_registration(event, event.sessions[0])
    typed = {**read_table(desk), field("starts", "T1"): "10:15"}

    asked = post(desk, TABLE, typed)
    assert "Encara no s’ha desat res." in asked.text
    assert session("T1").starts_at == event.starts_at + HOUR / 2

    done = post(desk, TABLE, typed, agreed="1")
    assert done.status_code == 303
    assert session("T1").starts_at == event.starts_at + 0.75 * HOUR


def test_moving_the_whole_event(desk, event):
    before = event.starts_at

    response = post(desk, f"{DESK}/desplacament", {"what": "event", "days": "7", "direction": "later"})

    assert (response.status_code, response.location) == (303, f"{DESK}/programa")
    assert session("T1").starts_at == before + 7 * DAY + HOUR / 2


def test_moving_some_sessions_earlier(desk, event):
    typed = {"what": "sessions", "sessions": ["T2"], "minutes": "30", "hours": "1", "direction": "earlier"}

    post(desk, f"{DESK}/desplacament", typed)

    assert [session(code).starts_at - event.starts_at for code in ("T1", "T2")] == [HOUR / 2, HOUR / 2]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"what": "event", "direction": "later"}, "Digueu quant."),
        ({"what": "event", "direction": "later", "days": "3661"}, "3660 dies com a màxim."),
        ({"what": "event", "direction": "later", "minutes": "60"}, "De 0 a 59."),
        ({"what": "event", "direction": "later", "days": "-1"}, "3660 dies com a màxim."),
        ({"what": "sessions", "direction": "later", "hours": "1"}, "Trieu una sessió com a mínim."),
        (
            {"what": "sessions", "sessions": ["T2"], "direction": "later", "hours": "5"},
            "Desplaceu tota la jornada, o canvieu-ne abans l’horari.",
        ),
    ],
)
def test_a_move_that_cannot_be_says_why(desk, event, typed, message):
    response = post(desk, f"{DESK}/desplacament", typed)

    assert response.status_code == 422
    assert f"{message}</p>" in response.text
    assert session("T2").starts_at == event.starts_at + 2 * HOUR


def test_a_duplicate_comes_after_its_model_with_the_next_code(desk, event):
    html = desk.get(f"{DESK}/nova-sessio?com=T1").text

    for value in ('value="T3"', 'value="Taller T1"', 'value="2026-12-03T11:00"', 'value="Ada"', 'value="12"'):
        assert value in html
    typed = {"title": "Taller T1", "code": "T3", "kind": "working", "starts": "2026-12-03T11:00"}
    post(desk, f"{DESK}/nova-sessio?com=T1", typed, ends="2026-12-03T12:00")
    assert session("T3").starts_at == event.starts_at + 1.5 * HOUR


def test_a_duplicate_that_does_not_fit_afterwards_is_at_the_same_time(desk, event):
    make_session(event, "FI", starts_at=event.ends_at - HOUR)

    html = desk.get(f"{DESK}/nova-sessio?com=FI").text

    assert 'value="FI-2"' in html
    assert 'value="2026-12-03T13:00"' in html


def test_a_duplicate_of_nothing_is_a_new_session(desk, event):
    assert 'value="S1"' in desk.get(f"{DESK}/nova-sessio?com=res").text


def test_what_does_not_fit_is_said_at_its_session_and_forbids_nothing(desk, event):
    event.rooms[0].capacity = 10
    make_session(event, "T9", room_id=event.rooms[0].id)

    html = desk.get(f"{DESK}/programa").text

    said = re.findall(r'class="clash small">.*?<bdi>(.*?)</bdi>', html)
    assert said == ["Hi pot venir més gent de la que cap a Sala 1.", "Sala 1: hi ha T1 a la mateixa hora."]
    assert "Hi ha 2 coses del programa que no encaixen." in html


def test_the_table_asks_as_much_of_the_database_for_many_sessions_as_for_one(desk, count_queries):
    event = make_event()
    make_session(event, "T1", room_id=make_room(event).id)
    first = count_queries(lambda: desk.get(TABLE))
    for number in range(2, 6):
        make_session(event, f"T{number}", room_id=make_room(event, f"Sala {number}").id)

    assert count_queries(lambda: desk.get(TABLE)) == first
    assert only(type(event)).sequence == 0
