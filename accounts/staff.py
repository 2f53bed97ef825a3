"""The people who work in the workspace: added, made administrators, deactivated, taken back."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased, selectinload

from accounts import audit, notifications, passwords
from accounts.models import StaffMember, StaffRole, TeamMember
from core.database import db, flush_or_refuse
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

    field = "is_administrator"
    message = _l("This is the only administrator. Give that role to somebody else first.")


class AccountInactive(DomainError):
    """No link is sent to who may not log in."""

    message = _l("This account is deactivated. Activate it first.")


class AccountClosed(DomainError):
    """Only an administrator lets somebody in again who was sent away."""

    field = "email"
    message = _l("The account with this address is deactivated. An administrator can activate it.")


class RoleOfAdministrator(DomainError):
    """Administrators see to one another; nobody else gives them a role or takes one away."""

    field = "email"
    message = _l("This person administers the whole installation. Only an administrator can change their roles.")


class OwnRole(DomainError):
    """Who took their own role away could not undo it, and nobody raises themselves."""

    message = _l("You cannot change your own role. Another organiser or an administrator can.")


class AlreadyIn(DomainError):
    """Only an invitation is sent again; nobody else starts anything with somebody's password."""

    message = _l("This person has chosen a password already.")


class WrongPassword(DomainError):
    """Somebody else may be sitting at a computer left open."""

    field = "current_password"
    message = _l("This is not your present password.")


def list_staff() -> Sequence[StaffMember]:
    """Everybody with an account and their teams: active ones first, each in Catalan order."""
    with_teams = selectinload(StaffMember.memberships).joinedload(TeamMember.team)
    members = db.session.scalars(select(StaffMember).options(with_teams)).all()
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
    *,
    name: str = "",
    is_administrator: bool = False,
    password: str | None = None,
    by: StaffMember | None = None,
    now: datetime,
) -> StaffMember:
    """Add a member of staff, who has no role yet; without a `password` a mail invites the person to choose one."""
    member = StaffMember(
        email=clean_address(email),
        name=clean_line(name),
        is_administrator=is_administrator,
        active=True,
        password=passwords.hashed(password) if password else None,
        fs_uniquifier=secrets.token_hex(16),
        created_at=now,
    )
    db.session.add(member)
    flush_or_refuse(AddressTaken)
    role = {"role": StaffRole.ADMINISTRATOR.value} if is_administrator else {}
    _record("staff_member.add", member, by=by, now=now, **role)
    if member.is_invited:
        notifications.invitation(member, token=passwords.make_link_token(member), now=now)
    return member


def find_or_invite(email: str, *, name: str, by: StaffMember | None, now: datetime) -> StaffMember:
    """The person with this address, with an account if there was none; who has no password yet is mailed a link to it.

    Raises NotAnAddress and AccountClosed. Of two who invite the same person at once one gets AddressTaken.
    """
    known = db.session.scalar(select(StaffMember).where(StaffMember.email == clean_address(email)))
    if known is None:
        return add_staff(email, name=name, by=by, now=now)
    if not known.active:
        raise AccountClosed
    if known.is_invited:  # the link of the first invitation may have run out
        notifications.invitation(known, token=passwords.make_link_token(known), now=now)
    return known


def check_role_may_change(person: StaffMember, *, by: StaffMember | None) -> None:
    """Refuse `by` the roles of administrators and their own, unless they administer; None is the command line."""
    if by is None or by.is_administrator:
        return
    if person.is_administrator:
        raise RoleOfAdministrator
    if person.id == by.id:
        raise OwnRole


def change_staff(member: StaffMember, *, name: str, is_administrator: bool, by: StaffMember, now: datetime) -> None:
    """Give the member another name, or make them an administrator or none; one active one is always left."""
    member.name = clean_line(name)
    if is_administrator == member.is_administrator:
        return
    _update_unless_last_administrator(member, is_administrator=is_administrator)
    act = "staff_member.make_administrator" if is_administrator else "staff_member.unmake_administrator"
    _record(act, member, by=by, now=now)


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


def invite_again(member: StaffMember, *, by: StaffMember, now: datetime) -> None:
    """Mail somebody who has no password yet another link; whoever has one asks for it themselves."""
    if not member.is_invited:
        raise AlreadyIn
    send_link(member, by=by, now=now)


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


def _update_unless_last_administrator(member: StaffMember, **values: object) -> None:
    """Set columns that may take an administrator away, unless no other active one is left.

    Two administrators who take each other away at the same moment must not both succeed: on PostgreSQL the second waits
    at the rows of all administrators and then sees what the first did; SQLite writes one after the other.
    """
    administrators = select(StaffMember.id).where(StaffMember.is_administrator).order_by(StaffMember.id)
    db.session.execute(administrators.with_for_update(key_share=True))
    other = aliased(StaffMember)
    another_is_left = exists().where(other.id != member.id, other.active, other.is_administrator)
    result = db.session.execute(
        update(StaffMember)
        .where(
            StaffMember.id == member.id,
            ~StaffMember.is_administrator | ~StaffMember.active | another_is_left,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount == 0:  # type: ignore[attr-defined] # what an UPDATE gives is a CursorResult
        raise LastAdministrator
    db.session.refresh(member, ["active", "is_administrator"])


def _record(act: str, member: StaffMember, *, by: StaffMember | None, now: datetime, **details: str) -> None:
    audit.record(act, subject_kind="staff_member", subject_key=str(member.id), by=by, now=now, **details)
