"""Revisions of a programme: what a write changed, and what calendars must learn of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.database import Model
from events.models import Event

# RFC 5546 §2.1.4: the sequence grows when the time or the place moves, so that calendars take the new one.
_MOVES_EVENT = {"starts_at", "ends_at", "timezone", "venue", "address"}
_MOVES_SESSION = {"starts_at", "ends_at", "room", "room_id", "address", "cancelled_at"}


def assign(row: Model, values: Mapping[str, Any]) -> set[str]:
    """Give `row` these values and give back the names of those that were different before."""
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


def revise(event: Event, changed: set[str], *, now: datetime) -> None:
    """Stamp an event of which `changed` is different now; nothing changed, nothing stamped."""
    _stamp(event, changed, moves=bool(changed & _MOVES_EVENT), now=now)


def revise_session(event: Event, changed: set[str], *, now: datetime) -> None:
    """Stamp the event of a session of which `changed` is different now."""
    _stamp(event, changed, moves=bool(changed & _MOVES_SESSION), now=now)


def revise_state(event: Event, *, now: datetime) -> None:
    """Stamp an event that was called off or taken up again: calendars must take the new state for the newer one."""
    _stamp(event, {"state"}, moves=True, now=now)


def _stamp(event: Event, changed: set[str], *, moves: bool, now: datetime) -> None:
    if not changed:
        return
    event.updated_at = now
    if moves:
        event.sequence += 1
