"""An act of an organiser on a programme: alone with the event, and told once to everybody whom it concerns.

What an act moves is found by comparing the programme before and after, so that a form, a file and a room that gets
another name all come to the same, however many sessions they move.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from accounts.models import StaffMember
from core.database import db
from events import signals
from events.capacity import hold, read_again
from events.models import Event, Session
from events.signals import Consequence

_OPEN = "events.acts"


@dataclass(frozen=True)
class EventWas:
    """When and where an event was to be."""

    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str

    @classmethod
    def of(cls, event: Event) -> "EventWas":
        """As it stands."""
        return cls(event.starts_at, event.ends_at, event.timezone, event.where)


@dataclass(frozen=True)
class Moved:
    """A session, and when and where it was to be before it moved; the room is its name, with an address of its own."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    room: str

    @classmethod
    def of(cls, session: Session) -> "Moved":
        """As it stands."""
        return cls(session, session.starts_at, session.ends_at, session.own_place)


@dataclass(frozen=True)
class _Programme:
    """What of a programme people were told, and how many places there are."""

    event: EventWas
    sessions: dict[Session, Moved]
    places: dict[Event | Session, int | None]

    @classmethod
    def of(cls, event: Event) -> "_Programme":
        counters: list[Event | Session] = [event, *event.sessions]
        return cls(
            EventWas.of(event),
            {session: Moved.of(session) for session in event.sessions},
            {counter: counter.capacity for counter in counters},
        )


@contextmanager
def followed(event: Event, *, by: StaffMember | None, now: datetime) -> Iterator[list[Consequence]]:
    """Do what is inside as one act on the event, whose row is held first (docs/adr/0005).

    At the end the rooms above follow what has moved and give away the places that were added, in the same transaction;
    what they say of it is in the list by then. Inside another act on the same event it is a part of that one.
    """
    under_way = db.session.info.setdefault(_OPEN, {})
    if event in under_way:
        yield under_way[event]
        return
    hold(event)
    read_again(event)  # nothing of it is pending
    before = _Programme.of(event)
    consequences: list[Consequence] = []
    under_way[event] = consequences
    try:
        yield consequences
        db.session.flush()
        consequences += _tell(event, before, by=by, now=now)
    finally:
        del under_way[event]


def _tell(event: Event, before: _Programme, *, by: StaffMember | None, now: datetime) -> list[Consequence]:
    after = _Programme.of(event)
    was = before.event if before.event != after.event else None
    moved = [before.sessions[each] for each in after.sessions if _has_moved(before.sessions.get(each), after, each)]
    consequences: list[Consequence] = []
    if was or moved:
        consequences += signals.send(signals.programme_moved, event, was=was, moved=moved, by=by, now=now)
    if any(
        _has_grown(before.places[each], now_there) for each, now_there in after.places.items() if each in before.places
    ):
        consequences += signals.send(signals.places_freed, event, by=by, now=now)
    return consequences


def _has_moved(before: Moved | None, after: _Programme, session: Session) -> bool:
    return before is not None and before != after.sessions[session]


def _has_grown(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
