"""The waiting lists of an event and of its sessions: who stands where, and who gets the place that is free.

Whoever frees a place calls `settle` in the same transaction, under `places.hold`: it goes on until no place is free
that somebody in line could have. Lists are in order of entry id, which the held event's row makes the order of arrival.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import StaffMember
from core.database import db
from events.models import Event, EventState, Promotion, ReservedPlaces, Session
from registrations import notifications, places, supports, trail
from registrations.deadlines import answer_until
from registrations.models import Awaited, ChosenSession, Registration, RegistrationState, WaitingListEntry

_IN_LINE = (RegistrationState.CONFIRMED, RegistrationState.OFFERED, RegistrationState.WAITING)


class Reason(StrEnum):
    """Why a place became free; written down with every promotion."""

    CANCELLATION = "cancellation"
    CHANGE = "change"
    CAPACITY = "capacity"
    EXPIRY = "expiry"
    REFUSAL = "refusal"
    RESERVATION = "reservation"
    APPROVAL = "approval"


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


def take_place(registration: Registration) -> bool:
    """Take a place of the event, one kept for the person's group before an open one; whether there was any.

    Under `hold`: while anybody waits who could have it, none is free.
    """
    event = registration.event
    registration.has_reserved_place = places.take_reserved(event, registration.dimension)
    return registration.has_reserved_place or (not event.is_full and places.take_open(event))


def settle(
    event: Event,
    *,
    reason: Reason,
    now: datetime,
    by: StaffMember | None = None,
    joined: Iterable[Session] | None = None,
) -> int:
    """Give every free place to the first in line who can have it, or offer it, and how many there were; under `hold`.

    Who waits is counted first: for `joined` where only their lists can have changed, for every session otherwise.
    Who gets a session at the time of one they hold leaves that one, whose place goes on to the next.
    """
    count(event, event.sessions if joined is None else joined)
    if event.state is EventState.CANCELLED or event.is_over(now):
        return 0
    given = 0
    while _settle_event(event, reason, now, by) or _settle_sessions(event, reason, now, by):
        given += 1
    return given


def admit(registration: Registration, *, now: datetime) -> tuple[list[Session], list[Session]]:
    """Give who now has a place in the event those of the sessions they wished for that are free; under `hold`.

    Gives the sessions they have and those they still wait for.
    """
    held = _held_sessions(registration)
    for entry in list_entries(registration):
        session = entry.session
        if session is None or session.ends_at <= now or any(session.overlaps(other) for other in held):
            continue
        if places.take_session(session):
            db.session.add(ChosenSession(registration=registration, session=session))
            db.session.delete(entry)
            held.append(session)
    db.session.flush()
    db.session.expire(registration, ["sessions"])
    return list(registration.sessions), list_sessions(registration)


def let_in(registration: Registration, *, now: datetime) -> None:
    """Confirm who has a place of the event now, with what is free of the sessions they wish for, and tell them."""
    registration.state = RegistrationState.CONFIRMED
    registration.awaits = registration.held_until = None
    registration.updated_at = now
    db.session.flush()
    chosen, waiting = admit(registration, now=now)
    notifications.promoted(registration, chosen, waiting=waiting, now=now)


def let_into(session: Session, entry: WaitingListEntry, *, now: datetime) -> None:
    """Put the person of the entry, for whom a place is taken already, into the session, and tell them.

    They leave what they have at its time, whose places are free now, and the lists of what is at its time.
    """
    registration = entry.registration
    left = [held for held in _held_sessions(registration) if held.overlaps(session)]
    places.give_back(None, left)
    if left:
        db.session.execute(
            delete(ChosenSession).where(
                ChosenSession.registration_id == registration.id,
                ChosenSession.session_id.in_([each.id for each in left]),
            )
        )
    db.session.delete(entry)
    for other in list_entries(registration):
        if other is not entry and other.session and other.session.overlaps(session):
            withdraw(other)
    db.session.add(ChosenSession(registration=registration, session=session))
    db.session.flush()
    db.session.expire(registration, ["sessions"])
    notifications.promoted(registration, registration.sessions, session=session, left=left, now=now)


def admit_on_purpose(registration: Registration, *, by: StaffMember, now: datetime) -> None:
    """Give somebody who waits a place of the event, above capacity if need be; under `hold`."""
    event = registration.event
    places.take_on_purpose(event, [])
    for entry in list_entries(registration):
        if entry.session_id is None:
            db.session.delete(entry)
    registration.promoted_at = now
    let_in(registration, now=now)
    trail.record("registration.promote", registration, by=by, now=now, reason="on_purpose")
    count(event, event.sessions)


def leave(registration: Registration, session: Session, *, now: datetime) -> None:
    """Leave the list of a session; leaving one where the person does not stand changes nothing."""
    event = registration.event
    places.hold(event)
    entry = find_entry(registration, session)
    if entry is None:
        return
    withdraw(entry)
    trail.record("registration.leave", registration, session=session, by=None, now=now)
    settle(event, reason=Reason.REFUSAL, now=now, joined=[session])


def withdraw(entry: WaitingListEntry) -> None:
    """Take an entry off its list, and free the place it was offered; under `hold`, with `settle` afterwards."""
    if entry.offered_until is not None and entry.session is not None:
        places.give_back(None, [entry.session])
    db.session.delete(entry)
    db.session.flush()


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


def count_promoted(event: Event) -> int:
    """How many got or were offered a place of the event from its list so far."""
    promoted = select(func.count()).where(Registration.event_id == event.id, Registration.promoted_at.is_not(None))
    return db.session.scalar(promoted) or 0


def _settle_event(event: Event, reason: Reason, now: datetime, by: StaffMember | None) -> bool:
    """Give one place of the event to the first in line who can have it; whether there was one to give."""
    if not event.people_waiting:
        return False
    entry = _find_next_for_event(event)
    if entry is None:
        return False
    registration = entry.registration
    if not take_place(registration):
        return False
    db.session.delete(entry)
    registration.promoted_at = now
    until = _answer_until(event, event.starts_at, now)
    if until is None:
        let_in(registration, now=now)
    else:
        registration.state, registration.held_until, registration.updated_at = RegistrationState.OFFERED, until, now
        notifications.offered(registration, None, until, now=now)
    _record_promotion(registration, None, until, reason=reason, by=by, now=now)
    count(event, event.sessions)
    return True


def _find_next_for_event(event: Event) -> WaitingListEntry | None:
    """The first in the event's list for whom there is a place: one that is open, or one kept for their group."""
    conditions = [in_line(event.id, None)]
    if event.is_full:
        if not event.places_kept:
            return None
        with_places = select(ReservedPlaces.dimension).where(
            ReservedPlaces.event_id == event.id, ReservedPlaces.places_taken < ReservedPlaces.places
        )
        conditions.append(Registration.dimension.in_(with_places))
    return _first(conditions)


def _settle_sessions(event: Event, reason: Reason, now: datetime, by: StaffMember | None) -> bool:
    """Give one place of a session to the first in its line; whether there was one to give."""
    for session in places.in_order(event.sessions):
        if not session.people_waiting or session.is_full or session.is_cancelled or session.starts_at <= now:
            continue
        # Who has no place in the event keeps the turn, and is not in line.
        entry = _first([in_line(event.id, session.id), Registration.state == RegistrationState.CONFIRMED])
        if entry is None or not places.take_session(session):
            continue
        registration = entry.registration
        until = _answer_until(event, session.starts_at, now)
        if until is None:
            let_into(session, entry, now=now)
        else:
            entry.offered_until = until
            notifications.offered(registration, session, until, now=now)
        _record_promotion(registration, session, until, reason=reason, by=by, now=now)
        count(event, event.sessions)
        return True
    return False


def _record_promotion(  # noqa: PLR0913 - the line of the trail
    registration: Registration,
    session: Session | None,
    until: datetime | None,
    *,
    reason: Reason,
    by: StaffMember | None,
    now: datetime,
) -> None:
    details = {"until": until.isoformat()} if until else {}
    trail.record("registration.promote", registration, session=session, by=by, now=now, reason=reason.value, **details)


def _answer_until(event: Event, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when an offer made now would stand; None when the place is given at once."""
    if event.promotion is Promotion.AT_ONCE:
        return None
    return answer_until(now, event.offer_hours, event.zone, starts_at=starts_at)


def _held_sessions(registration: Registration) -> list[Session]:
    return list(
        db.session.scalars(
            select(Session)
            .join(ChosenSession, ChosenSession.session_id == Session.id)
            .where(ChosenSession.registration_id == registration.id)
            .order_by(Session.starts_at, Session.code)
        )
    )


def find_entry(registration: Registration, session: Session) -> WaitingListEntry | None:
    """The stand of the person on the list of a session, if they have one."""
    return db.session.scalar(
        select(WaitingListEntry).where(
            WaitingListEntry.registration_id == registration.id, WaitingListEntry.session_id == session.id
        )
    )


def in_line(event_id: int, session_id: int | None) -> ColumnElement[bool]:
    """Who waits in one list: the event's holds those without a place, a session's also those with a place elsewhere."""
    return and_(
        WaitingListEntry.event_id == event_id,
        WaitingListEntry.session_id.is_(None) if session_id is None else WaitingListEntry.session_id == session_id,
        WaitingListEntry.offered_until.is_(None),
        Registration.state.in_(_IN_LINE),
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


def _first(conditions: Sequence[ColumnElement[bool]]) -> WaitingListEntry | None:
    return db.session.scalar(
        select(WaitingListEntry)
        .join(WaitingListEntry.registration)
        .where(*conditions)
        .order_by(WaitingListEntry.id)
        .limit(1)
        .options(contains_eager(WaitingListEntry.registration))
        .execution_options(populate_existing=True)
    )
