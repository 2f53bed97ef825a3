"""All that a page or a paper tells of figures, as values: as they are now, frozen, or as everybody may see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from contributions import topics
from contributions.entry_lists import EntryCounts
from contributions.labels import WITHOUT_TOPIC
from contributions.models import EntryKind, Topic
from core import config
from core.languages import current_language
from events.models import Dimension, Event, Process
from figures import figure_rows, figures, public_figures, snapshots
from figures.figure_rows import RowFilter, SessionRow
from figures.figures import DeclaredFigures, Figures, FigureTable, Scope
from figures.known_numbers import NUMBERS, read_numbers
from figures.models import FigureSnapshot
from figures.public_figures import WITHOUT, Part


@dataclass(frozen=True)
class Line:
    """What was counted of an event, a topic or a session, by its name; a number that nobody knows is None.

    A session has a code and may have a dimension; `event` names its event, where there can be several.
    """

    name: str
    numbers: Mapping[str, int | None]
    declared: DeclaredFigures = field(default_factory=DeclaredFigures)
    code: str = ""
    dimension: Dimension | None = None
    event: str = ""
    is_named: bool = True
    """Whether it is something at all: the entries without a topic have none."""


@dataclass(frozen=True)
class FigureReport:
    """The figures by dimension and in all, and those of each event, topic and session as far as they are told."""

    table: FigureTable
    hidden: Collection[Part] = ()
    tells_declared: bool = True
    events: Sequence[Line] = ()
    topics: Sequence[Line] = ()
    sessions: Sequence[Line] = ()


@dataclass(frozen=True)
class PublicReport:
    """What the page of a process tells everybody: the present figures, or those that were frozen to be shown."""

    report: FigureReport
    frozen: FigureSnapshot | None = None

    @property
    def frozen_on(self) -> date | None:
        """The day of those that were frozen."""
        return self.frozen.taken_at.astimezone(config.current().timezone).date() if self.frozen else None


@dataclass(frozen=True)
class Breakdown:
    """The figures of some sessions with the events, topics and sessions that they are broken down by."""

    table: FigureTable
    by_event: Mapping[Event, Figures]
    by_topic: Mapping[int | None, EntryCounts]
    topics: Mapping[int, Topic]
    rows: Sequence[SessionRow]

    @classmethod
    def read(cls, scope: Scope) -> Self:
        """Compute the figures of a scope in every way."""
        by_topic = figures.compute_topics(scope)
        table, by_event, _counts = figures.compute_events(scope)
        rows = figure_rows.list_sessions(scope, RowFilter())
        totals = {row.session.event: by_event[row.session.event_id].total for row in rows}
        return cls(table, totals, by_topic, topics.read(by_topic), rows)

    @property
    def has_events(self) -> bool:
        """Whether there are several events to tell apart."""
        return len(self.by_event) > 1

    def report(self) -> FigureReport:
        """Give the figures as values, the names of topics in the language in force."""
        each_event = self.by_event.items() if self.has_events else ()
        return FigureReport(
            self.table,
            events=[Line(event.title, read_numbers(of_event), of_event.declared) for event, of_event in each_event],
            topics=[self._topic_line(topic_id, counts) for topic_id, counts in self.by_topic.items()],
            sessions=[self._session_line(row) for row in self.rows],
        )

    def _topic_line(self, topic_id: int | None, counts: EntryCounts) -> Line:
        numbers = {f"{kind.value}s": counts.get(kind, 0) for kind in EntryKind}
        if topic_id is None:
            return Line(str(WITHOUT_TOPIC), numbers, is_named=False)
        return Line(self.topics[topic_id].name_in(current_language()), numbers)

    def _session_line(self, row: SessionRow) -> Line:
        session = row.session
        return Line(
            session.title,
            read_numbers(row.figures),
            row.figures.declared,
            code=session.code,
            dimension=session.dimension,
            event=session.event.title if self.has_events else "",
        )


def of_snapshot(snapshot: FigureSnapshot) -> FigureReport:
    """Give the figures that were frozen; events stand in them by their addresses."""
    content = snapshot.content
    has_events = len({each["event"] for each in content["by_session"]}) > 1
    return FigureReport(
        snapshots.read_table(snapshot),
        topics=[_frozen_topic(each) for each in content["topics"]],
        sessions=[_frozen_session(each, has_events=has_events) for each in content["by_session"]],
    )


def of_public(process: Process) -> PublicReport:
    """Give what everybody may see of a process."""
    frozen = snapshots.find_shown(process)
    if frozen:
        hidden, tells_declared = snapshots.read_hidden(frozen), snapshots.tells_declared(frozen)
        return PublicReport(FigureReport(snapshots.read_table(frozen), hidden, tells_declared), frozen)
    public = public_figures.for_process(process)
    return PublicReport(FigureReport(public.process, public.hidden_parts, public.tells_declared))


def _frozen_topic(each: Mapping[str, Any]) -> Line:
    numbers = {name: each[name] for name in NUMBERS if name in each}
    return Line(each["topic"] or str(WITHOUT_TOPIC), numbers, is_named=each["topic"] is not None)


def _frozen_session(each: Mapping[str, Any], *, has_events: bool) -> Line:
    return Line(
        each["title"],
        {name: each[name] for name in NUMBERS if name in each},
        code=each["code"],
        dimension=None if each["dimension"] == WITHOUT else Dimension(each["dimension"]),
        event=each["event"] if has_events else "",
    )
