"""(e) The figures of a process with 1,000,000 entries and 100,000 attendances, beside counting the same rows.

From what is kept, as pages show them; after one more entry, and after one more attendance; and with nothing kept at
all, as nobody ever waits for them.
"""

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import func, select, update

from benchmarks.measure import Measurement, seconds
from benchmarks.seed import PROCESS, filled
from benchmarks.servers import database
from contributions import revisions, services
from contributions.entry_counts import UNKNOWN
from contributions.models import Entry, EntryKind, Notebook
from core.database import db, transaction
from events.models import Process, Session
from events.processes import get_process
from figures import figures
from registrations import attendance_mark
from registrations.models import Attendance
from tests import factories

SESSIONS = 34


def run(*, quick: bool) -> list[Measurement]:
    """Measure on SQLite and on PostgreSQL."""
    people, entries = (1_000, 10_000) if quick else (100_000, 1_000_000)
    return [each for backend in ("sqlite", "postgresql") for each in _measure(backend, people, entries)]


def _measure(backend: str, people: int, entries: int) -> Iterator[Measurement]:
    with database(backend) as environ, filled(environ, sessions=SESSIONS, people=people, entries=entries) as app:
        with transaction():
            revisions.hold(db.session.scalars(select(Session.id)))
        process = get_process(PROCESS)
        floor = seconds(_count)
        job = f"figures, {entries:,} entries, {people:,} attendances, {backend}"
        page = seconds(partial(app.test_client().get, f"/processos/{PROCESS}"))
        yield Measurement(f"{job}: the public page of the process", page, floor, "seconds", "floor: SELECT count(*)")
        for name, change in _CHANGES.items():
            ours = seconds(lambda: figures.for_process(process), before=partial(change, process))
            yield Measurement(f"{job}: {name}", ours, floor, "seconds", "floor: SELECT count(*)")


def _count() -> None:
    db.session.execute(select(func.count()).select_from(Entry)).scalar_one()
    db.session.execute(select(func.count()).select_from(Attendance)).scalar_one()


def _change_nothing(_process: Process) -> None:
    """Ask again for what was asked for before."""


def _write_entry(_process: Process) -> None:
    session = db.session.scalars(select(Session).order_by(Session.id).limit(1)).one()
    with transaction():
        services.record(session, EntryKind.CONTRIBUTION, "Cal més temps.", now=factories.NOW)


def _change_attendance(_process: Process) -> None:
    with transaction():
        attendance_mark.note(db.session)


def _forget_all(process: Process) -> None:
    _change_attendance(process)
    with transaction():
        db.session.execute(update(Notebook).values(counts=UNKNOWN))


_CHANGES: dict[str, Callable[[Process], None]] = {
    "kept": _change_nothing,
    "after one more entry": _write_entry,
    "after one more attendance": _change_attendance,
    "with nothing kept": _forget_all,
}
