"""Six note-takers write 300 lines each into one notebook at once: `python -m benchmarks.capture [--lines N] …`.

Over HTTP, with a capture link, through gunicorn, as the page's script does it. Answers are lost on the way, batches are
sent twice at the same time, and `kill -9` hits a web process and then all of gunicorn while they write. Whoever got no
answer sends the same again with what was written since. Prints each promise as kept or broken, and ends with 1 when one
is broken.
"""

import argparse
import http.client
import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from benchmarks import crowd, promises
from benchmarks.load import Answer, Visitor
from benchmarks.promises import Report
from benchmarks.seed import SLUG, application
from benchmarks.servers import Program, database, free_port, is_listening, send, wait_for, wait_until_served, web
from contributions import capture_links
from contributions.models import Entry, EntryAct
from core.database import db, transaction
from core.dates import utc_now
from tests import factories

CODE = "T1"
PAGE = f"/captura/jornades/{SLUG}/{CODE}"
MOST_AT_ONCE = 20
LOST, DOUBLED = 0.15, 0.15
"""How much of what is sent gets no answer, and how much is sent twice at once."""
PATIENCE_SECONDS = 600
ASKS_EVERY_SECONDS = 0.5


@dataclass
class Device:
    """A note-taker's device: the lines that it still has to send, and what came of it."""

    number: int
    lines: list[dict[str, Any]]
    port: int
    chance: random.Random
    waiting: list[dict[str, Any]] = field(default_factory=list)
    fates: Counter[str] = field(default_factory=Counter)
    is_open: bool = False

    def __post_init__(self) -> None:
        """Open a browser; nothing is written yet."""
        self.visitor, self.other = Visitor(self.port), Visitor(self.port)

    def write_all(self, link: str, until: float) -> None:
        """Open the link, and write and send until the server has said yes to every line."""
        left = list(self.lines)
        while (left or self.waiting) and time.monotonic() < until:
            written = self.chance.randint(1, MOST_AT_ONCE)
            self.waiting += left[:written]
            del left[:written]
            try:
                self._open(link)
                self._send()
            except (OSError, http.client.HTTPException):
                self.fates["without an answer"] += 1
                for visitor in (self.visitor, self.other):
                    visitor.close()
                time.sleep(0.2)

    def _open(self, link: str) -> None:
        if self.is_open:
            return
        for visitor in (self.visitor, self.other):
            visitor.get(link)
            visitor.token = json.loads(visitor.get(f"{PAGE}/canvis?since=0").body)["csrf_token"]
        self.is_open = True

    def _send(self) -> None:
        acts = self.waiting[: self.chance.randint(1, 2 * MOST_AT_ONCE)]
        what = self.chance.random()
        if what < DOUBLED:
            self.fates["sent twice at once"] += 1
            with ThreadPoolExecutor(2) as hands:
                answers = list(hands.map(lambda visitor: self._post(visitor, acts), (self.visitor, self.other)))
        else:
            answers = [self._post(self.visitor, acts)]
        if what > 1 - LOST:
            self.fates["answer lost"] += 1
            return
        for answer in answers:
            self._hear(answer)

    def _post(self, visitor: Visitor, acts: Sequence[dict[str, Any]]) -> Answer:
        now = utc_now().isoformat()
        content = {"since": 0, "clock": now, "device": f"D{self.number}", "acts": acts}
        return visitor.post_json(f"{PAGE}/actes", content)

    def _hear(self, answer: Answer) -> None:
        self.fates[f"answered {answer.status}"] += 1
        if answer.status != 200:
            return
        answers = json.loads(answer.body)["answers"]
        done = {key for key, each in answers.items() if each["outcome"] in {"accepted", "known"}}
        self.waiting = [act for act in self.waiting if act["key"] not in done]


@dataclass
class Listener:
    """A device that writes nothing and asks for what is new, as the page does."""

    port: int
    seen: dict[str, str] = field(default_factory=dict)
    since: int = 0

    def listen(self, link: str, is_over: threading.Event) -> None:
        """Ask until all is over, and once more."""
        visitor = Visitor(self.port)
        is_open = False
        while True:
            is_last = is_over.is_set()
            try:
                if not is_open:
                    visitor.get(link)
                    is_open = True
                told = json.loads(visitor.get(f"{PAGE}/canvis?since={self.since}").body)
                self.seen |= {entry["key"]: entry["ref"] for entry in told["entries"]}
                self.since = told["revision"]
            except (OSError, http.client.HTTPException):
                visitor.close()
                is_last = False
            if is_last:
                break
            time.sleep(ASKS_EVERY_SECONDS)
        visitor.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capture", description=__doc__)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--backends", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    choice = parser.parse_args()
    crowd.run_all(run, choice.backends, choice)


def run(backend: str, choice: argparse.Namespace) -> int:
    """Run it on one database; how many promises are broken."""
    report = Report(f"{choice.people} note-takers write {choice.lines} lines each at once, {backend}")
    with database(backend) as environ:
        port = free_port()
        with application(environ):
            link = _prepare()
        program = web(environ, port)
        devices = [_make_device(number, choice.lines, port, seed=choice.seed) for number in range(choice.people)]
        listener = Listener(port)
        try:
            wait_until_served(port)
            seconds = _write(devices, listener, link, program, port)
        finally:
            program.end()
        fates = sum((device.fates for device in devices), Counter())
        report.note(f"{len(devices) * choice.lines / seconds:.0f} lines a second, in {seconds:.0f} s")
        report.note(", ".join(f"{count} × {fate}" for fate, count in sorted(fates.items())))
        with application(environ):
            odd = {fate: n for fate, n in fates.items() if fate.startswith("answered") and "200" not in fate}
            report.promise("every answer was a good one", *(f"{n} × {fate}" for fate, n in odd.items()))
            promises.check_log(report, program.log)
            _check(report, devices, listener)
    return report.broken


def _prepare() -> str:
    """Make an event with a session that is held now, and give the address of a link to its notebook."""
    with transaction():
        event = factories.make_event(SLUG, starts_at=utc_now())
        session = factories.make_session(event, CODE, starts_at=event.starts_at)
        db.session.flush()
        return f"/captura/{capture_links.create(session, 'Taula 1', None, by=None, now=utc_now()).token}"


def _make_device(number: int, lines: int, port: int, *, seed: int) -> Device:
    chance = random.Random(f"{seed} {number}")
    return Device(number, [_write_line(number, line, chance) for line in range(lines)], port, chance)


def _write_line(device: int, line: int, chance: random.Random) -> dict[str, Any]:
    key = f"{chance.getrandbits(128):032x}"
    sets = {"text": f"Línia {line} del dispositiu {device}", "kind": "contribution", "topic": f"Eix {line % 5}"}
    return {"key": key, "kind": "write", "entry": key, "at": utc_now().isoformat(), "sets": sets}


def _write(devices: Sequence[Device], listener: Listener, link: str, program: Program, port: int) -> float:
    """Have all of them write at once while processes are killed; the seconds it took."""
    is_over = threading.Event()
    started = time.monotonic()
    ear = threading.Thread(target=listener.listen, args=(link, is_over))
    ear.start()
    hands = [threading.Thread(target=device.write_all, args=(link, started + PATIENCE_SECONDS)) for device in devices]
    for hand in hands:
        hand.start()
    all_lines = sum(len(device.lines) for device in devices)
    for part, kill in ((0.3, _kill_a_process), (0.6, _kill_all)):
        wait_for(
            lambda part=part: len(listener.seen) > part * all_lines, "nothing is written", seconds=PATIENCE_SECONDS
        )
        kill(program, port)
    for hand in hands:
        hand.join()
    seconds = time.monotonic() - started
    is_over.set()
    ear.join()
    return seconds


def _kill_a_process(program: Program, _port: int) -> None:
    send(program.children()[0], signal.SIGKILL)


def _kill_all(program: Program, port: int) -> None:
    program.kill()
    program.start()
    wait_for(lambda: is_listening(port), "the server did not start")


def _check(report: Report, devices: Sequence[Device], listener: Listener) -> None:
    """All that was written is there once, numbered without gaps, in the order in which each wrote."""
    entries = db.session.scalars(select(Entry).order_by(Entry.number)).all()
    acts = db.session.scalars(select(EntryAct.key)).all()
    written = {line["key"]: line["sets"]["text"] for device in devices for line in device.lines}
    there = {entry.key: entry.text for entry in entries}
    lost = [text for key, text in written.items() if there.get(key) != text]
    report.promise("every device had a yes to every line", sum(len(device.waiting) for device in devices))
    report.promise(
        f"{len(written)} lines were written, and all are there with their words",
        lost and f"{len(lost)}, such as {lost[:3]}",
    )
    report.promise("none is there twice", len(entries) - len(there), len(acts) - len(written))
    numbers = [entry.number for entry in entries]
    are_whole = numbers == list(range(1, len(written) + 1))
    report.promise("their numbers have no gap and no double", not are_whole and f"they begin {numbers[:9]}")
    for device in devices:
        own = [line["key"] for line in device.lines]
        found = [entry.key for entry in entries if entry.key in set(own)]
        report.promise(f"device {device.number} finds its lines in its order", found != own)
    report.promise(
        "who listened heard of each, under its number",
        listener.seen != {entry.key: entry.reference for entry in entries},
    )


if __name__ == "__main__":
    main()
