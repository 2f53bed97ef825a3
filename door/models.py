"""Who may open the door of an event, and what was done there."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, UtcDateTime, state_column
from core.links import TimedLink
from events.models import Event, Session
from registrations.models import AttendanceSource


class DoorActKind(StrEnum):
    """What somebody did at the door."""

    CHECK_IN = "check_in"
    UNDO = "undo"
    WALK_IN = "walk_in"
    LEAVE = "leave"


class DoorOutcome(StrEnum):
    """What came of an act at the door when it was accepted.

    `merged`: another record of the same person at the same session stands. `unknown`: nobody has this code, or not
    yet: a walk-in may arrive after what was done to them.
    """

    RECORDED = "recorded"
    MERGED = "merged"
    UNDONE = "undone"
    TAKEN_BACK = "taken_back"
    ADDED = "added"
    OVER_CAPACITY = "over_capacity"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class DoorLink(TimedLink, Model):
    """A link that opens the door of one event, and nothing else, to helpers without an account, for a time."""

    __tablename__ = "door_link"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)

    event: Mapped[Event] = relationship()


class DoorAct(Model):
    """One act of one device at the door, under the id that the device gave it: accepted once (docs/adr/0018).

    `person` is whom the device meant: the code of a registration, or the client id of a walk-in, who has no code on the
    device; `registration_id` is who that is, once known. An undo names the marks that it takes back. A check-in that
    was taken back in the workspace says so itself. Rows outlive what they are about, so that no act comes twice.
    """

    __tablename__ = "door_act"
    __table_args__ = (UniqueConstraint("event_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[DoorActKind] = mapped_column(state_column(DoorActKind))
    person: Mapped[str] = mapped_column(String(36))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="SET NULL"), index=True)
    source: Mapped[AttendanceSource] = mapped_column(state_column(AttendanceSource))
    takes_back: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_taken_back: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("door_link.id", ondelete="SET NULL"), index=True)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[DoorOutcome] = mapped_column(state_column(DoorOutcome))

    session: Mapped[Session | None] = relationship()
    staff: Mapped[StaffMember | None] = relationship()
    link: Mapped[DoorLink | None] = relationship()
