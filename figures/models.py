"""Figures that were frozen, and the processes whose data everybody may take."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, UtcDateTime
from events.models import Event, Process


class FigureSnapshot(Model):
    """The figures of an event or of a process as they were published: never changed, known by their checksum.

    `content` is what `snapshots.read` gave, title and note with it; `checksum` its SHA-256 as canonical JSON. One of a
    process may be shown in public instead of the present figures, since `shown_at`.
    """

    __tablename__ = "figure_snapshot"
    __table_args__ = (CheckConstraint("(process_id IS NULL) <> (event_id IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("process.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    checksum: Mapped[str] = mapped_column(String(64))

    process: Mapped[Process | None] = relationship()
    event: Mapped[Event | None] = relationship()
    taken_by: Mapped[StaffMember | None] = relationship()


class OpenData(Model):
    """A process whose open data everybody may take, since when; without a row nobody may."""

    __tablename__ = "open_data"

    process_id: Mapped[int] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)

    process: Mapped[Process] = relationship()
    published_by: Mapped[StaffMember | None] = relationship()
