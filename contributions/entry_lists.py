"""Lists of entries: which ones a set of filters leaves, in the order of the programme."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import contains_eager

from contributions.models import Entry, EntryKind
from core.database import db
from core.text import fold
from events.models import Dimension, Event, Process, Session

NO_DIMENSION = "none"


@dataclass(frozen=True)
class EntryFilter:
    """What the entries of a list have in common; an empty filter leaves all that are not deleted."""

    words: str = ""
    event: str = ""
    session: str = ""
    kind: EntryKind | None = None
    topic_id: int | None = None
    dimension: Dimension | str | None = None
    is_deleted: bool = False


def select_of_event(event: Event, chosen: EntryFilter) -> Select[Entry]:
    """Select entries of one event."""
    return _select(Session.event_id == event.id, chosen)


def select_of_process(process: Process, chosen: EntryFilter, *, of_events: ColumnElement[bool]) -> Select[Entry]:
    """Select entries of those events of a process for which `of_events` holds."""
    return _select(and_(Event.process_id == process.id, of_events), chosen)


def list_latest(session: Session, limit: int) -> list[Entry]:
    """The entries of a session that are not deleted, the last recorded first."""
    query = select(Entry).where(Entry.session_id == session.id, Entry.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Entry.id.desc()).limit(limit)))


def count_by_kind(session: Session) -> dict[EntryKind, int]:
    """Count the entries of a session that are not deleted."""
    query = select(Entry.kind, func.count()).where(Entry.session_id == session.id, Entry.deleted_at.is_(None))
    counts = dict.fromkeys(EntryKind, 0)
    for kind, count in db.session.execute(query.group_by(Entry.kind)):
        counts[kind] = count
    return counts


def _select(scope: ColumnElement[bool], chosen: EntryFilter) -> Select[Entry]:
    query = select(Entry).join(Entry.session).join(Session.event).where(scope, *_conditions(chosen))
    return query.options(contains_eager(Entry.session).contains_eager(Session.event)).order_by(
        Event.starts_at, Session.starts_at, Session.code, Entry.kind, Entry.number
    )


def _conditions(chosen: EntryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Entry.deleted_at.is_not(None) if chosen.is_deleted else Entry.deleted_at.is_(None)
    ]
    # Every word somewhere in the text, whatever its accents.
    conditions += [Entry.search_key.contains(word, autoescape=True) for word in fold(chosen.words).split()]
    if chosen.event:
        conditions.append(Event.slug == chosen.event)
    if chosen.session:
        conditions.append(Session.code == chosen.session)
    if chosen.kind:
        conditions.append(Entry.kind == chosen.kind)
    if chosen.topic_id:
        conditions.append(Entry.topic_id == chosen.topic_id)
    if chosen.dimension:
        of_none = chosen.dimension == NO_DIMENSION
        conditions.append(Session.dimension.is_(None) if of_none else Session.dimension == chosen.dimension)
    return conditions
