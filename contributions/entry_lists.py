"""Lists of entries: which ones a set of filters leaves, in the order of the programme."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import contains_eager

from contributions.models import Entry, EntryKind, EntrySource, EntryState
from core.database import db
from core.text import fold
from events.models import Dimension, Event, Process, Session, SessionKind

EntryCounts = dict[EntryKind, int]
NO_DIMENSION = "none"
COUNTED = (Entry.deleted_at.is_(None), Entry.merged_into_id.is_(None))
"""The conditions that an entry stands by itself: what was merged into another is counted there."""
HELD = (Session.kind != SessionKind.BREAK, Session.cancelled_at.is_(None))
"""The conditions without which nothing of a session counts in figures."""


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
    lacks_topic: bool = False
    theme_id: int | None = None
    lacks_theme: bool = False
    state: EntryState | None = None
    source: EntrySource | None = None
    has_conflict: bool = False
    is_withheld: bool = False
    is_in_figures: bool = False


def select_of_event(event: Event, chosen: EntryFilter) -> Select[Entry]:
    """Select entries of one event."""
    return _select(Session.event_id == event.id, chosen)


def select_of_process(process: Process, chosen: EntryFilter, *, of_events: ColumnElement[bool]) -> Select[Entry]:
    """Select entries of those events of a process for which `of_events` holds."""
    return _select(and_(Event.process_id == process.id, of_events), chosen)


def list_latest(session: Session, limit: int) -> list[Entry]:
    """The entries of a session that count, the last recorded first."""
    query = select(Entry).where(Entry.session_id == session.id, *COUNTED)
    return list(db.session.scalars(query.order_by(Entry.id.desc()).limit(limit)))


def count_by_kind(session: Session) -> dict[EntryKind, int]:
    """Count the entries of a session: those that are neither deleted nor merged into another."""
    query = select(Entry.kind, func.count()).where(Entry.session_id == session.id, *COUNTED)
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
    conditions: list[ColumnElement[bool]] = [Entry.deleted_at.is_not(None)] if chosen.is_deleted else [*COUNTED]
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
    conditions += _conditions_of_sorting(chosen)
    if chosen.dimension:
        of_none = chosen.dimension == NO_DIMENSION
        conditions.append(Session.dimension.is_(None) if of_none else Session.dimension == chosen.dimension)
    return conditions


def _conditions_of_sorting(chosen: EntryFilter) -> list[ColumnElement[bool]]:
    """The conditions about what the team has made of entries, and has yet to make."""
    asked: list[tuple[ColumnElement[bool], object]] = [
        (Entry.topic_id.is_(None), chosen.lacks_topic),
        (Entry.theme_id == chosen.theme_id, chosen.theme_id),
        (Entry.theme_id.is_(None), chosen.lacks_theme),
        (Entry.state == chosen.state, chosen.state),
        (Entry.source == chosen.source, chosen.source),
        (Entry.has_conflict.is_(True), chosen.has_conflict),
        (Entry.withheld_at.is_not(None), chosen.is_withheld),
        (and_(*HELD), chosen.is_in_figures),
    ]
    return [condition for condition, is_asked in asked if is_asked]
