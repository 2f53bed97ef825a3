"""What public pages show is true at once, on every machine, whatever was changed and wherever."""

import json
import re
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from core.database import Model, db, transaction
from core.dates import utc_now
from core.public_version import is_shown
from events import capacity, live, services
from events.models import EventState, RegistrationStatus
from registrations.models import RegistrationSource
from registrations.services import Answers, cancel, register
from tests.conftest import dispose, make_app
from tests.factories import make_event, make_process, make_room, make_session

HOME, PROGRAMME, FORM = "/", "/jornades/jornada", "/jornades/jornada/inscripcio"


@pytest.fixture
def machines(own_app, settings, empty_database):
    """Two machines on one database: the pages of both, each asked once so that they hold copies."""
    other = make_app(replace(settings, database_url=empty_database))
    with transaction():
        starts_at = (utc_now() + timedelta(days=10)).replace(minute=0, second=0, microsecond=0)
        event = make_event(
            title="Jornada",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=5),
            capacity=2,
            process=make_process(title="Impulsem"),
        )
        room = make_room(event, "Sala 1")
        make_session(event, "T1", title="Taller", starts_at=starts_at, capacity=1, room=room)
    machines = [each.test_client(use_cookies=False) for each in (own_app, other)]
    for machine in machines:
        for path in (HOME, PROGRAMME, FORM):
            machine.get(path)
            machine.get(path)
    yield machines
    dispose(other)


def see(machines, path, language="ca"):
    """What both machines show, which must be the same."""
    texts = {
        re.sub(r'(name="(?:csrf_token|form_stamp)" value=")[^"]+', r"\1", page.text)
        for page in (machine.get(path, headers={"Accept-Language": language}) for machine in machines)
    }
    (text,) = texts
    return text


@contextmanager
def changing():
    """An act on the event in another session than those of the machines."""
    with transaction():
        yield services.get_event("jornada")


def sign_up(email="bob@example.org", sessions=()):
    with changing() as event:
        return register(
            event,
            Answers("Bob", "Pla", email, session_codes=sessions),
            source=RegistrationSource.PERSON,
            language="ca",
            now=utc_now(),
        )


EDITS = {
    "title": (lambda event: setattr(event, "title", "Altra cosa"), (HOME, PROGRAMME, FORM), "Altra cosa"),
    "venue": (lambda event: setattr(event, "venue", "Can Batlló"), (HOME, PROGRAMME, FORM), "Can Batlló"),
    "room": (lambda event: setattr(event.rooms[0], "name", "Sala gran"), (PROGRAMME, FORM), "Sala gran"),
    "session": (
        lambda event: setattr(event.sessions[0], "title", "Un altre taller"),
        (PROGRAMME, FORM),
        "Un altre taller",
    ),
    "new session": (
        lambda event: make_session(event, "T2", title="Taller nou", starts_at=event.starts_at),
        (PROGRAMME, FORM),
        "Taller nou",
    ),
    "process": (lambda event: setattr(event.process, "title", "Altre procés"), (HOME, PROGRAMME), "Altre procés"),
    "team": (lambda event: setattr(event.team, "responsible_body", "Consell"), (PROGRAMME, FORM), "Consell"),
    "capacity": (lambda event: capacity.set_capacity(event, 50), (HOME, PROGRAMME), "queden 50 places"),
    "places of a session": (
        lambda event: capacity.set_capacity(event.sessions[0], 40),
        (PROGRAMME, FORM),
        "queden 40 places",
    ),
    "opening": (
        lambda event: setattr(event, "registration_opens_at", utc_now() + timedelta(days=1)),
        (PROGRAMME, FORM),
        "data-opens",
    ),
    "cancellation of the event": (
        lambda event: services.cancel(event, by=None, now=utc_now()),
        (HOME, PROGRAMME, FORM),
        "ancel·la",
    ),
}


@pytest.mark.both_databases
def test_every_edit_shows_at_once_on_both_machines(machines):
    """One after the other on the same two machines, for each has to find copies that were right until then."""
    shown = {}
    for edit, (act, paths, words) in EDITS.items():
        before = [words in see(machines, path) for path in paths]
        with changing() as event:
            act(event)
        shown[edit] = before, [words in see(machines, path) for path in paths]

    assert shown == {edit: ([False] * len(paths), [True] * len(paths)) for edit, (_act, paths, _words) in EDITS.items()}


@pytest.mark.both_databases
def test_sign_up_and_cancellation_show_at_once_on_both_machines(machines):
    seen = [places_shown(machines)]

    registration = sign_up(sessions=["T1"])
    seen.append(places_shown(machines))
    with transaction():
        cancel(registration, now=utc_now())
    seen.append(places_shown(machines))

    assert seen == [
        ("queden 2 places", 2, "queda 1 plaça"),
        ("queda 1 plaça", 1, "plena"),
        ("queden 2 places", 2, "queda 1 plaça"),
    ]


def places_shown(machines):
    """The places of the event on its button and for search engines, and those of its session."""
    html = see(machines, PROGRAMME)
    structured = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, flags=re.DOTALL)[1])
    button = re.search(r'button-note">([^<]*)<', html)
    of_session = re.search(r'class="session-(?:places|full)"[^>]*>([^<]*)<', html)
    return button and button[1], structured["remainingAttendeeCapacity"], of_session and of_session[1]


@pytest.mark.both_databases
def test_full_event_becomes_a_waiting_list_and_says_how_long_it_is(machines):
    for number in range(4):
        sign_up(f"p{number}@example.org", ["T1"])
    with changing() as event:
        in_line = event.sessions[0].people_waiting

    html = see(machines, PROGRAMME)

    assert "Apunteu-me a la llista d’espera" in html
    assert in_line > 0
    assert "2 en espera" in html
    assert f"plena · {in_line} en espera" in html
    assert "SoldOut" in html
    assert "· 2 en espera</span>" in see(machines, HOME)
    assert '<form class="form signup-form"' in see(machines, FORM)


def test_full_event_without_waiting_list_takes_nobody(machines):
    with changing() as event:
        event.has_waiting_list = False
    for number in range(2):
        sign_up(f"p{number}@example.org")

    assert "Totes les places estan ocupades." in see(machines, PROGRAMME)
    assert "signup-form" not in see(machines, FORM)


@pytest.mark.parametrize("language", ["ca", "es", "en"])
def test_numbers_are_said_in_each_language(machines, language):
    sign_up()

    said = {"ca": "queda 1 plaça", "es": "queda 1 plaza", "en": "1 place left"}

    assert said[language] in see(machines, PROGRAMME, language)


@pytest.mark.parametrize(
    ("values", "before", "after"),
    [
        ({"registration_opens_at": 0}, "data-opens", "button--large"),
        ({"registration_closes_at": 0}, "button--large", "Les inscripcions són tancades."),
        ({"starts_at": -3600, "ends_at": 0}, "button--large", "Aquesta jornada ja s’ha fet."),
    ],
)
def test_pages_change_when_the_time_comes(own_app, values, before, after, monkeypatch):
    moment = utc_now() + timedelta(hours=1)
    with transaction():
        times = {"starts_at": moment + timedelta(days=1), "ends_at": moment + timedelta(days=2)}
        make_event(**{**times, **{name: moment + timedelta(seconds=seconds) for name, seconds in values.items()}})
    client = own_app.test_client(use_cookies=False)
    earlier = [client.get(path).text for path in (HOME, PROGRAMME, FORM) for _ in range(2)]

    for module in ("core.shortcut", "events.views.public", "registrations.views.public"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: moment + timedelta(milliseconds=1))
    later = [client.get(path).text for path in (HOME, PROGRAMME, FORM)]

    assert before in earlier[3]
    assert after not in earlier[3]
    assert after in later[1]
    assert before not in later[1]
    assert [one != other for one, other in zip(earlier[1::2], later, strict=True)] == [True] * 3


def test_every_table_that_a_public_page_reads_tells_when_it_changes(app, client):
    """A page may show what a counter query reads for each request, or rows whose every write draws another mark."""
    starts_at = utc_now() + timedelta(days=10)
    event = make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), process=make_process())
    make_session(event, starts_at=starts_at, room=make_room(event))
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    listening.listen(db.engine, "before_cursor_execute", note)
    for path in (HOME, PROGRAMME, FORM):
        client.get(path)
    listening.remove(db.engine, "before_cursor_execute", note)

    read = {table for statement in statements for table in re.findall(r"(?:FROM|JOIN) (\w+)", statement)}
    shown = {mapper.class_.__tablename__ for mapper in Model.registry.mappers if is_shown(mapper.class_)}
    # The bond between an event and its neighbourhoods is written with the event, that of a question with the question.
    assert read - shown - {"mark"} <= {"event_neighbourhood", "question_session", "district"}


def ask(question, **values):
    with closing(db.engine.raw_connection()) as connection:
        return question(db.engine.dialect).ask(connection, values)


@pytest.mark.both_databases
def test_numbers_of_rows_are_those_of_the_event(own_app):
    with transaction():
        event = make_event(capacity=9, places_kept=2, places_taken=3, people_waiting=4)
        make_session(event, "T1", capacity=None)
        make_session(event, "T2", capacity=1, places_taken=1)
        other = make_event("altra", capacity=None)
    _mark, of_event = ask(live.ask_for_event, slug="jornada")
    _mark, of_all = ask(live.ask_for_coming, now=event.starts_at)

    assert live.numbers_of(of_event) == live.numbers_as_loaded(event)
    assert live.numbers_of(of_event)[live.key_of(event)] == live.Places(4, 4)
    of_both = {live.key_of(event): live.Places(4, 4), live.key_of(other): live.Places(None, 0)}
    assert live.numbers_of(of_all) == of_both


def test_draft_and_unknown_events_have_no_numbers(own_app):
    with transaction():
        make_event("esborrany", state=EventState.DRAFT)

    assert [ask(live.ask_for_event, slug=slug) for slug in ("esborrany", "res")] == [None, None]
    assert ask(live.ask_for_coming, now=utc_now()) == ask(live.ask_for_coming, now=utc_now() + timedelta(days=9999))


def test_status_follows_the_places(own_app):
    with transaction():
        event = make_event(capacity=1)
    choose = live.choose_for_event(event, event.starts_at - timedelta(days=1))

    statuses = [choose({live.key_of(event): live.Places(left, 0)})[0] for left in (None, 1, 0)]

    assert statuses == [RegistrationStatus.OPEN, RegistrationStatus.OPEN, RegistrationStatus.WAITING_LIST]


def test_cancelled_session_is_struck_out(client):
    starts_at = utc_now() + timedelta(days=10)
    event = make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    make_session(event, title="Taller", starts_at=starts_at, capacity=5, cancelled_at=utc_now())

    html = client.get(PROGRAMME).text

    assert "<s>Taller</s>" in html
    assert "session--cancelled" in html
    assert "queden 5 places" not in html
