"""Capture links: they open the notebook of one session to note-takers without an account."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from accounts import audit
from accounts.models import StaffMember
from contributions.models import CaptureLink
from core.database import db
from core.errors import DomainError, NotFoundError
from core.links import LinkEndsInThePast
from events.models import Event, Session
from registrations.codes import check_token, make_token

LASTS_AFTER_SESSION = timedelta(hours=24)
LATEST_AFTER_EVENT = timedelta(days=7)


class LinkEndsTooLate(DomainError):
    """A link would be forgotten and still open."""

    message = _l("A capture link can last until a week after the end of the event.")
    field = "expires"


def latest_end(event: Event) -> datetime:
    """Until when a link may last."""
    return event.ends_at + LATEST_AFTER_EVENT


def usual_end(session: Session, now: datetime) -> datetime:
    """Until when a link lasts if nobody says otherwise: notes are put in order the day after."""
    return min(max(session.ends_at, now) + LASTS_AFTER_SESSION, latest_end(session.event))


def create(
    session: Session, label: str, expires_at: datetime | None, *, by: StaffMember | None, now: datetime
) -> CaptureLink:
    """Make a new link, for the usual time if none is said. Raises `LinkEndsTooLate`, `LinkEndsInThePast`."""
    expires_at = expires_at or usual_end(session, now)
    if expires_at > latest_end(session.event):
        raise LinkEndsTooLate
    if expires_at <= now:
        raise LinkEndsInThePast
    link = CaptureLink(
        session=session,
        token=make_token(),
        label=label,
        created_at=now,
        created_by_id=by.id if by else None,
        expires_at=expires_at,
    )
    db.session.add(link)
    db.session.flush()
    _record("capture_link.create", link, by=by, now=now, expires_at=expires_at.isoformat())
    return link


def revoke(link: CaptureLink, *, by: StaffMember | None, now: datetime) -> None:
    """Close the notebook to whoever has the link, at once and for good; what was written with it stays."""
    if link.revoked_at is None:
        link.revoked_at = now
        db.session.flush()
        _record("capture_link.revoke", link, by=by, now=now)


def list_links(event: Event) -> Sequence[CaptureLink]:
    """The links of an event's sessions, in the order of the programme, the newest first."""
    query = select(CaptureLink).join(CaptureLink.session).options(contains_eager(CaptureLink.session))
    return db.session.scalars(
        query.where(Session.event_id == event.id).order_by(Session.starts_at, Session.code, CaptureLink.id.desc())
    ).all()


def get_link(event: Event, link_id: int) -> CaptureLink:
    """The link with this id to a session of this event; raises NotFoundError."""
    query = select(CaptureLink).join(CaptureLink.session)
    link = db.session.scalar(query.where(Session.event_id == event.id, CaptureLink.id == link_id))
    if link is None:
        raise NotFoundError
    return link


def get_by_token(token: str) -> CaptureLink:
    """The link with this token, with its session, whether it is still good or not; raises NotFoundError."""
    query = select(CaptureLink).options(joinedload(CaptureLink.session).joinedload(Session.event))
    link = db.session.scalar(query.where(CaptureLink.token == check_token(token)))
    if link is None:
        raise NotFoundError
    return link


def find_of_session(session_id: int, link_id: int) -> CaptureLink | None:
    """The link with this id, if it opens this session."""
    link = db.session.get(CaptureLink, link_id)
    return link if link and link.session_id == session_id else None


def _record(act: str, link: CaptureLink, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    session = link.session
    audit.record(
        act,
        subject_kind="event",
        subject_key=session.event.slug,
        by=by,
        now=now,
        session=session.code,
        capture_link=link.label,
        **details,
    )
