"""What documents, topics, frozen figures and files belong to: an event, or a process with all its events."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from accounts import audit
from accounts.models import StaffMember
from core import config
from core.database import Model
from events.models import Event, Process

Owner = Event | Process


def columns_of(owner: Owner) -> dict[str, int]:
    """The column by which a row belongs to it, with its value."""
    return {"event_id" if isinstance(owner, Event) else "process_id": owner.id}


def belongs_to(model: type[Model], owner: Owner) -> ColumnElement[bool]:
    """The condition that a row of the model belongs to it."""
    ((column, owner_id),) = columns_of(owner).items()
    condition: ColumnElement[bool] = getattr(model, column) == owner_id
    return condition


def zone_of(owner: Owner) -> ZoneInfo:
    """The time zone in which its moments are told; of a process that of the installation."""
    return owner.zone if isinstance(owner, Event) else config.current().timezone


def record(act: str, owner: Owner, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Add the line of an act to the trail of the event or the process."""
    kind = "event" if isinstance(owner, Event) else "process"
    audit.record(act, subject_kind=kind, subject_key=owner.slug, by=by, now=now, **details)


def as_context(owner: Owner) -> dict[str, Any]:
    """What a page that both have is rendered with: the owner, and which of the two it is."""
    is_event = isinstance(owner, Event)
    return {"owner": owner, "event": owner if is_event else None, "process": None if is_event else owner}
