"""Which events and processes a member of staff may see, and what an address of the workspace is about."""

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from accounts.models import StaffMember, StaffRole
from accounts.permissions import Permission, Place, finds_place, list_roles, list_team_ids
from core.database import db
from events.models import Event, EventMember, Process


def is_open_to(member: StaffMember, permission: Permission = Permission.ENTER_WORKSPACE) -> ColumnElement[bool]:
    """The condition that an event is one at which the member has `permission`, by their team or at that event."""
    team_ids = list_team_ids(permission, member)
    if team_ids is None:
        return true()
    roles = list_roles(permission, at_event=True)
    at_event = select(EventMember.event_id).where(EventMember.staff_id == member.id, EventMember.role.in_(roles))
    return or_(Event.team_id.in_(team_ids), Event.id.in_(at_event))


def is_process_open_to(member: StaffMember) -> ColumnElement[bool]:
    """The condition that a process is one of the member's teams, or that they work at one of its events."""
    team_ids = list_team_ids(Permission.ENTER_WORKSPACE, member)
    if team_ids is None:
        return true()
    has_event = exists().where(and_(Event.process_id == Process.id, is_open_to(member)))
    return or_(Process.team_id.in_(team_ids), has_event)


def place_of(event: Event, member: StaffMember) -> Place:
    """What an event is to the member: its team, and their role at it alone."""
    role = db.session.scalar(
        select(EventMember.role).where(EventMember.event_id == event.id, EventMember.staff_id == member.id)
    )
    return Place(event.team_id, [role] if role else [])


def place_of_process(process: Process) -> Place:
    """What a process is to those who would write in it: its team, and nothing beside it."""
    return Place(process.team_id)


@finds_place("/gestio/jornades/<slug>")
def find_event_place(member: StaffMember, slug: str) -> Place | None:
    """What the event with this slug is to the member; None when there is none."""
    role_at_it = and_(EventMember.event_id == Event.id, EventMember.staff_id == member.id)
    query = select(Event.team_id, EventMember.role).outerjoin(EventMember, role_at_it).where(Event.slug == slug)
    row = db.session.execute(query).one_or_none()
    return Place(row.team_id, [row.role] if row.role else []) if row else None


@finds_place("/gestio/processos/<slug>")
def find_process_place(member: StaffMember, slug: str) -> Place | None:
    """What the process with this slug is to the member: its team, and every role they have at its events."""
    role_at_it = and_(EventMember.event_id == Event.id, EventMember.staff_id == member.id)
    query = (
        select(Process.team_id, Event.team_id.label("event_team_id"), EventMember.role)
        .outerjoin(Event, Event.process_id == Process.id)
        .outerjoin(EventMember, role_at_it)
        .where(Process.slug == slug)
        .distinct()
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    in_teams = {each.team_id: each.role for each in member.memberships}
    found = {in_teams.get(row.event_team_id) for row in rows} | {row.role for row in rows}
    within: set[StaffRole] = {role for role in found if role}
    return Place(rows[0].team_id, roles_within=within)
