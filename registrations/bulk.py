"""What staff do to many people of the list at once, and its undoing (docs/adr/0023).

Everything is done to one person after the other in the order in which they signed up, under the event's row; who cannot
be helped is left as they are, with the reason. What comes of it is said in plain values, so that an act can be tried,
rolled back and shown before it is done. People are told by the announcements' sweep.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import batches, db
from core.errors import DomainError, NotFoundError
from events.models import Event, Session
from registrations import announcements, attendance, places, promotions, rules, standing, trail, waiting_list
from registrations.models import (
    AnnouncementKind,
    Attendance,
    AttendanceSource,
    Awaited,
    BulkAct,
    BulkActPerson,
    BulkKind,
    ChosenSession,
    Registration,
    RegistrationState,
)
from registrations.promotions import Reason
from registrations.standing import Standing

MOST = 500
"""To how many people one act may be done: everybody who signs up waits for it meanwhile."""


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


class ChangedSince(Left):
    """Something else has happened to them after the act."""

    message = _l("Something else has happened to them since.")


class SameSession(DomainError):
    """From a session to itself is no way."""

    message = _l("Choose two different sessions.")


class TooMany(DomainError):
    """More people than an act is done to."""

    message = _l("This can be done to at most %(most)d people at a time. Narrow the list down.")


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


@dataclass(frozen=True)
class Person:
    """Somebody an act is or is not done to; `reason` says why not."""

    id: int
    name: str
    has_address: bool
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What comes of an act: for whom it is done, for whom not, and how many others get a place through it."""

    done: Sequence[Person]
    left: Sequence[Person]
    others: int = 0
    untold: Collection[int] = ()

    @property
    def told(self) -> int:
        """How many of them get a mail about it."""
        return sum(each.has_address and each.id not in self.untold for each in self.done)

    @property
    def nameless(self) -> list[Person]:
        """Those who gave no address, whom somebody has to tell."""
        return [each for each in self.done if not each.has_address]

    @property
    def reasons(self) -> dict[str, list[Person]]:
        """Those who are left as they are, by the reason."""
        by_reason: dict[str, list[Person]] = {}
        for each in self.left:
            by_reason.setdefault(each.reason, []).append(each)
        return by_reason


@dataclass
class _Doing:
    """One act under way: the lines of the trail and the news for people, which are written at the end."""

    event: Event
    task: Task
    by: StaffMember
    now: datetime
    lines: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    news: dict[AnnouncementKind, dict[int, announcements.Details]] = field(default_factory=dict)

    def note(self, act: str, registration: Registration, **details: object) -> None:
        self.lines.setdefault(act, []).append((registration.code, {"bulk": True, **details}))

    def tell(self, kind: AnnouncementKind, registration: Registration, details: announcements.Details) -> None:
        if registration.email:
            self.news.setdefault(kind, {})[registration.id] = details


def find_people(event: Event, ids: Collection[int]) -> list[Registration]:
    """Those of these people who are registered for the event, as they stand, in the order in which they signed up."""
    found: list[Registration] = []
    for some in batches(sorted(set(ids))):
        query = select(Registration).where(Registration.event_id == event.id, Registration.id.in_(some))
        found += db.session.scalars(query.order_by(Registration.id).execution_options(populate_existing=True))
    return found


def do(
    event: Event, ids: Collection[int], task: Task, *, by: StaffMember, now: datetime
) -> tuple[Outcome, BulkAct | None]:
    """Do the task to everybody of these to whom it can be done; the row with which it can be undone, if it was to any.

    Raises TooMany, SameSession, and why the event lets nobody be given or cost a place any more.
    """
    if len(ids) > MOST:
        raise TooMany(most=MOST)
    places.hold(event)
    _check(event, task, now)
    people = find_people(event, ids)
    before = standing.read_standings(people)
    doing = _Doing(event, task, by, now)
    refusals = _ACTS[task.kind](doing, people)
    done = [each for each in people if each.id not in refusals]
    db.session.flush()
    others = 0
    if task.kind is not BulkKind.ATTEND:
        others = promotions.settle(event, reason=_REASONS[task.kind], now=now, by=by)
    outcome = _say(people, refusals, others=others)
    if not done:
        return outcome, None
    for kind, news in doing.news.items():
        announcements.announce(event, kind, news, now=now)
    for act, lines in doing.lines.items():
        trail.record_all(act, event, lines, by=by, now=now)
    return outcome, _keep(doing, done, before)


def undo(act: BulkAct, *, over_capacity: bool = False, by: StaffMember, now: datetime) -> Outcome:
    """Have everybody stand as before the act, but who has changed since or whose place is gone; they are told anew.

    Whose mail about the act has not left is told nothing: it is withdrawn. Places above capacity are given on purpose
    only. Raises EventCancelled and EventOver.
    """
    event = act.event
    places.hold(event)
    db.session.refresh(act)
    rows = {row.registration_id: row for row in list_people(act) if not row.is_undone}
    people = find_people(event, rows)
    if act.kind is BulkKind.ATTEND:
        refusals, others, untold = _take_attendance_back(act, people, rows, by=by, now=now), 0, set(rows)
    else:
        rules.check_still_to_come(event, now)
        refusals = _go_back(people, rows, over_capacity=over_capacity, now=now)
        others = promotions.settle(event, reason=_REASONS[act.kind], now=now, by=by)
        done_ids = {each.id for each in people if each.id not in refusals}
        untold = announcements.drop(event, _KINDS[act.kind], done_ids, now=now)
        told = [each.id for each in people if each.id in done_ids - untold and each.email]
        announcements.announce(event, AnnouncementKind.STANDS, {each: {"sessions": {}} for each in told}, now=now)
    done = [each for each in people if each.id not in refusals]
    if done:
        for each in done:
            rows[each.id].is_undone = True
        act.undone_at, act.undone_by_id = now, by.id
        lines: list[tuple[str, dict[str, Any]]] = [(each.code, {"kind": act.kind.value}) for each in done]
        trail.record_all("registration.undo_bulk", event, lines, by=by, now=now)
        _record("event.undo_bulk", act, len(done), by=by, now=now)
    db.session.flush()
    return _say(people, refusals, others=others, untold=untold)


def get_act(event: Event, act_id: int) -> BulkAct:
    """The act on several people of this event with this id; raises NotFoundError."""
    query = select(BulkAct).where(BulkAct.event_id == event.id, BulkAct.id == act_id)
    act = db.session.scalar(query.options(joinedload(BulkAct.done_by), joinedload(BulkAct.undone_by)))
    if act is None:
        raise NotFoundError
    return act


def select_acts(event: Event) -> Any:
    """Make the query for what was done to several people of an event, the latest first."""
    return (
        select(BulkAct)
        .where(BulkAct.event_id == event.id)
        .order_by(BulkAct.done_at.desc(), BulkAct.id.desc())
        .options(joinedload(BulkAct.done_by), joinedload(BulkAct.undone_by))
    )


def list_people(act: BulkAct) -> Sequence[BulkActPerson]:
    """Those to whom it was done, by name."""
    return db.session.scalars(
        select(BulkActPerson)
        .join(BulkActPerson.registration)
        .where(BulkActPerson.bulk_act_id == act.id)
        .order_by(Registration.sort_key, Registration.id)
        .options(contains_eager(BulkActPerson.registration))
    ).all()


Refusals = Mapping[int, DomainError]


def _each(do_one: Callable[[_Doing, Registration], None]) -> Callable[[_Doing, Sequence[Registration]], Refusals]:
    """Do it to one after the other; who refuses has not been changed."""

    def do_all(doing: _Doing, people: Sequence[Registration]) -> Refusals:
        refusals: dict[int, DomainError] = {}
        for registration in people:
            try:
                do_one(doing, registration)
            except Left as refusal:
                refusals[registration.id] = refusal
        return refusals

    return do_all


@_each
def _confirm(doing: _Doing, registration: Registration) -> None:
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


def _take_place(doing: _Doing, registration: Registration) -> bool:
    """Take a place of the event for somebody; whether it was one above capacity."""
    if registration.state is RegistrationState.OFFERED or promotions.take_turn(registration):
        return False
    if not doing.task.over_capacity:
        raise NoPlaceLeft
    places.take_on_purpose(doing.event, [])
    waiting_list.leave_line(registration)
    return True


@_each
def _move(doing: _Doing, registration: Registration) -> None:
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


def _take_session(doing: _Doing, registration: Registration, target: Session) -> bool:
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


def _cancel(doing: _Doing, people: Sequence[Registration]) -> Refusals:
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


def _attend(doing: _Doing, people: Sequence[Registration]) -> Refusals:
    """Record that they came; a record that stands already stays."""
    session = _get_session(doing.task)
    known = _read_records(session, people)
    new = [each for each in people if each.id not in known]
    ids = [each.id for each in new]
    attendance.check_in_all(ids, session, source=AttendanceSource.LIST, by=doing.by, now=doing.now)
    for each in new:
        doing.note("attendance.record", each, session=session.code)
    return {registration_id: RecordedAlready() for registration_id in known}


_ACTS: Mapping[BulkKind, Callable[[_Doing, Sequence[Registration]], Refusals]] = {
    BulkKind.CONFIRM: _confirm,
    BulkKind.MOVE: _move,
    BulkKind.CANCEL: _cancel,
    BulkKind.ATTEND: _attend,
}
_REASONS = {
    BulkKind.CONFIRM: Reason.APPROVAL,
    BulkKind.MOVE: Reason.CHANGE,
    BulkKind.CANCEL: Reason.CANCELLATION,
}
# What people are told of each; undone, it is told no more.
_KINDS = {
    BulkKind.CONFIRM: (AnnouncementKind.PROMOTED, AnnouncementKind.STANDS),
    BulkKind.MOVE: (AnnouncementKind.CHANGED,),
    BulkKind.CANCEL: (AnnouncementKind.CANCELLED,),
}


def _check(event: Event, task: Task, now: datetime) -> None:
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


def _read_records(session: Session, people: Collection[Registration]) -> dict[int, datetime]:
    """When each of these people was recorded at the session."""
    rows: dict[int, datetime] = {}
    for some in batches([each.id for each in people]):
        query = select(Attendance.registration_id, Attendance.recorded_at)
        found = query.where(Attendance.session_id == session.id, Attendance.registration_id.in_(some))
        rows |= dict(db.session.execute(found).all())
    return rows


def _keep(doing: _Doing, done: Sequence[Registration], before: Mapping[int, Standing]) -> BulkAct:
    """Keep how everybody stood before and stands now."""
    after = standing.read_standings(done)
    act = BulkAct(
        event=doing.event,
        kind=doing.task.kind,
        details=doing.task.as_details(),
        people=len(done),
        done_by_id=doing.by.id,
        done_at=doing.now,
    )
    db.session.add(act)
    db.session.flush()
    db.session.add_all(
        BulkActPerson(
            bulk_act_id=act.id,
            registration_id=each.id,
            before=before[each.id].as_json(),
            after=after[each.id].as_json(),
        )
        for each in done
    )
    _record("event.do_bulk", act, len(done), by=doing.by, now=doing.now)
    db.session.flush()
    return act


def _go_back(
    people: Sequence[Registration], rows: Mapping[int, BulkActPerson], *, over_capacity: bool, now: datetime
) -> Refusals:
    present = standing.read_standings(people)
    refusals: dict[int, DomainError] = {}
    for registration in people:
        row, stands = rows[registration.id], present[registration.id]
        try:
            if not stands.is_like(standing.from_json(row.after)):
                raise ChangedSince
            past = standing.from_json(row.before)
            standing.go_back(registration, stands, past, over_capacity=over_capacity, now=now)
        except (Left, standing.NoWayBack) as refusal:
            refusals[registration.id] = refusal
    return refusals


def _take_attendance_back(
    act: BulkAct,
    people: Sequence[Registration],
    rows: Mapping[int, BulkActPerson],
    *,
    by: StaffMember,
    now: datetime,
) -> Refusals:
    """Take back the records that this act made and that still stand."""
    session = next((each for each in act.event.sessions if each.code == act.details["session"]), None)
    records = _read_records(session, people) if session else {}
    standing_ids = [each.id for each in people if each.id in rows and records.get(each.id) == act.done_at]
    if session:
        attendance.undo(standing_ids, session, by=by, now=now)
    return {each.id: ChangedSince() for each in people if each.id not in standing_ids}


def _say(people: Sequence[Registration], refusals: Refusals, *, others: int, untold: Collection[int] = ()) -> Outcome:
    named = [
        Person(
            each.id,
            each.full_name,
            bool(each.email),
            str(refusals[each.id]) if each.id in refusals else "",
        )
        for each in sorted(people, key=lambda each: (each.sort_key, each.id))
    ]
    return Outcome(
        [each for each in named if each.id not in refusals],
        [each for each in named if each.id in refusals],
        others,
        frozenset(untold),
    )


def _record(act: str, bulk: BulkAct, people: int, *, by: StaffMember, now: datetime) -> None:
    audit.record(
        act,
        subject_kind="event",
        subject_key=bulk.event.slug,
        by=by,
        now=now,
        bulk=bulk.id,
        kind=bulk.kind.value,
        people=people,
        **bulk.details,
    )
