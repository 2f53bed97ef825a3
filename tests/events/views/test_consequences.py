"""Before an act that concerns people is done, the desk says whom it concerns; then it is done and they are told."""

import html
import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.database import db
from events.models import Event, EventState, Room, Session
from registrations.models import Announcement, ChosenSession
from tests.factories import make_event, make_registration, make_room, make_session, make_staff

DESK = "/gestio/jornades/jornada"
EVENT_FORM = {
    "title": "Jornada de treball",
    "starts": "2036-12-03T09:30",
    "ends": "2036-12-03T14:00",
    "timezone": "Europe/Madrid",
    "language": "ca",
    "venue": "Centre cívic",
    "address": "carrer Gran, 1, Barcelona",
    "neighbourhoods": ["58", "59"],
}
SESSION_FORM = {
    "title": "Taller T1",
    "code": "T1",
    "kind": "working",
    "starts": "2036-12-03T10:00",
    "ends": "2036-12-03T11:00",
}
FILE = """[event]
slug = "jornada"
title = "Jornada de treball"
starts = 2036-12-03T10:30:00
ends = 2036-12-03T15:00:00

[[session]]
code = "T1"
title = "Taller T1"
starts = 2036-12-03T11:00:00
ends = 2036-12-03T12:00:00
"""
THEY_ARE_TOLD = "1 persona amb plaça rep un correu amb la nova data, hora o lloc, i se li actualitza el calendari."


@pytest.fixture
def session(app):
    """A session of a coming event that Bob chose."""
    event = make_event(starts_at=datetime(2036, 12, 3, 8, 30, tzinfo=UTC))
    session = make_session(event, "T1")
    make_registration(event, session)
    return session


def test_moving_an_event_shows_first_who_will_be_told(desk, session):
    moved = EVENT_FORM | {"starts": "2036-12-03T09:00"}

    page = desk.post(f"{DESK}/dades", data=moved)

    assert page.status_code == 200
    assert THEY_ARE_TOLD in page.text
    assert "s’avisa 1 persona" in button(page, "agreed")
    assert only(Event).starts_at.hour == 8
    assert only(Event).starts_at.minute == 30
    assert list_of(Announcement) == []


def test_what_was_shown_is_done_with_all_that_was_typed(desk, session):
    moved = EVENT_FORM | {"starts": "2036-12-03T09:00", "summary": "Text\n<b>&\"'", "slug": "jornada"}
    page = desk.post(f"{DESK}/dades", data=moved)

    response = desk.post(f"{DESK}/dades", data=sent_again(page, "agreed"))

    event = only(Event)
    assert (response.status_code, event.starts_at.hour, event.starts_at.minute) == (303, 8, 0)
    assert [each.code for each in event.neighbourhoods] == ["58", "59"]
    assert event.summary == "Text\n<b>&\"'"
    assert len(list_of(Announcement)) == 1
    assert "1 persona rep un correu" in desk.get(DESK).text


def test_what_was_shown_can_be_corrected(desk, session):
    page = desk.post(f"{DESK}/dades", data=EVENT_FORM | {"starts": "2036-12-03T09:00"})

    form = desk.post(f"{DESK}/dades", data=sent_again(page, "back"))

    assert form.status_code == 200
    assert 'value="2036-12-03T09:00"' in form.text
    assert list_of(Announcement) == []


@pytest.mark.parametrize("changes", [{"title": "Una altra"}, {"summary": "Nou"}, {"capacity": "1"}])
def test_what_concerns_nobody_is_saved_straight_away(desk, session, changes):
    response = desk.post(f"{DESK}/dades", data=EVENT_FORM | changes)

    assert response.status_code == 303
    assert list_of(Announcement) == []


def test_event_without_people_is_moved_straight_away(desk):
    make_event()

    assert desk.post(f"{DESK}/dades", data=EVENT_FORM).status_code == 303


def test_moving_a_session_shows_first_and_makes_no_room_until_agreed(desk, session):
    moved = SESSION_FORM | {"starts": "2036-12-03T10:30", "new_room": "Sala nova"}

    page = desk.post(f"{DESK}/programa/T1", data=moved)
    assert "1 persona que ve a «Taller T1» rep un correu" in page.text
    assert list_of(Room) == []

    response = desk.post(f"{DESK}/programa/T1", data=sent_again(page, "agreed"))
    assert response.status_code == 303
    assert (only(Session).room.name, len(list_of(Announcement))) == ("Sala nova", 1)


def test_another_name_of_a_room_shows_first(desk, session):
    session.room = make_room(session.event)
    room_id = db.session.scalar(select(Room.id)) or session.room.id

    page = desk.post(f"{DESK}/sales/{room_id}", data={"name": "Sala gran"})

    assert (page.status_code, only(Room).name) == (200, "Sala 1")
    assert desk.post(f"{DESK}/sales/{room_id}", data=sent_again(page, "agreed")).status_code == 303
    assert only(Room).name == "Sala gran"


def test_cancelling_a_session_says_whom_it_concerns_and_does_it(desk, session):
    question = desk.get(f"{DESK}/programa/T1/cancellacio")
    assert "1 persona que ve a «Taller T1» rep un correu" in question.text
    assert len(list_of(ChosenSession)) == 1

    response = desk.post(f"{DESK}/programa/T1/cancellacio")

    assert (response.status_code, only(Session).is_cancelled, list_of(ChosenSession)) == (303, True, [])
    programme = desk.get(f"{DESK}/programa").text
    assert "La sessió T1 està cancel·lada." in programme
    assert "Cancel·lada" in desk.get("/jornades/jornada").text


def test_cancelled_session_can_be_taken_up_again_from_its_form(desk, session):
    desk.post(f"{DESK}/programa/T1/cancellacio")
    assert "/programa/T1/represa" in desk.get(f"{DESK}/programa/T1").text

    response = desk.post(f"{DESK}/programa/T1/represa")

    assert (response.status_code, only(Session).is_cancelled) == (303, False)


def test_session_that_is_over_is_not_cancelled(desk):
    make_session(make_event(starts_at=datetime(2020, 12, 3, 8, 30, tzinfo=UTC)), "T1")

    assert desk.post(f"{DESK}/programa/T1/cancellacio").status_code == 409
    assert only(Session).is_cancelled is False


def test_unknown_session_is_not_found(desk, session):
    for address in (f"{DESK}/programa/T9/cancellacio", f"{DESK}/programa/T9/represa"):
        assert desk.post(address).status_code == 404


def test_public_pages_and_calendars_say_that_a_session_is_cancelled(desk, session):
    desk.post(f"{DESK}/programa/T1/cancellacio")

    page = desk.get("/jornades/jornada").text
    assert '"eventStatus": "https://schema.org/EventCancelled"' in page.replace('":"', '": "')
    assert "sessio-T1" in page
    assert 'value="T1"' not in desk.get("/jornades/jornada/inscripcio").text


@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
def test_who_may_not_edit_cancels_nothing(client, session, role):
    client.log_in(make_staff(f"{role}@example.org", role=role))

    assert client.get(f"{DESK}/programa/T1/cancellacio").status_code == 403
    assert client.post(f"{DESK}/programa/T1/cancellacio").status_code == 403
    assert client.post(f"{DESK}/programa/T1/represa").status_code == 403
    assert only(Session).is_cancelled is False


def test_cancelling_and_publishing_again_say_who_is_told(desk, session):
    question = desk.get(f"{DESK}/cancellacio")
    assert "s’avisa 1 persona" in question.text
    assert only(Event).state is EventState.PUBLISHED
    desk.post(f"{DESK}/cancellacio")
    row = list_of(Announcement)[0]
    row.told_at = row.announced_at
    db.session.commit()

    again = desk.get(f"{DESK}/publicacio")

    assert "1 persona amb plaça rep un correu que diu que la jornada es fa" in again.text
    assert only(Event).state is EventState.CANCELLED


def test_file_shows_whom_it_concerns_before_it_is_saved(desk, session):
    page = desk.post("/gestio/importacio", data={"file": (io.BytesIO(FILE.encode()), "p.toml")})
    assert THEY_ARE_TOLD in page.text
    assert list_of(Announcement) == []

    desk.post("/gestio/importacio", data={"text": FILE, "import": "1"})

    assert [row.kind.value for row in list_of(Announcement)] == ["moved"]


@pytest.mark.parametrize(("options", "rows"), [(["--dry-run"], 0), ([], 1)])
def test_command_prints_whom_a_file_concerns(app, session, tmp_path, options, rows):
    file = tmp_path / "PROGRAMME.toml"
    file.write_text(FILE)
    db.session.commit()

    result = app.test_cli_runner().invoke(args=["events", "import", str(file), *options])

    assert result.exit_code == 0
    assert result.output.splitlines()[1:] == [f"- {THEY_ARE_TOLD}"]
    assert len(list_of(Announcement)) == rows


def sent_again(page, button):
    """What the page sends with this button: all its hidden fields."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return MultiDict([(name, html.unescape(value)) for name, value in found] + [(button, "1")])


def button(page, name):
    return re.search(rf'<button class="[^"]*" name="{name}"[^>]*>(.*?)</button>', page.text)[1]


def only(model):
    return list_of(model)[0]


def list_of(model):
    db.session.expire_all()
    return db.session.scalars(select(model)).all()
