"""The figures of an event or a process: the one place that computes them, and from rows alone.

Every figure goes by these definitions, per dimension of the session and in all:

- *Sessions*: every working session, and a visit or a plenary that has a dimension or in which something was recorded
  (attendance, a headcount, an entry). A break never counts.
- *Participants*: distinct people with attendance in at least one of the sessions. A person is their e-mail address; who
  gave none is their registration. A session that kept no list adds the headcount it declared. Signing up is not taking
  part. Who was at sessions of two dimensions counts in both and once in the total, which can be less than the sum.
- *Attendances*: person-session pairs, and the declared headcounts.
- *Contributions*, *proposals*: entries that are neither deleted nor merged into another.
- *Declared*: what the organisers of a session said of it and nobody can trace to rows (docs/adr/0028). Declared
  participants are part of the participants above; declared contributions and proposals are never added to the entries,
  and count only for sessions without any entry of that kind.
- *Sessions without a count*: neither attendance nor a headcount. Unknown is not zero: their people are missing above.
  Contributions or proposals are unknown where nobody wrote down anything in a session and none were declared of it.

A process adds up its published and closed events. A draft counts as soon as something was recorded in it, though never
on public pages; of a cancelled event those sessions count in which something was recorded all the same.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select, true

from contributions import entry_counts
from contributions.entry_lists import HELD, NO_DIMENSION, EntryCounts
from contributions.models import EntryKind
from core.database import db
from events.models import Dimension, Event, EventState, Process, Session, SessionKind
from figures.presence import NOBODY, People, Presence
from figures.presence import read as read_presence
from registrations.models import Registration

PERSON = func.coalesce(Registration.email_key, cast(Registration.id, String))
"""What tells people apart: their address, or the registration of who gave none (no address is a number)."""


@dataclass(frozen=True)
class Declared:
    """How many were declared in how many sessions, and of how many sessions nobody knows."""

    count: int = 0
    sessions: int = 0
    unknown_sessions: int = 0


@dataclass(frozen=True)
class DeclaredFigures:
    """What was declared of a set of sessions: the participants are part of all participants, the rest stands apart."""

    participants: Declared = Declared()
    contributions: Declared = Declared()
    proposals: Declared = Declared()


@dataclass(frozen=True)
class Figures:
    """The figures of a set of sessions."""

    sessions: int
    participants: int
    attendances: int
    contributions: int
    proposals: int
    sessions_without_count: int
    declared: DeclaredFigures = field(default_factory=DeclaredFigures)

    @property
    def has_participants(self) -> bool:
        """Whether the number of participants is known at all; when it is not, its 0 is not zero."""
        return self.sessions_without_count < self.sessions

    @property
    def has_contributions(self) -> bool:
        """Whether contributions were written down in any session; when they were not, their 0 is not zero."""
        return self._were_written_down(self.declared.contributions)

    @property
    def has_proposals(self) -> bool:
        """Whether proposals were written down in any session; when they were not, their 0 is not zero."""
        return self._were_written_down(self.declared.proposals)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been recorded or declared of any session."""
        has_declared = self.declared.contributions.sessions or self.declared.proposals.sessions
        return not (self.has_participants or self.contributions or self.proposals or has_declared)

    def _were_written_down(self, declared: Declared) -> bool:
        return declared.sessions + declared.unknown_sessions < self.sessions


@dataclass(frozen=True)
class FigureTable:
    """The figures per dimension (None: sessions without one), only those that have sessions, and in all."""

    dimensions: dict[Dimension | None, Figures]
    total: Figures

    def to_dict(self) -> dict[str, Any]:
        """Give the figures as `flask contributions figures --format json` prints them."""
        return {
            "dimensions": [
                {"dimension": dimension or NO_DIMENSION, **asdict(figures)}
                for dimension, figures in self.dimensions.items()
            ],
            "total": asdict(self.total),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "FigureTable":
        """Give the figures back that `to_dict` gave."""
        rows = {row["dimension"]: _read_figures(row) for row in content["dimensions"]}
        named = {None if name == NO_DIMENSION else Dimension(name): figures for name, figures in rows.items()}
        return cls(named, _read_figures(content["total"]))


@dataclass(frozen=True)
class Scope:
    """The sessions that figures are about: those for which `condition` holds, which may name sessions and events.

    Where `states_matter`, an event adds to the figures by its state; one that is asked for by itself always does.
    """

    condition: ColumnElement[bool]
    states_matter: bool

    def narrowed(self, *conditions: ColumnElement[bool]) -> "Scope":
        """The same scope without the sessions for which these do not hold."""
        return Scope(and_(self.condition, *conditions), self.states_matter)


@dataclass(frozen=True)
class SessionCount:
    """What was counted in one session, and what was declared of it; None is unknown."""

    id: int
    event_id: int
    dimension: Dimension | None
    listed: int
    entries: EntryCounts
    declared_participants: int | None
    declared_entries: dict[EntryKind, int | None]

    @property
    def has_count(self) -> bool:
        """Whether anybody knows how many people were there."""
        return self.listed > 0 or self.declared_participants is not None

    @property
    def headcount(self) -> int | None:
        """The declared headcount, where it counts: no list was kept."""
        return None if self.listed else self.declared_participants


def _read_figures(row: dict[str, Any]) -> Figures:
    declared = {name: Declared(**values) for name, values in row["declared"].items()}
    numbers = {name: value for name, value in row.items() if name not in {"dimension", "declared"}}
    return Figures(**numbers, declared=DeclaredFigures(**declared))


def of_event(event: Event) -> Scope:
    """The sessions of one event, whatever its state."""
    return _of_counting_sessions(Session.event_id == event.id, states_matter=False)


def of_process(process: Process, *, is_public: bool = False, of_events: ColumnElement[bool] | None = None) -> Scope:
    """The sessions of all events of a process, or of those alone for which `of_events` holds.

    Drafts stay out of public ones.
    """
    scope = and_(Event.process_id == process.id, true() if of_events is None else of_events)
    return _of_counting_sessions(
        and_(scope, Event.state != EventState.DRAFT) if is_public else scope, states_matter=True
    )


def for_event(event: Event) -> FigureTable:
    """Compute the figures of one event, whatever its state."""
    return compute(of_event(event))


def for_process(
    process: Process, *, is_public: bool = False, of_events: ColumnElement[bool] | None = None
) -> FigureTable:
    """Compute the figures of the events of a process that `of_process` tells."""
    return compute(of_process(process, is_public=is_public, of_events=of_events))


def compute(scope: Scope) -> FigureTable:
    """Compute the figures of these sessions in few queries, however many rows there are."""
    counts, presence = _count(scope)
    return _make_table(counts, presence.in_all)


def compute_events(scope: Scope) -> tuple[FigureTable, dict[int, FigureTable], list[SessionCount]]:
    """Compute the figures in all and of each event by its id, and give the counts that they add up."""
    counts, presence = _count(scope)
    by_event: dict[int, list[SessionCount]] = {}
    for count in counts:
        by_event.setdefault(count.event_id, []).append(count)
    people = presence.by_event
    tables = {event_id: _make_table(some, people.get(event_id, NOBODY)) for event_id, some in by_event.items()}
    return _make_table(counts, presence.in_all), tables, counts


def compute_sessions(scope: Scope) -> dict[int, Figures]:
    """Compute the figures of each of these sessions by itself, by its id: its list names nobody twice."""
    return {count.id: _add_up([count], count.listed) for count in count_sessions(scope)}


def compute_topics(scope: Scope) -> dict[int | None, EntryCounts]:
    """Count the entries of each kind about every topic, by its id (None: about none); the most spoken of first."""
    counts: dict[int | None, EntryCounts] = {}
    for tally in entry_counts.read(scope.condition).values():
        for (kind, topic_id), count in tally.items():
            of_topic = counts.setdefault(topic_id, {})
            of_topic[kind] = of_topic.get(kind, 0) + count
    return dict(sorted(counts.items(), key=lambda each: (each[0] is None, -sum(each[1].values()), each[0] or 0)))


def count_sessions(scope: Scope) -> list[SessionCount]:
    """Count within each session that counts."""
    counts, _presence = _count(scope)
    return counts


def _of_counting_sessions(condition: ColumnElement[bool], *, states_matter: bool) -> Scope:
    """Leave out what never counts: breaks, and sessions that were cancelled."""
    return Scope(and_(condition, *HELD), states_matter)


def _count(scope: Scope) -> tuple[list[SessionCount], Presence]:
    """Count within each session that counts, and who was there: who is on a list makes the session count."""
    query = select(
        *(Session.id, Session.event_id, Session.kind, Session.dimension, Event.state),
        *(Session.declared_participants, Session.declared_contributions, Session.declared_proposals),
    )
    rows = db.session.execute(query.join(Session.event).where(scope.condition)).all()
    presence = read_presence(rows)
    listed, entries = presence.listed, entry_counts.count_by_session(scope.condition)

    def has_record(row: Any) -> bool:
        declared = (row.declared_participants, row.declared_contributions, row.declared_proposals)
        return row.id in listed or row.id in entries or any(figure is not None for figure in declared)

    alive = {row.event_id for row in rows if row.state is not EventState.DRAFT or has_record(row)}

    def counts(row: Any) -> bool:
        if has_record(row):
            return True
        if scope.states_matter and (row.event_id not in alive or row.state is EventState.CANCELLED):
            return False
        return row.kind is SessionKind.WORKING or row.dimension is not None

    return [
        SessionCount(
            row.id,
            row.event_id,
            row.dimension,
            listed.get(row.id, 0),
            entries.get(row.id, {}),
            row.declared_participants,
            {EntryKind.CONTRIBUTION: row.declared_contributions, EntryKind.PROPOSAL: row.declared_proposals},
        )
        for row in rows
        if counts(row)
    ], presence


def _make_table(counts: Iterable[SessionCount], people: People) -> FigureTable:
    """Add up sessions in which so many distinct people are on the lists."""
    counts = list(counts)
    in_dimension, in_all = people
    by_dimension = {
        dimension: _add_up(of_dimension, in_dimension[dimension])
        for dimension in (*Dimension, None)
        if (of_dimension := [count for count in counts if count.dimension is dimension])
    }
    return FigureTable(by_dimension, _add_up(counts, in_all))


def _add_up(counts: Iterable[SessionCount], people: int) -> Figures:
    """Add up sessions in which `people` distinct people are on the lists."""
    counts = list(counts)
    headcounts = [count.headcount for count in counts]
    participants = _add_declared(headcounts, unknown=sum(not count.has_count for count in counts))
    return Figures(
        sessions=len(counts),
        participants=people + participants.count,
        attendances=sum(count.listed for count in counts) + participants.count,
        contributions=sum(count.entries.get(EntryKind.CONTRIBUTION, 0) for count in counts),
        proposals=sum(count.entries.get(EntryKind.PROPOSAL, 0) for count in counts),
        sessions_without_count=participants.unknown_sessions,
        declared=DeclaredFigures(
            participants,
            _add_declared_entries(counts, EntryKind.CONTRIBUTION),
            _add_declared_entries(counts, EntryKind.PROPOSAL),
        ),
    )


def _add_declared_entries(counts: Iterable[SessionCount], kind: EntryKind) -> Declared:
    """Add up what was declared of the sessions without any entry of this kind.

    Where somebody wrote down entries of the other kind alone, there were none of this one unless it was declared.
    """
    without = [count for count in counts if not count.entries.get(kind)]
    unknown = sum(not count.entries and count.declared_entries[kind] is None for count in without)
    return _add_declared([count.declared_entries[kind] for count in without], unknown=unknown)


def _add_declared(figures: Iterable[int | None], *, unknown: int) -> Declared:
    known = [figure for figure in figures if figure is not None]
    return Declared(sum(known), len(known), unknown)
