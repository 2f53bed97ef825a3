"""Where somebody works, and who works at an event because they are in its team; see `accounts.members`."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import members
from accounts.models import StaffMember, TeamMember
from core.database import db
from events.models import Event, EventMember


def list_of_person(person: StaffMember) -> Sequence[EventMember]:
    """The single events at which somebody has a role, the latest first."""
    query = select(EventMember).join(EventMember.event).where(EventMember.staff_id == person.id)
    query = query.options(joinedload(EventMember.event)).order_by(Event.starts_at.desc(), Event.id)
    return db.session.scalars(query).all()


def list_by_role_in_team(event: Event) -> Sequence[TeamMember]:
    """The people who work at this event because they are in its team: active ones, in Catalan order."""
    return [each for each in members.list_members(TeamMember, event.team) if each.staff.active]
