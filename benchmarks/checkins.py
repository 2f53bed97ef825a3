"""(h) Check-ins a second beside the bare transaction that writes the same row: nobody waits for another door.

Both are run in turns, so that whatever else the machine does slows both down alike.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

from flask import Flask
from sqlalchemy import insert, select

from benchmarks.measure import Measurement
from benchmarks.seed import filled
from benchmarks.servers import database
from core.database import db, transaction
from events.models import Session
from registrations import attendance
from registrations.models import Attendance, AttendanceSource, Registration
from tests import factories

CONCURRENCIES = (1, 8, 32)
SESSIONS = 3
ROUNDS = 7

Pair = tuple[int, int]
CheckIn = Callable[[Pair], None]


def run(*, quick: bool) -> list[Measurement]:
    """Measure on SQLite and on PostgreSQL."""
    rounds, size = (2, 32) if quick else (ROUNDS, 320)
    return [each for backend in ("sqlite", "postgresql") for each in _measure(backend, rounds, size)]


def _measure(backend: str, rounds: int, size: int) -> Iterator[Measurement]:
    """Everybody is at one session from the beginning; there are others enough for all that is measured."""
    people = len(CONCURRENCIES) * (rounds + 1) * size
    with database(backend) as environ, filled(environ, sessions=SESSIONS, people=people) as app:
        pairs = _list_absent()
        db.session.rollback()
        for concurrency in CONCURRENCIES:
            rates: list[tuple[float, float]] = []
            for _ in range(rounds + 1):
                ours, floor = list(islice(pairs, size)), list(islice(pairs, size))
                rates.append((_rate(app, _check_in, ours, concurrency), _rate(app, _write_row, floor, concurrency)))
            done, bare = (statistics.median(each) for each in zip(*rates[1:], strict=True))  # the first warms up
            job = f"check-ins, {concurrency} at once, {backend}"
            yield Measurement(job, done, bare, "a second", "floor: bare INSERT")


def _list_absent() -> Iterator[Pair]:
    """Pairs of a person and a session at which they have not been."""
    there = set(db.session.execute(select(Attendance.registration_id, Attendance.session_id)).tuples())
    people = db.session.scalars(select(Registration.id).order_by(Registration.id)).all()
    sessions = db.session.scalars(select(Session.id).order_by(Session.id)).all()
    return iter([pair for pair in product(people, sessions) if pair not in there])


def _rate(app: Flask, check_in: CheckIn, pairs: Sequence[Pair], concurrency: int) -> float:
    """How many of these check-ins are done a second by so many at once."""
    gate = threading.Barrier(concurrency + 1)

    def work(own: Sequence[Pair]) -> None:
        with app.app_context():
            gate.wait()
            for pair in own:
                check_in(pair)

    threads = [threading.Thread(target=work, args=(pairs[first::concurrency],)) for first in range(concurrency)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return len(pairs) / (time.perf_counter() - started)


def _check_in(pair: Pair) -> None:
    with transaction():
        attendance.record_all([pair], source=AttendanceSource.LIST, by=None, now=factories.NOW)


def _write_row(pair: Pair) -> None:
    values = {"source": AttendanceSource.LIST, "recorded_at": factories.NOW}
    with db.engine.begin() as connection:
        connection.execute(insert(Attendance).values(registration_id=pair[0], session_id=pair[1], **values))
