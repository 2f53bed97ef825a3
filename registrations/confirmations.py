"""Sign-ups whose address has to be confirmed: what they hold meanwhile `expiries` gives on when nobody confirms."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from core.database import db
from core.errors import DomainError
from events.models import EventState
from registrations import notifications, places, rules, trail, waiting_list
from registrations.models import Awaited, Registration, RegistrationState


class NothingToConfirm(DomainError):
    """The time is over, or the registration was cancelled."""

    message = _l("The time for confirming your address is over, and the place is free again. Sign up once more.")


def is_awaited(registration: Registration, now: datetime) -> bool:
    """Whether the address can still be confirmed."""
    until = registration.held_until
    return registration.awaits is Awaited.ADDRESS and until is not None and now < until


def confirm(registration: Registration, *, now: datetime) -> None:
    """Take the address for confirmed: what was held is the person's, and a mail says so.

    Confirming twice changes nothing. Raises NothingToConfirm.
    """
    event = registration.event
    places.hold_with(registration)
    if event.state is EventState.CANCELLED:
        raise rules.EventCancelled
    if registration.awaits is None and registration.state is not RegistrationState.CANCELLED:
        return
    if not is_awaited(registration, now):
        raise NothingToConfirm
    is_in_line = waiting_list.waits_for_event(registration)
    registration.state = RegistrationState.WAITING if is_in_line else RegistrationState.CONFIRMED
    registration.awaits = registration.held_until = None
    registration.updated_at = now
    db.session.flush()
    waiting = waiting_list.list_sessions(registration)
    if is_in_line:
        notifications.waiting(registration, waiting, now=now)
    else:
        notifications.place_confirmed(registration, registration.sessions, waiting=waiting, now=now)
    trail.record("registration.confirm_address", registration, by=None, now=now)
    waiting_list.settle(event, reason=waiting_list.Reason.CHANGE, now=now)
