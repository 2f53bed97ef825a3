"""Places of events and sessions: the only statements that move `places_taken` (docs/adr/0005).

The database decides who gets the last place: one conditional UPDATE of the event, and then one of its sessions. That
is also the order in which the unit of work writes an edited programme, so that two transactions can never wait for each
other: whoever holds the event's row is alone with every counter under it.
Registrations are written after the counters. Nothing else assigns `places_taken`, so no flush ever writes a number
that was read before.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Integer, Table, UpdateBase, bindparam, case, or_, select, update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm.attributes import set_committed_value

from core.database import db
from core.errors import DomainError, NotFoundError
from events.capacity import COUNTERS, catch_up, know
from events.capacity import hold as hold  # noqa: PLC0414 - for all who deal with places, whose first step it is
from events.models import Dimension, Event, ReservedPlaces, Session
from registrations.models import Registration


class EventFull(DomainError):
    """The event has no place left."""

    message = _l("All places of this event are taken.")


class SessionFull(DomainError):
    """A chosen session has no place left."""

    message = _l("All places of “%(session)s” are taken. Choose another session or go on without it.")
    field = "sessions"


class MoreReservedThanPlaces(DomainError):
    """More places would be kept for groups than the event has."""

    message = _l("You cannot keep more places for groups than the event has.")
    field = "reserved"


def hold_with(registration: Registration) -> None:
    """`hold` the registration's event, and know the registration as it stands: another act may have changed it.

    Raises NotFoundError when it is not there any more.
    """
    hold(registration.event)
    try:
        db.session.refresh(registration)
    except InvalidRequestError as error:  # merged into another, or taken away with its import
        raise NotFoundError from error


def take(event: Event | None, sessions: Iterable[Session]) -> None:
    """Take one place in the event and in each session, or raise `EventFull` or `SessionFull`.

    All or nothing is the caller's transaction: it rolls back what was taken before the refusal. Without `event` only
    the sessions' places move; then `hold` has to come first.
    """
    if event is not None and not take_open(event):
        raise EventFull
    full = take_sessions(sessions)
    if full:
        raise SessionFull(session=full[0].title)


def take_for(registration: Registration) -> bool:
    """Take a place of the event, one kept for the person's group before an open one; whether there was any.

    Under `hold`: while anybody waits who could have it, none is free.
    """
    event = registration.event
    registration.has_reserved_place = take_reserved(event, registration.dimension)
    return registration.has_reserved_place or (not event.is_full and take_open(event))


def take_open(event: Event) -> bool:
    """Take a place of the event that is kept for nobody, if there is one; whether there was."""
    return _take(event, _take_open())


def take_reserved(event: Event, dimension: Dimension | None) -> bool:
    """Take a place kept for those who come from `dimension`, if there is one; `hold` comes first."""
    if dimension is None or not event.places_kept:
        return False
    is_free = db.session.scalar(
        update(ReservedPlaces)
        .where(
            ReservedPlaces.event_id == event.id,
            ReservedPlaces.dimension == dimension,
            ReservedPlaces.places_taken < ReservedPlaces.places,
            select(Event.id)
            .where(Event.id == event.id, or_(Event.capacity.is_(None), Event.places_taken < Event.capacity))
            .exists(),
        )
        .values(places_taken=ReservedPlaces.places_taken + 1)
        .returning(ReservedPlaces.event_id)
        .execution_options(synchronize_session=False)
    )
    if is_free is None:
        return False
    _move(event, by=1, kept=-1)
    return True


def take_session(session: Session) -> bool:
    """Take a place of the session if there is one; whether there was. The event's row is held already."""
    return _take(session, _take_of_session())


def take_many(places: Mapping[Event | Session, int]) -> None:
    """Take so many places of each counter, which are free and open as `hold` says, which comes first."""
    for counter, count in _in_order_of_writing(places):
        is_event = isinstance(counter, Event)
        if not _take(counter, _take_open() if is_event else _take_of_session(), count):
            raise EventFull if is_event else SessionFull(session=counter.title)


def take_sessions(sessions: Iterable[Session]) -> list[Session]:
    """Take a place of each session that has one, in one statement; those that have none. The event's row is held."""
    wanted = in_order(sessions)
    if not wanted:
        return []
    rows = db.session.connection().execute(_take_of_several(), {"counter_ids": [session.id for session in wanted]})
    taken = {row.id: row.places_taken for row in rows}
    for session in wanted:
        if session.id in taken:
            set_committed_value(session, "places_taken", taken[session.id])
    return [session for session in wanted if session.id not in taken]


def take_on_purpose(event: Event | None, sessions: Iterable[Session]) -> None:
    """Take the places even where there are none; what stands above capacity is counted in `extra_places`."""
    for counter in _counters(event, sessions):
        _move(counter, by=1)


def take_many_on_purpose(places: Mapping[Event | Session, int]) -> None:
    """Take so many places of each counter, even where there are none; `hold` comes first."""
    for counter, count in _in_order_of_writing(places):
        _move(counter, by=count)


def give_back(event: Event | None, sessions: Iterable[Session], *, reserved_for: Dimension | None = None) -> None:
    """Free one place in the event and in each session; places given above capacity go first.

    A place that was `reserved_for` a group is kept for it again.
    """
    if event is not None and reserved_for is not None:
        db.session.execute(
            update(ReservedPlaces)
            .where(ReservedPlaces.event_id == event.id, ReservedPlaces.dimension == reserved_for)
            .values(places_taken=ReservedPlaces.places_taken - 1)
            .execution_options(synchronize_session=False)
        )
    for counter in _counters(event, sessions):
        _move(counter, by=-1, kept=1 if counter is event and reserved_for is not None else 0)


def give_back_many(places: Mapping[Event | Session, int]) -> None:
    """Free so many places of each counter, none of them kept for a group; `hold` comes first."""
    for counter, count in _in_order_of_writing(places):
        _move(counter, by=-count)


def empty(session: Session) -> None:
    """Free every place of a session that will not be held; `hold` comes first."""
    db.session.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(places_taken=0, extra_places=0)
        .execution_options(synchronize_session=False)
    )
    know(session, {"places_taken": 0, "extra_places": 0})


def reserve(event: Event, places: Mapping[Dimension, int], holders: Mapping[Dimension, int]) -> None:
    """Keep so many places for each group, of which `holders` have one already; `hold` comes first."""
    if event.capacity is not None and sum(places.values()) > event.capacity:
        raise MoreReservedThanPlaces
    event.reserved_places = [
        ReservedPlaces(dimension=dimension, places=count, places_taken=min(holders.get(dimension, 0), count))
        for dimension, count in places.items()
        if count
    ]
    kept = sum(each.places - each.places_taken for each in event.reserved_places)
    db.session.execute(
        update(Event).where(Event.id == event.id).values(places_kept=kept).execution_options(synchronize_session=False)
    )
    set_committed_value(event, "places_kept", kept)


def count_waiting(kind: type[Event | Session], counters: Iterable[Event | Session], count: Any) -> None:
    """Write how many wait, as the query `count` finds for each row; `hold` comes first."""
    by_id = {counter.id: counter for counter in counters}
    if not by_id:
        return
    rows = db.session.execute(
        update(kind)
        .where(kind.id.in_(by_id))
        .values(people_waiting=count)
        .returning(kind.id, kind.people_waiting)
        .execution_options(synchronize_session=False)
    )
    for key, waiting in rows:
        set_committed_value(by_id[key], "people_waiting", waiting)


def in_order(sessions: Iterable[Session]) -> list[Session]:
    """Put sessions in the order in which their counters are moved."""
    return sorted(sessions, key=lambda session: session.id)


def _counters(event: Event | None, sessions: Iterable[Session]) -> Sequence[Event | Session]:
    return [*([event] if event is not None else []), *in_order(sessions)]


def _in_order_of_writing(places: Mapping[Event | Session, int]) -> list[tuple[Event | Session, int]]:
    """How many of which counter, the event first and then its sessions by id."""
    wanted = [(counter, count) for counter, count in places.items() if count]
    return sorted(wanted, key=lambda item: (isinstance(item[0], Session), item[0].id))


def _take(counter: Event | Session, statement: UpdateBase, count: int = 1) -> bool:
    """Take so many places by this statement; whether there were. Nothing that waits to be written goes first."""
    row = db.session.connection().execute(statement, {"counter_id": counter.id, "count": count}).first()
    if row is None:
        return False
    if isinstance(counter, Event):
        catch_up(counter, row.sequence)
    know(counter, {name: value for name, value in row._asdict().items() if name not in {"id", "sequence"}})
    return True


@cache
def _take_open() -> UpdateBase:
    """Take a place that is kept for no group."""
    event = Event.__table__.c
    return _taking(Event, event.id == bindparam("counter_id"), kept=event.places_kept)


@cache
def _take_of_session() -> UpdateBase:
    return _take_of_sessions(Session.__table__.c.id == bindparam("counter_id"))


@cache
def _take_of_several() -> UpdateBase:
    return _take_of_sessions(Session.__table__.c.id.in_(bindparam("counter_ids", expanding=True)))


def _take_of_sessions(which: ColumnElement[bool]) -> UpdateBase:
    return _taking(Session, which)


def _taking(
    kind: type[Event | Session], which: ColumnElement[bool], kept: ColumnElement[int] | None = None
) -> UpdateBase:
    """Take a place, or as many as `count` says, where they are free or there is no limit.

    Made once, for every sign-up asks it several times.
    """
    table = cast("Table", kind.__table__)
    columns = table.c
    taken = columns.places_taken + bindparam("count", 1, Integer)
    return (
        update(table)
        .where(which, or_(columns.capacity.is_(None), (taken if kept is None else taken + kept) <= columns.capacity))
        .values(places_taken=taken)
        .returning(
            *(columns[name] for name in ("id", *COUNTERS, *(("places_kept", "sequence") if kind is Event else ())))
        )
    )


def _move(counter: Event | Session, *, by: int, kept: int = 0) -> None:
    """Change the counter and keep `extra_places` at what stands above capacity, so that the CHECK holds."""
    kind = type(counter)
    taken = kind.places_taken + by
    above: ColumnElement[int] = case((taken > kind.capacity, taken - kind.capacity), else_=0)
    values: dict[str, Any] = {"places_taken": taken, "extra_places": above}
    if isinstance(counter, Event) and kept:
        values["places_kept"] = Event.places_kept + kept
    row = db.session.execute(
        update(kind)
        .where(kind.id == counter.id)
        .values(values)
        .returning(*(getattr(kind, name) for name in values))
        .execution_options(synchronize_session=False)
    ).one()
    know(counter, row._asdict())
