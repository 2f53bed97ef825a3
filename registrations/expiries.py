"""Places held for a time: an unanswered offer and an address nobody confirmed give theirs to the next in line."""

from datetime import datetime

from sqlalchemy import select, union

from core.database import db, transaction
from core.jobs import sweep
from events.models import Event, EventState
from registrations import notifications, places, trail, waiting_list
from registrations.models import Registration, RegistrationState, WaitingListEntry


@sweep
def expire_held_places(now: datetime) -> int:
    """Take back every place whose time has passed, event by event, and give how many there were.

    A cancelled event has nobody who could get them: what is held waits until it is restored.
    """
    return sum(_expire_of_event(event_id, now) for event_id in _list_events(now))


def _list_events(now: datetime) -> list[int]:
    of_event = select(Registration.event_id).where(Registration.held_until <= now)
    of_sessions = select(WaitingListEntry.event_id).where(WaitingListEntry.offered_until <= now)
    due = union(of_event, of_sessions).subquery()
    query = select(Event.id).where(Event.id.in_(select(due.c.event_id)), Event.state != EventState.CANCELLED)
    with transaction():
        return sorted(db.session.scalars(query))


def _expire_of_event(event_id: int, now: datetime) -> int:
    """Expire what is due in one event as one act; what another worker did meanwhile is seen under the hold."""
    with transaction():
        event = db.session.get_one(Event, event_id)
        places.hold(event)
        due = db.session.scalars(
            select(Registration)
            .where(Registration.event_id == event_id, Registration.held_until <= now)
            .order_by(Registration.id)
            .execution_options(populate_existing=True)
        ).all()
        offers = db.session.scalars(
            select(WaitingListEntry)
            .where(WaitingListEntry.event_id == event_id, WaitingListEntry.offered_until <= now)
            .order_by(WaitingListEntry.id)
            .execution_options(populate_existing=True)
        ).all()
        for registration in due:
            _expire(registration, now)
        for entry in offers:
            trail.record("registration.expire", entry.registration, session=entry.session, by=None, now=now)
            waiting_list.withdraw(entry)
            notifications.offer_expired(entry.registration, entry.session, now=now)
        waiting_list.settle(event, reason=waiting_list.Reason.EXPIRY, now=now)
        return len(due) + len(offers)


def _expire(registration: Registration, now: datetime) -> None:
    """Cancel what was only held; whoever was offered a place is told, whoever never confirmed the address is not."""
    was_offered = registration.state is RegistrationState.OFFERED
    trail.record("registration.expire", registration, by=None, now=now)
    waiting_list.release(registration, now=now)
    if was_offered:
        notifications.offer_expired(registration, None, now=now)
