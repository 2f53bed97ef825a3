"""A crowd that signs up: each person loads the programme and the form, sends it, and looks at their own page.

Whoever is not answered, or is told to try later, starts over with the same address, as people do.
"""

import argparse
import http.client
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import unescape
from typing import NoReturn

from benchmarks.load import Answer, Visitor
from benchmarks.servers import end_on_sigterm

SLUG = "banc"
SESSIONS = ("T1", "T2", "T3")
LANGUAGES = ("ca", "es", "en")
LIMIT_SECONDS = 900
"""How long people go on trying, all in all."""
_HIDDEN = re.compile(r'<input[^>]* type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_STATE = re.compile(r'class="ticket-state">([^<]*)<')


@dataclass
class Person:
    """Somebody who signs up, what they were told, and between which instants they got their place or number."""

    number: int
    session: str
    language: str
    sent_at: float = 0.0
    answered_at: float = 0.0
    token: str = ""
    is_known: bool = False
    position: int | None = None
    tries: int = 0

    @property
    def email(self) -> str:
        return f"p{self.number:05}@example.org"

    @property
    def is_through(self) -> bool:
        return bool(self.token) or self.is_known


@dataclass
class Answered:
    """One answer, or none (status 0): when it was asked for and how long that took."""

    at: float
    seconds: float
    method: str
    status: int
    retry_after: str = ""
    words: str = ""
    language: str = ""


@dataclass
class Crowd:
    """People, and every answer that any of them got."""

    people: list[Person]
    patience: bool
    answers: list[Answered] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    until: float = 0.0

    def goes_on(self, tries: int) -> bool:
        """Whether somebody who has tried so often tries once more."""
        return not tries or (self.patience and time.monotonic() < self.until)

    def counts(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def through(self) -> int:
        return sum(person.is_through for person in self.people)


def run_on_each(
    run: Callable[[str, argparse.Namespace], int], *, prog: str, description: str | None, people: int
) -> None:
    """Read what is wanted, have `run` keep its promises on each database, and end with 1 when one was broken."""
    parser = make_parser(prog, description, people=people, places=300, at_once=64)
    parser.add_argument("--backends", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    choice = parser.parse_args()
    run_all(run, choice.backends, choice)


def make_parser(
    prog: str, description: str | None, *, people: int, places: int, at_once: int
) -> argparse.ArgumentParser:
    """What every crowd asks: how many come, for how many places, how many at once, and what is drawn."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--people", type=int, default=people)
    parser.add_argument("--places", type=int, default=places)
    parser.add_argument("--at-once", type=int, default=at_once)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def run_all(
    run: Callable[[str, argparse.Namespace], int], kinds: Iterable[str], choice: argparse.Namespace
) -> NoReturn:
    """Have `run` keep its promises of each kind, and end with 1 when one was broken."""
    end_on_sigterm()
    broken = sum(run(kind, choice) for kind in kinds)
    sys.exit(1 if broken else 0)


def make(count: int, *, seed: int, patience: bool) -> Crowd:
    """So many people with wishes drawn from `seed`."""
    chance = random.Random(seed)
    return Crowd([Person(n, chance.choice(SESSIONS), LANGUAGES[n % 3]) for n in range(count)], patience)


def run(crowd: Crowd, port: int, *, concurrency: int, pause: Callable[[], float] = float) -> float:
    """Have all of them sign up, so many at once, each after `pause()` seconds; the seconds it took."""
    numbers = iter(crowd.people)
    lock = threading.Lock()
    crowd.until = time.monotonic() + LIMIT_SECONDS

    def work() -> None:
        while True:
            with lock:
                person = next(numbers, None)
            if person is None:
                return
            time.sleep(pause())
            _insist(crowd, person, port)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(concurrency)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - started


def _insist(crowd: Crowd, person: Person, port: int) -> None:
    """Try until it has worked; without patience once."""
    while not person.is_through and crowd.goes_on(person.tries):
        if person.tries:
            time.sleep(0.5)
        person.tries += 1
        visitor = Visitor(port)
        try:
            _visit(crowd, person, visitor)
        except (OSError, http.client.HTTPException) as error:
            if not crowd.patience:
                crowd.odd.append(f"{person.email}: {type(error).__name__}")
        finally:
            visitor.close()


def _visit(crowd: Crowd, person: Person, visitor: Visitor) -> None:
    if _ask(crowd, person, visitor, "GET", f"/jornades/{SLUG}").status != 200:
        return
    form = _ask(crowd, person, visitor, "GET", f"/jornades/{SLUG}/inscripcio")
    if form.status != 200:
        return
    person.sent_at = person.sent_at or time.monotonic()
    answer = _ask(crowd, person, visitor, "POST", f"/jornades/{SLUG}/inscripcio", _fill(form.body, person))
    if answer.status != 303:
        if answer.status not in {0, 503}:
            crowd.odd.append(f"{person.email}: the sign-up answered {answer.status}")
        return
    person.answered_at = time.monotonic()
    where = answer.headers["location"]
    token = re.fullmatch(r"(?:http://[^/]+)?/inscripcions/([^/]+)", where)
    if token is None:  # the address was known already: the sign-up before had come through unanswered
        person.is_known = True
        return
    person.token = token[1]
    tries = 0
    while crowd.goes_on(tries):
        tries += 1
        page = _ask_again(crowd, person, visitor, where)
        if page.status == 200:
            state = unescape(_STATE.search(page.body)[1])  # type: ignore[index] # every such page has one
            number = re.search(r"\d+", state)
            person.position = int(number[0]) if number else 0
            return
        time.sleep(0.5)


def _ask_again(crowd: Crowd, person: Person, visitor: Visitor, where: str) -> Answer:
    """Load a page; a connection that broke is opened anew."""
    try:
        return _ask(crowd, person, visitor, "GET", where)
    except (OSError, http.client.HTTPException):
        visitor.close()
        return Answer(0, {}, "")


def _ask(  # noqa: PLR0913, PLR0917 - who asks for what, and what is noted of it
    crowd: Crowd, person: Person, visitor: Visitor, method: str, path: str, fields: list[tuple[str, str]] | None = None
) -> Answer:
    started = time.monotonic()
    headers = {"Accept-Language": person.language}
    answer = Answer(0, {}, "")
    try:
        answer = visitor.get(path, headers) if method == "GET" else visitor.post(path, fields or [], headers)
        return answer
    finally:
        crowd.answers.append(
            Answered(
                started,
                time.monotonic() - started,
                method,
                answer.status,
                answer.headers.get("retry-after", ""),
                answer.body if answer.status >= 500 else "",
                person.language,
            )
        )


def _fill(page: str, person: Person) -> list[tuple[str, str]]:
    """The form as this person sends it: a full session is one that they wait for."""
    hidden = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(page)]
    box = re.search(rf'name="(sessions|waiting)" value="{person.session}"', page)
    return [
        *((each["name"], unescape(each.get("value", ""))) for each in hidden),
        ("first_name", "Núria"),
        ("last_name", f"Pla {person.number}"),
        ("email", person.email),
        ("organisation", "Associació de Veïns"),
        (box[1] if box else "sessions", person.session),
    ]
