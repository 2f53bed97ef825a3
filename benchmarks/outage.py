"""The database goes away for ten seconds while people sign up: `python -m benchmarks.outage [--people N]`.

First PostgreSQL stands still and says nothing; then it is killed and started again. Prints each promise as kept or
broken, and ends with 1 when one is broken.
"""

import argparse
import random
import threading
import time
from collections.abc import Callable

from benchmarks import crowd, promises
from benchmarks.crowd import Answered, Crowd
from benchmarks.load import Visitor
from benchmarks.promises import Report
from benchmarks.rush import DRAIN_SECONDS, is_drained
from benchmarks.seed import application
from benchmarks.servers import (
    Postgresql,
    free_port,
    instance,
    postgresql,
    wait_for,
    wait_until_served,
    web,
    worker,
)
from benchmarks.sink import mail_server

AWAY_SECONDS = 10
LONGEST_ANSWER_SECONDS = 20
BACK_SECONDS = 5
BUSY = 0.25
"""The part of a processor that a worker with nothing to do may take."""

WORDS = {"ca": "Espereu un minut", "es": "Espere un minuto", "en": "Wait a minute"}

OUTAGES: dict[str, tuple[Callable[[Postgresql], None], Callable[[Postgresql], None]]] = {
    "stands still": (Postgresql.stop, Postgresql.go_on),
    "is killed and started again": (Postgresql.kill, Postgresql.start),
}


def main() -> None:
    parser = crowd.make_parser("python -m benchmarks.outage", __doc__, people=240, places=90, at_once=24)
    crowd.run_all(run, OUTAGES, parser.parse_args())


def run(kind: str, choice: argparse.Namespace) -> int:
    """Run one kind of outage; how many promises are broken."""
    report = Report(f"{choice.people} people sign up while PostgreSQL {kind} for {AWAY_SECONDS} s")
    people = crowd.make(choice.people, seed=choice.seed, patience=True)
    chance = random.Random(choice.seed)
    go_away, come_back = OUTAGES[kind]
    with instance() as base, postgresql(base) as server, mail_server() as (sink, mail):
        environ, port = base | server.environ | mail, free_port()
        with application(environ):
            promises.prepare(places=choice.places)
        programs = [web(environ, port), worker(environ, port)]
        try:
            wait_until_served(port)
            spread = 2 * choice.at_once * (2 * AWAY_SECONDS) / choice.people
            rush = threading.Thread(
                target=crowd.run,
                args=(people, port),
                kwargs={"concurrency": choice.at_once, "pause": lambda: chance.uniform(0, spread)},
                daemon=True,
            )
            rush.start()
            wait_for(lambda: people.through() >= choice.people // 4, "people do not get through", seconds=120)
            pids, busy = [program.pid for program in programs], programs[1].cpu_seconds()
            gone_at = time.monotonic()
            go_away(server)
            try:
                time.sleep(AWAY_SECONDS - 1)
                health = _ask_health(port)
                time.sleep(max(0, gone_at + AWAY_SECONDS - time.monotonic()))
            finally:
                come_back(server)
            back_at = time.monotonic()
            busy = programs[1].cpu_seconds() - busy
            rush.join()
            with application(environ):
                wait_for(is_drained, "the queue did not drain", seconds=DRAIN_SECONDS)
            alive = [program.pid for program in programs if program.runs()] == pids
        finally:
            for program in programs:
                program.end()
        _check_answers(report, people, gone_at, back_at)
        report.promise("/salut said so", health != 503 and f"it answered {health}")
        report.promise("web and worker live on, and were not started again", not alive and "one has ended")
        report.promise(
            f"the worker took {busy:.1f} s of a processor meanwhile",
            busy > BUSY * (back_at - gone_at) and "it spins",
        )
        with application(environ):
            report.promise("everybody got through in the end", len(people.people) - people.through())
            promises.check_log(report, programs[0].log)
            promises.check_places(report, people)
            promises.check_mails(report)
            promises.check_delivery(report, sink.arrived, crashes=0 if kind == "stands still" else 1)
    return report.broken


def _check_answers(report: Report, people: Crowd, gone_at: float, back_at: float) -> None:
    counts = people.counts()
    during = [a for a in people.answers if gone_at < a.at + a.seconds and a.at < back_at and a.status == 503]
    report.note(f"{len(during)} people were told to wait; all answers: {dict(sorted(counts.items()))}")
    odd = {status: count for status, count in counts.items() if status not in {200, 303, 503}}
    report.promise("there was no other failure than that", odd, *people.odd[:5])
    report.promise("somebody was there to be told", not during and "nobody met the outage")
    report.promise(
        "each was told in their language what to do, and when to come again",
        sum(not _is_honest(answer) for answer in during),
    )
    met = [answer.seconds for answer in people.answers if gone_at < answer.at + answer.seconds and answer.at < back_at]
    longest = max(met, default=0)
    report.promise(f"nobody waited longer than {longest:.1f} s", longest > LONGEST_ANSWER_SECONDS and "too long")
    late = [a for a in people.answers if a.status == 503 and a.at > back_at + BACK_SECONDS]
    good = [a.at + a.seconds - back_at for a in people.answers if a.status in {200, 303} and a.at + a.seconds > back_at]
    after = min(good, default=float("inf"))
    report.promise(
        f"the first was served again {after:.1f} s after it came back, and soon all were",
        late and f"{len(late)} were told to wait {BACK_SECONDS} s later",
    )


def _is_honest(answer: Answered) -> bool:
    return answer.retry_after.isdigit() and WORDS[answer.language] in answer.words


def _ask_health(port: int) -> int:
    visitor = Visitor(port)
    try:
        return visitor.get("/salut").status
    finally:
        visitor.close()


if __name__ == "__main__":
    main()
