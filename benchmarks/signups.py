"""(a) Complete sign-ups a second beside the bare transaction; (b) programme pages beside a bare Flask page."""

import os
import re
from datetime import timedelta

from benchmarks import load
from benchmarks.load import Visitor
from benchmarks.measure import Measurement
from benchmarks.servers import database, serving

CONCURRENCIES = (1, 8, 32)
SLUG = "banc"
SESSIONS = 3
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def run(*, quick: bool) -> list[Measurement]:
    """Measure both on SQLite and on PostgreSQL."""
    total = 40 if quick else 400
    measurements = []
    for backend in ("sqlite", "postgresql"):
        measurements += _measure(backend, total)
    return measurements


def _measure(backend: str, total: int) -> list[Measurement]:
    with database(backend) as environ:
        event_id, session_ids = _prepare(environ)
        ours: dict[int, float] = {}
        floors: dict[int, float] = {}
        with serving("app:create_app()", environ) as port:
            pages = load.rate(port, _load_programme, concurrency=8, total=total * 2)
            for concurrency in CONCURRENCIES:
                sign_up = _signing_up(f"{backend}{concurrency}")
                ours[concurrency] = load.rate(port, sign_up, concurrency=concurrency, total=total)
        with serving("benchmarks.floor:create_app()", environ) as port:
            bare_pages = load.rate(port, _load_bare_page, concurrency=8, total=total * 4)
            for concurrency in CONCURRENCIES:
                post = _posting(f"floor{concurrency}", event_id, session_ids)
                floors[concurrency] = load.rate(port, post, concurrency=concurrency, total=total * 2)
    return [
        *(
            Measurement(
                f"sign-up, 4 requests, {backend}, {n} at once", ours[n], floors[n], "a second", "floor: bare POST"
            )
            for n in CONCURRENCIES
        ),
        Measurement(f"programme page, {backend}, 8 at once", pages, bare_pages, "a second", "floor: bare Flask page"),
    ]


def _prepare(environ: dict[str, str]) -> tuple[int, list[int]]:
    """An event with three sessions one after the other, without limit of places, through the product's own models."""
    os.environ.update(environ)
    try:
        from app import create_app  # noqa: PLC0415 - reads the environment that has just been set
        from core.database import alembic, db, transaction  # noqa: PLC0415
        from tests import factories  # noqa: PLC0415

        with create_app().app_context():
            alembic.upgrade()
            with transaction():
                event = factories.make_event(SLUG, starts_at=factories.EVENT_START + timedelta(days=365))
                sessions = [
                    factories.make_session(
                        event, f"T{n}", starts_at=event.starts_at + timedelta(hours=n), capacity=10**6
                    )
                    for n in range(1, SESSIONS + 1)
                ]
            keys = event.id, [session.id for session in sessions]
            db.engine.dispose()
            return keys
    finally:
        for key in environ:
            os.environ.pop(key)


def _load_programme(visitor: Visitor, _number: int) -> None:
    if visitor.get(f"/jornades/{SLUG}").status != 200:
        raise RuntimeError("the programme page failed")


def _load_bare_page(visitor: Visitor, _number: int) -> None:
    if visitor.get("/").status != 200:
        raise RuntimeError("the bare page failed")


def _signing_up(series: str):  # noqa: ANN202 - a job for `load.rate`
    def sign_up(visitor: Visitor, number: int) -> None:
        visitor.get(f"/jornades/{SLUG}")
        form = visitor.get(f"/jornades/{SLUG}/inscripcio")
        token = _TOKEN.search(form.body)
        fields = [
            ("csrf_token", token[1] if token else ""),
            ("first_name", "Bob"),
            ("last_name", f"Pla {number}"),
            ("email", f"{series}-{number}@example.org"),
            ("organisation", "Associació de Veïns"),
            *(("sessions", f"T{n}") for n in range(1, SESSIONS + 1)),
        ]
        answer = visitor.post(f"/jornades/{SLUG}/inscripcio", fields)
        if answer.status != 303:
            raise RuntimeError(f"the sign-up answered {answer.status}: {answer.body[:2000]}")
        if visitor.get(answer.headers["location"]).status != 200:
            raise RuntimeError("the person's page failed")

    return sign_up


def _posting(series: str, event_id: int, session_ids: list[int]):  # noqa: ANN202 - a job for `load.rate`
    def post(visitor: Visitor, number: int) -> None:
        fields = [("event", str(event_id)), ("email", f"{series}-{number}@example.org")]
        fields += [("sessions", str(session_id)) for session_id in session_ids]
        if visitor.post("/signup", fields).status != 200:
            raise RuntimeError("the bare sign-up failed")

    return post
