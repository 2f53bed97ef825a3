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
from events.models import Dimension, Event, Session, WaitingFile


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
    """What people are told of: what the organiser did, or that a place has come to them or is offered."""

    MOVED = "moved"
    SESSION_CANCELLED = "session_cancelled"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_RESTORED = "event_restored"
    PROMOTED = "promoted"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    CHANGED = "changed"
    STANDS = "stands"


class BulkKind(StrEnum):
    """What is done to many people of the list at once."""

    CONFIRM = "confirm"
    MOVE = "move"
    CANCEL = "cancel"
    ATTEND = "attend"


class QuestionKind(StrEnum):
    """How a question of the organiser is answered."""

    SHORT = "short"
    LONG = "long"
    ONE = "one"
    SEVERAL = "several"
    YES_NO = "yes_no"
    IDENTITY = "identity"

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
        Index("ix_registration_event_id_organisation_key", "event_id", "organisation_key"),
        Index("ix_registration_event_id_state", "event_id", "state"),
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

    opened_with = ""  # the token that a page was asked for with, which is another's when two were merged

    @property
    def link_token(self) -> str:
        """The token that links of the person's pages go on with.

        Whoever came with a former one learns no other: if the merge was wrong, that one is somebody else's for good.
        """
        return self.opened_with or self.token

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
    """A person was there, in this session: who recorded it, through which door, when.

    If it came from the door, `device` is that of whoever kept it, and `door_act_id` the act that it stands for, which
    that room alone follows: its table is only named here (docs/adr/0026). `stays` are from when to when they were
    there, as far as it is known, `stated_stays` what of it the workspace said: as `registrations.stays` writes them.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("registration_id", "session_id"),
        # All that is asked to count the people of sessions: no row is read for it.
        Index("ix_attendance_session_id_registration_id", "session_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    source: Mapped[AttendanceSource] = mapped_column(state_column(AttendanceSource))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(80), default="")
    door_act_id: Mapped[int | None] = mapped_column(ForeignKey("door_act.id", ondelete="SET NULL"), index=True)
    stays: Mapped[list[list[str | None]]] = mapped_column(JSON, default=list)
    stated_stays: Mapped[list[list[str | None]]] = mapped_column(JSON, default=list)

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


class SavedView(Model):
    """A filter and columns of an event's attendee list under a name, for everybody who works with it.

    `query` is what the address of the list says, each name with its values; it is checked whenever it is read.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[StaffMember | None] = relationship()


class FirstView(Model):
    """The saved view with which a member of staff finds the attendee list of an event."""

    __tablename__ = "first_view"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), index=True)

    view: Mapped[SavedView] = relationship()


class BulkAct(Model):
    """Something done to several people at once, so that it can be undone: who did what, and to how many.

    `details` say to which sessions, and whether places above capacity were given on purpose.
    """

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_event_id_done_at", "event_id", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[BulkKind] = mapped_column(state_column(BulkKind))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    people: Mapped[int]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    done_by: Mapped[StaffMember | None] = relationship(foreign_keys=[done_by_id])
    undone_by: Mapped[StaffMember | None] = relationship(foreign_keys=[undone_by_id])


class BulkActPerson(Model):
    """How one person stood before and after an act on several: what undoing it goes back to, and whether it may.

    `is_undone` once it has been taken back for them.
    """

    __tablename__ = "bulk_act_person"

    bulk_act_id: Mapped[int] = mapped_column(ForeignKey("bulk_act.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_undone: Mapped[bool] = mapped_column(default=False)

    registration: Mapped[Registration] = relationship()


class PossibleDuplicate(Model):
    """Two registrations of an event that may be of one person, and why; found anew when people change.

    `first_id` is the lower of the two. What somebody has said to be two people (`apart_at`) is not suggested again.
    """

    __tablename__ = "possible_duplicate"
    __table_args__ = (Index("ix_possible_duplicate_event_id_score", "event_id", "score"),)

    first_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    score: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    apart_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    apart_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    first: Mapped[Registration] = relationship(foreign_keys=[first_id])
    second: Mapped[Registration] = relationship(foreign_keys=[second_id])
    apart_by: Mapped[StaffMember | None] = relationship()


class DuplicateSearch(Model):
    """Of which people of an event the possible duplicates were found: `mark` is another once anybody has changed."""

    __tablename__ = "duplicate_search"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(120))


class RegistrationMerge(Model):
    """Two registrations that were made one, so that it can be undone (docs/adr/0027).

    `gone_id` and `name` are those of the row that is no more. `token`, `code` and `email_key` are what the person has
    no longer (None: the address was the same or none): they lead to them as long as the merge stands. `before` and
    `after` hold the rows that named the two, as they stood; what they had said about supports is apart (`needs`), so
    that it is deleted with what it was copied from.
    """

    __tablename__ = "registration_merge"
    __table_args__ = (
        Index(
            "uq_registration_merge_gone_id",
            "gone_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_registration_merge_event_id_code", "event_id", "code"),
        Index("ix_registration_merge_event_id_email_key", "event_id", "email_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int]
    token: Mapped[str] = mapped_column(String(64), index=True)
    code: Mapped[str] = mapped_column(String(16))
    email_key: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    needs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration] = relationship()
    done_by: Mapped[StaffMember | None] = relationship(foreign_keys=[done_by_id])
    undone_by: Mapped[StaffMember | None] = relationship(foreign_keys=[undone_by_id])


class ListProfile(Model):
    """A list of an event's attendees that its organisers made for a purpose of their own (docs/adr/0022).

    `columns` are names of `registrations.lists`, in the order they are shown in. `wanted` is the filter as the address
    of the attendee list says it. `roles` may take it besides organisers and administrators.
    """

    __tablename__ = "list_profile"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(300))
    columns: Mapped[list[str]] = mapped_column(JSON)
    wanted: Mapped[dict[str, str]] = mapped_column(JSON)
    roles: Mapped[list[str]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()


class AttendeeFile(WaitingFile):
    """A file of attendees, until somebody confirms it; the names in it do not stay longer than a day."""

    __tablename__ = "attendee_file"

    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id", ondelete="SET NULL"), index=True)


class ImportBatch(Model):
    """A file of people that was imported, so that it can be undone as a whole (docs/adr/0024)."""

    __tablename__ = "import_batch"
    __table_args__ = (Index("ix_import_batch_event_id_done_at", "event_id", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(200))
    added: Mapped[int]
    changed: Mapped[int]
    places: Mapped[int]
    attendances: Mapped[int]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    done_by: Mapped[StaffMember | None] = relationship(foreign_keys=[done_by_id])
    undone_by: Mapped[StaffMember | None] = relationship(foreign_keys=[undone_by_id])


class ImportedPerson(Model):
    """What a batch wrote of one person: `before` is what undoing goes back to, `after` what must still be so.

    Both are empty of what the batch did not touch. A person that the batch brought (`is_new`) is taken away again.
    """

    __tablename__ = "imported_person"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_new: Mapped[bool]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


class Announcement(Model):
    """What a person is told of an act of somebody else: one row for each kind, whose mail is written afterwards.

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
