"""How people stand with an event: what they hold and wait for; read for many at once, kept, and gone back to."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from core.database import batches, db
from core.errors import DomainError
from events.models import Event, Session
from registrations import places, waiting_list
from registrations.models import (
    Awaited,
    ChosenSession,
    Registration,
    RegistrationState,
    SupportNeed,
    WaitingListEntry,
)

_WITH_PLACE = {RegistrationState.CONFIRMED, RegistrationState.OFFERED}


class NoWayBack(DomainError):
    """What somebody had before cannot be had again."""

    message = _l("What they had before cannot be had again.")


class EventFullAgain(NoWayBack):
    """The place of the event has gone to somebody else."""

    message = _l("Their place in the event has gone to somebody else.")


class SessionFullAgain(NoWayBack):
    """The place in a session has gone to somebody else."""

    message = _l("Their place in “%(session)s” has gone to somebody else.")


class SessionGone(NoWayBack):
    """A session is over or off."""

    message = _l("A session they had is over or has left the programme.")


class OfferOver(NoWayBack):
    """The time to answer has passed."""

    message = _l("The time they had to answer has passed.")


@dataclass(frozen=True)
class Wait:
    """A stand on a list: of a session, or of the event (None)."""

    entry_id: int
    session_id: int | None
    joined_at: datetime
    offered_until: datetime | None


@dataclass(frozen=True)
class Standing:
    """What one person holds and waits for; stands on lists in their order."""

    state: RegistrationState
    awaits: Awaited | None
    held_until: datetime | None
    promoted_at: datetime | None
    cancelled_at: datetime | None
    sessions: frozenset[int]
    waits: tuple[Wait, ...]

    @property
    def has_place(self) -> bool:
        """Whether a place of the event is taken for them."""
        if self.state is RegistrationState.PENDING:
            return self.awaits is Awaited.ADDRESS and all(wait.session_id is not None for wait in self.waits)
        return self.state in _WITH_PLACE

    @property
    def held(self) -> frozenset[int]:
        """The sessions in which a place is taken for them, offered ones too."""
        return self.sessions | {wait.session_id for wait in self.waits if wait.offered_until and wait.session_id}

    def is_like(self, other: "Standing") -> bool:
        """Whether nothing has happened between the two: the same state, places and stands on lists."""
        return self.compared == other.compared

    @property
    def compared(self) -> tuple[object, ...]:
        """What must be the same for nothing to have happened."""
        waits = {(each.session_id, each.offered_until) for each in self.waits}
        return (self.state, self.awaits, self.sessions, waits)

    def as_json(self) -> dict[str, Any]:
        """The values that a JSON column keeps."""
        return {
            "state": self.state.value,
            "awaits": self.awaits and self.awaits.value,
            "held_until": _iso(self.held_until),
            "promoted_at": _iso(self.promoted_at),
            "cancelled_at": _iso(self.cancelled_at),
            "sessions": sorted(self.sessions),
            "waits": [
                [each.entry_id, each.session_id, _iso(each.joined_at), _iso(each.offered_until)] for each in self.waits
            ],
        }


def from_json(values: Mapping[str, Any]) -> Standing:
    """A standing as it was kept."""
    return Standing(
        state=RegistrationState(values["state"]),
        awaits=values["awaits"] and Awaited(values["awaits"]),
        held_until=_moment(values["held_until"]),
        promoted_at=_moment(values["promoted_at"]),
        cancelled_at=_moment(values["cancelled_at"]),
        sessions=frozenset(values["sessions"]),
        waits=tuple(
            Wait(entry_id, session_id, datetime.fromisoformat(joined_at), _moment(offered_until))
            for entry_id, session_id, joined_at, offered_until in values["waits"]
        ),
    )


def read_standings(registrations: Collection[Registration]) -> dict[int, Standing]:
    """How these people stand, by their ids; what is pending is written first."""
    db.session.flush()
    ids = [registration.id for registration in registrations]
    sessions: dict[int, set[int]] = {}
    waits: dict[int, list[Wait]] = {}
    for some in batches(ids):
        for registration_id, session_id in db.session.execute(
            select(ChosenSession.registration_id, ChosenSession.session_id).where(
                ChosenSession.registration_id.in_(some)
            )
        ):
            sessions.setdefault(registration_id, set()).add(session_id)
        for row in db.session.execute(
            select(
                WaitingListEntry.registration_id,
                WaitingListEntry.id,
                WaitingListEntry.session_id,
                WaitingListEntry.joined_at,
                WaitingListEntry.offered_until,
            )
            .where(WaitingListEntry.registration_id.in_(some))
            .order_by(WaitingListEntry.id)
        ):
            waits.setdefault(row.registration_id, []).append(
                Wait(row.id, row.session_id, row.joined_at, row.offered_until)
            )
    return {
        each.id: Standing(
            each.state,
            each.awaits,
            each.held_until,
            each.promoted_at,
            each.cancelled_at,
            frozenset(sessions.get(each.id, ())),
            tuple(waits.get(each.id, ())),
        )
        for each in registrations
    }


def release(event: Event, people: Sequence[Registration], stands: Mapping[int, Standing], *, now: datetime) -> None:
    """Cancel all these registrations and free what they hold, in a few statements however many they are; under `hold`.

    What `waiting_list.release` does for one; `settle` comes next.
    """
    by_id = {session.id: session for session in event.sessions}
    freed: Counter[Event | Session] = Counter()
    for each in people:
        freed.update(by_id[session_id] for session_id in stands[each.id].held)
        if stands[each.id].has_place and each.has_reserved_place:
            places.give_back(event, [], reserved_for=each.dimension)
        elif stands[each.id].has_place:
            freed[event] += 1
    places.give_back_many(freed)
    for some in batches([each.id for each in people]):
        for kind in (WaitingListEntry, ChosenSession, SupportNeed):
            db.session.execute(delete(kind).where(kind.registration_id.in_(some)))
    for each in people:
        each.state = RegistrationState.CANCELLED
        each.cancelled_at = each.updated_at = now
        each.awaits = each.held_until = None
        each.has_reserved_place = False
    db.session.flush()
    for each in people:
        db.session.expire(each, ["sessions"])


def go_back(
    registration: Registration, present: Standing, past: Standing, *, over_capacity: bool, now: datetime
) -> None:
    """Have somebody stand as they stood, or raise why they cannot before anything has moved; under `hold`.

    `settle` comes next. Stands on lists are taken up where they were. An offer of a session's place that has run out is
    a stand like any other.
    """
    event = registration.event
    by_id = {session.id: session for session in event.sessions}
    past = _without_old_offers(past, now)
    _check_still_there(past, present, by_id, now)
    taken = [by_id[each] for each in sorted(past.held - present.held)]
    full = [session for session in taken if session.is_full]
    if full and not over_capacity:
        raise SessionFullAgain(session=full[0].title)
    reserved = registration.has_reserved_place
    if past.has_place and not present.has_place and not places.take_for(registration):
        if not over_capacity:
            raise EventFullAgain
        places.take_on_purpose(event, [])
    places.take(None, [session for session in taken if session not in full])
    places.take_on_purpose(None, full)
    gone = [by_id[each] for each in sorted(present.held - past.held) if each in by_id]
    places.give_back(None, gone)
    if present.has_place and not past.has_place:
        places.give_back(event, [], reserved_for=registration.dimension if reserved else None)
        registration.has_reserved_place = False
    _write_state(registration, past, now)
    _write_sessions(registration, present, past)
    _write_waits(registration, present, past)
    db.session.flush()
    db.session.expire(registration, ["sessions"])


def _without_old_offers(past: Standing, now: datetime) -> Standing:
    waits = tuple(
        Wait(each.entry_id, each.session_id, each.joined_at, None)
        if each.offered_until and each.offered_until <= now
        else each
        for each in past.waits
    )
    return Standing(past.state, past.awaits, past.held_until, past.promoted_at, past.cancelled_at, past.sessions, waits)


def _check_still_there(past: Standing, present: Standing, by_id: Mapping[int, Session], now: datetime) -> None:
    if past.held_until and past.held_until <= now:
        raise OfferOver
    for session_id in past.held - present.held:
        session = by_id.get(session_id)
        if session is None or session.is_cancelled or session.ends_at <= now:
            raise SessionGone


def _write_state(registration: Registration, past: Standing, now: datetime) -> None:
    registration.state, registration.awaits = past.state, past.awaits
    registration.held_until, registration.promoted_at = past.held_until, past.promoted_at
    registration.cancelled_at = past.cancelled_at
    registration.updated_at = now


def _write_sessions(registration: Registration, present: Standing, past: Standing) -> None:
    gone = present.sessions - past.sessions
    if gone:
        db.session.execute(
            delete(ChosenSession)
            .where(ChosenSession.registration_id == registration.id, ChosenSession.session_id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    db.session.add_all(
        ChosenSession(registration_id=registration.id, session_id=each) for each in past.sessions - present.sessions
    )


def _write_waits(registration: Registration, present: Standing, past: Standing) -> None:
    """Stand on the lists of before, in the old places; one whose number has been given away stands at the end."""
    had = {each.session_id for each in present.waits}
    wanted = {each.session_id: each for each in past.waits}
    for entry in waiting_list.list_entries(registration):
        if entry.session_id not in wanted:
            db.session.delete(entry)
        else:
            entry.offered_until = wanted[entry.session_id].offered_until
    db.session.flush()
    new = [each for each in past.waits if each.session_id not in had]
    used = _list_used([each.entry_id for each in new])
    for each in sorted(new, key=lambda wait: wait.entry_id in used):
        db.session.add(
            WaitingListEntry(
                **({} if each.entry_id in used else {"id": each.entry_id}),
                event_id=registration.event_id,
                registration_id=registration.id,
                session_id=each.session_id,
                joined_at=each.joined_at,
                offered_until=each.offered_until,
            )
        )
        db.session.flush()


def _list_used(ids: Sequence[int]) -> set[int]:
    if not ids:
        return set()
    return set(db.session.scalars(select(WaitingListEntry.id).where(WaitingListEntry.id.in_(ids))))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
