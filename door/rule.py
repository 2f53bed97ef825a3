"""What several doors did to one person, merged by a rule that does not mind the order (docs/adr/0018 and 0044).

A pure rule over a set of acts: a check-in or a leaving stands unless an undo names it, whichever of the two is known
first; an undo takes back only what it names, so that nobody takes back what they could not see. Of the check-ins that
stand the earliest is when the person came in. Whoever was seen leaving had been there, also if nobody saw them come.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from door.models import DoorActKind
from registrations import stays
from registrations.stays import Moment, Stays


class Act(Protocol):
    """What the rule looks at; `takes_back` are the client ids of other acts, and names of marks of other doors."""

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
    """The acts of one person that stand, by session: check-ins, the earliest first, then leavings."""
    by_id = {act.client_id: act for act in acts}
    undone = list_taken_back(by_id.values())
    standing: dict[int, list[A]] = {}
    for act in sorted(by_id.values(), key=_in_order):
        is_undone = act.is_taken_back or act.client_id in undone
        if act.kind is not DoorActKind.UNDO and act.session_id is not None and not is_undone:
            standing.setdefault(act.session_id, []).append(act)
    return standing


def list_stays(standing: Iterable[A], stated: Stays = ()) -> Stays:
    """From when to when the person was at a session, by the acts that stand there and what the workspace has stated."""
    done = (Moment(act.happened_at, is_leaving=act.kind is DoorActKind.LEAVE) for act in standing)
    return stays.pair([*done, *stays.list_moments(stated)])


def _in_order(act: A) -> tuple[bool, datetime, str]:
    return act.kind is DoorActKind.LEAVE, act.happened_at, act.client_id
