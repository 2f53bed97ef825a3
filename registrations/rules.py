"""The rules of signing up: every reason why somebody cannot have a place, told from values alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from flask_babel import lazy_gettext as _l

from core.dates import format_moment
from core.errors import DomainError
from events.models import Event, EventState, RegistrationStatus, Session, SessionKind
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


class SessionCancelled(DomainError):
    """A chosen session will not be held."""

    message = _l("“%(session)s” has been cancelled.")
    field = "sessions"


class ProgrammeChanged(DomainError):
    """The organiser has moved or cancelled something since the person looked at it."""

    message = _l("The organisers have just changed the programme. Look at it again before you sign up.")


class ChangesClosed(DomainError):
    """The time in which people change their registration by themselves is over."""

    message = _l("Registrations can no longer be changed here. Write to the organisers.")


class NoWaitingList(DomainError):
    """The event keeps no waiting list."""

    message = _l("This event has no waiting list.")
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


def check_still_to_come(event: Event, now: datetime) -> None:
    """Raise why nobody can be given a place any more, not even by staff: the event is cancelled, or over."""
    if event.state is EventState.CANCELLED:
        raise EventCancelled
    if event.is_over(now):
        raise EventOver


@dataclass(frozen=True)
class Wish:
    """The sessions somebody wants to come to, and those whose list they would stand on; both in order of time."""

    sessions: Sequence[Session]
    waiting: Sequence[Session]


def read_wish(
    event: Event, codes: Iterable[str], waiting_codes: Iterable[str], now: datetime, *, held: Collection[Session] = ()
) -> Wish:
    """What somebody asks for, who holds `held` already; raises what `choose_sessions` and `choose_waiting` raise.

    A session that had no place when its list was ticked is simply chosen if it has one now and nothing is in the way.
    """
    sessions = choose_sessions(event, codes, now, held=held)
    waiting = choose_waiting(event, waiting_codes, sessions, now)
    free = [
        session
        for session in waiting
        if not session.is_full
        and not any(session.overlaps(other) for other in (*sessions, *waiting) if other is not session)
    ]
    return Wish(in_time([*sessions, *free]), tuple(session for session in waiting if session not in free))


def in_time(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Sessions in order of time."""
    return tuple(sorted(sessions, key=lambda session: (session.starts_at, session.code)))


def choose_sessions(
    event: Event, codes: Iterable[str], now: datetime, *, held: Iterable[Session] = ()
) -> list[Session]:
    """The event's sessions with these codes, in order of time; raises when they cannot be chosen together.

    A plenary without places of its own may be named too: whoever says that they will be there is believed. What the
    person has already may be over or overlap.
    """
    chosen, had = find_sessions(event, codes), set(held)
    for session in chosen:
        if session not in had and session.is_cancelled:
            raise SessionCancelled(session=session.title)
        if session not in had and session.ends_at <= now:
            raise SessionOver(session=session.title)
    for first, second in combinations(chosen, 2):
        if first.overlaps(second) and not {first, second} <= had:
            raise SessionsOverlap(first=first.title, second=second.title)
    return chosen


def choose_waiting(event: Event, codes: Iterable[str], chosen: Iterable[Session], now: datetime) -> list[Session]:
    """The sessions whose list the person wants to stand on, in order of time; what is chosen, over or off is left out.

    They may be at the time of others, because only one of them will come about.
    """
    if codes and not event.has_waiting_list:
        raise NoWaitingList
    return [
        session
        for session in find_sessions(event, codes)
        if session not in chosen
        and session.capacity is not None
        and session.starts_at > now
        and not session.is_cancelled
    ]


def find_sessions(event: Event, codes: Iterable[str]) -> list[Session]:
    """The event's sessions with these codes, in order of time; raises UnknownSession."""
    by_code = {session.code: session for session in event.sessions if session.kind is not SessionKind.BREAK}
    wanted = set(codes)
    if not wanted <= by_code.keys():
        raise UnknownSession
    return [session for code, session in by_code.items() if code in wanted]
