"""What was declared of sessions and still stands: a list or entries that are found later win over it at once."""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from events import signals
from events.models import Event, Session


class Figure(StrEnum):
    """What whoever held a session can declare of it."""

    PARTICIPANTS = "participants"
    CONTRIBUTIONS = "contributions"
    PROPOSALS = "proposals"


Standing: TypeAlias = Mapping[Figure, int | None]
"""The declared figures of a session that stand; None is one that nobody knows, which is not zero."""


def list_standing(event: Event) -> dict[int, Standing]:
    """The declared figures that stand, by the session's id; of the sessions of which any was declared and stands."""
    recorded: dict[int, set[Figure]] = defaultdict(set)
    if is_declared_of(event):
        for _receiver, found in signals.figures_recorded.send(event):
            for session_id, figure in found:
                recorded[session_id].add(figure)
    standing = {session.id: _stands(session, recorded[session.id]) for session in event.sessions}
    return {key: figures for key, figures in standing.items() if any(figure is not None for figure in figures.values())}


def is_declared_of(event: Event) -> bool:
    """Whether anything was declared of a session of the event, whether it stands or not."""
    return any(session.has_declared_figures for session in event.sessions)


def _stands(session: Session, recorded: set[Figure]) -> Standing:
    return {figure: getattr(session, f"declared_{figure.value}") for figure in Figure if figure not in recorded}
