"""The attendee list: found by search and filter, counted, and read in batches for an export."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import StaffMember
from core.database import MAX_ID, db
from core.errors import NotFoundError
from events.models import Event, Session, SessionKind
from registrations import questions, stays, supports
from registrations.filters import Filter as Filter  # noqa: PLC0414 - for all who deal with lists, like the next two
from registrations.filters import Order as Order  # noqa: PLC0414
from registrations.filters import Presence as Presence  # noqa: PLC0414
from registrations.filters import conditions, has_chosen, order_by
from registrations.models import Attendance, ChosenSession, Registration, RegistrationState, WaitingListEntry
from registrations.records import Attendee, Count, Mark
from registrations.waiting_list import in_line

_BATCH = 1000
STANDING = frozenset({"sessions", "marks", "waiting", "position"})
"""What tells how somebody stands beside the registration itself; `words` they answered and `needs` only on demand."""


@dataclass(frozen=True)
class Counts:
    """How an event's registrations stand, whatever is filtered: by state, and how many people came."""

    by_state: Mapping[RegistrationState, int]
    came: int

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


def select_registrations(event: Event, wanted: Filter) -> Select[Registration]:
    """Make the query for a page of the list, with the sessions chosen."""
    return (
        select(Registration)
        .where(*conditions(event, wanted))
        .order_by(*order_by(event, wanted))
        .options(selectinload(Registration.sessions))
    )


def select_ids(event: Event, wanted: Filter) -> Select[int]:
    """Make the query for the ids of a filter, in no order; it can be narrowed down further."""
    return select(Registration.id).where(*conditions(event, wanted))


class Stand(NamedTuple):
    """Where somebody stands in a waiting list, counted from 1, and since when."""

    number: int
    since: datetime


def list_stands(event: Event, session: Session | None, ids: Sequence[int]) -> dict[int, Stand]:
    """Give where these registrations stand in the list of the session, or of the event."""
    counter = session or event
    if not counter.people_waiting:
        return {}
    number = func.row_number().over(order_by=WaitingListEntry.id).label("number")
    line = (
        select(WaitingListEntry.registration_id, number, WaitingListEntry.joined_at)
        .join(Registration, Registration.id == WaitingListEntry.registration_id)
        .where(in_line(event.id, session.id if session else None))
        .subquery()
    )
    rows = db.session.execute(
        select(line.c.registration_id, line.c.number, line.c.joined_at).where(line.c.registration_id.in_(ids))
    )
    return {registration_id: Stand(number, since) for registration_id, number, since in rows}


def list_waited_codes(ids: Sequence[int]) -> dict[int, list[str]]:
    """Give the codes of the sessions whose lists these registrations stand on, in order of time."""
    return _read_codes(WaitingListEntry, ids)


def list_organisations(event: Event, most: int) -> list[str]:
    """Give the organisations that people of the event come from, in order, to choose from; `most` of them."""
    named = (Registration.event_id == event.id, Registration.organisation != "")
    rows = db.session.scalars(
        select(func.min(Registration.organisation))
        .where(*named)
        .group_by(Registration.organisation_key)
        .order_by(Registration.organisation_key)
        .limit(most)
    )
    return list(rows)


def list_expected_ids(event: Event, wanted: Filter, session: Session) -> list[int]:
    """Give the ids of those of a filter who hold a place and have not been recorded at the session."""
    expected = replace(wanted, session=session, state=RegistrationState.CONFIRMED, presence=Presence.NOT_YET)
    return list(db.session.scalars(select(Registration.id).where(*conditions(event, expected))))


def count_expected(event: Event, wanted: Filter, session: Session) -> int:
    """Count those of a filter who hold a place and have not been recorded at the session."""
    expected = replace(wanted, session=session, state=RegistrationState.CONFIRMED, presence=Presence.NOT_YET)
    query = select(func.count(Registration.id)).where(*conditions(event, expected))
    return db.session.scalar(query) or 0


def list_own_ids(event: Event, registration_ids: Iterable[int]) -> list[int]:
    """Give those of the ids that are registrations of the event, in the order in which people signed up."""
    ids = [each for each in registration_ids if 0 < each <= MAX_ID][:_BATCH]
    own = select(Registration.id).where(Registration.event_id == event.id, Registration.id.in_(ids))
    return list(db.session.scalars(own.order_by(Registration.id)))


def get_registration(event: Event, registration_id: int) -> Registration:
    """Give the registration of this event with this id; raises NotFoundError."""
    registration = db.session.scalar(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.id == registration_id)
        .options(joinedload(Registration.event), selectinload(Registration.sessions))
    )
    if registration is None:
        raise NotFoundError
    return registration


def list_signed_up_by(registration: Registration) -> Sequence[Registration]:
    """Give those whom this person signed up, by name."""
    query = select(Registration).where(Registration.signed_up_by_id == registration.id)
    return db.session.scalars(query.order_by(Registration.sort_key, Registration.id)).all()


def list_marks(registrations: Sequence[Registration]) -> dict[int, dict[int, Mark]]:
    """Give the attendance of these registrations, by registration and session."""
    return _read_marks([registration.id for registration in registrations])


def count_registrations(event: Event) -> Counts:
    """Count the registrations of an event by state, and the people who came."""
    rows = db.session.execute(
        select(Registration.state, func.count()).where(Registration.event_id == event.id).group_by(Registration.state)
    ).all()
    came = db.session.scalar(
        select(func.count(Attendance.registration_id.distinct()))
        .join(Registration, Registration.id == Attendance.registration_id)
        .where(Registration.event_id == event.id)
    )
    by_state = dict(rows)
    ordered = {state: by_state[state] for state in RegistrationState if state in by_state}
    return Counts(by_state=ordered, came=came or 0)


def count_sessions(event: Event) -> list[Count]:
    """Count who is expected and came: to the event first, then to each session that is not a break."""
    counts = count_registrations(event)
    registered = dict(
        db.session.execute(
            select(ChosenSession.session_id, func.count())
            .join(Registration, Registration.id == ChosenSession.registration_id)
            .where(Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED)
            .group_by(ChosenSession.session_id)
        ).all()
    )
    came = dict(
        db.session.execute(
            select(Attendance.session_id, func.count())
            .join(Registration, Registration.id == Attendance.registration_id)
            .where(Registration.event_id == event.id)
            .group_by(Attendance.session_id)
        ).all()
    )
    confirmed = counts.by_state.get(RegistrationState.CONFIRMED, 0)
    whole = Count(None, event.title, event.starts_at, confirmed, counts.came)
    return [
        whole,
        *(
            Count(
                session,
                session.title,
                session.starts_at,
                registered.get(session.id, 0) if session.is_chosen or session.is_cancelled else confirmed,
                came.get(session.id, 0),
            )
            for session in event.sessions
            if session.kind is not SessionKind.BREAK
        ),
    ]


def read_attendees(
    event: Event,
    wanted: Filter,
    *,
    chosen: Session | None = None,
    needed: Collection[str] = STANDING,
) -> Iterator[Attendee]:
    """Read the registrations of a filter in batches, those with a place in `chosen` only when it is given.

    A hundred thousand people need no more memory and no more queries for each than a thousand. What stands in other
    tables is read only when it is `needed`.
    """
    asked = [*conditions(event, wanted), *([has_chosen(chosen)] if chosen else [])]
    columns = (
        Registration.id,
        Registration.first_name,
        Registration.last_name,
        Registration.email,
        Registration.organisation,
        Registration.dimension,
        Registration.state,
        Registration.source,
        Registration.code,
        Registration.image_consent_at,
        Registration.created_at,
        Registration.cancelled_at,
    )
    query = select(*columns).where(*asked).order_by(*order_by(event, wanted)).execution_options(yield_per=_BATCH)
    numbers = _number_line(event) if "position" in needed else {}
    with db.session.execute(query) as rows:  # PostgreSQL keeps a cursor open for who has gone away, unless it is closed
        for batch in rows.partitions():
            ids = [row[0] for row in batch]
            chosen_codes = _read_codes(ChosenSession, ids) if "sessions" in needed else {}
            marks = _read_marks(ids) if "marks" in needed else {}
            waited_codes = list_waited_codes(ids) if "waiting" in needed else {}
            words = questions.read_words(ids) if "words" in needed else {}
            needs = supports.read_needs(ids) if "needs" in needed else {}
            for key, *values in batch:
                yield Attendee._make(
                    (
                        *values,
                        tuple(chosen_codes.get(key, ())),
                        tuple(marks.get(key, {}).values()),
                        tuple(waited_codes.get(key, ())),
                        numbers.get(key),
                        words.get(key, {}),
                        needs.get(key, ()),
                    )
                )


def _number_line(event: Event) -> dict[int, int]:
    """Give the number of everybody in the line of the event; once, for to count it is to read the whole line."""
    if not event.people_waiting:
        return {}
    line = (
        select(WaitingListEntry.registration_id)
        .join(Registration, Registration.id == WaitingListEntry.registration_id)
        .where(in_line(event.id, None))
        .order_by(WaitingListEntry.id)
    )
    return {registration_id: number for number, registration_id in enumerate(db.session.scalars(line), start=1)}


def _read_codes(kind: type[ChosenSession | WaitingListEntry], ids: Sequence[int]) -> dict[int, list[str]]:
    codes: dict[int, list[str]] = {}
    for registration_id, code in db.session.execute(
        select(kind.registration_id, Session.code)
        .join(Session, Session.id == kind.session_id)
        .where(kind.registration_id.in_(ids))
        .order_by(Session.starts_at, Session.code)
    ):
        codes.setdefault(registration_id, []).append(code)
    return codes


def _read_marks(ids: Sequence[int]) -> dict[int, dict[int, Mark]]:
    marks: dict[int, dict[int, Mark]] = {}
    for row in db.session.execute(
        select(
            Attendance.registration_id,
            Session.id.label("session_id"),
            Session.code,
            Attendance.source,
            Attendance.recorded_at,
            StaffMember.name,
            StaffMember.email,
            Attendance.device,
            Attendance.stays,
        )
        .join(Session, Session.id == Attendance.session_id)
        .join(StaffMember, StaffMember.id == Attendance.recorded_by_id, isouter=True)
        .where(Attendance.registration_id.in_(ids))
        .order_by(Session.starts_at, Session.code)
    ):
        who = row.name or row.email or row.device
        mark = Mark(row.code, row.source, who, row.recorded_at, stays.read(row.stays))
        marks.setdefault(row.registration_id, {})[row.session_id] = mark
    return marks
