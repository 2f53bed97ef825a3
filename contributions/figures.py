"""The figures of an event or a process: the one place that computes them, and from rows alone.

Every figure goes by these definitions, per dimension of the session and in all:

- *Sessions*: every working session, and a visit or a plenary that has a dimension or in which something was recorded
  (attendance, a headcount, an entry). A break never counts.
- *Participants*: distinct people with attendance in at least one of the sessions. A person is their e-mail address; who
  gave none is their registration. A session that kept no list adds the headcount it declared. Signing up is not taking
  part. Who was at sessions of two dimensions counts in both and once in the total, which can be less than the sum.
- *Attendances*: person-session pairs, and the declared headcounts.
- *Contributions*, *proposals*: entries that are not deleted.
- *Sessions without a count*: neither attendance nor a headcount. Unknown is not zero: their people are missing above.

A process adds up its published and closed events. A draft counts as soon as something was recorded in it, though never
on public pages; of a cancelled event those sessions count in which something was recorded all the same.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true

from contributions.models import Entry, EntryKind
from core.database import db
from events.models import Dimension, Event, EventState, Process, Session, SessionKind
from registrations.models import Attendance, Registration

EntryCounts = dict[EntryKind, int]


@dataclass(frozen=True)
class Figures:
    """The figures of a set of sessions."""

    sessions: int
    participants: int
    attendances: int
    contributions: int
    proposals: int
    sessions_without_count: int

    @property
    def has_participants(self) -> bool:
        """Whether the number of participants is known at all; when it is not, its 0 is not zero."""
        return self.sessions_without_count < self.sessions

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been recorded in any session."""
        return not (self.has_participants or self.contributions or self.proposals)


@dataclass(frozen=True)
class FigureTable:
    """The figures per dimension (None: sessions without one), only those that have sessions, and in all."""

    dimensions: dict[Dimension | None, Figures]
    total: Figures

    def to_dict(self) -> dict[str, Any]:
        """Give the figures as `flask contributions figures --format json` prints them."""
        return {
            "dimensions": [
                {"dimension": dimension or "none", **asdict(figures)} for dimension, figures in self.dimensions.items()
            ],
            "total": asdict(self.total),
        }


@dataclass(frozen=True)
class _SessionCount:
    """What was counted in one session; None people is unknown."""

    dimension: Dimension | None
    listed: int
    declared: int | None
    entries: EntryCounts


def for_event(event: Event) -> FigureTable:
    """Compute the figures of one event, whatever its state."""
    return _compute(Session.event_id == event.id, states_matter=False)


def for_process(
    process: Process, *, is_public: bool = False, of_events: ColumnElement[bool] | None = None
) -> FigureTable:
    """Compute the figures of all events of a process, or of those alone for which `of_events` holds.

    Drafts stay out of public ones.
    """
    scope = and_(Event.process_id == process.id, true() if of_events is None else of_events)
    return _compute(and_(scope, Event.state != EventState.DRAFT) if is_public else scope, states_matter=True)


def count_entries(scope: ColumnElement[bool]) -> dict[int, EntryCounts]:
    """Count the entries of each kind in every session within `scope`, by the session's id; deleted ones are none."""
    # Counted by session alone and then looked up: the index holds all that is asked, so no entry is read.
    sessions = select(Session.id).join(Session.event).where(scope)
    query = (
        select(Entry.session_id, Entry.kind, func.count())
        .where(Entry.session_id.in_(sessions), Entry.deleted_at.is_(None))
        .group_by(Entry.session_id, Entry.kind)
    )
    counts: dict[int, EntryCounts] = {}
    for session_id, kind, count in db.session.execute(query):
        counts.setdefault(session_id, {})[kind] = count
    return counts


def _compute(scope: ColumnElement[bool], *, states_matter: bool) -> FigureTable:
    """Compute in four grouped queries, however many rows there are."""
    scope = and_(scope, Session.kind != SessionKind.BREAK, Session.cancelled_at.is_(None))
    counts = _count_sessions(scope, states_matter=states_matter)
    people, all_people = _count_people(scope)
    by_dimension = {
        dimension: _add_up(of_dimension, people[dimension])
        for dimension in (*Dimension, None)
        if (of_dimension := [count for count in counts if count.dimension is dimension])
    }
    return FigureTable(by_dimension, _add_up(counts, all_people))


def _count_sessions(scope: ColumnElement[bool], *, states_matter: bool) -> list[_SessionCount]:
    """Count within each session that counts."""
    query = select(
        Session.id, Session.event_id, Session.kind, Session.dimension, Session.declared_participants, Event.state
    )
    rows = db.session.execute(query.join(Session.event).where(scope)).all()
    listed = _count_attendance(scope)
    entries = count_entries(scope)

    def has_record(row: Any) -> bool:
        return row.id in listed or row.id in entries or row.declared_participants is not None

    alive = {row.event_id for row in rows if row.state is not EventState.DRAFT or has_record(row)}

    def counts(row: Any) -> bool:
        if has_record(row):
            return True
        if states_matter and (row.event_id not in alive or row.state is EventState.CANCELLED):
            return False
        return row.kind is SessionKind.WORKING or row.dimension is not None

    return [
        _SessionCount(row.dimension, listed.get(row.id, 0), row.declared_participants, entries.get(row.id, {}))
        for row in rows
        if counts(row)
    ]


def _count_attendance(scope: ColumnElement[bool]) -> dict[int, int]:
    sessions = select(Session.id).join(Session.event).where(scope)
    query = (
        select(Attendance.session_id, func.count().label("listed"))
        .where(Attendance.session_id.in_(sessions))
        .group_by(Attendance.session_id)
    )
    return {row.session_id: row.listed for row in db.session.execute(query)}


def _count_people(scope: ColumnElement[bool]) -> tuple[dict[Dimension | None, int], int]:
    """Count distinct people with attendance: per dimension, and in all.

    One row for each registration with a mark for every dimension it was in; those of one address become one person; the
    marks are then added up.
    """
    dimensions: list[Dimension | None] = [*Dimension, None]
    places = range(len(dimensions))
    present = (
        select(
            Attendance.registration_id,
            *[
                func.max(case((Session.dimension.is_not_distinct_from(dimension), 1), else_=0)).label(f"mark_{place}")
                for place, dimension in enumerate(dimensions)
            ],
        )
        .join(Attendance.session)
        .join(Session.event)
        .where(scope)
        .group_by(Attendance.registration_id)
        .subquery()
    )
    person = (
        select(*[func.max(present.c[f"mark_{place}"]).label(f"mark_{place}") for place in places])
        .join(Registration, Registration.id == present.c.registration_id)
        # Nulls are one group: the second column tells those without an address apart.
        .group_by(Registration.email_key, case((Registration.email_key.is_(None), Registration.id)))
        .subquery()
    )
    row = db.session.execute(select(*[func.sum(mark) for mark in person.c], func.count())).one()
    return {dimension: count or 0 for dimension, count in zip(dimensions, row, strict=False)}, row[-1]


def _add_up(counts: Iterable[_SessionCount], people: int) -> Figures:
    """Add up sessions in which `people` distinct people are on the lists."""
    counts = list(counts)
    declared = sum(count.declared or 0 for count in counts if not count.listed)
    return Figures(
        sessions=len(counts),
        participants=people + declared,
        attendances=sum(count.listed for count in counts) + declared,
        contributions=sum(count.entries.get(EntryKind.CONTRIBUTION, 0) for count in counts),
        proposals=sum(count.entries.get(EntryKind.PROPOSAL, 0) for count in counts),
        sessions_without_count=sum(not count.listed and count.declared is None for count in counts),
    )
