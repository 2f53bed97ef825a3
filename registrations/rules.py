"""The rules of signing up: every reason why somebody cannot have a place, told from values alone."""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from flask_babel import lazy_gettext as _l

from core.dates import format_moment
from core.errors import DomainError
from events.models import Event, RegistrationStatus, Session, SessionKind
from registrations.places import EventFull


class EventNotPublished(DomainError):
    """The event is a draft."""

    message = _l("This event has not been published yet.")


class EventCancelled(DomainError):
    """The event will not be held."""

    message = _l("This event has been cancelled.")


class EventOver(DomainError):
    """The event has been held."""

    message = _l("This event has already been held.")


class RegistrationClosed(DomainError):
    """The time for signing up is over."""

    message = _l("Registration for this event is closed.")


class RegistrationNotYetOpen(DomainError):
    """The time for signing up has not begun."""

    message = _l("Registration opens on %(when)s.")


class UnknownSession(DomainError):
    """The code is none of this event's sessions, or that of a break."""

    message = _l("One of the sessions chosen is no longer in the programme. Choose again.")
    field = "sessions"


class SessionOver(DomainError):
    """A chosen session has ended."""

    message = _l("“%(session)s” has already been held.")
    field = "sessions"


class SessionsOverlap(DomainError):
    """Nobody can be at both sessions."""

    message = _l("“%(first)s” and “%(second)s” are at the same time. Choose one of them.")
    field = "sessions"


_REFUSALS: dict[RegistrationStatus, type[DomainError]] = {
    RegistrationStatus.DRAFT: EventNotPublished,
    RegistrationStatus.CANCELLED: EventCancelled,
    RegistrationStatus.PAST: EventOver,
    RegistrationStatus.CLOSED: RegistrationClosed,
    RegistrationStatus.FULL: EventFull,
}


def find_refusal(event: Event, now: datetime) -> DomainError | None:
    """Why nobody can sign up at `now`, or None when people can."""
    status = event.registration_status(now)
    if status is RegistrationStatus.NOT_YET_OPEN:
        opens_at = event.registration_opens_at or event.starts_at
        return RegistrationNotYetOpen(when=format_moment(opens_at, event.zone))
    refusal = _REFUSALS.get(status)
    return refusal() if refusal else None


def choose_sessions(event: Event, codes: Iterable[str], now: datetime) -> list[Session]:
    """The event's sessions with these codes, in order of time; raises when they cannot be chosen together.

    A plenary without places of its own may be named too: whoever says that they will be there is believed.
    """
    chosen = find_sessions(event, codes)
    for session in chosen:
        if session.ends_at <= now:
            raise SessionOver(session=session.title)
    for first, second in combinations(chosen, 2):
        if first.overlaps(second):
            raise SessionsOverlap(first=first.title, second=second.title)
    return chosen


def find_sessions(event: Event, codes: Iterable[str]) -> list[Session]:
    """The event's sessions with these codes, in order of time; raises UnknownSession."""
    by_code = {session.code: session for session in event.sessions if session.kind is not SessionKind.BREAK}
    wanted = set(codes)
    if not wanted <= by_code.keys():
        raise UnknownSession
    return [session for code, session in by_code.items() if code in wanted]
