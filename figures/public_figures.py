"""The figures of a process as everybody may see them: without numbers that would point at few people (docs/adr/0030).

The page of a process and its open data tell of the same cells, so that neither gives away what the other hides.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from core.few_people import is_few
from events.models import Dimension, Process
from figures import figures
from figures.figures import Figures, FigureTable, Scope, SessionCount
from figures.small_cells import TOTAL, Cell, find_hidden

Part: TypeAlias = Dimension | str | None
"""A dimension, None for none, or `TOTAL`."""
WITHOUT = "none"


@dataclass(frozen=True)
class PublicFigures:
    """The figures of a process and of each of its events by its id, and which parts of them tell nothing of people."""

    process: FigureTable
    events: dict[int, FigureTable]
    hidden: AbstractSet[Cell]
    tells_declared: bool = True
    """Whether it may be told how many were declared: not where a headcount of few people would come out."""

    @property
    def hidden_parts(self) -> set[Part]:
        """The parts of the process that tell nothing of people."""
        return {part for part in (*Dimension, None, TOTAL) if self.hides(None, part)}

    def hides(self, event_id: int | None, part: Part) -> bool:
        """Whether people are not told of in this part of an event, or of the process (None)."""
        return name_cell(event_id, part) in self.hidden


def for_process(process: Process) -> PublicFigures:
    """Compute the public figures of a process: drafts stay out."""
    return hide(figures.of_process(process, is_public=True))


def hide(scope: Scope) -> PublicFigures:
    """Compute the figures of these sessions, and what is not told of them."""
    in_all, by_event, counts = figures.compute_events(scope)
    small = _add_small_headcounts(counts)
    table: dict[Cell, int] = {}
    few: set[Cell] = set()
    for event_id, each in [(None, in_all), *by_event.items()]:
        for part, of_part in [*each.dimensions.items(), (TOTAL, each.total)]:
            cell = name_cell(event_id, part)
            listed, attended = _without_declared(of_part)
            table[cell] = attended + small.get(cell, 0)
            if is_few(listed) or is_few(listed + small.get(cell, 0)):
                few.add(cell)
    return PublicFigures(in_all, by_event, find_hidden(table, few), tells_declared=not small)


def name_cell(event_id: int | None, part: Part) -> Cell:
    """Name a cell of the table that all of these figures are: its row is an event, its column a dimension."""
    return (TOTAL if event_id is None else str(event_id), WITHOUT if part is None else str(part))


def _without_declared(of_part: Figures) -> tuple[int, int]:
    """Give the people and the attendances on lists: the page of an event tells what was declared of its sessions."""
    declared = of_part.declared.participants.count
    return of_part.participants - declared, of_part.attendances - declared


def _add_small_headcounts(counts: list[SessionCount]) -> dict[Cell, int]:
    """Add up the headcounts that no page tells, because they are few."""
    small: dict[Cell, int] = {}
    for count in counts:
        if count.headcount and is_few(count.headcount):
            for event_id in (count.event_id, None):
                for part in (count.dimension, TOTAL):
                    cell = name_cell(event_id, part)
                    small[cell] = small.get(cell, 0) + count.headcount
    return small
