"""Sign-ups that the organiser answers: none holds a place before the yes, and then in the order of the answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from accounts.models import StaffMember
from core.database import MAX_ID, db
from core.errors import DomainError
from events.models import Event
from registrations import notifications, places, promotions, rules, trail, waiting_list
from registrations.models import Awaited, Registration, RegistrationState

_MOST = 1000


class NotAwaiting(DomainError):
    """Somebody has answered already, or the person withdrew."""

    message = _l("This request has already been answered or withdrawn.")


@dataclass(frozen=True)
class Approved:
    """What became of several who were approved at once."""

    confirmed: int
    waiting: int
    left: int

    @property
    def total(self) -> int:
        return self.confirmed + self.waiting


def select_awaiting(event: Event) -> Select[Registration]:
    """Make the query for those who await an answer, in the order in which they asked."""
    return select(Registration).where(*_awaiting(event)).order_by(Registration.created_at, Registration.id)


def count(event: Event) -> int:
    """How many await an answer."""
    return db.session.scalar(select(func.count(Registration.id)).where(*_awaiting(event))) or 0


def approve(registration: Registration, *, by: StaffMember, now: datetime) -> None:
    """Give the person a place, or a stand on the waiting list where none is left, and the mail that says which.

    Raises NotAwaiting; EventFull where there is neither a place nor a list; EventCancelled and EventOver.
    """
    event = registration.event
    places.hold(event)
    rules.check_still_to_come(event, now)
    _approve(registration, by=by, now=now)
    promotions.settle(event, reason=promotions.Reason.APPROVAL, now=now, by=by)


def approve_all(event: Event, registration_ids: Iterable[int], *, by: StaffMember, now: datetime) -> Approved:
    """Approve these in the order in which they asked, as far as there are places or a list; the rest go on awaiting.

    Raises EventCancelled and EventOver.
    """
    places.hold(event)
    rules.check_still_to_come(event, now)
    ids = [each for each in registration_ids if 0 < each <= MAX_ID][:_MOST]
    chosen = list(db.session.scalars(select_awaiting(event).where(Registration.id.in_(ids))))
    states: list[RegistrationState] = []
    for registration in chosen:
        try:
            _approve(registration, by=by, now=now)
        except places.EventFull:
            break
        states.append(registration.state)
    promotions.settle(event, reason=promotions.Reason.APPROVAL, now=now, by=by)
    confirmed = states.count(RegistrationState.CONFIRMED)
    return Approved(confirmed, len(states) - confirmed, len(chosen) - len(states))


def decline(registration: Registration, *, reason: str = "", by: StaffMember, now: datetime) -> None:
    """Tell the person no, kindly, with a sentence of the organiser's own if there is one. Raises NotAwaiting."""
    places.hold_with(registration)
    _check_awaiting(registration)
    waiting_list.release(registration, now=now)
    notifications.not_approved(registration, reason, now=now)
    trail.record("registration.decline_approval", registration, by=by, now=now)


def _approve(registration: Registration, *, by: StaffMember, now: datetime) -> None:
    event = registration.event
    db.session.refresh(registration)
    _check_awaiting(registration)
    has_place = places.take_for(registration)
    if not has_place and not event.has_waiting_list:
        raise places.EventFull
    registration.awaits = None
    registration.updated_at = now
    if has_place:
        registration.state = RegistrationState.CONFIRMED
        sessions, waiting = promotions.admit(registration, now=now)
        notifications.place_confirmed(registration, sessions, waiting=waiting, now=now)
    else:
        registration.state = RegistrationState.WAITING
        waiting_list.join(registration, None, now=now)
        wished = waiting_list.list_sessions(registration)
        notifications.waiting(registration, wished, now=now)
    trail.record("registration.approve", registration, by=by, now=now)
    db.session.flush()


def _check_awaiting(registration: Registration) -> None:
    if registration.state is not RegistrationState.PENDING or registration.awaits is not Awaited.APPROVAL:
        raise NotAwaiting


def _awaiting(event: Event) -> tuple[ColumnElement[bool], ...]:
    return (
        Registration.event_id == event.id,
        Registration.state == RegistrationState.PENDING,
        Registration.awaits == Awaited.APPROVAL,
    )
