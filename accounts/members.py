"""Who works in a team, or at one event alone, and as what: taken in, given another role, let go.

A place is a team, or an event; each room keeps its own rows (`TeamMember`, `EventMember`), which are of one shape.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import audit, notifications, staff
from accounts.models import StaffMember, StaffRole
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from core.text import sort_key


class AlreadyMember(DomainError):
    """One role for each person at a place; the present one can be changed."""

    field = "email"
    message = _l("This person is on the list already. You can change their role there.")


class Member(Protocol):
    """Somebody's role at a place: the row's relationship to that is called like its kind."""

    place_kind: str
    staff: StaffMember
    role: StaffRole

    @property
    def place_key(self) -> str: ...

    @property
    def place_name(self) -> str: ...


M = TypeVar("M", bound=Member)


def list_members(kind: type[M], place: Any) -> Sequence[M]:
    """The people of a place: active ones first, each in Catalan order."""
    mapped: Any = kind
    query = select(kind).where(getattr(mapped, kind.place_kind) == place).options(joinedload(mapped.staff))
    return sorted(db.session.scalars(query), key=lambda each: _in_order(each.staff))


def get_member(kind: type[M], place: Any, staff_id: int) -> M:
    """The role of this person at the place; raises NotFoundError."""
    member = db.session.get(kind, (place.id, staff_id))
    if member is None:
        raise NotFoundError(staff_id)
    return member


def invite(  # noqa: PLR0913 - who, where, as what, and the actor and the time by keyword
    kind: type[M], place: Any, email: str, role: StaffRole, *, name: str, by: StaffMember, now: datetime
) -> M:
    """Take somebody in by their address; who had no account is invited, who had one is told by mail.

    Raises what `staff.find_or_invite` and `add` raise.
    """
    person = staff.find_or_invite(email, name=name, by=by, now=now)
    member = add(kind, place, person, role, by=by, now=now)
    if not person.is_invited:
        notifications.new_role(person, role=role, place=member.place_name, now=now)
    return member


def add(  # noqa: PLR0913 - who, where, as what, and the actor and the time by keyword
    kind: type[M], place: Any, person: StaffMember, role: StaffRole, *, by: StaffMember | None, now: datetime
) -> M:
    """Take somebody in. Raises AlreadyMember, RoleOfAdministrator, OwnRole."""
    staff.check_role_may_change(person, by=by)
    if db.session.get(kind, (place.id, person.id)):
        raise AlreadyMember
    member = kind(**{kind.place_kind: place, "staff": person, "role": role})
    db.session.add(member)
    flush_or_refuse(AlreadyMember)
    _record("add_member", member, by=by, now=now, role=role.value)
    return member


def change_role(member: Member, role: StaffRole, *, by: StaffMember, now: datetime) -> None:
    """Give somebody another role at the place. Raises RoleOfAdministrator, OwnRole."""
    if role is member.role:
        return
    staff.check_role_may_change(member.staff, by=by)
    before, member.role = member.role, role
    _record("change_role", member, by=by, now=now, before=before.value, after=role.value)


def take_out(member: Member, *, by: StaffMember, now: datetime) -> None:
    """Let somebody go from the place; the account and what they did stay. Raises RoleOfAdministrator, OwnRole."""
    staff.check_role_may_change(member.staff, by=by)
    _record("take_out_member", member, by=by, now=now, role=member.role.value)
    db.session.delete(member)


def _in_order(person: StaffMember) -> tuple[bool, str, str]:
    """Where somebody stands in a list of staff."""
    return not person.active, sort_key(person.shown_name), person.email


def _record(act: str, member: Member, *, by: StaffMember | None, now: datetime, **details: str) -> None:
    kind, key = member.place_kind, member.place_key
    audit.record(
        f"{kind}.{act}", subject_kind=kind, subject_key=key, by=by, now=now, staff_id=member.staff.id, **details
    )
