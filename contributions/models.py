"""Topics and entries: contributions and proposals carry a session, never a person."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, UtcDateTime, state_column
from events.models import Event, Process, Session


class EntryKind(StrEnum):
    """A contribution is something said; a proposal something to be done."""

    CONTRIBUTION = "contribution"
    PROPOSAL = "proposal"

    @property
    def letter(self) -> str:
        """The letter of its codes, the same in every language: aportació, proposta."""
        return "A" if self is EntryKind.CONTRIBUTION else "P"


class Topic(Model):
    """What entries are about: shared by the events of a process, or of one event that belongs to none."""

    __tablename__ = "topic"
    __table_args__ = (
        UniqueConstraint("process_id", "name_key"),
        UniqueConstraint("event_id", "name_key"),
        CheckConstraint("(process_id IS NULL) <> (event_id IS NULL)", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("process.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))

    process: Mapped[Process | None] = relationship()
    event: Mapped[Event | None] = relationship()


class Entry(Model):
    """A contribution or a proposal of a session, as it was said.

    `number` counts each kind within its session and never changes. `external_id` is the id a file gave it, or a
    fingerprint of its row, so that importing a file twice changes nothing. A deleted entry stays until it is purged, so
    that deleting can be undone.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("session_id", "kind", "number"),
        UniqueConstraint("session_id", "kind", "external_id"),
        Index("ix_entry_session_id_kind_deleted_at", "session_id", "kind", "deleted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind))
    number: Mapped[int]
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    external_id: Mapped[str | None] = mapped_column(String(200))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    session: Mapped[Session] = relationship()
    topic: Mapped[Topic | None] = relationship(lazy="joined")

    @property
    def reference(self) -> str:
        """`A-012`: what names it within its session."""
        return f"{self.kind.letter}-{self.number:03d}"

    @property
    def code(self) -> str:
        """`INT-07-A-012`: what names it within its event, on screen and on paper."""
        return f"{self.session.code}-{self.reference}"

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


class EntryCounter(Model):
    """The last number given to a kind of entry in a session; moved by one statement, so that no two are the same."""

    __tablename__ = "entry_counter"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind), primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0)


class ProposalOrigin(Model):
    """A proposal was built on a contribution."""

    __tablename__ = "proposal_origin"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True, index=True
    )
