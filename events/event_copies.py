"""Copying an event for the next time: its programme and settings on another day, as a draft, and none of its people.

Rooms above take along what is theirs (`signals.copied`) and say so, as everybody who has a part in it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember, Team
from accounts.permissions import Permission
from core.database import db
from core.dates import format_moment
from core.errors import NotFoundError
from events import services, signals
from events.access import is_open_to
from events.models import Event, Process, Room, Session
from events.signals import Consequence
from events.values import EventValues, SessionValues
from events.wall_clock import shift, shift_period, step_between

_WEEKS = timedelta(weeks=52)
_OF_EVENT = EventValues.__annotations__.keys() - {"slug", "title", "starts_at", "ends_at", "process"}
_OF_ONE_TIME = {"declared_participants", "declared_contributions", "declared_proposals", "source_url"}
_OF_SESSION = SessionValues.__annotations__.keys() - {"starts_at", "ends_at", "room"} - _OF_ONE_TIME
_MOVED = ("registration_opens_at", "registration_closes_at", "changes_close_at")


@dataclass(frozen=True)
class Plan:
    """What the copy of an event is to be called, where it will stand, when it begins and who organises it."""

    title: str
    slug: str
    starts_at: datetime
    team: Team
    process: Process | None


def list_to_copy(member: StaffMember) -> Sequence[Event]:
    """The events that the member may copy, the latest first."""
    query = select(Event).options(joinedload(Event.process)).where(is_open_to(member, Permission.EDIT_PROGRAMME))
    return db.session.scalars(query.order_by(Event.starts_at.desc(), Event.id)).all()


def get_to_copy(slug: str, member: StaffMember) -> Event:
    """The event with this slug if the member may copy it; raises NotFoundError."""
    event = services.get_event(slug)
    allowed = select(Event.id).where(Event.id == event.id, is_open_to(member, Permission.EDIT_PROGRAMME))
    if db.session.scalar(allowed) is None:
        raise NotFoundError(slug)
    return event


def suggest_start(event: Event, now: datetime) -> datetime:
    """The same day of the week and hour in the same week of the first year to come."""
    starts_at = shift(event.starts_at, _WEEKS, event.zone)
    while starts_at <= now:
        starts_at = shift(starts_at, _WEEKS, event.zone)
    return starts_at


def copy_event(event: Event, plan: Plan, *, by: StaffMember | None, now: datetime) -> tuple[Event, list[Consequence]]:
    """Copy an event, and say what the copy has; every time moves by as much as the start, on the wall clock.

    Sessions that were cancelled stay behind. Raises what `services.create_event` raises.
    """
    step, zone = step_between(event.starts_at, plan.starts_at, event.zone), event.zone
    starts_at, ends_at = shift_period(event.starts_at, event.ends_at, step, zone)
    values: dict[str, Any] = {name: _taken(getattr(event, name)) for name in _OF_EVENT}
    values |= {name: shift(values[name], step, zone) for name in _MOVED if values[name]}
    values |= {
        "title": plan.title,
        "slug": plan.slug,
        "process": plan.process,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    copy = services.create_event(values, team=plan.team, by=by, now=now)  # type: ignore[arg-type] # keys of EventValues
    sessions = _copy_sessions(event, copy, step)
    audit.record("event.copy", subject_kind="event", subject_key=copy.slug, by=by, now=now, original=event.slug)
    said = [*_say(copy), *signals.send(signals.copied, copy, original=event, sessions=sessions, by=by, now=now)]
    return copy, said


def _copy_sessions(event: Event, copy: Event, step: timedelta) -> dict[Session, Session]:
    """Copy rooms and sessions, and give which session became which."""
    rooms = {room: Room(name=room.name, capacity=room.capacity) for room in event.rooms}
    copy.rooms.extend(rooms.values())
    sessions: dict[Session, Session] = {}
    for session in event.sessions:
        if session.is_cancelled:
            continue
        starts_at, ends_at = shift_period(session.starts_at, session.ends_at, step, event.zone)
        values = {name: getattr(session, name) for name in _OF_SESSION}
        room = rooms[session.room] if session.room else None
        sessions[session] = Session(**values, starts_at=starts_at, ends_at=ends_at, room=room)
    copy.sessions.extend(sessions.values())
    db.session.flush()
    db.session.expire(copy, ["rooms", "sessions"])
    return sessions


def _taken(value: Any) -> Any:
    """A value as the copy has it: a list of its own."""
    return list(value) if isinstance(value, list) else value


def _say(copy: Event) -> list[Consequence]:
    said = [_("Texts, place and sign-up settings")]
    if copy.sessions:
        said.append(ngettext("%(num)s session", "%(num)s sessions", len(copy.sessions)))
    if copy.rooms:
        said.append(ngettext("%(num)d room", "%(num)d rooms", len(copy.rooms)))
    if copy.registration_opens_at:
        said.append(_("Registration opens on %(moment)s", moment=format_moment(copy.registration_opens_at, copy.zone)))
    return [Consequence(sentence) for sentence in said]
