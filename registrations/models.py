"""Registrations, the sessions they chose, and attendance: signing up is not taking part."""

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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, SortKey, UtcDateTime, state_column
from core.mail import OutgoingMail
from core.public_version import shown
from events.models import Dimension, Event, Session


class RegistrationState(StrEnum):
    """Where a registration stands.

    A confirmed one holds its places; an offered one and one that awaits its address hold a place of the event for a
    time; one that waits, or awaits the organiser's yes, holds none.
    """

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


class Awaited(StrEnum):
    """What a pending registration awaits: that the person confirms the address, or that the organiser says yes."""

    ADDRESS = "address"
    APPROVAL = "approval"


class AttendanceSource(StrEnum):
    """Which of the doors a person's attendance came through."""

    LIST = "list"
    FILE = "file"
    CODE = "code"
    PAPER = "paper"
    SELF = "self"


class AnnouncementKind(StrEnum):
    """What the organiser did that people are told of."""

    MOVED = "moved"
    SESSION_CANCELLED = "session_cancelled"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_RESTORED = "event_restored"


class QuestionKind(StrEnum):
    """How a question of the organiser is answered."""

    SHORT = "short"
    LONG = "long"
    ONE = "one"
    SEVERAL = "several"
    YES_NO = "yes_no"

    @property
    def has_options(self) -> bool:
        return self in {QuestionKind.ONE, QuestionKind.SEVERAL}


class SupportKind(StrEnum):
    """What a person may need to take part like everybody else."""

    SIGN_LANGUAGE = "sign_language"
    HEARING_LOOP = "hearing_loop"
    WHEELCHAIR_SPACE = "wheelchair_space"
    MENU = "menu"
    OTHER = "other"

    @property
    def has_details(self) -> bool:
        """Whether it means nothing without the person's own words."""
        return self in {SupportKind.MENU, SupportKind.OTHER}


class Invitation(Model):
    """A link that lets so many people sign up and says where they come from.

    How many have used it is not kept but counted: the registrations with it that stand.
    """

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint("quota > 0", name="quota_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    dimension: Mapped[Dimension | None] = mapped_column(state_column(Dimension))
    quota: Mapped[int]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Registration(Model):
    """One person's place at one event, with the sessions chosen.

    A person is known in an event by their address (`email_key`), so signing up again after a cancellation takes this
    same row up again: the calendar's UID stays and its SEQUENCE only grows. Who gave no address has a key of None.
    `promoted_at` is when a place of the event came to them from its waiting list, `held_until` when an offered place,
    or one held for an address to be confirmed, is given to the next. `dimension` is where the person comes from;
    `has_reserved_place` says that theirs is a place kept for that group.
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
    awaits: Mapped[Awaited | None] = mapped_column(state_column(Awaited))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    promoted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    has_reserved_place: Mapped[bool] = mapped_column(default=False)
    signed_up_by_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"), index=True)
    signed_up_by_name: Mapped[str] = mapped_column(String(300), default="")
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)

    event: Mapped[Event] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        secondary="chosen_session", order_by=(Session.starts_at, Session.code), viewonly=True
    )
    calendar_entries: Mapped[list["CalendarEntry"]] = relationship(
        back_populates="registration", cascade="all, delete-orphan", passive_deletes=True
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


class WaitingListEntry(Model):
    """One person's stand on the waiting list of the event (`session_id` None) or of a session, in order of id.

    Only who holds a place in the event is in line for those of its sessions: before that the entry keeps the turn. An
    entry with `offered_until` holds a place of the session until then.
    """

    __tablename__ = "waiting_list_entry"
    __table_args__ = (
        UniqueConstraint("registration_id", "session_id"),
        Index(
            "uq_waiting_list_entry_event",
            "registration_id",
            unique=True,
            sqlite_where=text("session_id IS NULL"),
            postgresql_where=text("session_id IS NULL"),
        ),
        Index("ix_waiting_list_entry_event_id_session_id", "event_id", "session_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    registration: Mapped[Registration] = relationship()
    session: Mapped[Session | None] = relationship()


class CalendarEntry(Model):
    """What a person's calendar was last told of the event, or of one session, so that it can be told what is new.

    `session_id` is 0 for the event as a whole. It is no foreign key: the entry outlives a session that is taken out of
    the programme. The UID is for ever, and `sequence` only grows, also through cancelling and signing up again
    (docs/adr/0013). `fingerprint` stands for all that was told, of which the rest is kept for the cancellation.
    """

    __tablename__ = "calendar_entry"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(255))
    sequence: Mapped[int]
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(810))
    fingerprint: Mapped[str] = mapped_column(String(64))

    registration: Mapped[Registration] = relationship(back_populates="calendar_entries")


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


question_session = Table(
    "question_session",
    Model.metadata,
    Column("question_id", ForeignKey("question.id", ondelete="CASCADE"), primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, index=True),
)


@shown
class Question(Model):
    """What the organiser asks on the form of an event, of everybody or only of who comes to some sessions.

    One that was answered is never deleted but withdrawn from the form, so that no answer is lost. `is_for_some` stands
    apart from `sessions`: a question about a session that left the programme is asked of nobody, not of everybody.
    """

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[QuestionKind] = mapped_column(state_column(QuestionKind))
    text: Mapped[str] = mapped_column(String(300))
    hint: Mapped[str] = mapped_column(String(500), default="")
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_for_some: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        secondary=question_session, order_by=(Session.starts_at, Session.code)
    )

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


class Answer(Model):
    """What a registration answered to a question: the words as they stood then, several when several were chosen."""

    __tablename__ = "answer"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True, index=True)
    words: Mapped[list[str]] = mapped_column(JSON)

    registration: Mapped[Registration] = relationship()
    question: Mapped[Question] = relationship()


@shown
class OfferedSupport(Model):
    """A support that the form of an event offers."""

    __tablename__ = "offered_support"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[SupportKind] = mapped_column(state_column(SupportKind), primary_key=True)


class SupportNeed(Model):
    """A support that a person needs, with their consent to our knowing it: it may tell of their health (GDPR art. 9).

    Stands apart from everything else, so that no list or export takes it along by accident.
    """

    __tablename__ = "support_need"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[SupportKind] = mapped_column(state_column(SupportKind), primary_key=True)
    details: Mapped[str] = mapped_column(Text, default="")
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)

    registration: Mapped[Registration] = relationship()


class AttendeeFile(Model):
    """A file of attendees between its upload and its confirmation; the names in it do not stay longer than a day."""

    __tablename__ = "attendee_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Announcement(Model):
    """What a person is told of an act of the organiser: one row for each kind, whose mail is written afterwards.

    While `told_at` is None the mail is still to be written. It is kept so that a further act of the same kind, before
    the mail has left, adds to what it says instead of sending another (docs/adr/0014).
    """

    __tablename__ = "announcement"
    __table_args__ = (
        UniqueConstraint("registration_id", "kind"),
        Index("ix_announcement_told_at_event_id", "told_at", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    kind: Mapped[AnnouncementKind] = mapped_column(state_column(AnnouncementKind))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    announced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"), index=True)

    registration: Mapped[Registration] = relationship()


class AutomaticMail(Model):
    """A reminder or thanks that the clock has written to a person: one for each occasion, however often it comes round.

    A reminder is one for so many days before a day: who was reminded of one day is reminded again only of another.
    """

    __tablename__ = "automatic_mail"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    occasion: Mapped[str] = mapped_column(String(64), primary_key=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistrationMail(Model):
    """Which mails were written to a registration."""

    __tablename__ = "registration_mail"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(
        ForeignKey("outgoing_mail.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    registration: Mapped[Registration] = relationship()
    mail: Mapped[OutgoingMail] = relationship()
