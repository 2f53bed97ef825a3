"""2,000 people want 300 places at once: `python -m benchmarks.rush [--people N] [--places N] [--backend …]`.

Prints each promise as kept or broken, and ends with 1 when one is broken.
"""

import argparse

from benchmarks import crowd, promises
from benchmarks.promises import Report
from benchmarks.seed import application
from benchmarks.servers import (
    database,
    free_port,
    wait_for,
    wait_until_served,
    web,
    worker,
)
from benchmarks.sink import mail_server
from core.database import db
from core.mail import MailState, count_by_state

DRAIN_SECONDS = 300


def main() -> None:
    crowd.run_on_each(run, prog="python -m benchmarks.rush", description=__doc__, people=2000)


def run(backend: str, choice: argparse.Namespace) -> int:
    """Run it on one database; how many promises are broken."""
    report = Report(f"{choice.people:,} people for {choice.places} places, {choice.at_once} at once, {backend}")
    people = crowd.make(choice.people, seed=choice.seed, patience=False)
    with database(backend) as base, mail_server() as (sink, mail):
        environ, port = base | mail, free_port()
        with application(environ):
            promises.prepare(places=choice.places)
        programs = [web(environ, port), worker(environ, port)]
        try:
            wait_until_served(port)
            seconds = crowd.run(people, port, concurrency=choice.at_once)
            with application(environ):
                wait_for(is_drained, "the queue did not drain", seconds=DRAIN_SECONDS)
        finally:
            for program in programs:
                program.end()
        report.note(f"{len(people.answers)} requests in {seconds:.0f} s: {choice.people / seconds:.1f} people a second")
        with application(environ):
            others = [f"{status} × {count}" for status, count in people.counts().items() if status not in {200, 303}]
            report.promise("every request had a good answer", *others)
            report.promise("nobody was turned away", *people.odd[:5])
            promises.check_log(report, programs[0].log)
            promises.check_places(report, people)
            promises.check_mails(report)
            promises.check_delivery(report, sink.arrived, crashes=0)
    return report.broken


def is_drained() -> bool:
    """Whether every mail has left."""
    db.session.rollback()
    return count_by_state()[MailState.WAITING] == 0


if __name__ == "__main__":
    main()
