"""The home of an event on the desk: what needs somebody today, and the way from draft to return, step by step.

Each room says what is its own through the two decorators: imports run to the right only. Nothing is ticked by hand;
whether a step is done is read from what there is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from events.models import Event, EventState


class Stage(IntEnum):
    """Where in the life of an event a step stands."""

    DESCRIPTION = 1
    PROGRAMME = 2
    PRIVACY = 3
    PUBLICATION = 4
    SIGN_UP = 5
    REMINDER = 6
    ATTENDANCE = 7
    CONTRIBUTIONS = 8
    CERTIFICATES = 9
    REPORT = 10
    RETURN = 11
    CLOSURE = 12


@dataclass(frozen=True)
class Need:
    """Something that needs somebody today: a sentence, and where it is looked after in the words of a link."""

    sentence: str
    act: str
    url: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Step:
    """A step on the way: done, or to be done now, or not yet (`is_due`); the note says how it stands.

    Who may not do it has no `url`.
    """

    stage: Stage
    title: str
    is_done: bool
    is_due: bool = True
    note: str = ""
    act: str = ""
    url: str = ""


@dataclass(frozen=True)
class Way:
    """The steps of an event: those done, those to be done now with the next one first, and those of later."""

    done: list[Step]
    due: list[Step]
    later: list[Step]

    @property
    def total(self) -> int:
        return len(self.done) + len(self.due) + len(self.later)


TellsNeeds = Callable[[Event, datetime], Iterable[Need]]
TellsSteps = Callable[[Event, datetime], Iterable[Step]]

_NEEDS: list[TellsNeeds] = []
_STEPS: list[TellsSteps] = []


def tells_needs(tell: TellsNeeds) -> TellsNeeds:
    """Ask the decorated function what needs somebody today, at `now`."""
    _NEEDS.append(tell)
    return tell


def tells_steps(tell: TellsSteps) -> TellsSteps:
    """Ask the decorated function for the steps of its room, as they stand at `now`."""
    _STEPS.append(tell)
    return tell


def list_needs(event: Event, now: datetime) -> list[Need]:
    """Everything that needs somebody today, what cannot wait first."""
    needs = [need for tell in _NEEDS for need in tell(event, now)]
    return sorted(needs, key=lambda need: not need.is_urgent)


def find_way(event: Event, now: datetime) -> Way | None:
    """The steps in order; a cancelled event has no way to go."""
    if event.state is EventState.CANCELLED:
        return None
    steps = sorted((step for tell in _STEPS for step in tell(event, now)), key=lambda step: step.stage)
    return Way(
        done=[step for step in steps if step.is_done],
        due=[step for step in steps if not step.is_done and step.is_due],
        later=[step for step in steps if not step.is_done and not step.is_due],
    )
