"""Certificates: what was certified, to whom and under which code; by which rules, and many of them in one run."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import CertificateFormula, StaffMember
from core.database import Model, UtcDateTime, state_column
from events.models import Event, Session
from registrations.models import Registration

_NOT_REPLACED = text("replaced_at IS NULL")


class CertifiedRole(StrEnum):
    """What a person was at the event, each certified by itself: who attended, and who made it possible."""

    ATTENDEE = "attendee"
    FACILITATOR = "facilitator"
    SPEAKER = "speaker"
    ORGANISER = "organiser"

    @property
    def place(self) -> int:
        """Its place among those of one person, attendance first."""
        return list(CertifiedRole).index(self)


class Requirement(StrEnum):
    """What attendance it takes to get a certificate of it."""

    ANY = "any"
    SHARE = "share"
    SESSIONS = "sessions"


class PageSize(StrEnum):
    """The sheet a certificate is drawn for."""

    A4 = "a4"
    LETTER = "letter"


rules_session = Table(
    "certificate_rules_session",
    Model.metadata,
    Column("event_id", ForeignKey("certificate_rules.event_id", ondelete="CASCADE"), primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class CertificatePicture(Model):
    """A logo or signature as it was printed, under the hash of its PNG: what was issued prints the same for ever.

    `looked_at` is when no rules and no team had it any more; None while one has, or has taken it up again.
    """

    __tablename__ = "certificate_picture"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CertificateRules(Model):
    """Who gets a certificate at an event and what stands on it; an event without a row does as its team does.

    Empty formula, signatory and place are the team's. `texts` holds, by role and language, what stands after the name
    in place of our own sentence (docs/adr/0040).
    """

    __tablename__ = "certificate_rules"
    __table_args__ = (CheckConstraint("share_percent BETWEEN 1 AND 100", name="share_is_a_percentage"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    requirement: Mapped[Requirement] = mapped_column(state_column(Requirement), default=Requirement.ANY)
    share_percent: Mapped[int] = mapped_column(default=80)
    formula: Mapped[CertificateFormula | None] = mapped_column(state_column(CertificateFormula))
    signatory_name: Mapped[str] = mapped_column(String(200), default="")
    signatory_post: Mapped[str] = mapped_column(String(200), default="")
    approver_name: Mapped[str] = mapped_column(String(200), default="")  # who signs the vistiplau
    approver_post: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    has_logo: Mapped[bool] = mapped_column(default=True)
    prints_identity: Mapped[bool] = mapped_column(default=False)
    page_size: Mapped[PageSize] = mapped_column(state_column(PageSize), default=PageSize.A4)
    signature_mark: Mapped[str | None] = mapped_column(ForeignKey("certificate_picture.mark"), index=True)
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    sessions: Mapped[list[Session]] = relationship(secondary=rules_session, order_by=(Session.starts_at, Session.code))
    signature: Mapped[CertificatePicture | None] = relationship()


class CertificateRole(Model):
    """A person of the event was more than an attendee: in one session, or (None) at the event as a whole."""

    __tablename__ = "certificate_role"
    __table_args__ = (
        UniqueConstraint("registration_id", "role", "session_id"),
        Index(
            "uq_certificate_role_whole",
            "registration_id",
            "role",
            unique=True,
            sqlite_where=text("session_id IS NULL"),
            postgresql_where=text("session_id IS NULL"),
        ),
        CheckConstraint("role <> 'attendee'", name="role_above_attendee"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    role: Mapped[CertifiedRole] = mapped_column(state_column(CertifiedRole))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)

    registration: Mapped[Registration] = relationship()
    session: Mapped[Session | None] = relationship()


class CertificateBook(Model):
    """The last number given to a certificate of an event, in the year it is numbering.

    Whoever issues holds this row to the end of their transaction, so that numbers have no gaps (docs/adr/0040).
    """

    __tablename__ = "certificate_book"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    year: Mapped[int]
    last: Mapped[int]


class Certificate(Model):
    """One issue of a certificate: its content stands as issued; a later correction makes a new one that replaces it.

    Of one registration and role at most one is not replaced, however many ask for it at once: the partial unique index
    says so. A revoked one stands in the way of another until an organiser issues it anew. Those issued before
    certificates were numbered have no number.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        Index(
            "uq_certificate_registration_id_role_current",
            "registration_id",
            "role",
            unique=True,
            sqlite_where=_NOT_REPLACED,
            postgresql_where=_NOT_REPLACED,
        ),
        UniqueConstraint("event_id", "year", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    role: Mapped[CertifiedRole] = mapped_column(state_column(CertifiedRole), default=CertifiedRole.ATTENDEE)
    year: Mapped[int]
    number: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    revoked_reason: Mapped[str] = mapped_column(String(500), default="")

    registration: Mapped[Registration] = relationship()
    revoked_by: Mapped[StaffMember | None] = relationship()


class CertificatePrint(Model):
    """A file of a certificate that was given out, by its SHA-256: it is told genuine though we now draw otherwise."""

    __tablename__ = "certificate_print"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class RunKind(StrEnum):
    """What becomes of many certificates at once: one document, a ZIP of files, or a mail to each person."""

    DOCUMENT = "document"
    ARCHIVE = "archive"
    MAIL = "mail"


class RunState(StrEnum):
    """How far a run has come: being worked on, stopped by somebody, given up after several tries, or over."""

    UNDER_WAY = "under_way"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


class Outcome(StrEnum):
    """What a run made of one certificate.

    It stands, and nobody was to be written to; its person was written to, has no address, had been written to about it
    before, or their mail was taken back; or there is none to issue any more.
    """

    ISSUED = "issued"
    MAILED = "mailed"
    NO_ADDRESS = "no_address"
    MAILED_BEFORE = "mailed_before"
    TAKEN_BACK = "taken_back"
    LEFT_OUT = "left_out"


class CertificateRun(Model):
    """Certificates issued to many people at once, by the worker where they are many (docs/adr/0042).

    `wanted` is the filter of the attendee list as its address says it, empty for everybody; `renews` says that those in
    the former wording are issued anew. Whoever draws the file holds the lease, is known by the number of their attempt,
    and says with `drawn` how far they are; `size` is that of the file while it is kept.
    """

    __tablename__ = "certificate_run"
    __table_args__ = (
        Index(
            "uq_certificate_run_event_id_kind_under_way",
            "event_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'under_way'"),
            postgresql_where=text("state = 'under_way'"),
        ),
        Index("ix_certificate_run_event_id_asked_at", "event_id", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[RunKind] = mapped_column(state_column(RunKind))
    state: Mapped[RunState] = mapped_column(state_column(RunState), default=RunState.UNDER_WAY)
    wanted: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    renews: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int]
    drawn: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    size: Mapped[int | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    asked_by: Mapped[StaffMember | None] = relationship()

    @property
    def has_file(self) -> bool:
        return self.size is not None


class CertificateRunItem(Model):
    """One certificate of a run, in its place; while it has no outcome it is still to be issued.

    Nobody is written to twice about one issue, however many runs there are: the partial unique index says so.
    """

    __tablename__ = "certificate_run_item"
    __table_args__ = (
        Index(
            "uq_certificate_run_item_certificate_id_mailed",
            "certificate_id",
            unique=True,
            sqlite_where=text("outcome = 'mailed'"),
            postgresql_where=text("outcome = 'mailed'"),
        ),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("certificate_run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    role: Mapped[CertifiedRole] = mapped_column(state_column(CertifiedRole))
    outcome: Mapped[Outcome | None] = mapped_column(state_column(Outcome))
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"), index=True)

    registration: Mapped[Registration] = relationship()


class CertificateRunPiece(Model):
    """Some of the bytes of a run's file, which is kept for a day: read one piece at a time (docs/adr/0020)."""

    __tablename__ = "certificate_run_piece"

    run_id: Mapped[int] = mapped_column(ForeignKey("certificate_run.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
