"""The list of a device at the door: 2,000 people read, parted and marked, beside reading the same rows alone."""

import json

from sqlalchemy import select

from benchmarks.measure import Measurement, seconds
from benchmarks.seed import SLUG, filled
from benchmarks.servers import database
from core.database import db
from door.lists import read_list
from events.services import get_event
from registrations.models import Attendance, ChosenSession, Registration

SESSIONS = 6


def run(*, quick: bool) -> list[Measurement]:
    """Measure on SQLite and on PostgreSQL."""
    people = 200 if quick else 2_000
    return [_measure(backend, people) for backend in ("sqlite", "postgresql")]


def _measure(backend: str, people: int) -> Measurement:
    with database(backend) as environ, filled(environ, sessions=SESSIONS, people=people, entries=0):
        event = get_event(SLUG)
        ours = seconds(lambda: read_list(event))
        floor = seconds(_read_rows)
        size = len(json.dumps(read_list(event).list_changes(""), ensure_ascii=False, separators=(",", ":")).encode())
    note = f"floor: SELECT of the same rows; {size / 1024:,.0f} KiB to a new device"
    return Measurement(f"door list, {people:,} people, {backend}", ours, floor, "seconds", note)


def _read_rows() -> None:
    person = Registration.__table__.c
    db.session.execute(select(person.id, person.code, person.first_name, person.last_name, person.organisation)).all()
    db.session.execute(select(ChosenSession.registration_id, ChosenSession.session_id)).all()
    db.session.execute(select(Attendance.registration_id, Attendance.session_id, Attendance.recorded_at)).all()
