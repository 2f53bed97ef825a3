"""What staff do to many people of the list at once, and its undoing (docs/adr/0023).

Everything is done to one person after the other in the order in which they signed up, under the event's row; who cannot
be helped is left as they are, with the reason. What comes of it is said in plain values, so that an act can be tried,
rolled back and shown before it is done. People are told by the announcements' sweep.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import batches, db
from core.errors import DomainError, NotFoundError
from events.models import Event
from registrations import announcements, attendance, merges, places, promotions, rules, standing, trail
from registrations.bulk_acts import ACTS, Doing, Left, Refusals, Task, check, read_records
from registrations.models import (
    AnnouncementKind,
    BulkAct,
    BulkActPerson,
    BulkKind,
    Registration,
)
from registrations.promotions import Reason
from registrations.standing import Standing

MOST = 500
"""To how many people one act may be done: everybody who signs up waits for it meanwhile."""


class ChangedSince(Left):
    """Something else has happened to them after the act."""

    message = _l("Something else has happened to them since.")


class TooMany(DomainError):
    """More people than an act is done to."""

    message = _l("This can be done to at most %(most)d people at a time. Narrow the list down.")


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
    check(event, task, now)
    people = find_people(event, ids)
    before = standing.read_standings(people)
    doing = Doing(event, task, by, now)
    refusals = ACTS[task.kind](doing, people)
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
    merged = merges.list_merged_since(rows, act.done_at)  # what they stand for now is not theirs alone
    if act.kind is BulkKind.ATTEND:
        one = [each for each in people if each.id not in merged]
        refusals, others, untold = _take_attendance_back(act, one, rows, by=by, now=now), 0, set(rows)
        refusals = {**refusals, **{each: ChangedSince() for each in merged}}
    else:
        rules.check_still_to_come(event, now)
        refusals = _go_back(people, rows, merged, over_capacity=over_capacity, now=now)
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


def _keep(doing: Doing, done: Sequence[Registration], before: Mapping[int, Standing]) -> BulkAct:
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
    people: Sequence[Registration],
    rows: Mapping[int, BulkActPerson],
    merged: Collection[int],
    *,
    over_capacity: bool,
    now: datetime,
) -> Refusals:
    present = standing.read_standings(people)
    refusals: dict[int, DomainError] = {}
    for registration in people:
        row, stands = rows[registration.id], present[registration.id]
        try:
            if registration.id in merged or not stands.is_like(standing.from_json(row.after)):
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
    records = read_records(session, people) if session else {}
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
