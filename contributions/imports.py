"""Importing contributions and proposals: all rows of a file or none, and each only once."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import insert, select

from accounts import audit
from accounts.models import StaffMember
from contributions import entry_numbers, revisions, topics
from contributions.models import Entry, EntryKind, EntrySource, ProposalOrigin
from contributions.readers import EntryFile, EntryRow, read_entries
from core.database import db
from core.errors import InputError
from core.text import fold
from events.models import Event, Session

_INSERT_AT_ONCE = 5_000


@dataclass(frozen=True)
class Outcome:
    """How many rows were new, and how many had come in before."""

    kind: EntryKind
    added: int
    known: int

    def describe(self) -> str:
        """Say it in one line: `1373 contributions added, 0 were there already`."""
        if self.kind is EntryKind.PROPOSAL:
            added = ngettext("%(num)d proposal added", "%(num)d proposals added", self.added)
        else:
            added = ngettext("%(num)d contribution added", "%(num)d contributions added", self.added)
        known = ngettext("%(num)d was there already", "%(num)d were there already", self.known)
        return f"{added}, {known}"


def import_entries(  # noqa: PLR0913 - a file is its bytes and its name
    event: Event, data: bytes, filename: str, *, kind: EntryKind, by: StaffMember | None, now: datetime
) -> Outcome:
    """Record the entries of a file in the sessions of the event.

    A row is known again by its session, kind and id; without an id by its words, topic and time, and by how many equal
    rows stand before it in the file. A row without a time was recorded at `now`. Raises `InputError` naming every bad
    row, and then nothing has been recorded.
    """
    file = read_entries(data, filename, kind=kind, sessions=event.sessions, zone=event.zone)
    origins = _find_origins(event, file)
    if file.problems:
        raise InputError(file.describe_problems())
    rows = _with_keys(file.rows)
    if not _find_fresh(event, rows, kind):
        return Outcome(kind, added=0, known=len(rows))
    # Nobody else writes in these notebooks from here on, so that what is fresh now is still fresh at the end.
    taken = revisions.hold(row.session.id for row in file.rows)
    topic_ids = _make_topics(event, file.rows)
    fresh = _find_fresh(event, rows, kind)
    _insert(fresh, kind, topic_ids, taken, now)
    _insert_origins(event, fresh, origins)
    outcome = Outcome(kind, added=len(fresh), known=len(file.rows) - len(fresh))
    if outcome.added:
        audit.record(
            "entry.import",
            subject_kind="event",
            subject_key=event.slug,
            by=by,
            now=now,
            kind=kind.value,
            added=outcome.added,
        )
    return outcome


def _find_origins(event: Event, file: EntryFile) -> dict[tuple[int, str], int]:
    """Find the contributions that the rows name: by the session of the row and the id, else anywhere in the event."""
    if not any(row.origins for row in file.rows):
        return {}
    query = (
        select(Entry.session_id, Entry.external_id, Entry.id)
        .join(Entry.session)
        .where(Session.event_id == event.id, Entry.kind == EntryKind.CONTRIBUTION, Entry.external_id.is_not(None))
    )
    by_id: dict[str, dict[int, int]] = defaultdict(dict)
    for session_id, external_id, entry_id in db.session.execute(query):
        by_id[str(external_id)][session_id] = entry_id
    found: dict[tuple[int, str], int] = {}
    for row in file.rows:
        for given_id in row.origins:
            places = by_id.get(given_id, {})
            if row.session.id in places:
                found[row.session.id, given_id] = places[row.session.id]
            elif len(places) == 1:
                found[row.session.id, given_id] = next(iter(places.values()))
            else:
                file.refuse(row.number, _describe_unknown(given_id, times=len(places)))
    return found


def _describe_unknown(given_id: str, *, times: int) -> str:
    if times:
        return str(_("several sessions have a contribution “%(id)s”, and this one has not", id=given_id[:80]))
    return str(_("the event has no contribution “%(id)s”", id=given_id[:80]))


def _make_topics(event: Event, rows: Iterable[EntryRow]) -> dict[str, int | None]:
    """Give the id of each topic by its key; of no topic under the empty one."""
    names = {topics.name_key(row.topic_name): row.topic_name for row in reversed(list(rows)) if row.topic_name}
    return {"": None, **{key: topic.id for key, topic in topics.get_or_create_all(event, names).items()}}


def _find_fresh(event: Event, rows: Iterable[tuple[EntryRow, str]], kind: EntryKind) -> list[tuple[EntryRow, str]]:
    """The rows that have not come in before."""
    query = (
        select(Entry.session_id, Entry.external_id)
        .join(Entry.session)
        .where(Session.event_id == event.id, Entry.kind == kind, Entry.external_id.is_not(None))
    )
    known = {(session_id, str(external_id)) for session_id, external_id in db.session.execute(query)}
    return [(row, key) for row, key in rows if (row.session.id, key) not in known]


def _with_keys(rows: Iterable[EntryRow]) -> list[tuple[EntryRow, str]]:
    """Give each row with what it will be known by: its own id, or its words and which of its equals it is."""
    occurrences: Counter[tuple[int, str]] = Counter()
    keyed = []
    for row in rows:
        if row.given_id:
            keyed.append((row, row.given_id))
            continue
        moment = row.recorded_at.timestamp() if row.recorded_at else ""
        words = "\0".join([row.topic_name, row.text, str(moment)])
        occurrences[row.session.id, words] += 1
        content = f"{words}\0{occurrences[row.session.id, words]}"
        keyed.append((row, f"row:{hashlib.sha256(content.encode()).hexdigest()}"))
    return keyed


def _insert(
    fresh: list[tuple[EntryRow, str]],
    kind: EntryKind,
    topic_ids: dict[str, int | None],
    taken: dict[int, int],
    now: datetime,
) -> None:
    sizes = Counter(row.session.id for row, _key in fresh)
    sessions = {row.session.id: row.session for row, _key in fresh}
    next_number = {
        session_id: entry_numbers.take(sessions[session_id], kind, sizes[session_id]) for session_id in sorted(sizes)
    }
    values = []
    for row, key in fresh:
        number = next_number[row.session.id]
        next_number[row.session.id] += 1
        values.append(
            {
                "session_id": row.session.id,
                "kind": kind,
                "number": number,
                "topic_id": topic_ids[topics.name_key(row.topic_name)] if row.topic_name else None,
                "text": row.text,
                "search_key": fold(row.text),
                "recorded_at": row.recorded_at or now,
                "external_id": key,
                "source": EntrySource.IMPORTED,
                "revision": taken[row.session.id],
            }
        )
    for start in range(0, len(values), _INSERT_AT_ONCE):
        db.session.execute(insert(Entry), values[start : start + _INSERT_AT_ONCE])


def _insert_origins(event: Event, fresh: list[tuple[EntryRow, str]], origins: dict[tuple[int, str], int]) -> None:
    if not origins:
        return
    query = (
        select(Entry.session_id, Entry.external_id, Entry.id)
        .join(Entry.session)
        .where(Session.event_id == event.id, Entry.kind == EntryKind.PROPOSAL, Entry.external_id.is_not(None))
    )
    proposals = {(session_id, key): entry_id for session_id, key, entry_id in db.session.execute(query)}
    values = [
        {
            "proposal_id": proposals[row.session.id, key],
            "contribution_id": contribution_id,
        }
        for row, key in fresh
        for contribution_id in {origins[row.session.id, given_id] for given_id in row.origins}
    ]
    if values:
        db.session.execute(insert(ProposalOrigin), values)
