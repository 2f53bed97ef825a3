"""Frozen figures: what was published stays as it was, and what was corrected since is told beside it (docs/adr/0030).

A snapshot of a process holds what everybody may see of it: without drafts. Its content is never written again; the one
thing about it that moves is whether the public page shows it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event as events_of_rows
from sqlalchemy import func, inspect, select, update

from accounts.models import StaffMember
from contributions import topics
from contributions.models import Entry, EntryKind, Notebook
from core.database import db
from core.errors import NotFoundError
from events import owners
from events.models import Dimension, Event, Process, Session
from events.owners import Owner, belongs_to, columns_of
from figures import figure_rows, figures, public_figures
from figures.figure_rows import RowFilter
from figures.figures import Figures, FigureTable, Scope
from figures.known_numbers import NUMBERS, read_number
from figures.models import FigureSnapshot
from figures.small_cells import TOTAL
from registrations.models import Attendance

MOST_TRACED = 50
"""So many of the entries that have changed since are named for a session; the others are in its list."""


@dataclass(frozen=True)
class Trace:
    """What has changed in a session since: entries, and attendance that was added and taken away."""

    entries: Sequence[Entry] = ()
    entry_count: int = 0
    added: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Difference:
    """A number that is another one now; None was, or is, not known.

    `place` is a dimension, `none`, `total`, or a session, whose trace tells where the difference comes from.
    """

    place: str
    name: str
    was: int | None
    now: int | None

    @property
    def change(self) -> int | None:
        """How many more there are now; None where either is not known."""
        return None if self.was is None or self.now is None else self.now - self.was


@dataclass(frozen=True)
class SessionDifference:
    """A session in which numbers are others now, or which was or is not there."""

    event_slug: str
    code: str
    title: str
    session: Session | None
    numbers: list[Difference]
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True)
class Comparison:
    """What is different now."""

    cells: list[Difference]
    sessions: list[SessionDifference]


def take(owner: Owner, title: str, note: str, *, by: StaffMember | None, now: datetime) -> FigureSnapshot:
    """Freeze the figures as they are."""
    content = {**read(owner), "title": title, "note": note, "taken_at": now.isoformat()}
    snapshot = FigureSnapshot(
        **columns_of(owner),
        title=title,
        note=note,
        taken_at=now,
        taken_by_id=by.id if by else None,
        content=content,
        checksum=compute_checksum(content),
    )
    db.session.add(snapshot)
    db.session.flush()
    _record("figures.freeze", owner, snapshot, by=by, now=now)
    return snapshot


def show(snapshot: FigureSnapshot, *, by: StaffMember | None, now: datetime) -> None:
    """Show these figures of a process in public from now on, and no others."""
    owner = _owner_of_public(snapshot)
    db.session.execute(
        update(FigureSnapshot).where(FigureSnapshot.process_id == owner.id).values(shown_at=None),
        execution_options={"synchronize_session": "fetch"},
    )
    snapshot.shown_at = now
    db.session.flush()
    _record("figures.show", owner, snapshot, by=by, now=now)


def conceal(snapshot: FigureSnapshot, *, by: StaffMember | None, now: datetime) -> None:
    """Show the present figures in public again."""
    if snapshot.shown_at is None:
        return
    owner = _owner_of_public(snapshot)
    snapshot.shown_at = None
    db.session.flush()
    _record("figures.conceal", owner, snapshot, by=by, now=now)


def list_of(owner: Owner) -> Sequence[FigureSnapshot]:
    """List the snapshots of an event or a process, the last first."""
    return db.session.scalars(
        select(FigureSnapshot)
        .where(belongs_to(FigureSnapshot, owner))
        .order_by(FigureSnapshot.taken_at.desc(), FigureSnapshot.id.desc())
    ).all()


def get(owner: Owner, snapshot_id: int) -> FigureSnapshot:
    """Find a snapshot of this owner. Raises `NotFoundError`."""
    snapshot = db.session.scalar(
        select(FigureSnapshot).where(belongs_to(FigureSnapshot, owner), FigureSnapshot.id == snapshot_id)
    )
    if snapshot is None:
        raise NotFoundError
    return snapshot


def find_shown(process: Process) -> FigureSnapshot | None:
    """Find the snapshot that the public page of the process shows."""
    return db.session.scalar(
        select(FigureSnapshot).where(FigureSnapshot.process_id == process.id, FigureSnapshot.shown_at.is_not(None))
    )


def is_intact(snapshot: FigureSnapshot) -> bool:
    """Whether the content is what the checksum was computed from."""
    return compute_checksum(snapshot.content) == snapshot.checksum


def to_canonical(content: dict[str, Any]) -> bytes:
    """Write the content so that it is the same bytes for everybody: keys in order, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def compute_checksum(content: dict[str, Any]) -> str:
    """Compute the SHA-256 of the canonical JSON."""
    return hashlib.sha256(to_canonical(content)).hexdigest()


def read_table(snapshot: FigureSnapshot) -> FigureTable:
    """Give the figures per dimension of a snapshot."""
    return FigureTable.from_dict(snapshot.content)


def read_hidden(snapshot: FigureSnapshot) -> set[Dimension | str | None]:
    """Give the parts of which people are not told in public."""
    parts: dict[str, Dimension | str | None] = {each.value: each for each in Dimension}
    parts |= {public_figures.WITHOUT: None, TOTAL: TOTAL}
    return {parts[name] for name in snapshot.content["hidden"]}


def tells_declared(snapshot: FigureSnapshot) -> bool:
    """Whether it may be told in public how many people were declared."""
    return bool(snapshot.content["tells_declared"])


def read(owner: Owner) -> dict[str, Any]:
    """Read the figures as they are, with those of each session and topic, and where its rows stand."""
    scope = _scope_of(owner)
    public = public_figures.hide(scope)
    by_topic = figures.compute_topics(scope)
    names = topics.read(by_topic)
    return {
        "slug": owner.slug,
        **json.loads(json.dumps(public.process.to_dict())),
        "topics": [
            {
                "topic": names[topic_id].name if topic_id else None,
                **{f"{kind.value}s": counts.get(kind, 0) for kind in EntryKind},
            }
            for topic_id, counts in by_topic.items()
        ],
        "by_session": list(_read_sessions(scope)),
        "hidden": sorted(public_figures.WITHOUT if part is None else str(part) for part in public.hidden_parts),
        "tells_declared": public.tells_declared,
    }


def compare(snapshot: FigureSnapshot) -> Comparison:
    """Compare a snapshot with the figures as they are now, number by number."""
    owner = snapshot.process or snapshot.event
    if owner is None:
        raise NotFoundError
    scope = _scope_of(owner)
    was, now = read_table(snapshot), figures.compute(scope)
    parts: list[tuple[str, Figures | None, Figures | None]] = [
        (public_figures.WITHOUT if part is None else part.value, was.dimensions.get(part), now.dimensions.get(part))
        for part in (*Dimension, None)
    ]
    cells = [each for part in [*parts, (TOTAL, was.total, now.total)] for each in _compare(*part)]
    return Comparison(cells, list(_compare_sessions(snapshot, scope)))


def _scope_of(owner: Owner) -> Scope:
    return figures.of_event(owner) if isinstance(owner, Event) else figures.of_process(owner, is_public=True)


def _read_sessions(scope: Scope) -> Iterator[dict[str, Any]]:
    """Read the figures of each session, its notebook's revision and its last attendance: what is newer came since."""
    rows = figure_rows.list_sessions(scope, RowFilter())
    ids = [row.session.id for row in rows]
    notebooks = select(Notebook.session_id, Notebook.revision).where(Notebook.session_id.in_(ids))
    lists = select(Attendance.session_id, func.max(Attendance.id).label("last")).where(Attendance.session_id.in_(ids))
    revisions = {row.session_id: row.revision for row in db.session.execute(notebooks)}
    last = {row.session_id: row.last for row in db.session.execute(lists.group_by(Attendance.session_id))}
    for row in rows:
        session = row.session
        yield {
            "event": session.event.slug,
            "code": session.code,
            "title": session.title,
            "dimension": session.dimension.value if session.dimension else public_figures.WITHOUT,
            **{name: read_number(row.figures, name) for name in NUMBERS[1:]},
            "revision": revisions.get(session.id, 0),
            "last_attendance": last.get(session.id, 0),
        }


def _compare(place: str, was: Figures | None, now: Figures | None) -> Iterator[Difference]:
    for name in NUMBERS:
        before, after = read_number(was, name), read_number(now, name)
        if before != after:
            yield Difference(place, name, before, after)


def _compare_sessions(snapshot: FigureSnapshot, scope: Scope) -> Iterator[SessionDifference]:
    present = {(row.session.event.slug, row.session.code): row for row in figure_rows.list_sessions(scope, RowFilter())}
    former = {(each["event"], each["code"]): each for each in snapshot.content["by_session"]}
    for key in dict.fromkeys([*former, *present]):
        was, row = former.get(key), present.get(key)
        numbers = [
            Difference(key[1], name, before, after)
            for name in NUMBERS[1:]
            if (before := was[name] if was else None) != (after := read_number(row.figures if row else None, name))
        ]
        if numbers or was is None or row is None:
            title = row.session.title if row else was["title"] if was else ""
            trace = _trace(row.session, was) if was and row else Trace()
            yield SessionDifference(*key, title, row.session if row else None, numbers, trace)


def _trace(session: Session, was: dict[str, Any]) -> Trace:
    """Tell which entries of a session have changed since, and how much of its attendance is new or gone."""
    changed = (Entry.session_id == session.id, Entry.revision > was["revision"])
    entries = db.session.scalars(select(Entry).where(*changed).order_by(Entry.kind, Entry.number).limit(MOST_TRACED))
    of_before = Attendance.id <= was["last_attendance"]
    query = select(func.count(), func.count().filter(of_before)).where(Attendance.session_id == session.id)
    listed, left = db.session.execute(query).one()
    kept_a_list = was["last_attendance"] > 0
    return Trace(
        entries.all(),
        db.session.scalar(select(func.count()).select_from(Entry).where(*changed)) or 0,
        added=listed - left,
        removed=(was["attendances"] or 0) - left if kept_a_list else 0,
    )


def _owner_of_public(snapshot: FigureSnapshot) -> Process:
    """The process of a snapshot: only a process has figures in public. Raises `NotFoundError`."""
    if snapshot.process is None:
        raise NotFoundError
    return snapshot.process


def _record(act: str, owner: Owner, snapshot: FigureSnapshot, *, by: StaffMember | None, now: datetime) -> None:
    owners.record(act, owner, by=by, now=now, title=snapshot.title, checksum=snapshot.checksum)


@events_of_rows.listens_for(FigureSnapshot, "before_update")
def _refuse_change(_mapper: object, _connection: object, snapshot: FigureSnapshot) -> None:
    """Refuse to write what was frozen: only whether it is shown may change."""
    changed = {each.key for each in inspect(snapshot).attrs if each.history.has_changes()}
    if changed - {"shown_at"}:
        message = f"A snapshot of figures is never changed: {', '.join(sorted(changed))}"
        raise RuntimeError(message)
