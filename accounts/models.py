"""Teams, the staff who work in them, and the trail of what they did."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security import UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, UtcDateTime, state_column
from core.public_version import shown


class StaffRole(StrEnum):
    """What a member of staff is there for; `accounts.permissions` says what each may do.

    An administrator is one everywhere; the others have their role in a team, or at one event.
    """

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    FACILITATOR = "facilitator"
    DOOR = "door"
    VIEWER = "viewer"


class CertificateFormula(StrEnum):
    """Who signs decides the formula: a secretary certifies, a head of service states for the record (Llei 40/2015)."""

    CERTIFIES = "certifies"
    STATES = "states"


@shown
class Team(Model):
    """The body that organises: its name, its privacy notice, who signs its certificates, who its mails come from."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    contact_email: Mapped[str] = mapped_column(String(320), default="")
    place: Mapped[str] = mapped_column(String(120), default="Barcelona")
    # First layer of the privacy notice: LOPDGDD art. 11 and the AEPD's guide to the duty to inform.
    responsible_body: Mapped[str] = mapped_column(String(300), default="")
    privacy_purpose: Mapped[str] = mapped_column(Text, default="")
    privacy_legal_basis: Mapped[str] = mapped_column(Text, default="")
    privacy_rights: Mapped[str] = mapped_column(Text, default="")
    privacy_url: Mapped[str] = mapped_column(String(500), default="")
    image_consent_text: Mapped[str] = mapped_column(Text, default="")
    certificate_formula: Mapped[CertificateFormula] = mapped_column(
        state_column(CertificateFormula), default=CertificateFormula.STATES
    )
    signatory_name: Mapped[str] = mapped_column(String(200), default="")
    signatory_post: Mapped[str] = mapped_column(String(200), default="")
    # A PNG of our own making (`accounts.logos`), here so that every machine has it; read only when asked for.
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_mark: Mapped[str] = mapped_column(String(64), default="", index=True)
    logo_width: Mapped[int] = mapped_column(default=0)
    logo_height: Mapped[int] = mapped_column(default=0)


class StaffMember(Model, UserMixin):
    """A person with an account in the workspace."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    is_administrator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    memberships: Mapped[list["TeamMember"]] = relationship(back_populates="staff")

    @property
    def shown_name(self) -> str:
        return self.name or self.email

    @property
    def is_invited(self) -> bool:
        """Whether the person still has to choose a password."""
        return self.password is None

    def end_sessions(self) -> None:
        """Make every session, remember cookie and mailed link worthless: each of them holds the old value."""
        self.fs_uniquifier = secrets.token_hex(16)


def role_below_administrator() -> CheckConstraint:
    """Let the database refuse a team or an event an administrator of its own, whoever asks for it and however."""
    return CheckConstraint(f"role <> '{StaffRole.ADMINISTRATOR.value}'", name="role_below_administrator")


class TeamMember(Model):
    """A person's role in a team, and so at each of its events."""

    place_kind = "team"

    __tablename__ = "team_member"
    __table_args__ = (role_below_administrator(),)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True, index=True)
    role: Mapped[StaffRole] = mapped_column(state_column(StaffRole))

    team: Mapped[Team] = relationship()
    staff: Mapped[StaffMember] = relationship(back_populates="memberships")

    @property
    def place_key(self) -> str:
        return str(self.team_id)

    @property
    def place_name(self) -> str:
        return self.team.name


class AuditEntry(Model):
    """Who did what to what, and when. Only ever added to."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    act: Mapped[str] = mapped_column(String(64))
    # What it was done to, as `kind` and key (`event`, `impulsem-1`): an upper room's row cannot be a foreign key here.
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_key: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    staff: Mapped[StaffMember | None] = relationship()
