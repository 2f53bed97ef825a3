"""Who works at one event alone, and as what: taken in, given another role, let go."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import audit, notifications, staff
from accounts.members import AlreadyMember, in_order
from accounts.models import StaffMember, StaffRole, TeamMember
from core.database import db, flush_or_refuse
from core.errors import NotFoundError
from events.models import Event, EventMember


def list_members(event: Event) -> Sequence[EventMember]:
    """The people of this event alone: active ones first, each in Catalan order."""
    query = select(EventMember).where(EventMember.event_id == event.id).options(joinedload(EventMember.staff))
    return sorted(db.session.scalars(query), key=lambda each: in_order(each.staff))


def list_of_person(person: StaffMember) -> Sequence[EventMember]:
    """The single events at which somebody has a role, the latest first."""
    query = select(EventMember).join(EventMember.event).where(EventMember.staff_id == person.id)
    query = query.options(joinedload(EventMember.event)).order_by(Event.starts_at.desc(), Event.id)
    return db.session.scalars(query).all()


def list_by_role_in_team(event: Event) -> Sequence[TeamMember]:
    """The people who work at this event because they are in its team: active ones, in Catalan order."""
    query = select(TeamMember).where(TeamMember.team_id == event.team_id).options(joinedload(TeamMember.staff))
    people = [each for each in db.session.scalars(query) if each.staff.active]
    return sorted(people, key=lambda each: in_order(each.staff))


def get_member(event: Event, staff_id: int) -> EventMember:
    """The role of this person at the event; raises NotFoundError."""
    member = db.session.get(EventMember, (event.id, staff_id))
    if member is None:
        raise NotFoundError(staff_id)
    return member


def invite(  # noqa: PLR0913 - who, as what, and the actor and the time by keyword
    event: Event, email: str, role: StaffRole, *, name: str, by: StaffMember, now: datetime
) -> EventMember:
    """Take somebody in by their address; who had no account is invited, who had one is told by mail.

    Raises what `staff.find_or_invite` raises, AlreadyMember, RoleOfAdministrator and OwnRole.
    """
    person = staff.find_or_invite(email, name=name, by=by, now=now)
    staff.check_role_may_change(person, by=by)
    if db.session.get(EventMember, (event.id, person.id)):
        raise AlreadyMember
    member = EventMember(event=event, staff=person, role=role)
    db.session.add(member)
    flush_or_refuse(AlreadyMember)
    _record("event.add_member", member, by=by, now=now, role=role.value)
    if not person.is_invited:
        notifications.new_role(person, role=role, place=event.title, now=now)
    return member


def change_role(member: EventMember, role: StaffRole, *, by: StaffMember, now: datetime) -> None:
    """Give somebody another role at the event. Raises RoleOfAdministrator, OwnRole."""
    if role is member.role:
        return
    staff.check_role_may_change(member.staff, by=by)
    before, member.role = member.role, role
    _record("event.change_role", member, by=by, now=now, before=before.value, after=role.value)


def take_out(member: EventMember, *, by: StaffMember, now: datetime) -> None:
    """Let somebody go from the event; the account and what they did stay. Raises RoleOfAdministrator, OwnRole."""
    staff.check_role_may_change(member.staff, by=by)
    _record("event.take_out_member", member, by=by, now=now, role=member.role.value)
    db.session.delete(member)


def _record(act: str, member: EventMember, *, by: StaffMember, now: datetime, **details: str) -> None:
    key = member.event.slug
    audit.record(act, subject_kind="event", subject_key=key, by=by, now=now, staff_id=member.staff_id, **details)
