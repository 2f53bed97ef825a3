"""Rows in number, written straight into the tables: what is measured is the reading."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask
from sqlalchemy import insert, text

from app import create_app
from contributions.models import Entry, EntryKind
from core.config import load
from core.database import alembic, db, transaction
from core.text import fold, sort_key
from events.models import Dimension, Event
from registrations.models import (
    Attendance,
    AttendanceSource,
    ChosenSession,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from tests import factories

SLUG = "banc"
PROCESS = "proces-banc"
_CHUNK = 5000


@contextmanager
def application(environ: dict[str, str]) -> Iterator[Flask]:
    """The application in this environment, its schema newest, inside a context of its own."""
    app = create_app(load({**os.environ, **environ}))
    with app.app_context():
        alembic.upgrade()
        try:
            yield app
        finally:
            db.session.close()
            db.engine.dispose()


def make_event(*, sessions: int, people: int) -> Event:
    """A past event of a process, with `people` spread over `sessions`, each of whom attended one."""
    process = factories.make_process(PROCESS)
    event = factories.make_event(SLUG, process=process, starts_at=factories.EVENT_START - timedelta(days=365))
    dimensions = list(Dimension)
    rows = [
        factories.make_session(event, f"S{n:02d}", dimension=dimensions[n % 3], starts_at=event.starts_at)
        for n in range(sessions)
    ]
    keys = [row.id for row in rows]
    for first in range(0, people, _CHUNK):
        numbers = range(first + 1, min(first + _CHUNK, people) + 1)
        db.session.execute(insert(Registration), [_registration(event.id, number) for number in numbers])
        of_sessions = [{"registration_id": number, "session_id": keys[number % len(keys)]} for number in numbers]
        db.session.execute(insert(ChosenSession), of_sessions)
        attended = {"source": AttendanceSource.LIST, "recorded_at": factories.NOW}
        db.session.execute(insert(Attendance), [values | attended for values in of_sessions])
    return event


def make_entries(event: Event, count: int) -> None:
    """`count` contributions and proposals, three to one, spread over the sessions of `event`."""
    keys = [session.id for session in event.sessions]
    for first in range(0, count, _CHUNK):
        db.session.execute(
            insert(Entry),
            [
                {
                    "session_id": keys[number % len(keys)],
                    "kind": EntryKind.PROPOSAL if number % 4 == 0 else EntryKind.CONTRIBUTION,
                    "number": number,
                    "text": "La relació amb les escoles funciona quan hi ha una persona referent.",
                    "search_key": "la relacio amb les escoles funciona quan hi ha una persona referent",
                    "recorded_at": factories.NOW,
                }
                for number in range(first, min(first + _CHUNK, count))
            ],
        )


def _registration(event_id: int, number: int) -> dict[str, object]:
    first_name, last_name = "Núria", f"Col·lell i Puigdemunt {number:06d}"
    email, organisation = f"persona{number}@example.org", f"Associació de Veïns {number % 300}"
    return {
        "id": number,
        "event_id": event_id,
        "token": secrets.token_urlsafe(24),
        "code": f"{number:08X}",
        "state": RegistrationState.CONFIRMED,
        "source": RegistrationSource.FILE,
        "first_name": first_name,
        "last_name": last_name,
        "sort_key": sort_key(last_name, first_name),
        "search_key": fold(f"{first_name} {last_name} {email} {organisation}"),
        "email": email,
        "email_key": email,
        "organisation": organisation,
        "organisation_key": sort_key(organisation),
        "language": "ca",
        "created_at": factories.NOW,
        "updated_at": factories.NOW,
    }


@contextmanager
def filled(environ: dict[str, str], *, sessions: int, people: int, entries: int = 0) -> Iterator[Flask]:
    """An application whose database holds one event of that size."""
    with application(environ) as app:
        with transaction():
            event = make_event(sessions=sessions, people=people)
            make_entries(event, entries)
        _gather_statistics()
        yield app


def _gather_statistics() -> None:
    """What autovacuum does on PostgreSQL within minutes of a bulk load, and ANALYZE on SQLite."""
    act = "VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(act))
