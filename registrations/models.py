"""Registrations, the sessions they chose, and attendance: signing up is not taking part."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, SortKey, UtcDateTime, state_column
from core.mail import OutgoingMail
from events.models import Dimension, Event, Session


class RegistrationState(StrEnum):
    """Where a registration stands; only a confirmed one holds places."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    PENDING = "pending"
    CANCELLED = "cancelled"


class RegistrationSource(StrEnum):
    """How the registration came to be."""

    PERSON = "person"
    STAFF = "staff"
    FILE = "file"
    DOOR = "door"


class AttendanceSource(StrEnum):
    """Which of the doors a person's attendance came through."""

    LIST = "list"
    FILE = "file"
    CODE = "code"
    PAPER = "paper"
    SELF = "self"


class Registration(Model):
    """One person's place at one event, with the sessions chosen.

    A person is known in an event by their address (`email_key`), so signing up again after a cancellation takes this
    same row up again: the calendar's UID stays and its SEQUENCE only grows. Who gave no address has a key of None.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("event_id", "email_key"),
        UniqueConstraint("event_id", "code"),
        Index("ix_registration_event_id_sort_key", "event_id", "sort_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(String(16))
    state: Mapped[RegistrationState] = mapped_column(state_column(RegistrationState))
    source: Mapped[RegistrationSource] = mapped_column(state_column(RegistrationSource))
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(160), default="")
    sort_key: Mapped[str] = mapped_column(SortKey)
    search_key: Mapped[str] = mapped_column(String)
    email: Mapped[str] = mapped_column(String(320), default="")
    email_key: Mapped[str | None] = mapped_column(String(320), index=True)
    organisation: Mapped[str] = mapped_column(String(300), default="")
    organisation_key: Mapped[str] = mapped_column(SortKey, default="")
    dimension: Mapped[Dimension | None] = mapped_column(state_column(Dimension))
    language: Mapped[str] = mapped_column(String(8))
    image_consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    calendar_sequence: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        secondary="chosen_session", order_by=(Session.starts_at, Session.code), viewonly=True
    )

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_confirmed(self) -> bool:
        return self.state is RegistrationState.CONFIRMED


class ChosenSession(Model):
    """A registration's place in one session."""

    __tablename__ = "chosen_session"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), primary_key=True, index=True)

    registration: Mapped[Registration] = relationship()
    session: Mapped[Session] = relationship()


class Attendance(Model):
    """A person was there, in this session: who recorded it, through which door, when."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("registration_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    source: Mapped[AttendanceSource] = mapped_column(state_column(AttendanceSource))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    registration: Mapped[Registration] = relationship()
    session: Mapped[Session] = relationship()
    recorded_by: Mapped[StaffMember | None] = relationship()


class AttendeeFile(Model):
    """A file of attendees between its upload and its confirmation; the names in it do not stay longer than a day."""

    __tablename__ = "attendee_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RegistrationMail(Model):
    """Which mails were written to a registration."""

    __tablename__ = "registration_mail"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(
        ForeignKey("outgoing_mail.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    registration: Mapped[Registration] = relationship()
    mail: Mapped[OutgoingMail] = relationship()
