"""Places held for a time: an unanswered offer and an address nobody confirmed give theirs to the next in line."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, union
from sqlalchemy.orm import InstrumentedAttribute

from core.database import db, transaction
from core.jobs import sweep
from events.models import Event, EventState
from registrations import notifications, offers, places, promotions, trail, waiting_list
from registrations.models import (
    Announcement,
    AnnouncementKind,
    Awaited,
    Registration,
    RegistrationState,
    WaitingListEntry,
)


@sweep
def expire_held_places(now: datetime) -> int:
    """Take back every place whose time has passed, event by event, and give how many there were.

    A cancelled event has nobody who could get them: what is held waits until it is restored.
    """
    return sum(_expire_of_event(event_id, now) for event_id in _list_events(now))


def renew(event: Event, *, now: datetime) -> None:
    """Give everybody for whom something is held the whole time to answer again; under `hold`.

    While an event was cancelled nobody could answer, and the time that passed was nobody's fault.
    """
    held = db.session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.held_until.is_not(None))
    )
    for registration in held:
        if registration.held_until and registration.awaits is Awaited.ADDRESS:
            registration.held_until = max(registration.held_until, now + timedelta(minutes=event.address_minutes))
        else:
            offers.renew(registration, now=now)
    offered = db.session.scalars(
        select(WaitingListEntry).where(
            WaitingListEntry.event_id == event.id, WaitingListEntry.offered_until.is_not(None)
        )
    )
    for entry in offered:
        offers.renew_of_session(entry, now=now)


def _list_events(now: datetime) -> list[int]:
    of_event = select(Registration.event_id).where(*_is_due(now))
    of_sessions = select(WaitingListEntry.event_id).where(*_is_offer_due(now))
    due = union(of_event, of_sessions).subquery()
    query = select(Event.id).where(Event.id.in_(select(due.c.event_id)), Event.state != EventState.CANCELLED)
    with transaction():
        return sorted(db.session.scalars(query))


def _expire_of_event(event_id: int, now: datetime) -> int:
    """Expire what is due in one event as one act; what another worker did meanwhile is seen under the hold."""
    with transaction():
        event = db.session.get_one(Event, event_id)
        places.hold(event)
        if event.state is EventState.CANCELLED:
            return 0
        due = db.session.scalars(
            select(Registration)
            .where(Registration.event_id == event_id, *_is_due(now))
            .order_by(Registration.id)
            .execution_options(populate_existing=True)
        ).all()
        offers = db.session.scalars(
            select(WaitingListEntry)
            .where(WaitingListEntry.event_id == event_id, *_is_offer_due(now))
            .order_by(WaitingListEntry.id)
            .execution_options(populate_existing=True)
        ).all()
        for registration in due:
            _expire(registration, now)
        for entry in offers:
            trail.record("registration.expire", entry.registration, session=entry.session, by=None, now=now)
            waiting_list.withdraw(entry)
            notifications.offer_expired(entry.registration, entry.session, now=now)
        promotions.settle(event, reason=promotions.Reason.EXPIRY, now=now)
        return len(due) + len(offers)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whose time has passed, but for those who have not been told of their offer: then it begins (`telling`)."""
    return Registration.held_until <= now, ~_is_untold(Registration.id)


def _is_offer_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return WaitingListEntry.offered_until <= now, ~_is_untold(WaitingListEntry.registration_id)


def _is_untold(registration_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return (
        select(Announcement.id)
        .where(
            Announcement.registration_id == registration_id,
            Announcement.kind == AnnouncementKind.OFFERED,
            Announcement.told_at.is_(None),
        )
        .exists()
    )


def _expire(registration: Registration, now: datetime) -> None:
    """Cancel what was only held; whoever was offered a place is told, whoever never confirmed the address is not."""
    was_offered = registration.state is RegistrationState.OFFERED
    trail.record("registration.expire", registration, by=None, now=now)
    waiting_list.release(registration, now=now)
    if was_offered:
        notifications.offer_expired(registration, None, now=now)
