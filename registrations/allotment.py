"""What a sign-up comes to: foreseen so that its mail can be rendered first, and then taken (docs/adr/0015)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.database import db
from events.capacity import know_sessions
from events.models import Access, Session
from registrations import confirmations, notifications, places, rules, waiting_list
from registrations.models import Awaited, ChosenSession, Registration, RegistrationState


@dataclass(frozen=True)
class Allotment:
    """A place in the event or none, places in sessions, and the lists of others."""

    has_place: bool
    sessions: Sequence[Session]
    waiting: Sequence[Session]


def refuse_full(wish: rules.Wish) -> None:
    """Refuse what was full when it was last seen, before anything is looked up about the person."""
    for session in wish.sessions:
        if session.is_full:
            raise places.SessionFull(session=session.title)


def foresee(registration: Registration, wish: rules.Wish) -> Allotment:
    """What a sign-up will come to if nobody was faster: so that the mail can be rendered before anybody has to wait."""
    event = registration.event
    if event.access is Access.APPROVAL or event.is_full or not confirmations.may_hold(registration, wish.sessions):
        return _without_place(wish)
    return _with_place(wish, [session for session in wish.sessions if session.is_full])


def allot(registration: Registration, wish: rules.Wish, *, revision: int) -> Allotment:
    """Take the places there are, of the event's first, and hold its row from the first statement on.

    So nobody comes between a place and its list. Raises `EventFull` or `SessionFull` where there is no waiting list,
    and `ProgrammeChanged` when the programme is not the `revision` that was judged and told in the mail.
    """
    allotted = _take_what_there_is(registration, wish)
    if registration.event.sequence != revision:
        raise rules.ProgrammeChanged
    return allotted


def say_how_it_stands(registration: Registration, allotted: Allotment, *, now: datetime) -> None:
    """Write on the registration what state it comes to, and until when something is held for it."""
    if registration.awaits:
        registration.state = RegistrationState.PENDING
        if registration.awaits is Awaited.ADDRESS:
            registration.held_until = now + timedelta(minutes=registration.event.address_minutes)
    else:
        registration.state = RegistrationState.CONFIRMED if allotted.has_place else RegistrationState.WAITING


def compose_mail(registration: Registration, allotted: Allotment, *, now: datetime) -> notifications.Draft | None:
    """Render the one mail that tells the person what it came to."""
    return notifications.signed_up(
        registration, allotted.sessions, allotted.waiting, has_place=allotted.has_place, now=now
    )


def write(registration: Registration, allotted: Allotment, *, now: datetime) -> None:
    """Write the places in sessions and the entries on lists, the event's first."""
    db.session.add_all(ChosenSession(registration=registration, session_id=session.id) for session in allotted.sessions)
    if not allotted.has_place and registration.awaits is not Awaited.APPROVAL:
        waiting_list.join(registration, None, now=now)
    for session in allotted.waiting:
        waiting_list.join(registration, session, now=now)


def _take_what_there_is(registration: Registration, wish: rules.Wish) -> Allotment:
    event = registration.event
    if registration.awaits is Awaited.APPROVAL:
        places.hold(event)
        return _without_place(wish)
    if registration.awaits is Awaited.ADDRESS:
        places.hold(event)
        if not confirmations.may_hold(registration, wish.sessions):
            return _without_place(wish)
    if not _take_place(registration):
        if not event.has_waiting_list:
            raise places.EventFull
        return _without_place(wish)
    full = places.take_sessions(wish.sessions)
    if full and not event.has_waiting_list:
        raise places.SessionFull(session=full[0].title)
    if full or wish.waiting:
        know_sessions(event)  # the row is held since the place was taken: from here on every counter is known
    return _with_place(wish, full)


def _take_place(registration: Registration) -> bool:
    """Take a place of the event without holding it first, where an open one is all there is to take."""
    event = registration.event
    may_have_kept = bool(registration.dimension and event.places_kept)
    if not may_have_kept and not event.is_full and places.take_open(event):
        return True
    places.hold(event)  # a statement that took nothing holds nothing: look again, with the row held
    return places.take_for(registration)


def _with_place(wish: rules.Wish, full: Sequence[Session]) -> Allotment:
    """A place in the event and in the sessions wished for, but for those that are full."""
    has = rules.in_time(session for session in wish.sessions if session not in full)
    return Allotment(has_place=True, sessions=has, waiting=rules.in_time([*full, *wish.waiting]))


def _without_place(wish: rules.Wish) -> Allotment:
    return Allotment(has_place=False, sessions=(), waiting=rules.in_time([*wish.sessions, *wish.waiting]))
