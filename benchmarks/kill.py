"""The same rush while processes are killed at random: `python -m benchmarks.kill [--people N] [--seed N]`.

`kill -9` hits a web process, gunicorn's master or the queue's worker, each of which is started again as a supervisor
would. Whoever gets no answer tries again. Prints each promise as kept or broken, and ends with 1 when one is broken.
"""

import argparse
import random
import signal
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import select

from benchmarks import crowd, promises
from benchmarks.promises import Report
from benchmarks.rush import DRAIN_SECONDS
from benchmarks.seed import application
from benchmarks.servers import (
    Program,
    database,
    free_port,
    is_listening,
    send,
    wait_for,
    wait_until_served,
    web,
    worker,
)
from benchmarks.sink import mail_server
from core.database import db
from core.dates import utc_now
from core.mail import MailState, OutgoingMail, count_by_state
from core.mail_delivery import LEASE, deliver

PAUSES = (1, 6)
"""Between how many seconds something is killed."""


def main() -> None:
    crowd.run_on_each(run, prog="python -m benchmarks.kill", description=__doc__, people=600)


def run(backend: str, choice: argparse.Namespace) -> int:
    """Run it on one database; how many promises are broken."""
    report = Report(f"{choice.people:,} people for {choice.places} places while processes are killed, {backend}")
    people = crowd.make(choice.people, seed=choice.seed, patience=True)
    with database(backend) as base, mail_server() as (sink, mail):
        environ, port = base | mail, free_port()
        with application(environ):
            promises.prepare(places=choice.places)
        programs = {"web": web(environ, port), "worker": worker(environ, port)}
        try:
            wait_until_served(port)
            with Killer(programs, port, seed=choice.seed) as killer:
                seconds = crowd.run(people, port, concurrency=choice.at_once)
            with application(environ):
                _wait_until_quiet()
        finally:
            for program in programs.values():
                program.end()
        killed = ", ".join(f"{count} × {what}" for what, count in sorted(killer.killed.items()))
        report.note(f"killed in {seconds:.0f} s: {killed}")
        known = sum(person.is_known for person in people.people)
        report.note(f"{people.counts()[0]} requests without an answer, {known} people known already")
        with application(environ):
            # What killed workers had leased is due again when the lease has run out: that moment comes now.
            report.note(f"{deliver(utc_now() + LEASE)} mails leave when the leases of the dead have run out")
            others = [f"{status} × {count}" for status, count in people.counts().items() if status not in {0, 200, 303}]
            report.promise("every answer was a good one", *others, *people.odd[:5])
            report.promise("everybody got through", len(people.people) - people.through())
            promises.check_log(report, programs["web"].log)
            promises.check_places(report, people)
            promises.check_mails(report)
            promises.check_delivery(report, sink.arrived, crashes=killer.killed["worker"])
    return report.broken


class Killer(AbstractContextManager["Killer"]):
    """Kills one of the programs, or one of their processes, again and again until it is told to stop."""

    def __init__(self, programs: dict[str, Program], port: int, *, seed: int) -> None:
        self.killed: Counter[str] = Counter()
        self._port = port
        self._programs = programs
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(self._chance.uniform(*PAUSES)):
            what = self._chance.choice(("web process", "web process", "master", "worker", "worker"))
            if what == "web process":
                children = self._programs["web"].children()
                if not children:
                    continue
                send(self._chance.choice(children), signal.SIGKILL)
            else:
                program = self._programs["worker" if what == "worker" else "web"]
                program.kill()
                program.start()
                wait_for(lambda: is_listening(self._port), "the server did not start")
            self.killed[what] += 1


def _wait_until_quiet() -> None:
    """Wait until nothing moves any more: all has left but what the dead had leased."""
    waiting, since, deadline = -1, time.monotonic(), time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        db.session.rollback()
        now_waiting = count_by_state()[MailState.WAITING]
        if now_waiting != waiting:
            waiting, since = now_waiting, time.monotonic()
        free = (OutgoingMail.state == MailState.WAITING) & OutgoingMail.leased_until.is_(None)
        is_leased = db.session.scalar(select(OutgoingMail.id).where(free).limit(1)) is None
        if waiting == 0 or (is_leased and time.monotonic() - since > 5):
            return
        time.sleep(0.2)


if __name__ == "__main__":
    main()
