"""Events, sessions, rooms and processes: what is written, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from accounts.models import AuditEntry
from core.database import db
from core.errors import NotFoundError
from events import processes, rooms, services, sessions
from events.models import Event, EventState, Session
from tests.factories import (
    EVENT_START,
    NOW,
    make_attendance,
    make_event,
    make_process,
    make_registration,
    make_room,
    make_session,
    make_team,
)

LATER = NOW + timedelta(days=1)
BY = {"by": None, "now": LATER}


def values(**changes):
    return {
        "slug": "nova",
        "title": "Nova",
        "starts_at": EVENT_START,
        "ends_at": EVENT_START + timedelta(hours=4),
        "timezone": "Europe/Madrid",
        "language": "ca",
        **changes,
    }


def session_values(**changes):
    return {
        "code": "T1",
        "title": "Taller",
        "starts_at": EVENT_START,
        "ends_at": EVENT_START + timedelta(hours=1),
        **changes,
    }


def test_create_event_makes_a_draft_and_leaves_a_line_in_the_trail(app):
    event = services.create_event(values(), team=make_team(), **BY)

    assert (event.state, event.created_at, event.updated_at, event.sequence) == (EventState.DRAFT, LATER, LATER, 0)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.subject_kind, entry.subject_key) == ("event.create", "event", "nova")


@pytest.mark.both_databases
def test_create_event_refuses_an_address_that_is_taken(app):
    make_event("nova")

    with pytest.raises(services.SlugTaken):
        services.create_event(values(), team=make_team(), **BY)


def test_create_event_refuses_an_end_before_the_start(app):
    with pytest.raises(services.EventEndsBeforeStart):
        services.create_event(values(ends_at=EVENT_START), team=make_team(), **BY)


def test_create_event_refuses_registration_that_closes_before_it_opens(app):
    opening = {"registration_opens_at": NOW, "registration_closes_at": NOW}

    with pytest.raises(services.RegistrationClosesBeforeOpening):
        services.create_event(values(**opening), team=make_team(), **BY)


def test_update_event_without_change_stamps_nothing(app):
    event = make_event(title="Jornada")

    assert services.update_event(event, {"title": "Jornada"}, **BY) is False
    assert (event.updated_at, event.sequence) == (NOW, 0)


@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        ({"title": "Altra"}, 0),
        ({"description": "Text"}, 0),
        ({"capacity": 5}, 0),
        ({"venue": "Ateneu"}, 1),
        ({"address": "carrer Nou, 2"}, 1),
        ({"starts_at": EVENT_START - timedelta(minutes=30)}, 1),
        ({"ends_at": EVENT_START + timedelta(hours=5)}, 1),
    ],
)
def test_update_event_counts_new_times_and_places_for_calendars(app, change, sequence):
    event = make_event()

    assert services.update_event(event, change, **BY) is True
    assert (event.updated_at, event.sequence) == (LATER, sequence)


def test_update_event_refuses_to_leave_a_session_outside(app):
    session = make_session()

    with pytest.raises(services.SessionsOutsideEvent):
        services.update_event(session.event, {"starts_at": session.starts_at + timedelta(minutes=1)}, **BY)


def test_update_event_refuses_a_new_address_once_published(app):
    event = make_event(state=EventState.PUBLISHED)

    with pytest.raises(services.SlugFixed):
        services.update_event(event, {"slug": "altra"}, **BY)


def test_update_event_gives_a_draft_a_new_address(app):
    event = make_event(state=EventState.DRAFT)

    services.update_event(event, {"slug": "altra"}, **BY)

    assert services.get_event("altra") is event


def test_moving_an_event_moves_its_sessions_on_the_wall_clock_across_the_change_of_time(app):
    session = make_session()  # 10 h on 3 December
    start, end = datetime(2027, 7, 3, 7, 30, tzinfo=UTC), datetime(2027, 7, 3, 12, 0, tzinfo=UTC)

    services.update_event(session.event, {"starts_at": start, "ends_at": end}, move_sessions=True, **BY)

    assert session.starts_at == datetime(2027, 7, 3, 8, 0, tzinfo=UTC)  # 10 h on 3 July
    assert session.duration == timedelta(hours=1)


@pytest.mark.both_databases
def test_less_capacity_than_taken_keeps_everybody_and_more_gives_the_extra_back(app):
    event = make_event(capacity=3)
    for name in ("ann", "bob", "cleo"):
        make_registration(event, email=f"{name}@example.org")

    services.update_event(event, {"capacity": 1}, **BY)
    assert (event.capacity, event.places_taken, event.extra_places, event.places_left) == (1, 3, 2, 0)

    services.update_event(event, {"capacity": 5}, **BY)
    assert (event.capacity, event.places_taken, event.extra_places, event.places_left) == (5, 3, 0, 2)

    services.update_event(event, {"capacity": None}, **BY)
    assert (event.capacity, event.extra_places) == (None, 0)


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (services.publish, EventState.DRAFT, EventState.PUBLISHED),
        (services.publish, EventState.CLOSED, EventState.PUBLISHED),
        (services.publish, EventState.CANCELLED, EventState.PUBLISHED),
        (services.withdraw, EventState.PUBLISHED, EventState.DRAFT),
        (services.cancel, EventState.PUBLISHED, EventState.CANCELLED),
        (services.cancel, EventState.CLOSED, EventState.CANCELLED),
        (services.close, EventState.PUBLISHED, EventState.CLOSED),
    ],
)
def test_an_act_leads_from_state_to_state(app, act, before, after):
    event = make_event(state=before)

    act(event, **BY)

    assert (event.state, event.updated_at) == (after, LATER)
    assert event.sequence == (1 if EventState.CANCELLED in {before, after} else 0)


@pytest.mark.parametrize(
    ("act", "before"),
    [
        (services.publish, EventState.PUBLISHED),
        (services.withdraw, EventState.DRAFT),
        (services.cancel, EventState.DRAFT),
        (services.cancel, EventState.CANCELLED),
        (services.close, EventState.DRAFT),
        (services.close, EventState.CANCELLED),
    ],
)
def test_an_act_is_refused_where_it_leads_nowhere(app, act, before):
    event = make_event(state=before)

    with pytest.raises(services.StateNotReachable):
        act(event, **BY)


def test_an_event_with_registrations_cannot_become_a_draft(app):
    event = make_event()
    make_registration(event)

    with pytest.raises(services.EventHasRegistrations):
        services.withdraw(event, **BY)


def test_a_draft_is_not_found_by_the_public(app):
    make_event("secreta", state=EventState.DRAFT)

    with pytest.raises(NotFoundError):
        services.get_published("secreta")


def test_coming_and_past_events(app):
    make_event("avui", starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
    make_event("dema", starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2))
    make_event("ahir", starts_at=NOW - timedelta(days=1), ends_at=NOW - timedelta(hours=9))
    make_event("fa-temps", starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8))
    make_event("esborrany", state=EventState.DRAFT)
    make_event("no-es-fa", state=EventState.CANCELLED)

    assert [event.slug for event in services.list_coming(NOW)] == ["avui", "dema", "no-es-fa"]
    assert [event.slug for event in services.list_past(NOW)] == ["ahir", "fa-temps"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Jornada d’Inclusió a l'Eixample!", "jornada-d-inclusio-a-l-eixample"),
        ("Cel·la · ÑANDÚ ß", "cella-nandu-ss"),
        ("日本", "jornada"),
        ("", "jornada"),
        ("x" * 200, "x" * 80),
    ],
)
def test_suggest_slug(app, title, slug):
    assert services.suggest_slug(title) == slug


def test_suggest_slug_steps_aside(app):
    make_event("jornada")
    make_event("jornada-2")

    assert services.suggest_slug("Jornada") == "jornada-3"


@pytest.mark.both_databases
def test_create_session_refuses_a_code_that_is_taken(app):
    event = make_session(code="T1").event

    with pytest.raises(sessions.CodeTaken):
        sessions.create_session(event, session_values(), **BY)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ends_at": EVENT_START}, sessions.SessionEndsBeforeStart),
        ({"starts_at": EVENT_START - timedelta(minutes=1)}, sessions.SessionOutsideEvent),
        ({"ends_at": EVENT_START + timedelta(hours=5)}, sessions.SessionOutsideEvent),
    ],
)
def test_create_session_refuses_wrong_times(app, change, error):
    event = make_event()

    with pytest.raises(error):
        sessions.create_session(event, session_values(**change), **BY)


def test_update_session_counts_a_new_room_for_calendars(app):
    session = make_session()
    room = make_room(session.event)

    sessions.update_session(session, {"room": room}, **BY)

    assert (session.event.sequence, session.event.updated_at) == (1, LATER)


def test_delete_session(app):
    session = make_session()
    event = session.event

    sessions.delete_session(session, **BY)

    assert db.session.scalars(select(Session)).all() == []
    assert (event.sequence, event.updated_at) == (1, LATER)


def test_delete_session_refuses_while_somebody_is_registered(app):
    session = make_session()
    make_registration(session.event, session)

    with pytest.raises(sessions.SessionInUse):
        sessions.delete_session(session, **BY)


@pytest.mark.both_databases
def test_delete_session_refuses_while_attendance_is_recorded_in_it(app):
    session = make_session()
    make_attendance(make_registration(session.event), session)

    with pytest.raises(sessions.SessionInUse):
        sessions.delete_session(session, **BY)


def test_get_session_of_another_event_is_not_found(app):
    make_session(make_event("una"), "T1")

    with pytest.raises(NotFoundError):
        sessions.get_session(make_event("altra"), "T1")


def test_suggest_code_is_the_first_free_one(app):
    event = make_session(code="S1").event
    make_session(event, "S3")

    assert sessions.suggest_code(event) == "S2"


def test_rooms_are_known_by_name_however_it_is_typed(app):
    event = make_event()
    room = rooms.create_room(event, "Sala d’actes", capacity=90)

    assert rooms.find_room(event, "SALA D'ACTES") is room
    with pytest.raises(rooms.RoomNameTaken):
        rooms.create_room(event, "sala d'actes")


def test_a_new_name_of_a_room_is_told_to_calendars(app):
    event = make_event()
    room = rooms.create_room(event, "Sala 1")

    assert rooms.update_room(room, name="Sala 1", capacity=5, now=LATER) is True
    assert event.sequence == 0
    assert rooms.update_room(room, name="Sala gran", capacity=5, now=LATER) is True
    assert event.sequence == 1


def test_delete_room_refuses_while_sessions_take_place_in_it(app):
    session = make_session()
    room = make_room(session.event)
    sessions.update_session(session, {"room": room}, **BY)

    with pytest.raises(rooms.RoomInUse):
        rooms.delete_room(room)


def test_delete_room(app):
    event = make_event()
    room = rooms.create_room(event, "Sala 1")

    rooms.delete_room(room)

    assert event.rooms == []


@pytest.mark.both_databases
def test_create_process_refuses_an_address_that_is_taken(app):
    make_process("impulsem")

    with pytest.raises(processes.ProcessSlugTaken):
        processes.create_process({"slug": "impulsem", "title": "Impulsem"}, team=make_team(), **BY)


def test_update_process(app):
    process = make_process()

    assert processes.update_process(process, {"title": "Altre"}, **BY) is True
    assert processes.update_process(process, {"title": "Altre"}, **BY) is False


def test_a_process_that_is_not_public_is_not_found_by_the_public(app):
    make_process("intern", is_public=False)

    with pytest.raises(NotFoundError):
        processes.get_public("intern")


@pytest.mark.both_databases
def test_less_capacity_counts_the_places_as_they_stand_in_the_database(app):
    event = make_event(capacity=10)
    sign_up = update(Event).where(Event.id == event.id).values(places_taken=4)
    db.session.execute(sign_up, execution_options={"synchronize_session": False})  # by somebody else, meanwhile
    assert event.places_taken == 0

    services.update_event(event, {"capacity": 1}, **BY)

    assert (event.capacity, event.places_taken, event.extra_places) == (1, 4, 3)


@pytest.mark.parametrize(
    ("code", "suggested"),
    [("T1", "T3"), ("INT-09", "INT-10"), ("PAUSA", "PAUSA-2"), ("9", "10"), ("x" * 32, "S1"), ("A.99", "A.100")],
)
def test_suggest_next_code_goes_on_counting(app, code, suggested):
    event = make_event()
    for taken in {"T1", "t2", code}:
        make_session(event, taken)

    assert sessions.suggest_next_code(event, code) == suggested


def test_update_sessions_is_one_act_and_refused_whole(app):
    event = make_event()
    first, second = make_session(event, "T1"), make_session(event, "T2")

    assert not sessions.update_sessions(event, [(first, {"capacity": None})], by=None, now=NOW)
    with pytest.raises(sessions.SessionEndsBeforeStart), db.session.begin_nested():
        rows = [(first, {"facilitators": "Ada"}), (second, {"ends_at": second.starts_at})]
        sessions.update_sessions(event, rows, by=None, now=NOW)

    assert (first.facilitators, event.sequence) == ("", 0)
