"""Where the numbers of a page of figures lead: to the rows that they count."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from contributions.models import EntryKind
from events.models import Event, Session
from events.owners import Owner

_KINDS = {"contributions": EntryKind.CONTRIBUTION, "proposals": EntryKind.PROPOSAL}


@dataclass(frozen=True)
class FigureLinks:
    """The addresses of the rows behind the figures of an event or a process, in the workspace."""

    owner: Owner

    def to(self, name: str, *, event: Event | None = None, session: Session | None = None, **part: object) -> str:
        """Give the address of the rows that the figure `name` counts.

        Of a part of them when one is given: `dimension`, `topic`, what is `known`.
        """
        is_event = isinstance(self.owner, Event)
        if session is not None:
            part |= {"session": session.code} | ({} if is_event else {"event": session.event.slug})
        elif event is not None:
            part["event"] = event.slug
        query: dict[str, Any] = part
        if name in _KINDS:
            view = "entries" if is_event else "process_entries"
            query |= {"kind": _KINDS[name], "counted": 1}
            return url_for(f"contributions_workspace.{view}", slug=self.owner.slug, **query)
        return url_for(f"{'event' if is_event else 'process'}_figures.{name}", slug=self.owner.slug, **query)
