"""The waiting lists of an event and of its sessions: who stands where, and who takes a place off them or away.

Lists are in order of entry id, which the held event's row makes the order of arrival. Who gets the place that is free
is for `promotions`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, select
from sqlalchemy.orm import joinedload

from core.database import db
from events.models import Event, Session
from registrations import places, supports
from registrations.models import Awaited, ChosenSession, Registration, RegistrationState, WaitingListEntry

_IN_LINE = (RegistrationState.CONFIRMED, RegistrationState.OFFERED, RegistrationState.WAITING)


@dataclass(frozen=True)
class Position:
    """Where somebody stands in the list of a session, or of the event (None), counted from 1."""

    session: Session | None
    number: int
    total: int


def join(registration: Registration, session: Session | None, *, now: datetime) -> WaitingListEntry:
    """Put the person at the end of the list of a session, or of the event; under `hold`, with `settle` afterwards."""
    entry = WaitingListEntry(
        registration=registration, event_id=registration.event.id, session=session, joined_at=now, offered_until=None
    )
    db.session.add(entry)
    return entry


def count(event: Event, sessions: Iterable[Session] = ()) -> None:
    """Write down how many wait for the event and for these sessions, for the pages that show it; under `hold`."""
    db.session.flush()
    places.count_waiting(Event, [event], _count_in_line(event, WaitingListEntry.session_id.is_(None)))
    places.count_waiting(Session, sessions, _count_in_line(event, WaitingListEntry.session_id == Session.id))


def list_entries(registration: Registration) -> Sequence[WaitingListEntry]:
    """The person's stands on waiting lists, the event's first and then by time of the session."""
    entries = db.session.scalars(
        select(WaitingListEntry)
        .where(WaitingListEntry.registration_id == registration.id)
        .options(joinedload(WaitingListEntry.session))
    ).all()
    return sorted(entries, key=lambda entry: (entry.session.starts_at, entry.session.code) if entry.session else ())


def list_sessions(registration: Registration) -> list[Session]:
    """The sessions the person waits for, or would come to, in order of time."""
    return [entry.session for entry in list_entries(registration) if entry.session]


def read_sessions(registration_ids: Collection[int]) -> dict[int, list[Session]]:
    """The sessions that each of these people waits for, in order of time; who waits for none is left out."""
    sessions: dict[int, list[Session]] = {}
    for registration_id, session in db.session.execute(
        select(WaitingListEntry.registration_id, Session)
        .join(Session, Session.id == WaitingListEntry.session_id)
        .where(WaitingListEntry.registration_id.in_(registration_ids))
        .order_by(Session.starts_at, Session.code)
    ):
        sessions.setdefault(registration_id, []).append(session)
    return sessions


def waits_for_event(registration: Registration) -> bool:
    """Whether the person stands on the list of the event."""
    return any(entry.session_id is None for entry in list_entries(registration))


def has_place(registration: Registration) -> bool:
    """Whether a place of the event is taken for the person: theirs, offered to them, or kept until they confirm."""
    if registration.state is RegistrationState.PENDING:
        return registration.awaits is Awaited.ADDRESS and not waits_for_event(registration)
    return registration.state in {RegistrationState.CONFIRMED, RegistrationState.OFFERED}


def find_position(entry: WaitingListEntry) -> Position:
    """Where an entry stands among all in its list who have not been offered a place."""
    in_list = in_line(entry.event_id, entry.session_id)
    number, total = db.session.execute(
        select(
            func.count().filter(WaitingListEntry.id <= entry.id),
            func.count(),
        )
        .select_from(WaitingListEntry)
        .join(Registration, Registration.id == WaitingListEntry.registration_id)
        .where(in_list)
    ).one()
    return Position(entry.session, number, total)


def find_entry(registration: Registration, session: Session) -> WaitingListEntry | None:
    """The stand of the person on the list of a session, if they have one."""
    return db.session.scalar(
        select(WaitingListEntry).where(
            WaitingListEntry.registration_id == registration.id, WaitingListEntry.session_id == session.id
        )
    )


def withdraw(entry: WaitingListEntry) -> None:
    """Take an entry off its list, and free the place it was offered; under `hold`, with `settle` afterwards."""
    if entry.offered_until is not None and entry.session is not None:
        places.give_back(None, [entry.session])
    db.session.delete(entry)
    db.session.flush()


def leave_line(registration: Registration) -> None:
    """Take the person, who has a place now, off the list of the event."""
    for entry in list_entries(registration):
        if entry.session_id is None:
            db.session.delete(entry)


def release(registration: Registration, *, now: datetime) -> list[Session]:
    """Cancel a registration and free all it holds; under `hold`, `settle` comes next. Gives the sessions it had."""
    event, sessions = registration.event, _held_sessions(registration)
    entries = list_entries(registration)
    had_place = has_place(registration)
    reserved = registration.dimension if registration.has_reserved_place else None
    registration.state = RegistrationState.CANCELLED
    registration.cancelled_at = registration.updated_at = now
    registration.awaits = registration.held_until = None
    registration.has_reserved_place = False
    if had_place:
        with db.session.no_autoflush:
            places.give_back(event, sessions, reserved_for=reserved)
    for entry in entries:
        withdraw(entry)
    db.session.execute(delete(ChosenSession).where(ChosenSession.registration_id == registration.id))
    supports.forget_needs(registration)
    db.session.expire(registration, ["sessions"])
    return sessions


def in_line(event_id: int, session_id: int | None) -> ColumnElement[bool]:
    """Who waits in one list: the event's holds those without a place, a session's also those with a place elsewhere."""
    return and_(
        WaitingListEntry.event_id == event_id,
        WaitingListEntry.session_id.is_(None) if session_id is None else WaitingListEntry.session_id == session_id,
        WaitingListEntry.offered_until.is_(None),
        Registration.state.in_(_IN_LINE),
    )


def _held_sessions(registration: Registration) -> list[Session]:
    return list(
        db.session.scalars(
            select(Session)
            .join(ChosenSession, ChosenSession.session_id == Session.id)
            .where(ChosenSession.registration_id == registration.id)
            .order_by(Session.starts_at, Session.code)
        )
    )


def _count_in_line(event: Event, in_list: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many wait in the list of the counter that is being written."""
    return (
        select(func.count())
        .select_from(WaitingListEntry)
        .join(Registration, Registration.id == WaitingListEntry.registration_id)
        .where(
            WaitingListEntry.event_id == event.id,
            in_list,
            WaitingListEntry.offered_until.is_(None),
            Registration.state.in_(_IN_LINE),
        )
        .correlate(Session)
        .scalar_subquery()
    )
