"""Each act that is done to many people at once: to one after the other, and why not to somebody (docs/adr/0023).

The event's row is held, and whoever refuses has not been changed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from accounts.models import StaffMember
from core.database import batches, db
from core.errors import DomainError, NotFoundError
from events.models import Event, Session
from registrations import announcements, attendance, places, promotions, rules, standing, waiting_list
from registrations.models import (
    AnnouncementKind,
    Attendance,
    AttendanceSource,
    Awaited,
    BulkKind,
    ChosenSession,
    Registration,
    RegistrationState,
)


class Left(DomainError):
    """Somebody to whom an act cannot be done."""


class HasPlace(Left):
    """There is nothing to confirm."""

    message = _l("They have a place already.")


class IsCancelled(Left):
    """There is no registration any more."""

    message = _l("Their registration is cancelled.")


class AddressUnconfirmed(Left):
    """Nobody knows yet whose the address is."""

    message = _l("They have not confirmed their address yet.")


class NoPlaceLeft(Left):
    """The event is full."""

    message = _l("All places of the event are taken.")


class NoPlaceInSession(Left):
    """The session is full."""

    message = _l("All places of “%(session)s” are taken.")


class NotInSession(Left):
    """They cannot leave what they do not have."""

    message = _l("They have no place in “%(session)s”.")


class InSessionAlready(Left):
    """They are where they should go."""

    message = _l("They have a place in “%(session)s” already.")


class BusyThen(Left):
    """They have another session at that time."""

    message = _l("They have “%(session)s” at the same time.")


class RecordedAlready(Left):
    """Somebody has recorded it before."""

    message = _l("It was recorded already that they came.")


class SameSession(DomainError):
    """From a session to itself is no way."""

    message = _l("Choose two different sessions.")


@dataclass(frozen=True)
class Task:
    """What is to be done: for a move from `session` to `target`, for attendance at `session`."""

    kind: BulkKind
    session: Session | None = None
    target: Session | None = None
    over_capacity: bool = False

    def as_details(self) -> dict[str, Any]:
        """What the act's row and the trail keep of it."""
        values = {
            "session": self.session and self.session.code,
            "target": self.target and self.target.code,
            "over_capacity": self.over_capacity or None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass
class Doing:
    """One act under way: the lines of the trail and the news for people, which are written at the end."""

    event: Event
    task: Task
    by: StaffMember
    now: datetime
    lines: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    news: dict[AnnouncementKind, dict[int, announcements.Details]] = field(default_factory=dict)

    def note(self, act: str, registration: Registration, **details: object) -> None:
        """Add a line to the trail."""
        self.lines.setdefault(act, []).append((registration.code, {"bulk": True, **details}))

    def tell(self, kind: AnnouncementKind, registration: Registration, details: announcements.Details) -> None:
        """Have the person told, who may have no address."""
        if registration.email:
            self.news.setdefault(kind, {})[registration.id] = details


Refusals = Mapping[int, DomainError]


def _each(do_one: Callable[[Doing, Registration], None]) -> Callable[[Doing, Sequence[Registration]], Refusals]:
    """Do it to one after the other; who refuses has not been changed."""

    def do_all(doing: Doing, people: Sequence[Registration]) -> Refusals:
        refusals: dict[int, DomainError] = {}
        for registration in people:
            try:
                do_one(doing, registration)
            except Left as refusal:
                refusals[registration.id] = refusal
        return refusals

    return do_all


@_each
def _confirm(doing: Doing, registration: Registration) -> None:
    """Give somebody who waits, was offered a place or asked for one, that place."""
    if registration.is_confirmed:
        raise HasPlace
    if registration.state is RegistrationState.CANCELLED:
        raise IsCancelled
    if registration.awaits is Awaited.ADDRESS:
        raise AddressUnconfirmed
    was_asked = registration.awaits is Awaited.APPROVAL
    is_above = _take_place(doing, registration)
    registration.state = RegistrationState.CONFIRMED
    registration.awaits = registration.held_until = None
    registration.updated_at = doing.now
    if not was_asked:
        registration.promoted_at = doing.now
    promotions.admit(registration, now=doing.now)
    details = {"over_capacity": True} if is_above else {}
    if was_asked:
        doing.note("registration.approve", registration, **details)
        doing.tell(AnnouncementKind.STANDS, registration, {"sessions": {}})
    else:
        doing.note("registration.promote", registration, reason="on_purpose", **details)
        doing.tell(AnnouncementKind.PROMOTED, registration, announcements.describe_place(None))


def _take_place(doing: Doing, registration: Registration) -> bool:
    """Take a place of the event for somebody; whether it was one above capacity."""
    if registration.state is RegistrationState.OFFERED or promotions.take_turn(registration):
        return False
    if not doing.task.over_capacity:
        raise NoPlaceLeft
    places.take_on_purpose(doing.event, [])
    waiting_list.leave_line(registration)
    return True


@_each
def _move(doing: Doing, registration: Registration) -> None:
    """Put somebody who is in one session into another, which is taken before the old one is given back."""
    session, target = _get_sessions(doing.task)
    held = list(registration.sessions)
    if not registration.is_confirmed or session not in held:
        raise NotInSession(session=session.title)
    if target in held:
        raise InSessionAlready(session=target.title)
    at_its_time = [each for each in held if each is not session and each.overlaps(target)]
    if at_its_time:
        raise BusyThen(session=at_its_time[0].title)
    is_above = _take_session(doing, registration, target)
    places.give_back(None, [session])
    db.session.execute(
        delete(ChosenSession)
        .where(ChosenSession.registration_id == registration.id, ChosenSession.session_id == session.id)
        .execution_options(synchronize_session=False)
    )
    db.session.add(ChosenSession(registration_id=registration.id, session_id=target.id))
    registration.updated_at = doing.now
    db.session.flush()
    db.session.expire(registration, ["sessions"])
    codes = [each.code for each in rules.in_time([*(each for each in held if each is not session), target])]
    doing.note("registration.change", registration, sessions=codes, over_capacity=is_above)
    doing.tell(AnnouncementKind.CHANGED, registration, {"sessions": {}})


def _take_session(doing: Doing, registration: Registration, target: Session) -> bool:
    """Take a place of a session for somebody, or the one they were offered; whether it was one above capacity."""
    entry = waiting_list.find_entry(registration, target)
    is_offered = entry is not None and entry.offered_until is not None
    is_full = target.is_full and not is_offered
    if is_full and not doing.task.over_capacity:
        raise NoPlaceInSession(session=target.title)
    if is_full:
        places.take_on_purpose(None, [target])
    elif not is_offered:
        places.take(None, [target])
    if entry is not None:
        db.session.delete(entry)
    return is_full


def _cancel(doing: Doing, people: Sequence[Registration]) -> Refusals:
    """Free all that they hold."""
    event = doing.event
    going = [each for each in people if each.state is not RegistrationState.CANCELLED]
    stands = standing.read_standings(going)
    had_place = {each.id for each in going if each.is_confirmed}
    standing.release(event, going, stands, now=doing.now)
    for each in going:
        held = [session for session in event.sessions if session.id in stands[each.id].sessions]
        doing.note("registration.cancel", each)
        details = {**announcements.describe_sessions(*held), "event": each.id in had_place}
        doing.tell(AnnouncementKind.CANCELLED, each, details)
    return {each.id: IsCancelled() for each in people if each not in going}


def _attend(doing: Doing, people: Sequence[Registration]) -> Refusals:
    """Record that they came; a record that stands already stays."""
    session = _get_session(doing.task)
    known = read_records(session, people)
    new = [each for each in people if each.id not in known]
    ids = [each.id for each in new]
    attendance.check_in_all(ids, session, source=AttendanceSource.LIST, by=doing.by, now=doing.now)
    for each in new:
        doing.note("attendance.record", each, session=session.code)
    return {registration_id: RecordedAlready() for registration_id in known}


ACTS: Mapping[BulkKind, Callable[[Doing, Sequence[Registration]], Refusals]] = {
    BulkKind.CONFIRM: _confirm,
    BulkKind.MOVE: _move,
    BulkKind.CANCEL: _cancel,
    BulkKind.ATTEND: _attend,
}


def check(event: Event, task: Task, now: datetime) -> None:
    """Raise why nobody can be helped: SameSession, or that the event lets nobody be given or cost a place any more."""
    if task.kind is BulkKind.CANCEL:
        if event.is_over(now):
            raise rules.EventOver
    elif task.kind is not BulkKind.ATTEND:
        rules.check_still_to_come(event, now)
    if task.kind is BulkKind.MOVE:
        session, target = _get_sessions(task)
        if session is target:
            raise SameSession
        rules.choose_sessions(event, [target.code], now)


def _get_session(task: Task) -> Session:
    if task.session is None:
        raise NotFoundError
    return task.session


def _get_sessions(task: Task) -> tuple[Session, Session]:
    if task.target is None:
        raise NotFoundError
    return _get_session(task), task.target


def read_records(session: Session, people: Collection[Registration]) -> dict[int, datetime | None]:
    """When each of these people was recorded at the session; None where it is known by now when they came or left."""
    rows: dict[int, datetime | None] = {}
    for some in batches([each.id for each in people]):
        query = select(Attendance.registration_id, Attendance.recorded_at, Attendance.stays)
        found = query.where(Attendance.session_id == session.id, Attendance.registration_id.in_(some))
        rows |= {key: None if stays else at for key, at, stays in db.session.execute(found)}
    return rows
