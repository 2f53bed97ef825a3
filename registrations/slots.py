"""Slots: the sessions that people choose between, put together as they overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from events.models import Session


@dataclass(frozen=True)
class Slot:
    """Sessions that hang together by overlapping, in order of time."""

    sessions: Sequence[Session]

    @property
    def starts_at(self) -> datetime:
        return min(session.starts_at for session in self.sessions)

    @property
    def ends_at(self) -> datetime:
        return max(session.ends_at for session in self.sessions)

    @property
    def is_choice_of_one(self) -> bool:
        """Whether each overlaps with each, so that only one can be chosen."""
        return len(self.sessions) > 1 and all(one.overlaps(other) for one, other in combinations(self.sessions, 2))

    @property
    def has_one_time(self) -> bool:
        """Whether all begin and end together, so that the slot's own hours say it all."""
        return len({(session.starts_at, session.ends_at) for session in self.sessions}) == 1


def group_in_slots(sessions: Iterable[Session]) -> list[Slot]:
    """The slots in order of time; two sessions are in one when a chain of overlaps joins them."""
    slots: list[list[Session]] = []
    until = None
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.code)):
        if until is None or session.starts_at >= until:
            slots.append([])
            until = session.ends_at
        slots[-1].append(session)
        until = max(until, session.ends_at)
    return [Slot(tuple(slot)) for slot in slots]
