"""The door of an event: when it is open, and the links that open it to helpers without an account (`core.links`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError, NotFoundError
from core.links import LinkEndsInThePast
from door.models import DoorLink
from events.models import Event, EventState
from registrations.codes import check_token, make_token

OPENS_BEFORE = timedelta(hours=24)
CLOSES_AFTER = timedelta(hours=2)


class LinkEndsTooLate(DomainError):
    """A link would outlast the door that it opens."""

    message = _l("The door closes two hours after the end of the event; the link cannot last longer.")
    field = "expires"


def opens_at(event: Event) -> datetime:
    """From when devices may have the list: the day before, to get them ready where there is a network."""
    return event.starts_at - OPENS_BEFORE


def closes_at(event: Event) -> datetime:
    """Until when devices may have the list."""
    return event.ends_at + CLOSES_AFTER


def is_open(event: Event, now: datetime) -> bool:
    """Whether devices may have the list now."""
    is_held = event.state not in {EventState.DRAFT, EventState.CANCELLED}
    return is_held and opens_at(event) <= now < closes_at(event)


def list_links(event: Event) -> Sequence[DoorLink]:
    """The door links of an event, the newest first."""
    return db.session.scalars(select(DoorLink).where(DoorLink.event_id == event.id).order_by(DoorLink.id.desc())).all()


def find_link(event: Event, link_id: int) -> DoorLink | None:
    """The door link of this event with this id, if there is one."""
    return db.session.scalar(select(DoorLink).where(DoorLink.event_id == event.id, DoorLink.id == link_id))


def get_link(event: Event, link_id: int) -> DoorLink:
    """The door link of this event with this id; raises NotFoundError."""
    link = find_link(event, link_id)
    if link is None:
        raise NotFoundError
    return link


def get_by_token(token: str) -> DoorLink:
    """The door link with this token, with its event, whether it is still good or not; raises NotFoundError."""
    query = select(DoorLink).options(joinedload(DoorLink.event)).where(DoorLink.token == check_token(token))
    link = db.session.scalar(query)
    if link is None:
        raise NotFoundError
    return link


def may_send(link: DoorLink, now: datetime) -> bool:
    """Whether what was done with the link may arrive: from when the door opens, and for a while after its end."""
    return opens_at(link.event) <= now and link.may_send(now)


def create(event: Event, label: str, expires_at: datetime, *, by: StaffMember | None, now: datetime) -> DoorLink:
    """Make a new link. Raises LinkEndsTooLate, LinkEndsInThePast."""
    if expires_at > closes_at(event):
        raise LinkEndsTooLate
    if expires_at <= now:
        raise LinkEndsInThePast
    link = DoorLink(event=event, token=make_token(), label=label, expires_at=expires_at, created_at=now)
    db.session.add(link)
    db.session.flush()
    _record("door_link.create", link, by=by, now=now, expires_at=expires_at.isoformat())
    return link


def revoke(link: DoorLink, *, by: StaffMember | None, now: datetime) -> None:
    """Close the door to whoever has the link, at once and for good; what it recorded stays."""
    if link.revoked_at is None:
        link.revoked_at = now
        db.session.flush()
        _record("door_link.revoke", link, by=by, now=now)


def _record(act: str, link: DoorLink, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    slug = link.event.slug
    audit.record(act, subject_kind="event", subject_key=slug, by=by, now=now, door_link=link.label, **details)
