"""What does not fit in a programme: warnings for whoever writes it, which forbid nothing.

Of two sessions that clash each is told of the other. What was cancelled takes no room and nobody's time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from core.dates import has_hours
from core.text import fold
from events.models import Event, Session, SessionKind

_SEPARATOR = re.compile(r"[,;/]")  # never “i”, which also joins the surnames of one person


class Reason(StrEnum):
    """Why a session does not fit."""

    SAME_ROOM = "same_room"
    SAME_FACILITATOR = "same_facilitator"
    ROOM_TOO_SMALL = "room_too_small"
    OUTSIDE_EVENT = "outside_event"


@dataclass(frozen=True)
class Clash:
    """Why `session` does not fit: with which `other` one, over which `name` (a room or a person)."""

    reason: Reason
    session: Session
    other: Session | None = None
    name: str = ""


def find_clashes(event: Event) -> list[Clash]:
    """Everything that does not fit, in order of time; each pair of sessions once, told of the later one."""
    ordered = sorted(
        (session for session in event.sessions if not session.is_cancelled),
        key=lambda session: (session.starts_at, session.code),
    )
    timed = [session for session in ordered if _has_hours(event, session)]
    found = [*_find_pairs(timed), *_find_alone(event, ordered)]
    place = {session: number for number, session in enumerate(ordered)}
    return sorted(found, key=lambda clash: place[clash.session])


def list_facilitators(session: Session) -> dict[str, str]:
    """Who facilitates: each name as it is written, by what makes two names the same."""
    names = [" ".join(name.split()) for name in _SEPARATOR.split(session.facilitators)]
    return {fold(name): name for name in names if fold(name)}


def _find_pairs(ordered: Sequence[Session]) -> Iterator[Clash]:
    facilitators = {session: list_facilitators(session) for session in ordered}
    for earlier, later in combinations(ordered, 2):
        if not earlier.overlaps(later):
            continue
        if later.room is not None and earlier.room_id == later.room_id:
            yield Clash(Reason.SAME_ROOM, later, earlier, later.room.name)
        for key, name in facilitators[later].items():
            if key in facilitators[earlier]:
                yield Clash(Reason.SAME_FACILITATOR, later, earlier, name)


def _has_hours(event: Event, session: Session) -> bool:
    """Whether anybody knows at what hours it was held."""
    return has_hours(session.starts_at.astimezone(event.zone), session.ends_at.astimezone(event.zone))


def _find_alone(event: Event, ordered: Iterable[Session]) -> Iterator[Clash]:
    for session in ordered:
        if session.starts_at < event.starts_at or session.ends_at > event.ends_at:
            yield Clash(Reason.OUTSIDE_EVENT, session)
        room = session.room
        if room is None or room.capacity is None or session.kind is SessionKind.BREAK:
            continue
        if _count_expected(event, session) > room.capacity:
            yield Clash(Reason.ROOM_TOO_SMALL, session, name=room.name)


def _count_expected(event: Event, session: Session) -> int:
    """How many may come: as many as there are places, or everybody to a plenary; without limit those who chose it."""
    counter = session if session.is_chosen else event
    return counter.places_taken if counter.capacity is None else counter.capacity
