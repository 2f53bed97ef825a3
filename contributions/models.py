"""Notebooks of sessions: topics, themes, entries, and the acts that made each entry what it is.

An entry is a contribution or a proposal and carries a session, never a person; who asked to be credited stands in a
table of its own. What an entry says is worked out from its acts by a rule that does not mind in which order they come
(docs/adr/0029); the columns of `entry` hold the result, so that lists and figures read rows.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, UtcDateTime, state_column
from core.links import TimedLink
from events.models import Event, Process, Session
from registrations.models import Registration

_IS_MERGED = text("merged_into_id IS NOT NULL")
_IS_PUBLISHED = text("state = 'published'")
_IS_WRITTEN = text("source = 'written'")
_COUNTS = text("deleted_at IS NULL AND merged_into_id IS NULL")


class EntryKind(StrEnum):
    """A contribution is something said; a proposal something to be done."""

    CONTRIBUTION = "contribution"
    PROPOSAL = "proposal"

    @property
    def letter(self) -> str:
        """The letter of its codes, the same in every language: aportació, proposta."""
        return "A" if self is EntryKind.CONTRIBUTION else "P"


def make_reference(kind: EntryKind, number: int) -> str:
    """`A-012`: what names an entry within its session."""
    return f"{kind.letter}-{number:03d}"


class EntryState(StrEnum):
    """How far the team is with an entry; only published ones are shown in public."""

    COLLECTED = "collected"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


class EntrySource(StrEnum):
    """How an entry came in: noted in the session, from a file, or written by somebody who took part."""

    NOTED = "noted"
    IMPORTED = "imported"
    WRITTEN = "written"


class EntryActKind(StrEnum):
    """What is done to an entry; `docs/adr/0029` says how acts that did not know of each other add up."""

    WRITE = "write"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    LINK = "link"
    UNLINK = "unlink"
    SUPPORT = "support"
    MERGE = "merge"
    UNMERGE = "unmerge"


class TopicColour(StrEnum):
    """The colours of topics: each passes contrast as text and as a line, by day and by night (static/app.css)."""

    TEAL = "teal"
    INDIGO = "indigo"
    PLUM = "plum"
    RUST = "rust"
    OLIVE = "olive"
    SLATE = "slate"
    ROSE = "rose"
    OCHRE = "ochre"
    FOREST = "forest"
    NAVY = "navy"


def new_key() -> str:
    """Make what names an entry or an act from before the server knows it: 128 random bits, as devices make them."""
    return secrets.token_hex(16)


class Topic(Model):
    """What entries are about: shared by the events of a process, or of one event that belongs to none.

    `name` is in the language of whoever wrote it first; `names` holds it in others, by the language's code. What it was
    called before stays known by its `former_keys`: devices that have not heard of another name still write that one.
    A `position` of 0 is none yet. `taxonomy_ids` are its numbers on the Decidim that proposals are taken to.
    """

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
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    former_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    colour: Mapped[TopicColour | None] = mapped_column(state_column(TopicColour))
    position: Mapped[int] = mapped_column(default=0)
    taxonomy_ids: Mapped[list[int]] = mapped_column(JSON, default=list)

    process: Mapped[Process | None] = relationship()
    event: Mapped[Event | None] = relationship()

    def name_in(self, language: str) -> str:
        """What it is called in this language, or in its own when nobody has said."""
        return self.names.get(language) or self.name


class Theme(Model):
    """Entries of an event that say the same thing or belong together, put there by the team; maybe within a topic."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()
    topic: Mapped[Topic | None] = relationship()


class Notebook(Model):
    """What is written down in a session: made with its first entry.

    `revision` grows by one with every transaction that changes an entry, by one statement that holds the row until the
    transaction ends; so that whoever has seen revision n has seen all that was ever stamped with n or less. A closed
    notebook takes what devices wrote before they knew, and says so.

    `counts` says how many entries there are of each kind about each topic; None until they have been counted since the
    last change (`contributions.entry_counts`).
    """

    __tablename__ = "notebook"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    counts: Mapped[list[tuple[str, int | None, int]] | None] = mapped_column(JSON(none_as_null=True))

    session: Mapped[Session] = relationship()
    closed_by: Mapped[StaffMember | None] = relationship()

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class CaptureLink(TimedLink, Model):
    """An address for note-takers without an account: one session, until it expires or is revoked."""

    __tablename__ = "capture_link"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))

    session: Mapped[Session] = relationship()
    created_by: Mapped[StaffMember | None] = relationship()


class Entry(Model):
    """A contribution or a proposal of a session: what its acts make of it.

    `key` names it on devices and in acts, from before the server knew it. `number` counts each kind within its session
    and stays; an entry that turns out to be of the other kind takes a number of that kind too and keeps the old one for
    itself (`FormerNumber`). `external_id` is the id a file gave it, or a fingerprint of its row, so that importing it
    twice changes nothing. A deleted entry stays, so that deleting can be undone. One that was merged into another is
    counted there. `title` and `public_text` are the words for publication, beside those that were said.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("session_id", "key"),
        UniqueConstraint("session_id", "kind", "number"),
        UniqueConstraint("session_id", "kind", "external_id"),
        # Of those that count, in the order in which they are counted: none of them is read for it.
        Index(
            "ix_entry_counted",
            "session_id",
            "kind",
            "topic_id",
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        Index("ix_entry_session_id_revision", "session_id", "revision"),
        # Of published ones alone: every public page asks whether there are any, mostly of many that are not.
        Index("ix_entry_published", "session_id", sqlite_where=_IS_PUBLISHED, postgresql_where=_IS_PUBLISHED),
        # Of those that people sent: every home of an event asks how many of them nobody has read.
        Index("ix_entry_written", "session_id", "state", sqlite_where=_IS_WRITTEN, postgresql_where=_IS_WRITTEN),
        # Of merged ones alone: hardly any are, and whoever counts the others would be led through it otherwise.
        Index(
            "ix_entry_merged_into_id",
            "merged_into_id",
            sqlite_where=_IS_MERGED,
            postgresql_where=_IS_MERGED,
        ),
        CheckConstraint("supports >= 0", name="supports_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    key: Mapped[str] = mapped_column(String(64), default=new_key)
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind))
    number: Mapped[int]
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(200), default="")
    public_text: Mapped[str] = mapped_column(Text, default="")
    is_of_several: Mapped[bool] = mapped_column(default=False)
    supports: Mapped[int] = mapped_column(default=0)
    source: Mapped[EntrySource] = mapped_column(state_column(EntrySource), default=EntrySource.NOTED)
    state: Mapped[EntryState] = mapped_column(state_column(EntryState), default=EntryState.COLLECTED)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    external_id: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int] = mapped_column(default=0)
    has_conflict: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
    withheld_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withheld_reason: Mapped[str] = mapped_column(String(500), default="")

    session: Mapped[Session] = relationship()
    topic: Mapped[Topic | None] = relationship(lazy="joined")
    theme: Mapped[Theme | None] = relationship()
    merged_into: Mapped["Entry | None"] = relationship(remote_side="Entry.id")

    @property
    def reference(self) -> str:
        """`A-012`: what names it within its session."""
        return make_reference(self.kind, self.number)

    @property
    def code(self) -> str:
        """`INT-07-A-012`: what names it within its event, on screen and on paper."""
        return f"{self.session.code}-{self.reference}"

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    @property
    def is_withheld(self) -> bool:
        return self.withheld_at is not None


class FormerNumber(Model):
    """The number that an entry had before it turned out to be of the other kind; it is nobody else's."""

    __tablename__ = "former_number"
    __table_args__ = (UniqueConstraint("session_id", "kind", "number"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    number: Mapped[int]


class EntryAct(Model):
    """Something done to an entry, accepted once by its `key`, which the device made; never changed afterwards.

    `entry_key` may name an entry that has not arrived yet. `content` holds what the act sets (`text`, `kind`,
    `is_of_several`), the acts that whoever did it had `seen`, and for supports the difference (`change`). The topic and
    the other entry of a link or merge are columns, because they are rows that can change their name.
    """

    __tablename__ = "entry_act"
    __table_args__ = (
        UniqueConstraint("session_id", "key"),
        Index("ix_entry_act_session_id_entry_key", "session_id", "entry_key"),
        Index("ix_entry_act_session_id_other_key", "session_id", "other_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[EntryActKind] = mapped_column(state_column(EntryActKind))
    entry_key: Mapped[str] = mapped_column(String(64))
    other_key: Mapped[str | None] = mapped_column(String(64))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    device: Mapped[str] = mapped_column(String(100), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("capture_link.id", ondelete="SET NULL"))
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    session: Mapped[Session] = relationship()
    topic: Mapped[Topic | None] = relationship()
    staff: Mapped[StaffMember | None] = relationship()
    link: Mapped[CaptureLink | None] = relationship()

    @property
    def writer(self) -> str:
        """Who did it, as their colleagues know them: their name, the label of their link, the device."""
        if self.staff:
            return self.staff.name or self.staff.email
        return self.link.label if self.link else self.device


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


class EntryAuthor(Model):
    """Who wrote an entry themselves, apart from what it says; shown to nobody unless they ask to be credited.

    `name` is what stands beside it in public. The row goes with the person's data; the entry stays.
    """

    __tablename__ = "entry_author"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))

    entry: Mapped[Entry] = relationship()
    registration: Mapped[Registration | None] = relationship()


class EntryTrace(Model):
    """Where an entry of the sorted list came from, when the team split one: the part knows the whole."""

    __tablename__ = "entry_trace"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    origin_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EntryAnswer(Model):
    """What became of a proposal elsewhere: on the Decidim it was taken to, as its export says (docs/adr/0031).

    `state` is that platform's own word, which `contributions.labels` translates where it knows it; `answers` is what
    was answered, by the language's code. `number` is the proposal's own number there.
    """

    __tablename__ = "entry_answer"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int]
    url: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(100), default="")
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    votes: Mapped[int | None]
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)

    entry: Mapped[Entry] = relationship()
    read_by: Mapped[StaffMember | None] = relationship()
