"""(e) The figures of a process with 1,000,000 entries and 100,000 attendances, beside counting the same rows."""

from sqlalchemy import func, select

from benchmarks.measure import Measurement, seconds
from benchmarks.seed import PROCESS, filled
from benchmarks.servers import database
from contributions.models import Entry
from core.database import db
from events.processes import get_process
from figures import figures
from registrations.models import Attendance

SESSIONS = 34


def run(*, quick: bool) -> list[Measurement]:
    """Measure on SQLite and on PostgreSQL."""
    people, entries = (1_000, 10_000) if quick else (100_000, 1_000_000)
    return [_measure(backend, people, entries) for backend in ("sqlite", "postgresql")]


def _measure(backend: str, people: int, entries: int) -> Measurement:
    with database(backend) as environ, filled(environ, sessions=SESSIONS, people=people, entries=entries):
        process = get_process(PROCESS)
        ours = seconds(lambda: figures.for_process(process))
        floor = seconds(_count)
    job = f"figures, {entries:,} entries, {people:,} attendances, {backend}"
    return Measurement(job, ours, floor, "seconds", "floor: SELECT count(*)")


def _count() -> None:
    db.session.execute(select(func.count()).select_from(Entry)).scalar_one()
    db.session.execute(select(func.count()).select_from(Attendance)).scalar_one()
