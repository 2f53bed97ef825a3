"""Sign-ups whose address has to be confirmed: what they hold meanwhile `expiries` gives on when nobody confirms.

Whoever invents addresses could hold every place of an event so, again and again. So a place is only held while at least
as many stay free; who comes after that gets theirs when they confirm (docs/adr/0016).
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.database import db
from core.errors import DomainError
from events.models import EventState, ReservedPlaces, Session
from registrations import notifications, places, promotions, rules, trail, waiting_list
from registrations.models import Awaited, ChosenSession, Registration, RegistrationState, WaitingListEntry


class NothingToConfirm(DomainError):
    """The time is over, or the registration was cancelled."""

    message = _l("The time for confirming your address is over, and the place is free again. Sign up once more.")


def may_hold(registration: Registration, sessions: Sequence[Session]) -> bool:
    """Whether places may be held for the registration, whose address nobody has confirmed; exact under `hold`.

    Of the event, or its group's kept places, and of each session as many must stay free as are held for unconfirmed
    addresses. What is full, or has no limit, is no reason.
    """
    if registration.awaits is not Awaited.ADDRESS:
        return True
    limited = [session for session in sessions if session.places_left]
    held = _count_held_in(limited)
    return _may_hold_one(*_count_in_event(registration)) and all(
        _may_hold_one(session.places_left, held.get(session.id, 0)) for session in limited
    )


def is_awaited(registration: Registration, now: datetime) -> bool:
    """Whether the address can still be confirmed."""
    until = registration.held_until
    return registration.awaits is Awaited.ADDRESS and until is not None and now < until


def confirm(registration: Registration, *, now: datetime) -> None:
    """Take the address for confirmed: what was held is the person's, or what is free now, and a mail says so.

    Confirming twice changes nothing. Raises NothingToConfirm, and EventFull where nothing was held, nothing is free and
    there is no list to wait on: then it can be tried again.
    """
    event = registration.event
    places.hold_with(registration)
    if event.state is EventState.CANCELLED:
        raise rules.EventCancelled
    if registration.awaits is None and registration.state is not RegistrationState.CANCELLED:
        return
    if not is_awaited(registration, now):
        raise NothingToConfirm
    has_place = waiting_list.has_place(registration) or promotions.take_turn(registration)
    if not has_place and not event.has_waiting_list:
        raise places.EventFull
    registration.state = RegistrationState.CONFIRMED if has_place else RegistrationState.WAITING
    registration.awaits = registration.held_until = None
    registration.updated_at = now
    db.session.flush()
    if has_place:
        sessions, waiting = promotions.admit(registration, now=now)
        notifications.place_confirmed(registration, sessions, waiting=waiting, now=now)
    else:
        notifications.waiting(registration, waiting_list.list_sessions(registration), now=now)
    trail.record("registration.confirm_address", registration, by=None, now=now)
    promotions.settle(event, reason=promotions.Reason.CONFIRMATION, now=now)


def _may_hold_one(places_left: int | None, held: int) -> bool:
    """Whether as many stay free as are held once one more is."""
    return not places_left or places_left - 1 >= held + 1


def _count_in_event(registration: Registration) -> tuple[int | None, int]:
    """How many places of the event are left for somebody like this, and how many of those are held for addresses."""
    event, dimension = registration.event, registration.dimension
    kept = None
    if dimension is not None and event.places_kept:
        kept = db.session.scalar(
            select(ReservedPlaces.places - ReservedPlaces.places_taken).where(
                ReservedPlaces.event_id == event.id, ReservedPlaces.dimension == dimension
            )
        )
    if not kept and not event.places_left:
        return event.places_left, 0
    is_held = (
        (Registration.event_id == event.id)
        & (Registration.awaits == Awaited.ADDRESS)
        & Registration.has_reserved_place.is_(bool(kept))
    )
    if kept:
        is_held &= Registration.dimension == dimension
    in_line = select(WaitingListEntry.id).where(
        WaitingListEntry.registration_id == Registration.id, WaitingListEntry.session_id.is_(None)
    )
    held = db.session.scalar(select(func.count()).select_from(Registration).where(is_held, ~in_line.exists()))
    return kept or event.places_left, held or 0


def _count_held_in(sessions: Sequence[Session]) -> dict[int, int]:
    """How many places of each session are held for addresses that nobody has confirmed."""
    if not sessions:
        return {}
    rows = db.session.execute(
        select(ChosenSession.session_id, func.count())
        .join(Registration, Registration.id == ChosenSession.registration_id)
        .where(
            ChosenSession.session_id.in_([session.id for session in sessions]), Registration.awaits == Awaited.ADDRESS
        )
        .group_by(ChosenSession.session_id)
    )
    return dict(rows.all())
