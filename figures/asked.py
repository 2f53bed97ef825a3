"""Whose figures somebody asks for, and of which sessions: those of the events that they may read."""

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, not_

from accounts.models import StaffMember
from accounts.permissions import Permission
from events import processes
from events import services as events
from events.access import is_open_to
from events.models import Event
from events.owners import Owner, zone_of
from figures import figures
from figures.figures import Scope


@dataclass(frozen=True)
class Asked:
    """Figures that are asked for by somebody; `left_out` events of the process are not theirs to read."""

    owner: Owner
    scope: Scope
    by: StaffMember
    left_out: int = 0

    @property
    def is_event(self) -> bool:
        """Whether they are those of one event."""
        return isinstance(self.owner, Event)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its moments are told."""
        return zone_of(self.owner)

    @cached_property
    def _names_people(self) -> ColumnElement[bool]:
        """The condition that they may see the people of an event."""
        return is_open_to(self.by, Permission.VIEW_REGISTRATIONS)

    @property
    def with_people(self) -> Scope:
        """Those of the sessions whose people they may see."""
        return self.scope.narrowed(self._names_people)

    @property
    def without_people(self) -> Scope:
        """Those of which they see how many people there were, and not who."""
        return self.scope.narrowed(not_(self._names_people))


def of_event(slug: str, *, by: StaffMember) -> Asked:
    """The figures of an event. Raises `NotFoundError`."""
    event = events.get_event(slug)
    return Asked(event, figures.of_event(event), by)


def of_process(slug: str, *, by: StaffMember) -> Asked:
    """The figures of a process: of those of its events that one may read. Raises `NotFoundError`."""
    process = processes.get_process(slug)
    readable = is_open_to(by, Permission.VIEW_CONTRIBUTIONS)
    return Asked(process, figures.of_process(process, of_events=readable), by, events.count_others(process, readable))
