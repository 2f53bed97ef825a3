"""What somebody did in a session, and what of it counts: the hours that rules ask for and certificates tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from core.dates import has_hours, time_covered
from events.models import Event, Session, SessionKind
from registrations.attendance import Hours
from registrations.stays import Period, Periods


@dataclass(frozen=True)
class AttendedSession:
    """A session with the time of it that counts for one person, and that which counts for who was there all the time.

    The breaks inside it are left out of both.
    """

    session: Session
    periods: Periods
    whole: Periods

    @property
    def is_whole(self) -> bool:
        return self.periods == self.whole


def attend_whole(sessions: Iterable[Session], hours: Hours) -> list[AttendedSession]:
    """The sessions as they are for who was there all the time."""
    return [AttendedSession(session, whole, whole) for session in sessions for whole in [hours.count(session)]]


def list_held(event: Event, hours: Hours) -> list[AttendedSession]:
    """All that can be attended at the event: no breaks, and nothing that was called off."""
    held = [each for each in event.sessions if each.kind is not SessionKind.BREAK and each.cancelled_at is None]
    return attend_whole(held, hours)


def add_up(event: Event, attended: Iterable[AttendedSession]) -> timedelta:
    """The time of these sessions whose hours are told; what they share is counted once."""
    return time_covered(_list_timed(event, attended))


def _list_timed(event: Event, attended: Iterable[AttendedSession]) -> Iterator[Period]:
    for each in attended:
        starts_at, ends_at = each.session.starts_at.astimezone(event.zone), each.session.ends_at.astimezone(event.zone)
        if has_hours(starts_at, ends_at):
            yield from each.periods
