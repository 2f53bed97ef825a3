"""What moves on public pages while people sign up: free places and the length of waiting lists, read in one query."""

from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Dialect, String, bindparam, cast, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from core.copies import Choice, Slot
from core.public_version import present_mark
from core.question import Question
from events.models import Event, EventState, RegistrationStatus, Session


class Places(NamedTuple):
    """The places of an event or session: how many are left (None: no limit), and how many people wait for one."""

    left: int | None
    waiting: int

    @property
    def is_full(self) -> bool:
        return self.left == 0


def places_of(row: Event | Session) -> Places:
    """The places as the row says."""
    return Places(row.places_left, row.people_waiting)


def key_of(row: Event | Session) -> Hashable:
    """Under which `numbers_of` gives the places of the row."""
    return (type(row), row.id)


def ask_for_event(dialect: Dialect) -> Question:
    """The mark and the counters of the public event with this `slug` and of its sessions; no row when there is none."""
    join = _JOINED[dialect.name]
    sessions = select(join(_text(Session, Session.places_taken), _BETWEEN_ROWS))
    sessions = sessions.where(Session.event_id == Event.id).correlate(Event)
    counters = _text(Event, Event.places_taken + Event.places_kept) + _BEFORE_SESSIONS
    query = select(present_mark(), counters + func.coalesce(sessions.scalar_subquery(), _NOTHING))
    return Question(query.where(Event.slug == bindparam("slug"), Event.state != EventState.DRAFT), dialect)


def ask_for_coming(dialect: Dialect) -> Question:
    """The mark and the counters of all public events that are not over at `now`."""
    join = _JOINED[dialect.name]
    events = select(join(_text(Event, Event.places_taken + Event.places_kept), _BETWEEN_ROWS))
    events = events.where(Event.ends_at > bindparam("now"), Event.state != EventState.DRAFT)
    return Question(select(present_mark(), func.coalesce(events.scalar_subquery(), _NOTHING)), dialect)


@lru_cache(maxsize=64)
def numbers_of(counters: str) -> Mapping[Hashable, Places]:
    """The places of each event and session in what was read."""
    events, _, sessions = counters.partition("/")
    return dict([*_places(Event, events), *_places(Session, sessions)])


def slot(macro: str, row: Event | Session, *values: Hashable) -> Slot:
    """The hole that this macro of `events/_live.html` fills from the places of the row."""
    return Slot("events/_live.html", macro, key_of(row), values)


def choose_for_event(event: Event, now: datetime) -> Choice:
    """How the counters alone decide what stands on an event's page besides numbers: its status, and what is full."""
    apart, when_full, key = event.status_apart_from_places(now), event.status_when_full, key_of(event)

    def choose(numbers: Mapping[Hashable, Any]) -> Hashable:
        full = frozenset(each for each, places in numbers.items() if places.is_full)
        return when_full if apart is RegistrationStatus.OPEN and key in full else apart, full

    return choose


def numbers_as_loaded(event: Event) -> Mapping[Hashable, Places]:
    """What `numbers_of` gives, from rows that are loaded already."""
    rows: list[Event | Session] = [event, *event.sessions]
    return {key_of(row): places_of(row) for row in rows}


def next_instant(event: Event, now: datetime, *, with_sessions: bool = True) -> datetime | None:
    """When pages next say something else of the event though nobody changes it."""
    instants = [event.registration_opens_at, event.registration_closes_at, event.ends_at]
    if with_sessions:
        instants += [session.ends_at for session in event.sessions]
    return min((each for each in instants if each and each > now), default=None)


def _places(kind: type[Event | Session], counters: str) -> Iterator[tuple[Hashable, Places]]:
    for one in counters.split(";") if counters else ():
        row_id, capacity, taken, waiting = map(int, one.split(","))
        yield (kind, row_id), Places(None if capacity < 0 else max(capacity - taken, 0), waiting)


# Written into the statement and not bound to it: it is the same for ever, and this query is the price of every page.
_BETWEEN_NUMBERS, _BETWEEN_ROWS, _BEFORE_SESSIONS, _NOTHING = (
    literal_column(f"'{sign}'", String) for sign in (",", ";", "/", "")
)
_JOINED = {"postgresql": func.string_agg, "sqlite": func.group_concat}


def _text(kind: type[Event | Session], taken: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[str]:
    """The counters of a row as one text: most often they are what they were, and nobody looks at them again."""
    capacity = func.coalesce(kind.capacity, literal_column("-1"))
    first, *others = (cast(each, String) for each in (kind.id, capacity, taken, kind.people_waiting))
    return reduce(lambda text, each: text + _BETWEEN_NUMBERS + each, others, first)
