"""Importing a programme: by slug and code, all or nothing, and what it says about it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.database import db
from core.errors import InputError
from core.languages import use_language
from events import processes, services
from events.models import Event, EventState, Process, Room, Session, SessionKind
from events.programme import read_programme
from events.programme_import import import_programme
from tests.events.test_programme import EVENT, SESSION
from tests.factories import NOW, make_event, make_registration, make_session, make_team

LATER = NOW + timedelta(days=1)


def run(text, now=NOW):
    programme = read_programme(text.encode(), default_timezone="Europe/Madrid")
    return import_programme(
        programme, team=make_team(), default_language="ca", may_write=lambda _thing: True, by=None, now=now
    )


def problems_of(text):
    with use_language("en"), pytest.raises(InputError) as refusal:
        run(text)
    return refusal.value.problems


def summary_of(text):
    with use_language("en"):
        return run(text).summary()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_a_new_event_with_its_sessions_process_and_rooms(app):
    text = (
        EVENT
        + 'process = "pla-de-barris"\nneighbourhoods = "el bon pastor"\n'
        + SESSION
        + 'room = "Sala  1"\ncapacity = 5\n'
    )

    outcome = run(text)

    event = services.get_event("prova")
    assert (event.state, event.language, event.timezone, event.sequence) == (EventState.DRAFT, "ca", "Europe/Madrid", 0)
    assert (event.process.slug, event.process.title) == ("pla-de-barris", "Pla de barris")
    assert [each.name for each in event.neighbourhoods] == ["el Bon Pastor"]
    assert [(s.code, s.room.name, s.capacity, s.kind) for s in event.sessions] == [
        ("T1", "Sala 1", 5, SessionKind.WORKING)
    ]
    assert (outcome.is_new, outcome.created, outcome.new_rooms, outcome.new_process) == (
        True,
        ["T1"],
        ["Sala 1"],
        "pla-de-barris",
    )


@pytest.mark.both_databases
def test_the_same_file_twice_changes_nothing(app):
    text = EVENT + 'state = "published"\nneighbourhoods = ["58", "59"]\ncapacity = 3\n' + SESSION + 'room = "Sala 1"\n'
    run(text)

    outcome = run(text, now=LATER)

    event = services.get_event("prova")
    assert (outcome.is_changed, outcome.created, outcome.updated, outcome.unchanged) == (False, [], [], ["T1"])
    assert (event.updated_at, event.sequence) == (NOW, 0)
    assert (count(Event), count(Session), count(Room)) == (1, 1, 1)


def test_what_a_file_leaves_out_stays(app):
    run(
        EVENT
        + 'state = "published"\nvenue = "Aquí"\ncapacity = 9\n'
        + SESSION
        + 'dimension = "internal"\ncapacity = 4\n'
    )

    run(EVENT + SESSION, now=LATER)

    event = services.get_event("prova")
    assert (event.state, event.venue, event.capacity) == (EventState.PUBLISHED, "Aquí", 9)
    assert (event.sessions[0].dimension.value, event.sessions[0].capacity) == ("internal", 4)


def test_an_empty_text_takes_the_room_and_the_dimension_away(app):
    run(EVENT + SESSION + 'room = "Sala 1"\ndimension = "internal"\n')

    run(EVENT + SESSION + 'room = ""\ndimension = ""\n')

    session = services.get_event("prova").sessions[0]
    assert (session.room, session.dimension) == (None, None)


def test_a_file_is_one_revision_for_calendars(app):
    run(EVENT + SESSION + SESSION.replace('"T1"', '"T2"'))

    run((EVENT + SESSION + SESSION.replace('"T1"', '"T2"')).replace("T11:00", "T11:30"), now=LATER)

    event = services.get_event("prova")
    assert (event.sequence, event.updated_at) == (1, LATER)


def test_a_new_title_is_no_new_time(app):
    run(EVENT + SESSION)

    run((EVENT + SESSION).replace("Taller 1", "Taller u"), now=LATER)

    event = services.get_event("prova")
    assert (event.sequence, event.updated_at) == (0, LATER)


def test_a_session_that_the_file_does_not_name_is_kept_and_said(app):
    run(EVENT + SESSION + SESSION.replace('"T1"', '"T2"'))

    assert summary_of(EVENT + SESSION) == (
        "event prova unchanged; sessions: 0 created, 0 updated, 1 unchanged; "
        "1 session is not in the file and is kept: T2"
    )


def test_summary_of_a_new_event(app):
    text = EVENT + 'process = "Impulsem, 2a part"\n' + SESSION + 'room = "A"\n'

    assert summary_of(text) == (
        "event prova created; sessions: 1 created, 0 updated, 0 unchanged; new rooms: A; new process: impulsem-2a-part"
    )
    assert processes.get_process("impulsem-2a-part").title == "Impulsem, 2a part"


def test_an_event_moved_with_its_sessions_in_one_file(app):
    run(EVENT + SESSION)

    run((EVENT + SESSION).replace("2026-12-03", "2026-12-10"))

    assert services.get_event("prova").sessions[0].starts_at == datetime(2026, 12, 10, 9, 0, tzinfo=UTC)


def test_a_kept_session_outside_the_new_times_is_a_problem(app):
    run(EVENT + SESSION)

    assert problems_of(EVENT.replace("2026-12-03", "2026-12-10")) == [
        "line 4: Session T1 would be outside the times of the event."
    ]


def test_unknown_neighbourhoods_are_problems(app):
    assert problems_of(EVENT + 'neighbourhoods = ["Bon Pastor", "Bon Pastís", "99"]\n') == [
        "line 6: neighbourhoods: there is no “99”",
        "line 6: neighbourhoods: there is no “Bon Pastís”",
    ]
    assert (count(Event), count(Process)) == (0, 0)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ('neighbourhood = "Bon Pastor"\n', ("09", "59")),
        ('district = "Sants Montjuïc"\n', ("03", None)),
        ('district = "9"\nneighbourhood = "58"\n', ("09", "58")),
        ('district = ""\nneighbourhood = ""\n', (None, None)),
        ("", ("09", "59")),
    ],
)
def test_a_session_is_in_the_neighbourhood_that_the_file_names(app, said, codes):
    run(EVENT + SESSION + 'neighbourhood = "el Bon Pastor"\n')

    event = run(EVENT + SESSION + said).event

    (session,) = event.sessions
    assert (session.district_code, session.neighbourhood_code) == codes


def test_areas_of_sessions_that_are_not_there_are_problems(app):
    assert problems_of(EVENT + SESSION + 'district = "Sant Gervasi de Dalt"\nneighbourhood = "Bon Pastís"\n') == [
        "line 12: district: there is no “Sant Gervasi de Dalt”",
        "line 13: neighbourhood: there is no “Bon Pastís”",
    ]
    assert problems_of(EVENT + SESSION + 'district = "Gràcia"\nneighbourhood = "Bon Pastor"\n') == [
        "line 13: neighbourhood: “el Bon Pastor” is not in Gràcia",
    ]


def test_back_to_draft_with_registrations_is_a_problem(app):
    event = make_event("prova")
    make_registration(event)

    assert problems_of(EVENT + 'state = "draft"\n') == [
        "line 6: People are registered: an event cannot go back to draft. Cancel it, or close its registration."
    ]


@pytest.mark.both_databases
def test_capacity_below_the_places_taken_puts_nobody_out(app):
    event = make_event("prova", capacity=10)
    session = make_session(event, "T1", capacity=10)
    for name in ("ann", "bob", "cleo"):
        make_registration(event, session, email=f"{name}@example.org")

    run(EVENT + "capacity = 1\n" + SESSION + "capacity = 2\n")

    db.session.refresh(event)
    db.session.refresh(session)
    assert (event.capacity, event.places_taken, event.extra_places, event.places_left) == (1, 3, 2, 0)
    assert (session.capacity, session.places_taken, session.extra_places) == (2, 3, 1)


def test_a_state_reached_from_draft_through_publication(app):
    run(EVENT + 'state = "closed"\n')

    assert services.get_event("prova").state is EventState.CLOSED


def test_hostile_texts_come_in_as_they_are(app):
    title = '<b>Títol</b> & \\"cometes\\" =1+1 😀\\u202Egnorw\\t\\n fi'

    run(EVENT.replace('"Prova"', f'"{title}"'))

    assert services.get_event("prova").title == '<b>Títol</b> & "cometes" =1+1 😀gnorw fi'


def test_410_sessions(app):
    sessions = "".join(SESSION.replace('"T1"', f'"S{number}"') for number in range(410))

    outcome = run(EVENT + sessions)

    assert len(outcome.created) == 410
    assert len(services.get_event("prova").sessions) == 410


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "programme.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_command_says_what_it_did(app, tmp_path):
    result = app.test_cli_runner().invoke(args=["events", "import", write(tmp_path, EVENT + SESSION)])

    assert result.output == "jornada prova creada; sessions: 1 creades, 0 actualitzades, 0 sense canvis\n"
    assert result.exit_code == 0
    assert count(Session) == 1


def test_dry_run_changes_nothing(app, tmp_path):
    result = app.test_cli_runner().invoke(args=["events", "import", "--dry-run", write(tmp_path, EVENT + SESSION)])

    assert result.output == (
        "Prova, no s’ha desat res: jornada prova creada; sessions: 1 creades, 0 actualitzades, 0 sense canvis\n"
    )
    assert (result.exit_code, count(Event)) == (0, 0)


def test_command_names_every_problem_and_changes_nothing(app, tmp_path):
    path = write(tmp_path, EVENT + 'neighbourhoods = "Xyz"\n' + SESSION)

    result = app.test_cli_runner().invoke(args=["events", "import", path])

    assert result.stderr == f"{path}: línia 6: neighbourhoods: no hi ha cap barri «Xyz»\n"
    assert (result.exit_code, count(Event)) == (2, 0)


@pytest.mark.parametrize(
    "arguments", [["events", "import"], ["events", "import", "/nowhere.toml"], ["events", "import", "/"]]
)
def test_command_refuses_bad_usage(app, arguments):
    result = app.test_cli_runner().invoke(args=arguments)

    assert result.exit_code == 2
