"""Places kept for groups: how many for each, and who holds them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from accounts import audit
from accounts.models import StaffMember
from core.database import db
from events.models import Dimension, Event
from registrations import places, promotions, waiting_list
from registrations.models import Registration, RegistrationState


def keep_places(event: Event, wanted: Mapping[Dimension, int], *, by: StaffMember | None, now: datetime) -> bool:
    """Keep so many places for each group and no others, and say whether that is new.

    People of a group who have a place already hold one of those kept for it, the first to sign up first: twenty places
    for citizens are twenty, however many of them were faster than the organiser. Places that are kept no longer go to
    the first in line. Raises `MoreReservedThanPlaces`.
    """
    wanted = {dimension: count for dimension, count in wanted.items() if count}
    places.hold(event)
    if {each.dimension: each.places for each in event.reserved_places} == wanted:
        return False
    holders = {dimension: _give(event, dimension, wanted.get(dimension, 0)) for dimension in Dimension}
    places.reserve(event, wanted, holders)
    db.session.flush()
    reserved = {dimension.value: count for dimension, count in wanted.items()}
    audit.record("event.reserve_places", subject_kind="event", subject_key=event.slug, by=by, now=now, **reserved)
    promotions.settle(event, reason=promotions.Reason.RESERVATION, now=now, by=by)
    return True


def _give(event: Event, dimension: Dimension, count: int) -> int:
    """Say of the first `count` of the group who have a place that it is one of those kept, and of the others not."""
    held = [
        registration.id
        for registration in db.session.scalars(
            select(Registration)
            .where(
                Registration.event_id == event.id,
                Registration.dimension == dimension,
                Registration.state.in_(
                    (RegistrationState.CONFIRMED, RegistrationState.OFFERED, RegistrationState.PENDING)
                ),
            )
            .order_by(Registration.created_at, Registration.id)
        )
        if waiting_list.has_place(registration)
    ]
    ours = (Registration.event_id == event.id, Registration.dimension == dimension)
    db.session.execute(update(Registration).where(*ours).values(has_reserved_place=False))
    if held[:count]:
        db.session.execute(
            update(Registration).where(Registration.id.in_(held[:count])).values(has_reserved_place=True)
        )
    return len(held[:count])
