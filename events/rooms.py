"""The rooms of an event's venue."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from core.text import fold
from events.acts import followed
from events.models import Event, Room
from events.revisions import assign, revise_session


class RoomNameTaken(DomainError):
    """Another room of the event has this name."""

    message = _l("Another room of this event already has this name.")
    field = "name"


class RoomInUse(DomainError):
    """Sessions take place in the room."""

    message = _l("Sessions take place in %(room)s: give them another room first.")


def find_room(event: Event, name: str) -> Room | None:
    """The room of this event with this name, however its accents and spaces are typed."""
    return next((room for room in event.rooms if fold(room.name) == fold(name)), None)


def get_room(event: Event, room_id: int) -> Room:
    """The room of this event with this number; raises NotFoundError."""
    room = next((room for room in event.rooms if room.id == room_id), None)
    if room is None:
        raise NotFoundError(room_id)
    return room


def create_room(event: Event, name: str, *, capacity: int | None = None) -> Room:
    """Add a room to the event. Raises RoomNameTaken."""
    if find_room(event, name):
        raise RoomNameTaken
    room = Room(name=name, capacity=capacity)
    event.rooms.append(room)
    flush_or_refuse(RoomNameTaken)
    return room


def update_room(room: Room, *, name: str, capacity: int | None, by: StaffMember | None = None, now: datetime) -> bool:
    """Rename or resize a room and say whether anything changed. Raises RoomNameTaken.

    The name is told in calendars, so a new one is a new revision of the event, and who comes to the room is told.
    """
    same = find_room(room.event, name)
    if same and same is not room:
        raise RoomNameTaken
    with followed(room.event, by=by, now=now):
        with db.session.no_autoflush:
            changed = assign(room, {"name": name, "capacity": capacity})
        flush_or_refuse(RoomNameTaken)
        if "name" in changed:
            revise_session(room.event, {"room"}, now=now)
    return bool(changed)


def delete_room(room: Room) -> None:
    """Take a room away. Raises RoomInUse while sessions take place in it."""
    event = room.event
    if any(session.room_id == room.id for session in event.sessions):
        raise RoomInUse(room=room.name)
    event.rooms.remove(room)
    db.session.flush()
