"""What of the entries everybody may read: the team's words beside those that were said, and what is withheld."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, literal, select
from sqlalchemy.orm import contains_eager

from accounts.models import StaffMember
from contributions import entry_trail, revisions
from contributions.entry_lists import COUNTED
from contributions.models import CaptureLink, Entry, EntryAuthor, EntryKind, EntryState, Topic
from contributions.topics import IN_ORDER
from core.database import db
from core.errors import DomainError
from events.models import Event, EventState, Session
from events.owners import Owner

TITLE_LENGTH = 200
REASON_LENGTH = 500
# Written out in the statement: no database looks into an index of published ones for a state it is told apart.
_PUBLISHED = literal(EntryState.PUBLISHED, Entry.state.type, literal_execute=True)


class ReasonMissing(DomainError):
    """Whoever looks for the entry later has to find why it is not shown."""

    message = _l("Say why it is withheld.")
    field = "reason"


@dataclass(frozen=True)
class PublicFilter:
    """What the entries that somebody reads have in common; an empty one leaves all that are published."""

    topic_id: int | None = None
    kind: EntryKind | None = None


def word(entry: Entry, *, title: str, public_text: str, by: StaffMember | None, now: datetime) -> None:
    """Give an entry the words for publication, beside those that were said."""
    if (entry.title, entry.public_text) == (title, public_text):
        return
    _set(entry, title=title, public_text=public_text)
    entry_trail.note("entry.word", entry, by=by, now=now)


def withhold(entry: Entry, reason: str, *, by: StaffMember | None, now: datetime) -> None:
    """Show an entry to nobody outside the team; it stays counted. Raises `ReasonMissing`."""
    if not reason:
        raise ReasonMissing
    _set(entry, withheld_at=entry.withheld_at or now, withheld_reason=reason)
    entry_trail.note("entry.withhold", entry, by=by, now=now, reason=reason)


def release(entry: Entry, *, by: StaffMember, now: datetime) -> None:
    """Let an entry be shown again."""
    if not entry.is_withheld:
        return
    _set(entry, withheld_at=None, withheld_reason="")
    entry_trail.note("entry.release", entry, by=by, now=now)


def read_words(entry: Entry) -> tuple[object, ...]:
    """What everybody may read of a published entry, to be compared; nothing of another."""
    is_published = entry.state is EntryState.PUBLISHED
    return (entry.public_text or entry.text, entry.kind, entry.topic_id) if is_published else ()


def take_back(entries: Sequence[Entry], *, link: CaptureLink, now: datetime) -> None:
    """Have entries wait for the team again that a link has changed after they were published."""
    for entry in entries:
        entry.state = EntryState.COLLECTED
    before = EntryState.PUBLISHED.value
    entry_trail.note_all("entry.take_back", entries, by=None, now=now, before=before, capture_link=link.label)
    for event in {entry.session.event for entry in entries}:
        tell_event(event)


def select_public(owner: Owner, chosen: PublicFilter) -> Select[Entry]:
    """Select what is published of an event or a process: by topic, then in the order of the programme."""
    query = select(Entry).join(Entry.session).join(Session.event).outerjoin(Entry.topic).where(is_public(owner))
    if chosen.topic_id:
        query = query.where(Entry.topic_id == chosen.topic_id)
    if chosen.kind:
        query = query.where(Entry.kind == chosen.kind)
    query = query.options(contains_eager(Entry.session).contains_eager(Session.event), contains_eager(Entry.topic))
    place = (Entry.topic_id.is_(None), *IN_ORDER, Event.starts_at, Session.starts_at, Session.code)
    return query.order_by(*place, Entry.kind.desc(), Entry.number)


def list_topics(owner: Owner) -> Sequence[Topic]:
    """The topics that something published is about."""
    entries = select(Entry.topic_id).join(Entry.session).join(Session.event).where(is_public(owner))
    return db.session.scalars(select(Topic).where(Topic.id.in_(entries)).order_by(*IN_ORDER)).all()


def has_any(owner: Owner) -> bool:
    """Whether anything is published of an event or a process."""
    entries = select(Entry.id).join(Entry.session).join(Session.event).where(is_public(owner))
    return bool(db.session.scalar(select(exists(entries))))


def list_credits(entries: Sequence[Entry]) -> dict[int, str]:
    """Who asked to be named beside what they wrote, by the entry's id."""
    query = select(EntryAuthor.entry_id, EntryAuthor.name).where(
        EntryAuthor.entry_id.in_([entry.id for entry in entries]), EntryAuthor.name.is_not(None)
    )
    return {entry_id: name for entry_id, name in db.session.execute(query) if name}


def tell_event(event: Event) -> None:
    """Have the event's own page show the way to what is published, or no longer."""
    db.session.flush()
    event.shows_contributions = has_any(event)


def is_public(owner: Owner) -> ColumnElement[bool]:
    """The condition that everybody may read an entry of an event or a process."""
    of_owner = Event.id == owner.id if isinstance(owner, Event) else Event.process_id == owner.id
    return and_(
        of_owner,
        Event.state != EventState.DRAFT,
        Entry.state == _PUBLISHED,
        Entry.withheld_at.is_(None),
        *COUNTED,
    )


def _set(entry: Entry, **values: Any) -> None:
    """Write what is the team's own of an entry, and have the devices hear of it."""
    revisions.stamp(Entry.id == entry.id)
    for name, value in values.items():
        setattr(entry, name, value)
    tell_event(entry.session.event)
    db.session.flush()
