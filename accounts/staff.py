"""The people who work in the workspace: added, given a role, deactivated, taken back."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from accounts import audit, notifications, passwords
from accounts.models import Role, StaffMember, StaffRole, Team
from core.database import db, flush_or_refuse, insert_into
from core.errors import DomainError, NotFoundError
from core.text import address_key, clean_line, sort_key


class NotAnAddress(DomainError):
    """No mail could reach it."""

    field = "email"
    message = _l("This is not an e-mail address.")


class AddressTaken(DomainError):
    """One account per address."""

    field = "email"
    message = _l("There is already an account with this address.")


class OwnAccount(DomainError):
    """Who locked themselves out could not come back to undo it."""

    message = _l("You cannot deactivate your own account. Another administrator can.")


class LastAdministrator(DomainError):
    """Without an administrator nobody could ever add one."""

    field = "role"
    message = _l("This is the only administrator. Give that role to somebody else first.")


class AccountInactive(DomainError):
    """No link is sent to who may not log in."""

    message = _l("This account is deactivated. Activate it first.")


class WrongPassword(DomainError):
    """Somebody else may be sitting at a computer left open."""

    field = "current_password"
    message = _l("This is not your present password.")


def list_staff() -> Sequence[StaffMember]:
    """Everybody with an account: active ones first, each in Catalan order."""
    members = db.session.scalars(select(StaffMember)).all()
    return sorted(members, key=lambda member: (not member.active, sort_key(member.shown_name), member.email))


def get_member(member_id: int) -> StaffMember:
    """The member of staff with this id."""
    member = db.session.get(StaffMember, member_id)
    if member is None:
        raise NotFoundError
    return member


def has_staff() -> bool:
    """Whether anybody has an account yet."""
    return bool(db.session.scalar(select(exists().select_from(StaffMember))))


def add_staff(  # noqa: PLR0913 - what a person has, and the actor and the time by keyword
    email: str,
    role: StaffRole,
    *,
    name: str = "",
    team: Team | None = None,
    password: str | None = None,
    by: StaffMember | None = None,
    now: datetime,
) -> StaffMember:
    """Add a member of staff; without a `password` a mail invites the person to choose one."""
    member = StaffMember(
        email=clean_address(email),
        name=clean_line(name),
        role_row=_get_role(role),
        team=team,
        password=passwords.hashed(password) if password else None,
        fs_uniquifier=secrets.token_hex(16),
        created_at=now,
    )
    db.session.add(member)
    flush_or_refuse(AddressTaken)
    _record("staff_member.add", member, by=by, now=now, role=role.value)
    if member.is_invited:
        notifications.invitation(member, token=passwords.make_link_token(member), now=now)
    return member


def change_staff(member: StaffMember, *, name: str, role: StaffRole, by: StaffMember, now: datetime) -> None:
    """Give the member another name or role; the only active administrator stays one."""
    member.name = clean_line(name)
    if role is member.role:
        return
    before = member.role
    _update_unless_last_administrator(member, role_id=_get_role(role).id)
    _record("staff_member.change_role", member, by=by, now=now, before=before.value, after=role.value)


def deactivate(member: StaffMember, *, by: StaffMember, now: datetime) -> None:
    """End the member's access at once, sessions and links included; what they did stays theirs."""
    if member.id == by.id:
        raise OwnAccount
    if not member.active:
        return
    _update_unless_last_administrator(member, active=False)
    member.end_sessions()
    _record("staff_member.deactivate", member, by=by, now=now)


def activate(member: StaffMember, *, by: StaffMember, now: datetime) -> None:
    """Let a deactivated member log in again, with the password they had."""
    if member.active:
        return
    member.active = True
    _record("staff_member.activate", member, by=by, now=now)


def send_link(member: StaffMember, *, by: StaffMember, now: datetime) -> None:
    """Mail the member a link with which to set a password; the present one works until they do."""
    if not member.active:
        raise AccountInactive
    write = notifications.invitation if member.is_invited else notifications.reset_instructions
    write(member, token=passwords.make_link_token(member), now=now)
    _record("staff_member.send_link", member, by=by, now=now)


def change_password(member: StaffMember, *, current: str, new: str, now: datetime) -> None:
    """Set the member's own password; every session but the one that asks ends, and a mail tells them."""
    if not passwords.matches(current, member):
        raise WrongPassword
    passwords.check(new, email=member.email)
    member.password = passwords.hashed(new)
    member.end_sessions()
    notifications.password_changed(member, now=now)
    _record("staff_member.set_password", member, by=member, now=now)


def clean_address(email: str) -> str:
    """The address as identity: case and surrounding space do not make another person."""
    try:
        return address_key(validate_email(email.strip(), allow_smtputf8=False, check_deliverability=False).normalized)
    except EmailNotValidError as error:
        raise NotAnAddress from error


def _get_role(role: StaffRole) -> Role:
    """The row of `role`, written when it is first given to somebody."""
    wanted = select(Role).where(Role.name == role.value)
    row = db.session.scalar(wanted)
    if row is None:
        db.session.execute(insert_into(Role).values(name=role.value).on_conflict_do_nothing())
        row = db.session.scalars(wanted).one()
    return row


def _update_unless_last_administrator(member: StaffMember, **values: object) -> None:
    """Set columns that may take an administrator away, unless no other active one is left.

    Two administrators who take each other away at the same moment must not both succeed: on PostgreSQL the second waits
    at the row of the role and then sees what the first did; SQLite writes one after the other.
    """
    administrators = _get_role(StaffRole.ADMINISTRATOR)
    db.session.execute(select(Role.id).where(Role.id == administrators.id).with_for_update(key_share=True))
    other = aliased(StaffMember)
    another_is_left = exists().where(other.id != member.id, other.active, other.role_id == administrators.id)
    result = db.session.execute(
        update(StaffMember)
        .where(
            StaffMember.id == member.id,
            (StaffMember.role_id != administrators.id) | ~StaffMember.active | another_is_left,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount == 0:  # type: ignore[attr-defined] # what an UPDATE gives is a CursorResult
        raise LastAdministrator
    db.session.refresh(member, ["active", "role_id", "role_row"])


def _record(act: str, member: StaffMember, *, by: StaffMember | None, now: datetime, **details: str) -> None:
    audit.record(act, subject_kind="staff_member", subject_key=str(member.id), by=by, now=now, **details)
