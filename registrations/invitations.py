"""Invitation links: each lets so many people sign up, until a moment or until it is revoked.

Whoever uses one does so while holding the event (`places.hold`), so that uses are counted by one at a time and the
quota is never exceeded. Who cancels gives the use back.
"""

from datetime import datetime
from typing import TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts import audit
from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError, NotFoundError
from events.models import Access, Dimension, Event
from registrations.codes import check_token, make_token
from registrations.models import Invitation, Registration, RegistrationState

LABEL_LENGTH = 200
MAX_QUOTA = 100_000


class InvitationTrouble(DomainError):
    """The link lets nobody in; another one may."""


class InvitationNeeded(InvitationTrouble):
    """Only who was invited may sign up."""

    message = _l("This event is by invitation. Open the link of the invitation you were sent.")


class InvitationUnknown(InvitationTrouble):
    """The token is of no invitation of this event."""

    message = _l("This invitation is not valid. Open the whole link you were sent, or ask whoever sent it.")


class InvitationRevoked(InvitationTrouble):
    """The organiser took the invitation back."""

    message = _l("This invitation is no longer valid. Ask whoever sent it.")


class InvitationExpired(InvitationTrouble):
    """The time for using the invitation is over."""

    message = _l("The time for using this invitation is over. Ask whoever sent it.")


class InvitationUsedUp(InvitationTrouble):
    """As many people as the invitation is for have signed up with it."""

    message = _l("This invitation has already been used as many times as it could be. Ask whoever sent it.")


class QuotaBelowUses(DomainError):
    """More people than that have signed up with the invitation."""

    message = _l("%(uses)d people have already signed up with it.")
    field = "quota"


class InvitationValues(TypedDict):
    """What can be written of an invitation; texts already clean."""

    label: str
    dimension: Dimension | None
    quota: int
    expires_at: datetime | None


def list_invitations(event: Event) -> list[tuple[Invitation, int]]:
    """The invitations of an event, the newest first, each with how many use it."""
    uses = dict(
        db.session.execute(
            select(Registration.invitation_id, func.count())
            .where(
                Registration.event_id == event.id,
                Registration.invitation_id.is_not(None),
                Registration.state != RegistrationState.CANCELLED,
            )
            .group_by(Registration.invitation_id)
        ).all()
    )
    query = select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id.desc())
    return [(invitation, uses.get(invitation.id, 0)) for invitation in db.session.scalars(query)]


def count(event: Event) -> int:
    """How many invitations of the event can be used, as far as they were not revoked."""
    query = select(func.count()).where(Invitation.event_id == event.id, Invitation.revoked_at.is_(None))
    return db.session.scalar(query) or 0


def find_of(registration: Registration) -> Invitation | None:
    """The invitation with which somebody signed up, if it was with one."""
    return db.session.get(Invitation, registration.invitation_id) if registration.invitation_id else None


def get_invitation(event: Event, invitation_id: int) -> Invitation:
    """The invitation of this event with this id; raises NotFoundError."""
    query = select(Invitation).where(Invitation.event_id == event.id, Invitation.id == invitation_id)
    invitation = db.session.scalar(query)
    if invitation is None:
        raise NotFoundError
    return invitation


def create(event: Event, values: InvitationValues, *, by: StaffMember | None, now: datetime) -> Invitation:
    """Make a new link."""
    invitation = Invitation(event=event, token=make_token(), created_at=now, **values)
    db.session.add(invitation)
    db.session.flush()
    _record("invitation.create", invitation, by=by, now=now, quota=invitation.quota)
    return invitation


def update(invitation: Invitation, values: InvitationValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is new in `values` and say whether anything was; who signed up with it stays as they are.

    Raises QuotaBelowUses.
    """
    uses = count_uses(invitation)
    if values["quota"] < uses:
        raise QuotaBelowUses(uses=uses)
    changed = [name for name, value in values.items() if getattr(invitation, name) != value]
    for name in changed:
        setattr(invitation, name, values[name])  # type: ignore[literal-required] # the keys of `values` itself
    if changed:
        db.session.flush()
        _record("invitation.update", invitation, by=by, now=now, changed=sorted(changed))
    return bool(changed)


def revoke(invitation: Invitation, *, by: StaffMember | None, now: datetime) -> None:
    """Let nobody else sign up with it; who did stays."""
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        db.session.flush()
        _record("invitation.revoke", invitation, by=by, now=now)


def restore(invitation: Invitation, *, by: StaffMember | None, now: datetime) -> None:
    """Let the link be used again."""
    if invitation.revoked_at is not None:
        invitation.revoked_at = None
        db.session.flush()
        _record("invitation.restore", invitation, by=by, now=now)


def check(event: Event, token: str, *, people: int = 1, now: datetime) -> Invitation | None:
    """The invitation that lets so many people sign up, or None where none is needed and none was given.

    Raises why it does not. Whoever goes on to sign them up holds the event first.
    """
    if not token:
        if event.access is Access.INVITATION:
            raise InvitationNeeded
        return None
    invitation = find(event, token)
    if invitation is None:
        raise InvitationUnknown
    if invitation.is_revoked:
        raise InvitationRevoked
    if invitation.has_expired(now):
        raise InvitationExpired
    if count_uses(invitation) + people > invitation.quota:
        raise InvitationUsedUp
    return invitation


def count_uses(invitation: Invitation) -> int:
    """How many registrations that stand were made with it."""
    query = select(func.count()).where(
        Registration.invitation_id == invitation.id, Registration.state != RegistrationState.CANCELLED
    )
    return db.session.scalar(query) or 0


def find(event: Event, token: str) -> Invitation | None:
    """The invitation of this event with this token, as the database has it now: another request may have revoked it."""
    try:
        wanted = check_token(token)
    except NotFoundError:
        return None
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.event_id == event.id, Invitation.token == wanted)
        .execution_options(populate_existing=True)
    )


def _record(act: str, invitation: Invitation, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    slug = invitation.event.slug
    audit.record(act, subject_kind="event", subject_key=slug, by=by, now=now, invitation=invitation.label, **details)
