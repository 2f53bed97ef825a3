"""(a) Complete sign-ups a second beside the bare transaction; (b) programme pages beside a bare Flask page.

Both servers run at the same time and are loaded in turns, so that whatever else the machine does slows both down alike.
"""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask import Flask
from werkzeug.datastructures import MultiDict

from benchmarks import load
from benchmarks.load import Load, Visitor
from benchmarks.measure import Measurement
from benchmarks.servers import database, serving

CONCURRENCIES = (1, 8, 32)
SLUG = "banc"
SESSIONS = 3
ROUNDS = 5
_OWN = re.compile(r'name="(csrf_token|form_stamp)" value="([^"]+)"')

Job = Callable[[Visitor, int], None]


def run(*, quick: bool) -> list[Measurement]:
    """Measure both on SQLite and on PostgreSQL."""
    rounds, size = (2, 32) if quick else (ROUNDS, 96)
    return [each for backend in ("sqlite", "postgresql") for each in _measure(backend, rounds, size)]


def _measure(backend: str, rounds: int, size: int) -> list[Measurement]:
    with database(backend) as environ:
        event_id, session_ids, statements, bare_statements = _prepare(environ)
        measurements = [
            Measurement(f"SQL statements of a sign-up POST, {backend}", statements, bare_statements, "statements")
        ]
        with serving("app:create_app()", environ) as ours, serving("benchmarks.floor:create_app()", environ) as floor:
            in_turns = partial(_in_turns, ours, floor, rounds=rounds)
            page, bare = in_turns(_load_programme, _load_bare_page, concurrency=8, size=size * 4)
            for concurrency in CONCURRENCIES:
                job, note = f"{backend}, {concurrency} at once", "floor: bare POST"
                signing_up = _signing_up(f"{backend}{concurrency}")
                posting = _posting(f"{backend}{concurrency}", event_id, session_ids)
                done, posted = in_turns(signing_up, posting, concurrency=concurrency, size=size)
                measurements += [
                    Measurement(f"sign-up, 4 requests, {job}", done.rate, posted.rate, "a second", note),
                    Measurement(
                        f"sign-up POST, 95th percentile, {job}", done.slow_post, posted.slow_post, "seconds", note
                    ),
                ]
    programme = f"programme page, {backend}, 8 at once"
    return [*measurements, Measurement(programme, page.rate, bare.rate, "a second", "floor: bare Flask page")]


def _in_turns(  # noqa: PLR0913 - two servers, two jobs, and how much of them
    our_port: int, floor_port: int, our_job: Job, floor_job: Job, *, concurrency: int, size: int, rounds: int
) -> tuple[Load, Load]:
    """Load one server and then the other, `rounds` times after one that warms both up."""
    loads: list[tuple[Load, Load]] = []
    for number in range(rounds + 1):
        numbers = range(number * size, (number + 1) * size)
        loads.append(
            (
                load.run(our_port, our_job, concurrency=concurrency, numbers=numbers),
                load.run(floor_port, floor_job, concurrency=concurrency, numbers=numbers),
            )
        )
    first, *others = loads[1:]
    return sum((one for one, _ in others), first[0]), sum((other for _, other in others), first[1])


def _prepare(environ: dict[str, str]) -> tuple[int, list[int], int, int]:
    """An event with three sessions one after the other, without limit of places, through the product's own models.

    Gives its id, those of its sessions, and how many statements a sign-up takes, ours and the bare one.
    """
    os.environ.update(environ)
    try:
        from app import create_app  # noqa: PLC0415 - reads the environment that has just been set
        from benchmarks import floor  # noqa: PLC0415 - the same
        from core.database import alembic, db, transaction  # noqa: PLC0415
        from tests import factories  # noqa: PLC0415

        app = create_app()
        with app.app_context():
            alembic.upgrade()
            with transaction():
                event = factories.make_event(SLUG, starts_at=factories.EVENT_START + timedelta(days=365))
                sessions = [
                    factories.make_session(
                        event, f"T{n}", starts_at=event.starts_at + timedelta(hours=n), capacity=10**6
                    )
                    for n in range(1, SESSIONS + 1)
                ]
            event_id, session_ids = event.id, [session.id for session in sessions]
        browser = floor.create_app().test_client()
        ours = _count(_send_form(app))
        theirs = _count(
            lambda number: browser.post("/signup", data=MultiDict(_bare_form(f"prova{number}", event_id, session_ids)))
        )
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        return event_id, session_ids, ours, theirs
    finally:
        for key in environ:
            os.environ.pop(key)


def _count(act: Callable[[int], object]) -> int:
    """How many statements `act(number)` sends to the database once it is warm."""
    from sqlalchemy import Engine, event  # noqa: PLC0415 - `event` is another thing here

    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    act(0)
    event.listen(Engine, "before_cursor_execute", note)
    act(1)
    event.remove(Engine, "before_cursor_execute", note)
    return len(statements)


def _send_form(app: Flask) -> Callable[[int], object]:
    browser = app.test_client()
    form = browser.get(f"/jornades/{SLUG}/inscripcio").text
    return lambda number: browser.post(f"/jornades/{SLUG}/inscripcio", data=MultiDict(_form(form, f"prova{number}")))


def _form(page: str, name: str) -> list[tuple[str, str]]:
    """The form of this page, filled in."""
    return [
        *_OWN.findall(page),
        ("first_name", "Bob"),
        ("last_name", f"Pla {name}"),
        ("email", f"{name}@example.org"),
        ("organisation", "Associació de Veïns"),
        *(("sessions", f"T{n}") for n in range(1, SESSIONS + 1)),
    ]


def _bare_form(name: str, event_id: int, session_ids: list[int]) -> list[tuple[str, str]]:
    return [
        ("event", str(event_id)),
        ("email", f"{name}@example.com"),
        *(("sessions", str(session_id)) for session_id in session_ids),
    ]


def _load_programme(visitor: Visitor, _number: int) -> None:
    _load(visitor, f"/jornades/{SLUG}")


def _load_bare_page(visitor: Visitor, _number: int) -> None:
    _load(visitor, "/")


def _load(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return answer.body


def _signing_up(series: str) -> Job:
    """Load the programme, the form, send it, and load the page it leads to."""

    def sign_up(visitor: Visitor, number: int) -> None:
        _load_programme(visitor, number)
        form = _load(visitor, f"/jornades/{SLUG}/inscripcio")
        answer = visitor.post(f"/jornades/{SLUG}/inscripcio", _form(form, f"{series}-{number}"))
        if answer.status != 303:
            raise RuntimeError(f"the sign-up answered {answer.status}: {answer.body[:2000]}")
        _load(visitor, answer.headers["location"])

    return sign_up


def _posting(series: str, event_id: int, session_ids: list[int]) -> Job:
    def post(visitor: Visitor, number: int) -> None:
        name = f"{series}-{number}"
        if visitor.post("/signup", _bare_form(name, event_id, session_ids)).status != 200:
            raise RuntimeError("the bare sign-up failed")

    return post
