"""A programme in time: days, in them hours, at each hour the sessions that run side by side; when a session is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from core.dates import format_day, format_hours
from events.models import Event, Session


class HasTimes(Protocol):
    """A session, or when it was to be before."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True)
class Slot:
    """The sessions that begin at one hour; `ends_at` is None when they do not all end together. Local times."""

    starts_at: datetime
    ends_at: datetime | None
    sessions: tuple[Session, ...]


@dataclass(frozen=True)
class Day:
    """One day of the programme, in the zone of the event."""

    day: date
    slots: list[Slot] = field(default_factory=list)


def arrange(sessions: Iterable[Session], zone: ZoneInfo) -> list[Day]:
    """Put sessions (any order) in days and slots; parallel ones keep the order of their codes."""
    days: list[Day] = []
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.code))
    for starts_at, parallel in groupby(ordered, key=lambda session: session.starts_at):
        together = tuple(parallel)
        ends = {session.ends_at for session in together}
        local = starts_at.astimezone(zone)
        if not days or days[-1].day != local.date():
            days.append(Day(local.date()))
        days[-1].slots.append(Slot(local, ends.pop().astimezone(zone) if len(ends) == 1 else None, together))
    return days


def session_time(event: Event, session: HasTimes) -> str:
    """`10–11 h`, with the day in front when the event takes several."""
    start, end = session.starts_at.astimezone(event.zone), session.ends_at.astimezone(event.zone)
    hours = format_hours(start, end)
    return hours if event.is_one_day else f"{format_day(start.date())}, {hours}"
