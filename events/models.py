"""Processes, events, rooms, sessions and documents, the counters of places, and files of sessions held before."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

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
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember, StaffRole, Team, role_below_administrator
from core.database import Model, UtcDateTime, state_column
from core.dates import is_one_day
from core.public_version import shown
from directory.models import Neighbourhood


class Dimension(StrEnum):
    """The three dimensions of participation; a property of the session, never of the person."""

    INTERNAL = "internal"
    OTHER_AGENTS = "other_agents"
    CITIZENS = "citizens"


class ProcessState(StrEnum):
    """How far a process has come (*en curs, consolidat, acabat*)."""

    UNDER_WAY = "under_way"
    CONSOLIDATED = "consolidated"
    FINISHED = "finished"


class EventState(StrEnum):
    """Only a published event takes registrations; a closed one is over and reported."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class SessionKind(StrEnum):
    """What a session is: people choose working sessions and visits, all are at a plenary; breaks are nobody’s."""

    WORKING = "working"
    PLENARY = "plenary"
    VISIT = "visit"
    BREAK = "break"


class RegistrationStatus(StrEnum):
    """Whether an event takes registrations now, or why not; the first reason that holds, in this order.

    Full events with a waiting list go on taking people, who then wait for a place.
    """

    DRAFT = "draft"
    CANCELLED = "cancelled"
    PAST = "past"
    CLOSED = "closed"
    NOT_YET_OPEN = "not_yet_open"
    FULL = "full"
    WAITING_LIST = "waiting_list"
    OPEN = "open"


class Access(StrEnum):
    """Who may sign up: everyone, whoever holds an invitation, or everyone until the organiser says yes or no."""

    EVERYONE = "everyone"
    INVITATION = "invitation"
    APPROVAL = "approval"


class Promotion(StrEnum):
    """What a freed place becomes for the first in line: theirs at once, or an offer with a time to answer."""

    AT_ONCE = "at_once"
    OFFER = "offer"


class CalendarShape(StrEnum):
    """What a person gets in their calendar: one entry for the whole event, or one for each of their sessions."""

    EVENT = "event"
    SESSIONS = "sessions"


class DocumentKind(StrEnum):
    """What a document is; any other kind goes by its title."""

    PROGRAMME = "programme"
    SYNTHESIS = "synthesis"
    REPORT = "report"
    OTHER = "other"


class DocumentFormat(StrEnum):
    """What the bytes of a document are, which is also how its name ends."""

    PDF = "pdf"
    ODT = "odt"
    DOCX = "docx"
    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"


@shown
class Process(Model):
    """A participatory process; it groups events (Impulsem), mostly of the team it belongs to but of others too."""

    __tablename__ = "process"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ProcessState] = mapped_column(state_column(ProcessState), default=ProcessState.UNDER_WAY)
    is_public: Mapped[bool] = mapped_column(default=True)

    team: Mapped[Team] = relationship()


event_neighbourhood = Table(
    "event_neighbourhood",
    Model.metadata,
    Column("event_id", ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("neighbourhood_code", ForeignKey("neighbourhood.code"), primary_key=True),
)


class HasPlaces:
    """Places that people take; `capacity` None is unlimited.

    `places_taken` moves only by the statements of `registrations.places`; `extra_places` counts those given above
    capacity on purpose, so that the CHECK still holds (docs/adr/0005). `people_waiting` is the length of the waiting
    list, which `registrations.waiting_list` keeps.
    """

    capacity: Mapped[int | None]
    places_taken: Mapped[int] = mapped_column(default=0)
    extra_places: Mapped[int] = mapped_column(default=0)
    people_waiting: Mapped[int] = mapped_column(default=0)

    @property
    def places_left(self) -> int | None:
        """Free places, never below zero; None when there is no limit."""
        return None if self.capacity is None else max(self.capacity - self.places_taken, 0)

    @property
    def is_full(self) -> bool:
        return self.places_left == 0


def _check_places() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("extra_places >= 0", name="extra_places_not_negative"),
        CheckConstraint("places_taken >= 0", name="places_taken_not_negative"),
        CheckConstraint("capacity IS NULL OR places_taken <= capacity + extra_places", name="places_within_capacity"),
    )


@shown
class Event(HasPlaces, Model):
    """A jornada: what people sign up to.

    `places_kept` of its free places are kept for groups (see `ReservedPlaces`). An offer of a place stands for
    `offer_hours` (of the day, not of the night); an address has to be confirmed within `address_minutes`.
    `reminder_days` says how many days before the start the reminders go out. Who took part may send
    contributions by themselves until `writing_days` after the end; with 0, not at all. Where it `records_exits`, hours
    go from when people came until they left, but for `tolerance_minutes` at each end (docs/adr/0044).
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("places_kept >= 0", name="places_kept_not_negative"),
        CheckConstraint("offer_hours > 0", name="offer_hours_positive"),
        CheckConstraint("address_minutes > 0", name="address_minutes_positive"),
        CheckConstraint("tolerance_minutes BETWEEN 0 AND 60", name="tolerance_minutes_sensible"),
        *_check_places(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("process.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    objectives: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    timezone: Mapped[str] = mapped_column(String(64))
    venue: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[EventState] = mapped_column(state_column(EventState), default=EventState.DRAFT)
    registration_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registration_closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changes_close_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    access: Mapped[Access] = mapped_column(state_column(Access), default=Access.EVERYONE)
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    promotion: Mapped[Promotion] = mapped_column(state_column(Promotion), default=Promotion.AT_ONCE)
    offer_hours: Mapped[int] = mapped_column(default=24)
    places_kept: Mapped[int] = mapped_column(default=0)
    confirms_address: Mapped[bool] = mapped_column(default=False)
    address_minutes: Mapped[int] = mapped_column(default=60)
    calendar_shape: Mapped[CalendarShape] = mapped_column(state_column(CalendarShape), default=CalendarShape.EVENT)
    reminder_days: Mapped[list[int]] = mapped_column(JSON, default=lambda: [1])
    sends_thanks: Mapped[bool] = mapped_column(default=False)
    shows_contributions: Mapped[bool] = mapped_column(default=False)
    writing_days: Mapped[int] = mapped_column(default=14)
    records_exits: Mapped[bool] = mapped_column(default=False)
    tolerance_minutes: Mapped[int] = mapped_column(default=10)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    process: Mapped[Process | None] = relationship()
    team: Mapped[Team] = relationship()
    neighbourhoods: Mapped[list[Neighbourhood]] = relationship(
        secondary=event_neighbourhood, order_by=Neighbourhood.name_key
    )
    rooms: Mapped[list["Room"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="Room.name"
    )
    sessions: Mapped[list["Session"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="(Session.starts_at, Session.code)"
    )
    reserved_places: Mapped[list["ReservedPlaces"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="ReservedPlaces.dimension"
    )

    @property
    def places_left(self) -> int | None:
        """Free places that anybody may take, never below zero; None when there is no limit."""
        return None if self.capacity is None else max(self.capacity - self.places_taken - self.places_kept, 0)

    @property
    def has_reserved_places(self) -> bool:
        return self.places_kept > 0 or bool(self.reserved_places)

    @property
    def changes_until(self) -> datetime:
        """Until when people change or cancel their registration by themselves."""
        return self.changes_close_at or self.ends_at

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def where(self) -> str:
        """Venue and address on one line, as far as they are known."""
        return ", ".join(filter(None, (self.venue, self.address)))

    @property
    def is_one_day(self) -> bool:
        return is_one_day(self.starts_at, self.ends_at, self.zone)

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    def registration_status(self, now: datetime) -> RegistrationStatus:
        """Whether somebody can sign up at `now`. A closing time that nobody set is the end of the event."""
        status = self.status_apart_from_places(now)
        return self.status_when_full if status is RegistrationStatus.OPEN and self.is_full else status

    @property
    def status_when_full(self) -> RegistrationStatus:
        return RegistrationStatus.WAITING_LIST if self.has_waiting_list else RegistrationStatus.FULL

    def status_apart_from_places(self, now: datetime) -> RegistrationStatus:
        """Whether somebody could sign up at `now` if there were places."""
        if self.state is EventState.DRAFT:
            return RegistrationStatus.DRAFT
        if self.state is EventState.CANCELLED:
            return RegistrationStatus.CANCELLED
        if self.is_over(now):
            return RegistrationStatus.PAST
        if self.state is EventState.CLOSED or now >= (self.registration_closes_at or self.ends_at):
            return RegistrationStatus.CLOSED
        if self.registration_opens_at and now < self.registration_opens_at:
            return RegistrationStatus.NOT_YET_OPEN
        return RegistrationStatus.OPEN


class EventMember(Model):
    """A person's role at this event alone, beside whatever role they have in its team."""

    place_kind = "event"

    __tablename__ = "event_member"
    __table_args__ = (role_below_administrator(),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True, index=True)
    role: Mapped[StaffRole] = mapped_column(state_column(StaffRole))

    event: Mapped[Event] = relationship()
    staff: Mapped[StaffMember] = relationship()

    @property
    def place_key(self) -> str:
        return self.event.slug

    @property
    def place_name(self) -> str:
        return self.event.title


@shown
class ReservedPlaces(Model):
    """Places of an event kept for people of one dimension of origin, who also may take any other free place.

    Those still free are in `Event.places_kept`; both counters move by the statements of `registrations.places` alone.
    """

    __tablename__ = "reserved_places"
    __table_args__ = (
        CheckConstraint("places > 0", name="places_positive"),
        CheckConstraint("places_taken BETWEEN 0 AND places", name="places_taken_within_places"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(state_column(Dimension), primary_key=True)
    places: Mapped[int]
    places_taken: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship(back_populates="reserved_places")


@shown
class Room(Model):
    """A room of an event's venue."""

    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[int | None]

    event: Mapped[Event] = relationship(back_populates="rooms")


@shown
class Session(HasPlaces, Model):
    """One item of the programme: time, room, places, facilitators, maybe a dimension.

    The declared figures are what its organisers said of a session of which no list was kept, or of which nobody wrote
    down what was said; None is unknown, which is not zero (docs/adr/0028). `address` and the district or neighbourhood
    are its own when it is held elsewhere than the event; `source_url` is where its figures were published.
    """

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("event_id", "code"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        *_check_places(),
        CheckConstraint("declared_participants >= 0", name="declared_participants_not_negative"),
        CheckConstraint("declared_contributions >= 0", name="declared_contributions_not_negative"),
        CheckConstraint("declared_proposals >= 0", name="declared_proposals_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[SessionKind] = mapped_column(state_column(SessionKind), default=SessionKind.WORKING)
    dimension: Mapped[Dimension | None] = mapped_column(state_column(Dimension))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    facilitators: Mapped[str] = mapped_column(String(500), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    district_code: Mapped[str | None] = mapped_column(ForeignKey("district.code"), index=True)
    neighbourhood_code: Mapped[str | None] = mapped_column(ForeignKey("neighbourhood.code"), index=True)
    declared_participants: Mapped[int | None]
    declared_contributions: Mapped[int | None]
    declared_proposals: Mapped[int | None]
    source_url: Mapped[str] = mapped_column(String(500), default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship(back_populates="sessions")
    room: Mapped[Room | None] = relationship()

    @property
    def is_chosen(self) -> bool:
        """Whether people choose it when they sign up; a plenary only when it has places of its own."""
        if self.kind is SessionKind.BREAK or self.is_cancelled:
            return False
        return self.kind is not SessionKind.PLENARY or self.capacity is not None

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def own_place(self) -> str:
        """Where it is held within the event or elsewhere: its room, its own address, or nothing."""
        return ", ".join(part for part in (self.room.name if self.room else "", self.address) if part)

    @property
    def has_declared_figures(self) -> bool:
        declared = (self.declared_participants, self.declared_contributions, self.declared_proposals)
        return any(figure is not None for figure in declared)

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    def overlaps(self, other: "Session") -> bool:
        """Whether nobody can be at both from beginning to end; one that ends when the other starts does not overlap."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@shown
class Document(Model):
    """A file that an event or a process gives to read. Its bytes are in the pieces of its present version.

    `name` and the ending of its format make the last part of its address, which stays when the file is replaced.
    `title` is empty when the kind says enough; `language` is empty for none or several.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("(event_id IS NULL) <> (process_id IS NULL)", name="belongs_to_one"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(state_column(DocumentKind))
    title: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    name: Mapped[str] = mapped_column(String(80))
    format: Mapped[DocumentFormat] = mapped_column(state_column(DocumentFormat))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)

    event: Mapped[Event | None] = relationship()
    process: Mapped[Process | None] = relationship()
    uploaded_by: Mapped[StaffMember | None] = relationship()

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def filename(self) -> str:
        return f"{self.name}.{self.format.value}"


class DocumentPiece(Model):
    """Some of the bytes of a document: read one piece at a time, and never with a list (docs/adr/0020)."""

    __tablename__ = "document_piece"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class WaitingFile(Model):
    """A file between its upload and its confirmation; what is in it does not stay longer than a day.

    `mapping` is what its columns hold, once somebody has looked at them. Once imported it is empty, and the model of
    each kind of file says which batch it became, so that who presses twice is led there.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class KnownHeadings(Model):
    """What a team chose for the columns of files with these headings, so that it need not choose again.

    `mark` stands for the kind of file and its headings; `columns` is what each column holds.
    """

    __tablename__ = "known_headings"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(JSON)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionFile(WaitingFile):
    """A file of sessions held before, until somebody confirms it."""

    __tablename__ = "session_file"

    batch_id: Mapped[int | None] = mapped_column(ForeignKey("session_batch.id", ondelete="SET NULL"), index=True)


class SessionBatch(Model):
    """A file of sessions that was imported, so that it can be undone as a whole (docs/adr/0028).

    `fitted` holds the times of the event before and after, where the sessions moved them: undoing goes back.
    """

    __tablename__ = "session_batch"
    __table_args__ = (Index("ix_session_batch_event_id_done_at", "event_id", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(200))
    added: Mapped[int]
    fitted: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    done_by: Mapped[StaffMember | None] = relationship(foreign_keys=[done_by_id])
    undone_by: Mapped[StaffMember | None] = relationship(foreign_keys=[undone_by_id])


class ImportedSession(Model):
    """A session that a batch brought; `mark` stands for all that was written of it, to tell whether it has changed."""

    __tablename__ = "imported_session"

    batch_id: Mapped[int] = mapped_column(ForeignKey("session_batch.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, index=True)
    mark: Mapped[str] = mapped_column(String(64))
