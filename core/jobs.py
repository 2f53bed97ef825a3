"""Work outside the request: sweeps over rows that are due, woken by huey.

The rows are the truth and the queue only a wake-up and a clock (docs/adr/0004): a wake-up that is lost costs at most a
minute, because every sweep also runs by the clock.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from flask import Flask
from huey import MemoryHuey, PostgresHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.exceptions import HueyException
from huey.storage import BaseSqlStorage
from sqlalchemy.engine import make_url

from core.config import Settings
from core.dates import utc_now
from core.postgresql import connect

log = logging.getLogger(__name__)

T = TypeVar("T")

TURN = timedelta(seconds=45)
"""How long a sweep works before the worker's other sweeps have their turn."""
LOOKED_AT = 10
"""How many of the wake-ups that wait are looked at before another is sent."""
QUEUE_ERRORS = (HueyException, sqlite3.Error, psycopg.Error, OSError)


@dataclass(frozen=True)
class Sweep:
    """A function that does all work due at `now`; safe to run twice at once and to be killed half-way."""

    name: str
    run: Callable[[datetime], object]


_SWEEPS: dict[str, Sweep] = {}


def sweep(run: Callable[[datetime], Any]) -> Callable[[datetime], Any]:
    """Have the worker call `run(now)` every minute and whenever `wake` names it."""
    _SWEEPS[run.__name__] = Sweep(run.__name__, run)
    return run


def work_off(items: Iterable[T], do_batch: Callable[[T], int], *, wake_again: Callable[[], None]) -> int:
    """Do batches of each item until nothing is left of it, for one turn of the worker; give how much was done.

    What is left when the turn is over is for the sweep that `wake_again` asks for.
    """
    started = time.monotonic()
    done = 0
    for item in items:
        while count := do_batch(item):
            done += count
            if time.monotonic() - started >= TURN.total_seconds():
                wake_again()
                return done
    return done


class Jobs:
    """The application's queue: producers wake sweeps, the worker runs them."""

    def __init__(self) -> None:
        self._tasks: dict[str, Callable[[], object]] = {}
        self._has_tables = False
        self.huey: Huey = MemoryHuey()

    def init_app(self, app: Flask, settings: Settings) -> None:
        """Make the queue of this application and register every sweep as a task on it."""
        self.huey = _make_huey(settings, testing=app.testing)
        self._has_tables = False
        self._tasks = {name: self._register(app, each) for name, each in _SWEEPS.items()}
        app.extensions["jobs"] = self

    def wake(self, name: str) -> None:
        """Ask the worker to run the sweep `name` soon. A queue that cannot take it is logged, never an error.

        One that nobody has taken up yet will find what is committed now, so that hundreds in a minute need one only.
        """
        for has_another_try in (True, False):  # a connection may turn out to be dead; the next is a new one
            try:
                self.make_tables()
                if all(task.name != name for task in self.huey.pending(limit=LOOKED_AT)):
                    self._tasks[name]()
            except QUEUE_ERRORS:  # the rows are committed, and the clock comes round
                if not has_another_try:
                    log.warning("wake-up lost", extra={"sweep": name}, exc_info=True)
            else:
                return

    def make_tables(self) -> None:
        """Make the queue's own tables where they are missing; not when the program starts, which needs no database."""
        if not self._has_tables:
            if isinstance(self.huey.storage, BaseSqlStorage):
                self.huey.storage.initialize_schema()
            self._has_tables = True

    def _register(self, app: Flask, each: Sweep) -> Callable[[], object]:
        def run() -> None:
            with app.app_context():
                each.run(utc_now())

        self.huey.periodic_task(crontab(minute="*"), name=f"{each.name}_by_clock")(run)
        task: Callable[[], object] = self.huey.task(name=each.name)(run)
        return task


jobs = Jobs()


def _make_huey(settings: Settings, *, testing: bool) -> Huey:
    if testing:
        return MemoryHuey("jornada", results=False)
    if settings.uses_postgresql:
        address = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey("jornada", connection=partial(connect, address), results=False, create_tables=False)
    return SqliteHuey(
        "jornada", filename=str(settings.instance_path / "queue.sqlite"), results=False, create_tables=False
    )
