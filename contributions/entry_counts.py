"""How many entries each session has: kept on its notebook, so that nobody counts a million rows to show a page.

Whoever changes an entry takes the next revision of its notebook first, which forgets what was kept; before the
transaction commits, still holding the notebook, it counts the session's rows again. So what is kept is what the rows
say, and whoever finds nothing kept counts the rows (docs/adr/0036).
"""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from sqlalchemy import ColumnElement, Update, event, func, inspect, null, select, update
from sqlalchemy.orm import Session as DatabaseSession

from contributions.entry_lists import COUNTED, EntryCounts
from contributions.models import Entry, EntryKind, Notebook
from core.database import batches, db
from events.models import Event, Session

Tally: TypeAlias = dict[tuple[EntryKind, int | None], int]
"""How many entries there are of a kind about a topic (by its id; None: about none)."""

UNKNOWN = null()
"""What a notebook keeps from the moment its entries change until they are counted."""
_CHANGED = "entry_counts.changed"
_COUNTS_BY = ("session_id", "kind", "topic_id", "deleted_at", "merged_into_id")


def read(scope: ColumnElement[bool]) -> dict[int, Tally]:
    """How many entries the sessions within `scope` have, by the session's id; of those that have any."""
    query = (
        select(Session.id, Notebook.counts)
        .join(Session.event)
        .outerjoin(Notebook, Notebook.session_id == Session.id)
        .where(scope)
    )
    rows = db.session.execute(query).all()
    tallies = {row.id: _unpack(row.counts) for row in rows if row.counts}
    return tallies | count_rows(row.id for row in rows if row.counts is None)


def count_by_session(scope: ColumnElement[bool]) -> dict[int, EntryCounts]:
    """How many entries of each kind the sessions within `scope` have, by the session's id; of those that have any."""
    return {session_id: sum_kinds(tally) for session_id, tally in read(scope).items()}


def sum_kinds(tally: Tally) -> EntryCounts:
    """How many entries of each kind that is, whatever they are about."""
    counts: EntryCounts = {}
    for (kind, _topic_id), count in tally.items():
        counts[kind] = counts.get(kind, 0) + count
    return counts


def count_rows(session_ids: Iterable[int]) -> dict[int, Tally]:
    """Count the entries of these sessions, row by row; of those that have any."""
    tallies: dict[int, Tally] = {}
    for some in batches(sorted(session_ids)):
        # The index holds all that is asked, so no entry is read.
        query = (
            select(Entry.session_id, Entry.kind, Entry.topic_id, func.count())
            .where(Entry.session_id.in_(some), *COUNTED)
            .group_by(Entry.session_id, Entry.kind, Entry.topic_id)
        )
        for session_id, kind, topic_id, count in db.session.execute(query):
            tallies.setdefault(session_id, {})[kind, topic_id] = count
    return tallies


def list_astray() -> list[int]:
    """The sessions of which something else is kept than their rows say: none, if nobody wrote past the program."""
    kept = db.session.execute(select(Notebook.session_id, Notebook.counts).where(Notebook.counts.is_not(None))).all()
    counted = count_rows(row.session_id for row in kept)
    return sorted(row.session_id for row in kept if _unpack(row.counts) != counted.get(row.session_id, {}))


def list_notebooks() -> list[int]:
    """The sessions of which something can be kept."""
    return list(db.session.scalars(select(Notebook.session_id).order_by(Notebook.session_id)))


def name_sessions(session_ids: Collection[int]) -> list[str]:
    """Name these sessions by their event and code, in order."""
    query = select(Event.slug, Session.code).join(Session.event).where(Session.id.in_(session_ids))
    return [f"{row.slug}/{row.code}" for row in db.session.execute(query.order_by(Event.slug, Session.code))]


def note(session_id: int) -> None:
    """Have the entries of a session counted again before this transaction commits: its notebook is held."""
    _changed(db.session).add(session_id)


def recount(session_ids: Iterable[int]) -> None:
    """Count the entries of these sessions again and keep that, one notebook after the other."""
    for session_id in sorted(session_ids):
        # Held before they are counted: meanwhile nobody else changes how many there are.
        db.session.execute(_forget([session_id]))
        tally = count_rows([session_id]).get(session_id, {})
        keep = update(Notebook).where(Notebook.session_id == session_id).values(counts=_pack(tally))
        db.session.execute(keep.execution_options(synchronize_session=False))


def _forget(session_ids: Collection[int]) -> Update:
    statement = update(Notebook).where(Notebook.session_id.in_(session_ids)).values(counts=UNKNOWN)
    return statement.execution_options(synchronize_session=False)


def _pack(tally: Tally) -> list[tuple[str, int | None, int]]:
    return [(kind.value, topic_id, count) for (kind, topic_id), count in tally.items()]


def _unpack(counts: Iterable[tuple[str, int | None, int]]) -> Tally:
    return {(EntryKind(kind), topic_id): count for kind, topic_id, count in counts}


def _changed(session: DatabaseSession) -> set[int]:
    changed: set[int] = session.info.setdefault(_CHANGED, set())
    return changed


@event.listens_for(DatabaseSession, "after_flush")
def _note_rows(session: DatabaseSession, _context: object) -> None:
    """Forget what is kept of sessions whose entries were written by somebody who did not take a revision first."""
    written = [*session.new, *session.deleted, *(row for row in session.dirty if _counts_otherwise(row))]
    changed = {row.session_id for row in written if isinstance(row, Entry)} - session.info.get(_CHANGED, set())
    if changed:
        session.execute(_forget(changed))
        _changed(session).update(changed)


def _counts_otherwise(row: object) -> bool:
    if not isinstance(row, Entry):
        return False
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in _COUNTS_BY)


@event.listens_for(DatabaseSession, "before_commit", insert=True)
def _recount(session: DatabaseSession) -> None:
    """Count before the marks are drawn (`core.marks`): whoever holds those waits for nobody."""
    session.flush()
    if not session.in_nested_transaction():
        recount(session.info.pop(_CHANGED, ()))


@event.listens_for(DatabaseSession, "after_rollback")
def _drop(session: DatabaseSession) -> None:
    session.info.pop(_CHANGED, None)
