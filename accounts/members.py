"""Who works in a team, and as what: taken in, given another role, let go."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import audit, notifications, staff
from accounts.models import StaffMember, StaffRole, Team, TeamMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from core.text import sort_key


class AlreadyMember(DomainError):
    """One role for each person in a team; the present one can be changed."""

    field = "email"
    message = _l("This person is on the list already. You can change their role there.")


def list_members(team: Team) -> Sequence[TeamMember]:
    """The people of a team: active ones first, each in Catalan order."""
    query = select(TeamMember).where(TeamMember.team_id == team.id).options(joinedload(TeamMember.staff))
    return sorted(db.session.scalars(query), key=lambda each: in_order(each.staff))


def in_order(person: StaffMember) -> tuple[bool, str, str]:
    """Where somebody stands in a list of staff."""
    return not person.active, sort_key(person.shown_name), person.email


def get_member(team: Team, staff_id: int) -> TeamMember:
    """The role of this person in the team; raises NotFoundError."""
    member = db.session.get(TeamMember, (team.id, staff_id))
    if member is None:
        raise NotFoundError(staff_id)
    return member


def invite(  # noqa: PLR0913 - who, as what, and the actor and the time by keyword
    team: Team, email: str, role: StaffRole, *, name: str, by: StaffMember, now: datetime
) -> TeamMember:
    """Take somebody into the team by their address; who had no account is invited, who had one is told by mail.

    Raises what `staff.find_or_invite` and `add` raise.
    """
    person = staff.find_or_invite(email, name=name, by=by, now=now)
    member = add(team, person, role, by=by, now=now)
    if not person.is_invited:
        notifications.new_role(person, role=role, place=team.name, now=now)
    return member


def add(team: Team, person: StaffMember, role: StaffRole, *, by: StaffMember | None, now: datetime) -> TeamMember:
    """Take somebody into the team. Raises AlreadyMember, RoleOfAdministrator, OwnRole."""
    staff.check_role_may_change(person, by=by)
    if db.session.get(TeamMember, (team.id, person.id)):
        raise AlreadyMember
    member = TeamMember(team=team, staff=person, role=role)
    db.session.add(member)
    flush_or_refuse(AlreadyMember)
    _record("team.add_member", member, by=by, now=now, role=role.value)
    return member


def change_role(member: TeamMember, role: StaffRole, *, by: StaffMember, now: datetime) -> None:
    """Give somebody another role in the team. Raises RoleOfAdministrator, OwnRole."""
    if role is member.role:
        return
    staff.check_role_may_change(member.staff, by=by)
    before, member.role = member.role, role
    _record("team.change_role", member, by=by, now=now, before=before.value, after=role.value)


def take_out(member: TeamMember, *, by: StaffMember, now: datetime) -> None:
    """Let somebody go from the team; the account and what they did stay. Raises RoleOfAdministrator, OwnRole."""
    staff.check_role_may_change(member.staff, by=by)
    _record("team.take_out_member", member, by=by, now=now, role=member.role.value)
    db.session.delete(member)


def _record(act: str, member: TeamMember, *, by: StaffMember | None, now: datetime, **details: str) -> None:
    key = str(member.team_id)
    audit.record(act, subject_kind="team", subject_key=key, by=by, now=now, staff_id=member.staff_id, **details)
