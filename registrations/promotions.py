"""Who gets the place that is free: the first in line who can have it, at once or by an offer.

Whoever frees a place calls `settle` in the same transaction, under `places.hold`: it goes on until no place is free
that somebody in line could have.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import contains_eager

from accounts.models import StaffMember
from core.database import db
from events.models import Event, EventState, Promotion, ReservedPlaces, Session
from registrations import announcements, places, trail, waiting_list
from registrations.deadlines import answer_until
from registrations.models import (
    AnnouncementKind,
    ChosenSession,
    Registration,
    RegistrationState,
    WaitingListEntry,
)

_MANY = 200
"""For how many at once what they hold and wish for is read."""


class Reason(StrEnum):
    """Why a place became free; written down with every promotion."""

    CANCELLATION = "cancellation"
    CHANGE = "change"
    CAPACITY = "capacity"
    EXPIRY = "expiry"
    REFUSAL = "refusal"
    RESERVATION = "reservation"
    APPROVAL = "approval"
    SIGN_UP = "sign_up"
    CONFIRMATION = "confirmation"
    ACCEPTANCE = "acceptance"
    MERGE = "merge"


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
    Who gets a session at the time of one they hold leaves that one, whose place goes on to the next. Whoever got or
    was offered anything is told afterwards, in one mail (`announcements`): hundreds may have their turn at once.
    """
    waiting_list.count(event, event.sessions if joined is None else joined)
    if event.state is EventState.CANCELLED or event.is_over(now):
        return 0
    settling = _Settling(event, reason, by, now)
    given = 0
    while some := settling.give_places() + sum(map(settling.give_places_of, places.in_order(event.sessions))):
        given += some
    if given:
        waiting_list.count(event, event.sessions)
        trail.record_all("registration.promote", event, settling.lines, by=by, now=now)
        for kind, news in settling.news.items():
            announcements.announce(event, kind, news, now=now)
    return given


def take_turn(registration: Registration) -> bool:
    """Take a place of the event for somebody on its list, if one is free; whether one was. Under `hold`."""
    if not places.take_for(registration):
        return False
    waiting_list.leave_line(registration)
    return True


def admit(registration: Registration, *, now: datetime) -> tuple[list[Session], list[Session]]:
    """Give who now has a place in the event those of the sessions they wished for that are free; under `hold`.

    Gives the sessions they have and those they still wait for.
    """
    _fulfil([_read_turn(registration)], now)
    db.session.flush()
    return list(registration.sessions), waiting_list.list_sessions(registration)


def let_in(registration: Registration, *, now: datetime) -> None:
    """Confirm who has a place of the event now, with what is free of the sessions they wish for, and have them told."""
    _confirm([_read_turn(registration)], now)
    _announce(registration, announcements.describe_place(None), now=now)


def let_into(session: Session, entry: WaitingListEntry, *, now: datetime) -> None:
    """Put the person of the entry, for whom a place is taken already, into the session, and have them told.

    They leave what they have at its time, whose places are free now, and the lists of what is at its time.
    """
    left = _move(_read_turn(entry.registration), session)
    _announce(entry.registration, announcements.describe_place(session, left), now=now)


def admit_on_purpose(registration: Registration, *, by: StaffMember, now: datetime) -> None:
    """Give somebody who waits a place of the event, above capacity if need be; under `hold`."""
    event = registration.event
    places.take_on_purpose(event, [])
    waiting_list.leave_line(registration)
    registration.promoted_at = now
    let_in(registration, now=now)
    trail.record("registration.promote", registration, by=by, now=now, reason="on_purpose")
    waiting_list.count(event, event.sessions)


def count_promoted(event: Event) -> int:
    """How many got or were offered a place of the event from its list so far."""
    promoted = select(func.count()).where(Registration.event_id == event.id, Registration.promoted_at.is_not(None))
    return db.session.scalar(promoted) or 0


@dataclass
class _Turn:
    """Somebody whose turn may have come: the sessions they hold, and their stands on lists of sessions by time."""

    registration: Registration
    held: list[Session]
    wishes: list[WaitingListEntry]


@dataclass
class _Settling:
    """One settling of an event: who gets what, which is written down and told at the end."""

    event: Event
    reason: Reason
    by: StaffMember | None
    now: datetime
    lines: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    news: defaultdict[AnnouncementKind, dict[int, announcements.Details]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def give_places(self) -> int:
        """Give the places of the event to the first in line who can have them; how many there were."""
        event, given = self.event, 0
        while entries := self._find_next_for_event():
            if event.places_kept:
                entries = list(takewhile(lambda entry: places.take_for(entry.registration), entries))
            else:
                places.take_many({event: len(entries)})
            if not entries:
                break
            self._let_in(entries)
            given += len(entries)
        return given

    def give_places_of(self, session: Session) -> int:
        """Give the places of a session to the first in its line; how many there were."""
        given = 0
        while entries := self._find_next_for(session):
            places.take_many({session: len(entries)})
            turns = _read_turns([entry.registration for entry in entries])
            for entry in entries:
                self._let_into(session, entry, turns[entry.registration_id])
            given += len(entries)
        return given

    def _let_in(self, entries: Sequence[WaitingListEntry]) -> None:
        """Confirm those of these entries, for whom places of the event are taken, or offer them theirs."""
        registrations = [entry.registration for entry in entries]
        until = _answer_until(self.event, self.event.starts_at, self.now)
        for entry, registration in zip(entries, registrations, strict=True):
            db.session.delete(entry)
            registration.promoted_at = registration.updated_at = self.now
            if until:
                registration.state, registration.held_until = RegistrationState.OFFERED, until
            self._note(registration, None, until)
        if until is None:
            _confirm(_read_turns(registrations).values(), self.now)

    def _let_into(self, session: Session, entry: WaitingListEntry, turn: _Turn) -> None:
        """Put the person of the entry into the session, or offer it to them; who gave no address cannot be asked."""
        can_ask = bool(turn.registration.email)
        until = _answer_until(self.event, session.starts_at, self.now) if can_ask else None
        left: Sequence[Session] = ()
        if until is None:
            left = _move(turn, session)
        else:
            entry.offered_until = until
        self._note(turn.registration, session, until, left)

    def _note(
        self,
        registration: Registration,
        session: Session | None,
        until: datetime | None,
        left: Sequence[Session] = (),
    ) -> None:
        """Note it for the trail, and for the person with all else that comes to them."""
        line = {"reason": self.reason.value, "session": session and session.code, "until": until and until.isoformat()}
        self.lines.append((registration.code, {name: value for name, value in line.items() if value}))
        if not registration.email:
            return
        news = self.news[AnnouncementKind.OFFERED if until else AnnouncementKind.PROMOTED]
        place, known = announcements.describe_place(session, left), news.get(registration.id)
        news[registration.id] = announcements.merge(known, place) if known else place

    def _find_next_for_event(self) -> Sequence[WaitingListEntry]:
        """The first in the event's list for whom there are places: open ones, or ones kept for their group."""
        event = self.event
        if not event.people_waiting:
            return ()
        conditions = [waiting_list.in_line(event.id, None)]
        if event.is_full:
            if not event.places_kept:
                return ()
            with_places = select(ReservedPlaces.dimension).where(
                ReservedPlaces.event_id == event.id, ReservedPlaces.places_taken < ReservedPlaces.places
            )
            conditions.append(Registration.dimension.in_(with_places))
        return _list_first(conditions, event.places_kept if event.is_full else event.places_left)

    def _find_next_for(self, session: Session) -> Sequence[WaitingListEntry]:
        """The first in the line of a session: who has no place in the event keeps the turn, and is not in line."""
        if not session.people_waiting or session.is_full or session.is_cancelled or session.starts_at <= self.now:
            return ()
        conditions = [
            waiting_list.in_line(self.event.id, session.id),
            Registration.state == RegistrationState.CONFIRMED,
        ]
        return _list_first(conditions, session.places_left)


def _read_turn(registration: Registration) -> _Turn:
    return _read_turns([registration])[registration.id]


def _read_turns(registrations: Sequence[Registration]) -> dict[int, _Turn]:
    """Read what these people hold and wait for, at once for all of them."""
    turns = {each.id: _Turn(each, [], []) for each in registrations}
    for registration_id, session in db.session.execute(
        select(ChosenSession.registration_id, Session)
        .join(Session, Session.id == ChosenSession.session_id)
        .where(ChosenSession.registration_id.in_(turns))
        .order_by(Session.starts_at, Session.code)
    ):
        turns[registration_id].held.append(session)
    for entry in db.session.scalars(
        select(WaitingListEntry)
        .join(WaitingListEntry.session)
        .where(WaitingListEntry.registration_id.in_(turns))
        .order_by(Session.starts_at, Session.code)
        .options(contains_eager(WaitingListEntry.session))
    ):
        turns[entry.registration_id].wishes.append(entry)
    return turns


def _confirm(turns: Collection[_Turn], now: datetime) -> None:
    """Confirm who has a place of the event now, with what is free of the sessions they wish for."""
    for turn in turns:
        turn.registration.state = RegistrationState.CONFIRMED
        turn.registration.awaits = turn.registration.held_until = None
        turn.registration.updated_at = now
    _fulfil(turns, now)


def _fulfil(turns: Collection[_Turn], now: datetime) -> None:
    """Give these people those of the sessions they wish for that are free, in the order of their lines.

    They pass nobody who could have the place too. What is at the time of another that they have stays a wish.
    """
    first = _find_ahead(turns)
    given: Counter[Event | Session] = Counter()
    wishes = [(entry, turn) for turn in turns for entry in turn.wishes]
    for entry, turn in sorted(wishes, key=lambda wish: wish[0].id):
        session = entry.session
        if session is None or session.ends_at <= now or first.get(session.id, entry.id) < entry.id:
            continue
        if any(session.overlaps(other) for other in turn.held):
            first[session.id] = entry.id  # it is theirs to take, in turn, as `_move` does
        elif session.places_left is None or given[session] < session.places_left:
            given[session] += 1
            db.session.add(ChosenSession(registration_id=turn.registration.id, session_id=session.id))
            db.session.delete(entry)
            turn.held.append(session)
    for each in turns:
        db.session.expire(each.registration, ["sessions"])
    places.take_many(given)


def _find_ahead(turns: Collection[_Turn]) -> dict[int, int]:
    """Of each session these people wish for, the first entry of somebody else who could have its place."""
    wished = {entry.session_id for turn in turns for entry in turn.wishes if entry.session_id is not None}
    if not wished:
        return {}
    rows = db.session.execute(
        select(WaitingListEntry.session_id, func.min(WaitingListEntry.id))
        .join(WaitingListEntry.registration)
        .where(
            WaitingListEntry.session_id.in_(wished),
            WaitingListEntry.offered_until.is_(None),
            WaitingListEntry.registration_id.not_in([turn.registration.id for turn in turns]),
            Registration.state == RegistrationState.CONFIRMED,
        )
        .group_by(WaitingListEntry.session_id)
    )
    return {session_id: entry_id for session_id, entry_id in rows if session_id is not None}


def _move(turn: _Turn, session: Session) -> list[Session]:
    """Put the person into the session; gives what they leave because it is at its time."""
    registration = turn.registration
    left = [held for held in turn.held if held.overlaps(session)]
    if left:
        places.give_back(None, left)
        db.session.execute(
            delete(ChosenSession).where(
                ChosenSession.registration_id == registration.id,
                ChosenSession.session_id.in_([each.id for each in left]),
            )
        )
    for entry in turn.wishes:
        if entry.session is session:
            db.session.delete(entry)  # the place it was offered is the one that is now held
        elif entry.session and entry.session.overlaps(session):
            waiting_list.withdraw(entry)
    db.session.add(ChosenSession(registration_id=registration.id, session_id=session.id))
    db.session.expire(registration, ["sessions"])
    return left


def _announce(registration: Registration, place: announcements.Details, *, now: datetime) -> None:
    """Have one person told that a place has come to them; who gave no address is told nothing."""
    if registration.email:
        news = {registration.id: place}
        announcements.announce(registration.event, AnnouncementKind.PROMOTED, news, now=now)


def _answer_until(event: Event, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when an offer made now would stand; None when the place is given at once."""
    if event.promotion is Promotion.AT_ONCE:
        return None
    return answer_until(now, event.offer_hours, event.zone, starts_at=starts_at)


def _list_first(conditions: Sequence[ColumnElement[bool]], free: int | None) -> Sequence[WaitingListEntry]:
    """The first in line, no more than there are places (None: no limit) or than one statement should name."""
    return db.session.scalars(
        select(WaitingListEntry)
        .join(WaitingListEntry.registration)
        .where(*conditions)
        .order_by(WaitingListEntry.id)
        .limit(_MANY if free is None else min(free, _MANY))
        .options(contains_eager(WaitingListEntry.registration))
        .execution_options(populate_existing=True)
    ).all()
