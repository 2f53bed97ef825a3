"""The merges of an event's registrations: looked up, and undone (docs/adr/0027)."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import joinedload

from accounts.models import StaffMember
from core import mail
from core.database import db
from core.errors import DomainError, NotFoundError
from core.mail import OutgoingMail
from events.models import Dimension, Event, Session
from registrations import announcements, calendars, merge_rows, places, promotions, standing, trail
from registrations.merge_rows import PEOPLE, Row, Rows
from registrations.merging import lock
from registrations.models import AnnouncementKind, DuplicateSearch, Registration, RegistrationMail, RegistrationMerge
from registrations.promotions import Reason
from registrations.standing import EventFullAgain, OfferOver, SessionFullAgain, SessionGone, Standing


class UndoneAlready(DomainError):
    """The two are two again."""

    message = _l("This has been undone already.")


class ChangedSince(DomainError):
    """What has happened since would be lost, or would belong to one of the two only."""

    message = _l("Something else has happened to this person since: it cannot be undone any more.")


class AddressTaken(DomainError):
    """Somebody else has the address now."""

    message = _l("Somebody else has signed up with one of the two addresses since: it cannot be undone any more.")


@dataclass(frozen=True)
class Parted:
    """What comes of undoing a merge: the two as they are called, how many others move up, and whether they are told."""

    names: Sequence[str]
    others: int
    is_told: bool


def get(event: Event, merge_id: int) -> RegistrationMerge:
    """The merge of this event with this number; raises NotFoundError."""
    merge = db.session.scalar(select_merges(event).where(RegistrationMerge.id == merge_id))
    if merge is None:
        raise NotFoundError
    return merge


def find(event: Event, *gone_ids: int) -> RegistrationMerge | None:
    """The merge that took one of these away, if one did and stands."""
    query = select_merges(event).where(RegistrationMerge.gone_id.in_(gone_ids), RegistrationMerge.undone_at.is_(None))
    return db.session.scalar(query.limit(1))


def select_merges(event: Event) -> Select[RegistrationMerge]:
    """Make the query for the merges of an event, the latest first."""
    return (
        select(RegistrationMerge)
        .where(RegistrationMerge.event_id == event.id)
        .order_by(RegistrationMerge.done_at.desc(), RegistrationMerge.id.desc())
        .options(
            joinedload(RegistrationMerge.registration),
            joinedload(RegistrationMerge.done_by),
            joinedload(RegistrationMerge.undone_by),
        )
    )


def list_of(registration: Registration) -> Sequence[RegistrationMerge]:
    """The merges that made this registration what it is, the latest first."""
    query = select_merges(registration.event).where(
        RegistrationMerge.registration_id == registration.id, RegistrationMerge.undone_at.is_(None)
    )
    return db.session.scalars(query).all()


def list_merged_since(registration_ids: Collection[int], since: datetime) -> set[int]:
    """Those of these people who have been merged with another since."""
    query = select(RegistrationMerge.registration_id).where(
        RegistrationMerge.registration_id.in_(registration_ids),
        RegistrationMerge.done_at >= since,
        RegistrationMerge.undone_at.is_(None),
    )
    return set(db.session.scalars(query))


def is_for_want_of_place(refusal: DomainError) -> bool:
    """Whether a merge cannot be undone for no other reason than that places have gone to somebody else."""
    return isinstance(refusal, EventFullAgain | SessionFullAgain)


def undo(merge: RegistrationMerge, *, over_capacity: bool = False, by: StaffMember, now: datetime) -> Parted:
    """Have the two stand as before the merge, if nothing else has happened since; places on purpose if need be.

    Who has been told of the merge is told anew. Raises UndoneAlready, ChangedSince, AddressTaken, and what of
    `standing` says why somebody cannot stand as before.
    """
    event = merge.event
    places.hold(event)
    lock(merge.registration_id)
    db.session.refresh(merge)
    if merge.undone_at is not None:
        raise UndoneAlready
    act = _Parting(merge, over_capacity=over_capacity, by=by, now=now)
    return act.do()


class _Parting:
    """One undoing of a merge under way."""

    def __init__(self, merge: RegistrationMerge, *, over_capacity: bool, by: StaffMember, now: datetime) -> None:
        self.merge, self.event, self.over_capacity, self.by, self.now = merge, merge.event, over_capacity, by, now
        self.kept_id, self.gone_id = merge.registration_id, merge.gone_id
        self.before: Rows = merge.before
        self.after: Rows = merge.after
        self.rows = {row["id"]: row for row in self.before[PEOPLE.name]}

    def do(self) -> Parted:
        kept = db.session.get_one(Registration, self.kept_id)
        code = kept.code
        self._check()
        is_told = self._take_back()
        present = self._read_present()
        self._move_places(kept)
        merge_rows.write_person(self.rows[self.kept_id])
        db.session.execute(insert(PEOPLE).values(merge_rows.decode(PEOPLE, self.rows[self.gone_id])))
        merge_rows.put_back(self.before, self.after, present)
        if self.merge.needs:
            merge_rows.put_needs_back(self.merge.needs["before"], self.merge.needs["after"])
        self.merge.undone_at, self.merge.undone_by_id = self.now, self.by.id
        db.session.execute(delete(DuplicateSearch).where(DuplicateSearch.event_id == self.event.id))
        db.session.flush()
        db.session.expire_all()
        codes = {code, *(row["code"] for row in self.rows.values())}
        lines: list[tuple[str, Mapping[str, object]]] = [(each, {}) for each in sorted(codes)]
        trail.record_all("registration.undo_merge", self.event, lines, by=self.by, now=self.now)
        others = promotions.settle(self.event, reason=Reason.MERGE, now=self.now, by=self.by)
        if is_told:
            told: dict[int, announcements.Details] = {
                row["id"]: {"sessions": {}} for row in self.rows.values() if row["email"]
            }
            announcements.announce(self.event, AnnouncementKind.STANDS, told, now=self.now)
        names = [f"{row['first_name']} {row['last_name']}".strip() for row in self.rows.values()]
        return Parted(names, others, is_told=is_told)

    def _check(self) -> None:
        """Raise why the two cannot be two again."""
        if not merge_rows.is_like(self.after, self._read_present()):
            raise ChangedSince
        if self.merge.needs is not None and merge_rows.read_needs([self.kept_id]) != self.merge.needs["after"]:
            raise ChangedSince
        keys = [row["email_key"] for row in self.rows.values() if row["email_key"]]
        taken = select(PEOPLE.c.id).where(
            PEOPLE.c.event_id == self.event.id, PEOPLE.c.email_key.in_(keys), PEOPLE.c.id != self.kept_id
        )
        if db.session.scalar(taken.limit(1)) is not None:
            raise AddressTaken

    def _read_present(self) -> Rows:
        """What stands now, without this merge itself, as JSON would have it."""
        rows: Rows = json.loads(json.dumps(merge_rows.read([self.kept_id])))
        return {**rows, "merges": [row for row in rows["merges"] if row["id"] != self.merge.id]}

    def _take_back(self) -> bool:
        """Leave untold what has not been told of the merge; whether anything had been."""
        kinds = (AnnouncementKind.STANDS,)
        has_told = self._was_announced() and self.kept_id not in announcements.drop(
            self.event, kinds, {self.kept_id}, now=self.now
        )
        about_it = select(OutgoingMail.id).where(
            OutgoingMail.id.in_(
                select(RegistrationMail.mail_id).where(RegistrationMail.registration_id == self.kept_id)
            ),
            OutgoingMail.kind == "merged",
            OutgoingMail.created_at == self.merge.done_at,
        )
        written = set(db.session.scalars(about_it))
        taken_back = mail.take_back(written, now=self.now)
        if taken_back:
            calendars.take_back([self.kept_id], self.merge.done_at)
        return has_told or len(taken_back) < len(written)

    def _was_announced(self) -> bool:
        """Whether the person was to be told of the merge."""
        done_at, stands = self.merge.done_at.isoformat(), AnnouncementKind.STANDS.value
        rows = self.after.get("announcement", ())
        return any(row["kind"] == stands and row["announced_at"] == done_at for row in rows)

    def _move_places(self, kept: Registration) -> None:
        """Take what the two held again, after giving back what the one holds."""
        present = standing.read_standings([kept])[kept.id]
        past = {key: self._read_past(key) for key in self.rows}
        if any(each.held_until and each.held_until <= self.now for each in past.values()):
            raise OfferOver
        if present.has_place:
            reserved_for = kept.dimension if kept.has_reserved_place else None
            places.give_back(self.event, [], reserved_for=reserved_for)
        for key in sorted(past):
            if past[key].has_place:
                self._take_place(self.rows[key])
        held = Counter(key for each in past.values() for key in each.held)
        held.subtract(present.held)
        by_id = {session.id: session for session in self.event.sessions}
        places.give_back_many({by_id[key]: -count for key, count in held.items() if count < 0 and key in by_id})
        for key, count in sorted(held.items()):
            for _each in range(count):
                self._take_session(by_id.get(key))

    def _read_past(self, registration_id: int) -> Standing:
        row = self.rows[registration_id]
        chosen, waits = (
            [each for each in self.before.get(name, ()) if each["registration_id"] == registration_id]
            for name in ("chosen_session", "waiting_list_entry")
        )
        columns = ("id", "session_id", "joined_at", "offered_until")
        return standing.from_json(
            {
                **{name: row[name] for name in ("state", "awaits", "held_until", "promoted_at", "cancelled_at")},
                "sessions": [each["session_id"] for each in chosen],
                "waits": [[each[name] for name in columns] for each in waits],
            }
        )

    def _take_place(self, row: Row) -> None:
        """Take a place of the event, one kept for their group if they had one and it is still free."""
        if row["has_reserved_place"]:
            row["has_reserved_place"] = places.take_reserved(self.event, Dimension(row["dimension"]))
            if row["has_reserved_place"]:
                return
        if places.take_open(self.event):
            return
        if not (self.over_capacity or self.event.is_over(self.now)):
            raise EventFullAgain
        places.take_on_purpose(self.event, [])

    def _take_session(self, session: Session | None) -> None:
        if session is None or session.is_cancelled:
            raise SessionGone
        if places.take_session(session):
            return
        if not (self.over_capacity or session.ends_at <= self.now):  # of what is over it is a fact that they held it
            raise SessionFullAgain(session=session.title)
        places.take_on_purpose(None, [session])
