"""Places that are offered before they are given: taken or left by the person, within the time there is to answer."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from core.errors import DomainError
from events.models import EventState, Session
from registrations import deadlines, places, promotions, rules, trail, waiting_list
from registrations.models import Registration, RegistrationState, WaitingListEntry
from registrations.promotions import Reason


class NothingOffered(DomainError):
    """There is no offer, or no longer."""

    message = _l("This offer no longer stands: it was answered, or its time has passed.")


def accept(registration: Registration, session: Session | None, *, now: datetime) -> None:
    """Take the place that is offered in the event, or in a session.

    Raises `NothingOffered`, `EventCancelled` and `EventOver`.
    """
    event = registration.event
    places.hold_with(registration)
    rules.check_still_to_come(event, now)
    if session is None:
        if registration.state is not RegistrationState.OFFERED or _has_passed(registration.held_until, now):
            raise NothingOffered
        promotions.let_in(registration, now=now)
    else:
        entry = _find_offer(registration, session)
        if entry is None or _has_passed(entry.offered_until, now):
            raise NothingOffered
        promotions.let_into(session, entry, now=now)
    trail.record("registration.accept", registration, session=session, by=None, now=now)
    promotions.settle(event, reason=Reason.ACCEPTANCE, now=now)


def decline(registration: Registration, session: Session | None, *, now: datetime) -> None:
    """Leave the place that is offered to the next in line. Raises `NothingOffered`."""
    event = registration.event
    places.hold_with(registration)
    if session is None:
        if registration.state is not RegistrationState.OFFERED:
            raise NothingOffered
        waiting_list.release(registration, now=now)
    else:
        entry = _find_offer(registration, session)
        if entry is None:
            raise NothingOffered
        waiting_list.withdraw(entry)
    trail.record("registration.decline", registration, session=session, by=None, now=now)
    promotions.settle(event, reason=Reason.REFUSAL, now=now)


def find_offer(registration: Registration, session: Session | None, *, now: datetime) -> datetime | None:
    """Until when a place of the event, or of a session, is kept for the person; None when none is."""
    if registration.event.state is EventState.CANCELLED:
        return None
    if session is None:
        until = registration.held_until if registration.state is RegistrationState.OFFERED else None
    else:
        entry = _find_offer(registration, session)
        until = entry.offered_until if entry else None
    return None if _has_passed(until, now) else until


def renew(registration: Registration, *, now: datetime) -> None:
    """Give the person the whole time to answer about the place of the event, if they are offered it; under `hold`."""
    event = registration.event
    if registration.state is RegistrationState.OFFERED and registration.held_until:
        registration.held_until = deadlines.renew(
            registration.held_until, now, event.offer_hours, event.zone, starts_at=event.starts_at
        )


def renew_of_session(entry: WaitingListEntry, *, now: datetime) -> None:
    """Give the person the whole time to answer about the session, if they are offered it; under `hold`."""
    event = entry.registration.event
    if entry.offered_until and entry.session:
        entry.offered_until = deadlines.renew(
            entry.offered_until, now, event.offer_hours, event.zone, starts_at=entry.session.starts_at
        )


def _find_offer(registration: Registration, session: Session) -> WaitingListEntry | None:
    entry = waiting_list.find_entry(registration, session)
    return entry if entry is not None and entry.offered_until is not None else None


def _has_passed(until: datetime | None, now: datetime) -> bool:
    return until is None or until <= now
