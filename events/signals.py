"""What happens to a programme that rooms above must follow, in the same transaction: signals they can connect to.

A receiver gets the event and keywords; what it gives back, if anything, are `Consequence`s, which the workspace shows
before an act is done (the act is done and rolled back) and after it. `events.acts` sends the first two; the last only
asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from blinker import Signal

from events.models import Event

programme_moved = Signal()
"""Time or place of the event (`was`, else None) or of sessions (`moved`) is another. Sent with `by` and `now` too."""

places_freed = Signal()
"""Places may have become free: a capacity was raised. Sent with `by` and `now`."""

session_cancelled = Signal()
"""A session will not be held. Sent with `session`, `by` and `now`."""

event_cancelled = Signal()
"""The event will not be held. Sent with `by` and `now`."""

event_restored = Signal()
"""A cancelled event will be held after all. Sent with `by` and `now`."""

copied = Signal()
"""The event is the copy of `original`, whose `sessions` became those they stand for. Sent with `by` and `now`."""

figures_recorded = Signal()
"""Which figures of the event's sessions rows tell, whatever was declared. Receivers give pairs of a session's id and an
`events.declared.Figure`."""


@dataclass(frozen=True)
class Named:
    """Somebody whom staff should look at, and where."""

    name: str
    url: str


@dataclass(frozen=True)
class Consequence:
    """What an act means for people, as a sentence: `12 people are told the new time by mail`.

    `told` are the numbers of those who get a mail; `people` are named because something is to be done about them.
    """

    sentence: str
    is_bad: bool = False
    told: frozenset[int] = frozenset()
    people: Sequence[Named] = field(default=())


def send(signal: Signal, event: Event, **values: Any) -> list[Consequence]:
    """Tell every receiver, now and in this transaction, and collect what they say."""
    return [consequence for _receiver, said in signal.send(event, **values) for consequence in said or ()]


def count_told(consequences: Sequence[Consequence]) -> int:
    """How many people get a mail."""
    return len(frozenset().union(*(each.told for each in consequences)))
