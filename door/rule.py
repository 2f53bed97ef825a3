"""What several doors did to one person, merged by a rule that does not mind in which order it comes (docs/adr/0018).

A pure rule over a set of acts: a check-in stands unless an undo names it, whichever of the two is known first; an undo
takes back only what it names, so that nobody takes back what they could not see. Of the check-ins that stand the
earliest is when the person came in.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from door.models import DoorActKind


class Act(Protocol):
    """What the rule looks at; `takes_back` are the client ids of check-ins, and names of marks of other doors."""

    client_id: str
    kind: DoorActKind
    session_id: int | None
    happened_at: datetime
    takes_back: list[str]
    is_taken_back: bool


A = TypeVar("A", bound=Act)


def list_taken_back(acts: Iterable[A]) -> set[str]:
    """What the undos among the acts of one person name."""
    return {name for act in acts if act.kind is DoorActKind.UNDO for name in act.takes_back}


def list_standing(acts: Iterable[A]) -> dict[int, list[A]]:
    """The check-ins of one person that stand, by session, the earliest first."""
    by_id = {act.client_id: act for act in acts}
    undone = list_taken_back(by_id.values())
    standing: dict[int, list[A]] = {}
    for act in sorted(by_id.values(), key=lambda each: (each.happened_at, each.client_id)):
        is_undone = act.is_taken_back or act.client_id in undone
        if act.kind is not DoorActKind.UNDO and act.session_id is not None and not is_undone:
            standing.setdefault(act.session_id, []).append(act)
    return standing
