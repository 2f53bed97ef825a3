"""Places of events and sessions: the only statements that move `places_taken` (docs/adr/0005).

The database decides who gets the last place: one conditional UPDATE per counter, the event's first and then those of
the sessions in order of id. That is also the order in which the unit of work writes an edited programme, so that two
transactions can never wait for each other: whoever holds the event's row is alone with every counter under it.
Registrations are written after the counters. Nothing else assigns `places_taken`, so no flush ever writes a number
that was read before.
"""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, or_, update
from sqlalchemy.orm.attributes import set_committed_value

from core.database import db
from core.errors import DomainError
from events.models import Event, Session


class EventFull(DomainError):
    """The event has no place left."""

    message = _l("All places of this event are taken.")


class SessionFull(DomainError):
    """A chosen session has no place left."""

    message = _l("All places of “%(session)s” are taken. Choose another session or go on without it.")
    field = "sessions"


def take(event: Event | None, sessions: Iterable[Session]) -> None:
    """Take one place in the event and in each session, or raise `EventFull` or `SessionFull`.

    All or nothing is the caller's transaction: it rolls back what was taken before the refusal. Without `event` only
    the sessions' places move; then `hold` has to come first.
    """
    if event is not None and not _take_one(event):
        raise EventFull
    for session in _in_order(sessions):
        if not _take_one(session):
            raise SessionFull(session=session.title)


def take_on_purpose(event: Event | None, sessions: Iterable[Session]) -> None:
    """Take the places even where there are none; what stands above capacity is counted in `extra_places`."""
    for counter in _counters(event, sessions):
        _move(counter, by=1)


def take_many_on_purpose(places: Mapping[Event | Session, int]) -> None:
    """Take so many places of each counter, even where there are none; `hold` comes first."""
    for counter, count in sorted(places.items(), key=lambda item: (isinstance(item[0], Session), item[0].id)):
        if count:
            _move(counter, by=count)


def give_back(event: Event | None, sessions: Iterable[Session]) -> None:
    """Free one place in the event and in each session; places given above capacity go first."""
    for counter in _counters(event, sessions):
        _move(counter, by=-1)


def hold(event: Event) -> None:
    """Be alone with all counters of the event until the transaction ends.

    For acts that must write registrations before counters, or move many places at once (an import). A write that
    changes nothing: SQLite knows no other lock, and on PostgreSQL it locks the row as `FOR NO KEY UPDATE` does.
    """
    db.session.execute(
        update(Event)
        .where(Event.id == event.id)
        .values(places_taken=Event.places_taken)
        .execution_options(synchronize_session=False)
    )


def _counters(event: Event | None, sessions: Iterable[Session]) -> Sequence[Event | Session]:
    return [*([event] if event is not None else []), *_in_order(sessions)]


def _in_order(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: session.id)


def _take_one(counter: Event | Session) -> bool:
    """Take one place unless capacity is reached; whether there was one."""
    kind = type(counter)
    taken = db.session.execute(
        update(kind)
        .where(kind.id == counter.id, or_(kind.capacity.is_(None), kind.places_taken < kind.capacity))
        .values(places_taken=kind.places_taken + 1)
        .returning(kind.places_taken)
        .execution_options(synchronize_session=False)
    ).scalar()
    if taken is None:
        return False
    set_committed_value(counter, "places_taken", taken)
    return True


def _move(counter: Event | Session, *, by: int) -> None:
    """Change the counter and keep `extra_places` at what stands above capacity, so that the CHECK holds."""
    kind = type(counter)
    taken = kind.places_taken + by
    above: ColumnElement[int] = case((taken > kind.capacity, taken - kind.capacity), else_=0)
    row = db.session.execute(
        update(kind)
        .where(kind.id == counter.id)
        .values(places_taken=taken, extra_places=above)
        .returning(kind.places_taken, kind.extra_places)
        .execution_options(synchronize_session=False)
    ).one()
    set_committed_value(counter, "places_taken", row.places_taken)
    set_committed_value(counter, "extra_places", row.extra_places)
