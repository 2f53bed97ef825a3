"""Two registrations of one person made one, without losing anything, and made two again (docs/adr/0027).

Under the event's row, like everything that moves places. The row that stays is the younger of the two, whichever of
them has the better place or the better address: SQLite gives the number of a deleted row away again only when it was
the highest, so that the number of the one that goes is nobody else's and the merge can be undone.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select, update

from accounts.models import StaffMember
from core.database import Model, db
from core.errors import DomainError, NotFoundError
from core.mail import MailState, OutgoingMail
from events.models import Event, Session
from registrations import (
    announcements,
    merge_rows,
    notifications,
    places,
    promotions,
    signals,
    standing,
    stays,
    supports,
    trail,
    waiting_list,
)
from registrations.comparison import Choice, Comparison, Part, compare, rank
from registrations.merge_rows import Row, Rows
from registrations.models import (
    Announcement,
    AnnouncementKind,
    Answer,
    Attendance,
    AutomaticMail,
    Awaited,
    BulkActPerson,
    CalendarEntry,
    ChosenSession,
    DuplicateSearch,
    ImportedPerson,
    PossibleDuplicate,
    Registration,
    RegistrationMail,
    RegistrationMerge,
    RegistrationState,
    SupportNeed,
    WaitingListEntry,
)
from registrations.names import person_values
from registrations.promotions import Reason
from registrations.standing import Standing


class SamePerson(DomainError):
    """A registration cannot be merged with itself."""

    message = _l("Choose two different registrations.")


class GoneMeanwhile(DomainError):
    """Somebody else has merged one of the two, or taken it away."""

    message = _l("One of the two is not there any more: somebody else has just merged it.")


@dataclass(frozen=True)
class Merged:
    """What comes of a merge, in plain values: how the person stands, what was given back, and who is told."""

    merge_id: int
    name: str
    email: str
    state: RegistrationState
    sessions: Sequence[str]
    waits: Sequence[tuple[str, int]]
    came_to: Sequence[str]
    freed: Sequence[str]
    frees_event: bool
    others: int
    mails: int
    told: Sequence[str]
    needs: int


def find_pair(event: Event, one_id: int, other_id: int) -> tuple[Registration, Registration]:
    """The two registrations of this event. Raises SamePerson, GoneMeanwhile for one that was merged, NotFoundError."""
    if one_id == other_id:
        raise SamePerson
    found = db.session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.id.in_([one_id, other_id]))
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) == 2:
        return found[0], found[1]
    gone = select(RegistrationMerge.id).where(
        RegistrationMerge.event_id == event.id,
        RegistrationMerge.gone_id.in_([one_id, other_id]),
        RegistrationMerge.undone_at.is_(None),
    )
    raise GoneMeanwhile if db.session.scalar(gone.limit(1)) else NotFoundError


def put_side_by_side(event: Event, one_id: int, other_id: int) -> Comparison:
    """What the two registrations have alike and what not. Raises what `find_pair` raises."""
    pair = find_pair(event, one_id, other_id)
    return compare(*pair, standing.read_standings(pair))


def merge(event: Event, pair_ids: tuple[int, int], choice: Choice, *, by: StaffMember, now: datetime) -> Merged:
    """Make two registrations of one person one that has all that the two had.

    An address gets one mail at most, and only when it knows something else. Raises what `find_pair` raises.
    """
    places.hold(event)
    lock(*pair_ids)
    pair = find_pair(event, *pair_ids)
    act = _Merging(event, pair, choice, by, now)
    return act.do()


def lock(*registration_ids: int) -> None:
    """Be alone with the two: nothing new can name them until the merge is there or not."""
    db.session.scalars(
        select(Registration.id).where(Registration.id.in_(registration_ids)).order_by(Registration.id).with_for_update()
    ).all()


class _Merging:
    """One merge under way."""

    def __init__(
        self, event: Event, pair: tuple[Registration, Registration], choice: Choice, by: StaffMember, now: datetime
    ) -> None:
        self.event, self.by, self.now = event, by, now
        self.stands = standing.read_standings(pair)
        self.compared = compare(*pair, self.stands)
        self.chosen = self.compared.choose(choice)
        self.main, self.other = self.compared.main, self.compared.other
        self.gone, self.kept = sorted(pair, key=lambda each: each.id)
        self.gone_id, self.kept_id = (each.id for each in (self.gone, self.kept))
        self.writes_to_id = self.chosen.get(Part.EMAIL, self.main.id)
        self.former_address = next(each.email for each in pair if each.id != self.writes_to_id)
        self.by_id = {session.id: session for session in event.sessions}
        self.freed: Counter[Event | Session] = Counter()

    def do(self) -> Merged:
        ids = [self.gone_id, self.kept_id]
        before, needs = merge_rows.read(ids), merge_rows.read_needs(ids)
        values = self._choose_values()
        former = self._keep_ways_in(values)
        wanted = self._stand()
        self._move_places(wanted, values)
        self._write_sessions(wanted)
        self._write_waits(wanted)
        signals.merged.send(self.kept, gone=self.gone, by=self.by, now=self.now)
        doubled = self._join_attendance()
        self._join_the_rest()
        has_doubles = self._join_calendars()
        self._delete_gone(wanted, values)
        line = (values["code"], {"code": former["code"], **doubled})
        trail.record_all("registration.merge", self.event, [line], by=self.by, now=self.now)
        others = promotions.settle(self.event, reason=Reason.MERGE, now=self.now, by=self.by)
        told = self._tell(wanted, former["token"], has_doubles=has_doubles)
        merge = self._keep(before, needs, former)
        return self._say(merge, others=others, told=told)

    def _stays(self, key: str) -> Registration:
        """Whose value of a part stays: of what the two have alike it does not matter."""
        chosen = self.chosen.get(key, self.main.id)
        return self.main if chosen == self.main.id else self.other

    def _choose_values(self) -> dict[str, Any]:
        """The columns of the registration that stays, but for how it stands."""
        named, wrote, works = (self._stays(part) for part in (Part.NAME, Part.EMAIL, Part.ORGANISATION))
        agreed = self._stays(Part.IMAGE_CONSENT)
        main, other = self.main, self.other
        return {
            **person_values(named.first_name, named.last_name, wrote.email, works.organisation),
            "dimension": self._stays(Part.DIMENSION).dimension,
            "language": self._stays(Part.LANGUAGE).language,
            "image_consent_at": agreed.image_consent_at,
            "token": wrote.token,  # mails go to this address: they tell it no link but its own
            "code": main.code,
            "source": main.source,
            "created_at": min(main.created_at, other.created_at),
            "invitation_id": main.invitation_id or other.invitation_id,
            "signed_up_by_id": self._signed_up_by(),
            "signed_up_by_name": main.signed_up_by_name or other.signed_up_by_name,
        }

    def _signed_up_by(self) -> int | None:
        """Who signed them up, if that was somebody else."""
        ids = (self.main.signed_up_by_id, self.other.signed_up_by_id)
        return next((each for each in ids if each and each not in {self.main.id, self.other.id}), None)

    def _keep_ways_in(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What leads to the one that stays besides its own link, code and address."""
        keys = {self.main.email_key, self.other.email_key} - {values["email_key"], None}
        return {
            "token": next(each.token for each in (self.main, self.other) if each.token != values["token"]),
            "code": self.other.code,
            "email_key": next(iter(keys), None),
            "name": self.gone.full_name,
        }

    def _stand(self) -> Standing:
        """How the person stands: the better of the two, with the sessions of both, first in every line."""
        best = max(self.stands.values(), key=rank) if self._differ_in_rank() else self.stands[self.main.id]
        second = self.stands[self.other.id if best is self.stands[self.main.id] else self.main.id]
        sessions: set[int] = set()
        if best.has_place:
            sessions = {*best.sessions, *second.sessions} - self._dropped()
        waits = [] if best.state is RegistrationState.CANCELLED else self._join_waits(best, sessions)
        if best.has_place and self._is_confirmed_elsewhere(best, second):
            best = replace(best, state=RegistrationState.CONFIRMED, awaits=None, held_until=None)
        moments = [each.cancelled_at for each in (best, second) if each.cancelled_at]
        return Standing(
            best.state,
            best.awaits,
            best.held_until,
            best.promoted_at or second.promoted_at,
            max(moments) if moments and best.state is RegistrationState.CANCELLED else None,
            frozenset(sessions),
            tuple(waits),
        )

    def _is_confirmed_elsewhere(self, best: Standing, second: Standing) -> bool:
        """Whether the better one still awaits that its address is confirmed, and the other's address stays."""
        stays = self.stands[self.writes_to_id]
        return best.awaits is Awaited.ADDRESS and stays is second and rank(second) > 0 and second.awaits is None

    def _differ_in_rank(self) -> bool:
        return len({rank(each) for each in self.stands.values()}) > 1

    def _dropped(self) -> set[int]:
        """The sessions that were not chosen of those at one time."""
        dropped: set[int] = set()
        for clash in self.compared.clashes:
            left = next(key for key in clash.sessions if key != self.chosen[clash.key])
            dropped |= {session.id for session in clash.sessions[left]}
        return dropped

    def _join_waits(self, best: Standing, sessions: Collection[int]) -> list[standing.Wait]:
        """One stand on each list that is still waited for: the one that holds a place, or else the earlier."""
        joined: dict[int | None, standing.Wait] = {}
        for stand in self.stands.values():
            for wait in stand.waits:
                if wait.session_id in sessions or (wait.session_id is None and best.has_place):
                    continue
                known = joined.get(wait.session_id)
                joined[wait.session_id] = min(known, wait, key=_how_good) if known else wait
        return sorted(joined.values(), key=lambda wait: wait.entry_id)

    def _move_places(self, wanted: Standing, values: dict[str, Any]) -> None:
        """Give back every place that the two had and the one does not need."""
        holders = [each for each in (self.main, self.other) if self.stands[each.id].has_place]
        keeper = self._choose_place(holders, values["dimension"])
        for each in holders:
            if each is not keeper:
                places.give_back(self.event, [], reserved_for=each.dimension if each.has_reserved_place else None)
                self.freed[self.event] += 1
        values["has_reserved_place"] = bool(keeper and keeper.has_reserved_place)
        if keeper and keeper.has_reserved_place:
            values["dimension"] = keeper.dimension  # the place is kept for who comes from there
        held = Counter(key for stand in self.stands.values() for key in stand.held if key in self.by_id)
        held.subtract(key for key in wanted.held if key in self.by_id)
        freed: dict[Event | Session, int] = {self.by_id[key]: count for key, count in held.items() if count > 0}
        places.give_back_many(freed)
        self.freed.update(freed)

    def _choose_place(self, holders: Sequence[Registration], dimension: object) -> Registration | None:
        """Whose place of the event stays: one kept for the group the person comes from, so that an open one is free."""
        fitting = [each for each in holders if each.has_reserved_place and each.dimension == dimension]
        return next(iter([*fitting, *(each for each in holders if not each.has_reserved_place), *holders]), None)

    def _write_sessions(self, wanted: Standing) -> None:
        for kind in (self.gone, self.kept):
            gone = self.stands[kind.id].sessions - (wanted.sessions if kind is self.kept else frozenset())
            if gone:
                db.session.execute(
                    delete(ChosenSession)
                    .where(ChosenSession.registration_id == kind.id, ChosenSession.session_id.in_(gone))
                    .execution_options(synchronize_session=False)
                )
        new = wanted.sessions - self.stands[self.kept_id].sessions
        if new:
            rows = [{"registration_id": self.kept_id, "session_id": each} for each in sorted(new)]
            db.session.execute(insert(ChosenSession), rows)

    def _write_waits(self, wanted: Standing) -> None:
        """Leave the stands that stay, whosever they were, and take away the others."""
        stay = {each.entry_id for each in wanted.waits}
        gone = [each.entry_id for stand in self.stands.values() for each in stand.waits if each.entry_id not in stay]
        self._delete(WaitingListEntry, WaitingListEntry.id.in_(gone))
        self._hand_over(WaitingListEntry)

    def _join_attendance(self) -> dict[str, Any]:
        """Keep of two records of one session the earlier, with what both know; the trail keeps what the other said."""
        rows = db.session.scalars(
            select(Attendance)
            .where(Attendance.registration_id.in_([self.gone_id, self.kept_id]))
            .order_by(Attendance.recorded_at, Attendance.id)
        ).all()
        first: dict[int, Attendance] = {}
        doubled = [row for row in rows if first.setdefault(row.session_id, row) is not row]
        for row in doubled:
            self._join_stays(first[row.session_id], row)
        said = [
            {"session": self.by_id[row.session_id].code, "source": row.source.value, "at": row.recorded_at.isoformat()}
            for row in doubled
            if row.session_id in self.by_id
        ]
        self._delete(Attendance, Attendance.id.in_([row.id for row in doubled]))
        self._hand_over(Attendance)
        return {"doubled": said} if said else {}

    def _join_stays(self, row: Attendance, other: Attendance) -> None:
        """Let one record say when the person came and left by either."""
        joined = {
            "stays": stays.write(stays.join(stays.read(row.stays), stays.read(other.stays))),
            "stated_stays": stays.write(stays.join(stays.read(row.stated_stays), stays.read(other.stated_stays))),
        }
        self._update(Attendance, Attendance.id == row.id, **joined)

    def _join_the_rest(self) -> None:
        self._join_answers()
        self._join_needs()
        self._join_announcements()
        self._join_keyed(RegistrationMail, "mail_id")
        self._join_keyed(AutomaticMail, "occasion")
        self._join_keyed(BulkActPerson, "bulk_act_id")
        self._join_keyed(ImportedPerson, "batch_id")
        self._join_found()
        self._hand_over(RegistrationMerge)
        self._update(Registration, Registration.signed_up_by_id == self.gone_id, signed_up_by_id=self.kept_id)

    def _join_answers(self) -> None:
        """Keep what either answered; where both did, what was chosen."""
        for answer in db.session.scalars(
            select(Answer).where(Answer.registration_id.in_([self.gone_id, self.kept_id]))
        ).all():
            key = f"answer-{answer.question_id}"
            if key in self.chosen and answer.registration_id != self.chosen[key]:
                self._delete(
                    Answer,
                    Answer.registration_id == answer.registration_id,
                    Answer.question_id == answer.question_id,
                )
        self._join_keyed(Answer, "question_id")

    def _join_needs(self) -> None:
        """Keep all that either said about supports, under the consent given with it; two texts stand together."""
        mine, theirs = ({need.kind: need for need in supports.list_needs(each)} for each in (self.kept, self.gone))
        for kind, need in theirs.items():
            if kind in mine and need.details.strip().casefold() != mine[kind].details.strip().casefold():
                texts = [text for text in (mine[kind].details, need.details) if text.strip()]
                mine[kind].details = " · ".join(texts)
        db.session.flush()
        self._join_keyed(SupportNeed, "kind")

    def _join_announcements(self) -> None:
        """Keep what is still to be told to either; of one kind, what was to be told to the one that stays."""
        self._join_keyed(Announcement, "kind")

    def _join_found(self) -> None:
        """Keep who was said to be somebody else; what else was found is found anew."""
        mine = (PossibleDuplicate.first_id == self.gone_id) | (PossibleDuplicate.second_id == self.gone_id)
        rows = db.session.scalars(select(PossibleDuplicate).where(mine, PossibleDuplicate.apart_at.is_not(None))).all()
        apart = {each for row in rows for each in (row.first_id, row.second_id)} - {self.gone_id, self.kept_id}
        values = {each.first_id + each.second_id - self.gone_id: each for each in rows}
        self._delete(PossibleDuplicate, mine)
        for other_id in sorted(apart):
            row, (first, second) = values[other_id], sorted((self.kept_id, other_id))
            if db.session.get(PossibleDuplicate, (first, second)) is None:
                db.session.add(
                    PossibleDuplicate(
                        first_id=first,
                        second_id=second,
                        event_id=self.event.id,
                        score=row.score,
                        reasons=row.reasons,
                        apart_by_id=row.apart_by_id,
                        apart_at=row.apart_at,
                    )
                )
        db.session.flush()

    def _join_calendars(self) -> bool:
        """Have the entries of both be one calendar's; whether anything stands twice in it and has to be cancelled.

        What stands twice stays as the address that stays was told; the other entry is kept under a number that is no
        session's, and cancelled (RFC 5546 §3.2.5). What only the other address was told is told anew, under the same
        name.
        """
        rows = db.session.scalars(
            select(CalendarEntry).where(CalendarEntry.registration_id.in_([self.gone_id, self.kept_id]))
        ).all()
        told = {row.session_id: row for row in rows if row.registration_id == self.writes_to_id}
        others = [row for row in rows if row.registration_id != self.writes_to_id]
        has_moved = self.main.email_key != self.other.email_key
        lowest = min([0, *(row.session_id for row in rows)])
        has_doubles = False
        entries = [self._copy_entry(row) for row in told.values()]
        for row in others:
            entry = self._copy_entry(row)
            if row.session_id in told:
                lowest -= 1
                entry["session_id"] = lowest
                has_doubles = has_doubles or (not row.is_cancelled and row.ends_at > self.now)
            elif has_moved and not row.is_cancelled:
                entry["fingerprint"] = ""
            entries.append(entry)
        self._delete(CalendarEntry, CalendarEntry.registration_id.in_([self.gone_id, self.kept_id]))
        if entries:
            db.session.execute(insert(CalendarEntry), entries)
        return has_doubles and self._reaches(self.former_address)

    def _reaches(self, address: str) -> bool:
        """Whether any mail to an address has not been refused, so that somebody's calendar knows what it said."""
        written = select(OutgoingMail.id).join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id)
        is_theirs = RegistrationMail.registration_id.in_([self.gone_id, self.kept_id])
        has_come = OutgoingMail.state.in_([MailState.WAITING, MailState.SENT])
        return bool(address) and bool(
            db.session.scalar(written.where(is_theirs, OutgoingMail.recipient == address, has_come).limit(1))
        )

    def _copy_entry(self, row: CalendarEntry) -> dict[str, Any]:
        values = {column.name: getattr(row, column.name) for column in CalendarEntry.__table__.columns}
        return {**values, "registration_id": self.kept_id}

    def _delete_gone(self, wanted: Standing, values: Mapping[str, Any]) -> None:
        """Take the row away that nothing names any more, and have the other be both."""
        left = merge_rows.count_left(self.gone_id)
        if left:  # a room has not followed: its rows would vanish with this one
            raise RuntimeError(f"rows that name the registration which goes: {left}")
        people = merge_rows.PEOPLE
        db.session.expunge(self.gone)
        db.session.execute(delete(people).where(people.c.id == self.gone_id))
        stand = {
            "state": wanted.state,
            "awaits": wanted.awaits,
            "held_until": wanted.held_until,
            "promoted_at": wanted.promoted_at,
            "cancelled_at": wanted.cancelled_at,
            "updated_at": self.now,
        }
        db.session.execute(update(people).where(people.c.id == self.kept_id).values(**values, **stand))
        db.session.expire_all()

    def _tell(self, wanted: Standing, former_token: str, *, has_doubles: bool) -> list[str]:
        """Have each address told that knows something else, the one that stays and the other; the addresses.

        The one that stays, of how they stand, if that is not what its mails have said. The other only for the sake of
        its calendar, where something would stand twice.
        """
        registration = self.kept
        if registration.state is RegistrationState.CANCELLED or self.event.is_over(self.now):
            return []
        told = []
        if registration.email and self.stands[self.writes_to_id].compared != wanted.compared:
            news: dict[int, announcements.Details] = {registration.id: {"sessions": {}}}
            announcements.announce(self.event, AnnouncementKind.STANDS, news, now=self.now)
            told.append(registration.email)
        if has_doubles and registration.email:
            waiting = waiting_list.list_sessions(registration)
            notifications.merged(registration, self.former_address, former_token, waiting=waiting, now=self.now)
            told.append(self.former_address)
        db.session.flush()
        return told

    def _keep(self, before: Rows, needs: list[Row], former: Mapping[str, Any]) -> RegistrationMerge:
        kept_id = self.kept_id
        after = merge_rows.read([kept_id])
        merge = RegistrationMerge(
            event_id=self.event.id,
            registration_id=kept_id,
            gone_id=self.gone_id,
            before=before,
            after=after,
            needs={"before": needs, "after": merge_rows.read_needs([kept_id])} if needs else None,
            done_by_id=self.by.id,
            done_at=self.now,
            **former,
        )
        db.session.add(merge)
        db.session.execute(delete(DuplicateSearch).where(DuplicateSearch.event_id == self.event.id))
        db.session.flush()
        return merge

    def _say(self, merge: RegistrationMerge, *, others: int, told: Sequence[str]) -> Merged:
        registration = self.kept
        attended = select(Attendance.session_id).where(Attendance.registration_id == registration.id)
        came_to = set(db.session.scalars(attended))
        positions = [waiting_list.find_position(entry) for entry in waiting_list.list_entries(registration)]
        return Merged(
            merge_id=merge.id,
            name=registration.full_name,
            email=registration.email,
            state=registration.state,
            sessions=[session.title for session in registration.sessions],
            waits=[(each.session.title if each.session else "", each.number) for each in positions],
            came_to=[session.title for session in self.event.sessions if session.id in came_to],
            freed=[each.title for each in self.freed if isinstance(each, Session)],
            frees_event=self.event in self.freed,
            others=others,
            mails=len(merge.before.get("registration_mail", ())),
            told=told,
            needs=len(merge_rows.read_needs([registration.id])),
        )

    def _join_keyed(self, kind: type[Model], name: str) -> None:
        """Hand over the rows of which the one that stays has none under the same key, and take the others away."""
        table = kind.metadata.tables[kind.__tablename__]
        mine = select(table.c[name]).where(table.c.registration_id == self.kept_id)
        self._delete(kind, table.c.registration_id == self.gone_id, table.c[name].in_(db.session.scalars(mine).all()))
        self._hand_over(kind)

    def _hand_over(self, kind: type[Model]) -> None:
        table = kind.metadata.tables[kind.__tablename__]
        self._update(kind, table.c.registration_id == self.gone_id, registration_id=self.kept_id)

    def _update(self, kind: type[Model], which: Any, **values: object) -> None:
        db.session.execute(update(kind).where(which).values(**values).execution_options(synchronize_session=False))

    def _delete(self, kind: type[Model], *which: Any) -> None:
        db.session.execute(delete(kind).where(*which).execution_options(synchronize_session=False))


def _how_good(wait: standing.Wait) -> tuple[bool, float, int]:
    """What makes one stand on a list better than another: that a place is offered, the longer the better; its turn."""
    until = wait.offered_until
    return until is None, -until.timestamp() if until else 0, wait.entry_id
