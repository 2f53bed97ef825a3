"""The attendee list: found by search and filter, counted, and read in batches for an export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import StaffMember
from core.database import MAX_ID, db
from core.errors import NotFoundError
from core.text import clean_line, fold
from events.models import Event, Session, SessionKind
from registrations import bounces, questions, supports
from registrations.lists import Attendee, Count, Mark
from registrations.models import Attendance, ChosenSession, Registration, RegistrationState, WaitingListEntry
from registrations.waiting_list import in_line

_BATCH = 1000
_MAX_SEARCH_LENGTH = 100


class Presence(StrEnum):
    """Whether people came: to the session in question, or to any."""

    CAME = "came"
    NOT_YET = "not_yet"


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    ORGANISATION = "organisation"
    DATE = "date"
    LINE = "line"


@dataclass(frozen=True)
class Filter:
    """Which of an event's registrations are meant, and in what order.

    With a session those who chose it or were at it, and with `with_everybody` all the others too: people change rooms.
    A session that nobody chooses is everybody's. Who waits, with a session, is whoever stands on its list, a place in
    the event or not.
    """

    search: str = ""
    session: Session | None = None
    with_everybody: bool = False
    state: RegistrationState | None = None
    presence: Presence | None = None
    refuses_mail: bool = False
    order: Order = Order.NAME

    @property
    def is_empty(self) -> bool:
        return replace(self, order=Order.NAME) == Filter()

    def as_details(self) -> dict[str, str]:
        """Give what was asked for as the audit trail keeps it: never the words of a search, which name a person."""
        details = {"order": self.order.value}
        if self.search:
            details["search"] = "yes"
        if self.session:
            details["session"] = self.session.code
        if self.state:
            details["state"] = self.state.value
        if self.presence:
            details["presence"] = self.presence.value
        if self.refuses_mail:
            details["mail"] = "refused"
        return details


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
        .where(*_conditions(event, wanted))
        .order_by(*_order(event, wanted))
        .options(selectinload(Registration.sessions))
    )


def list_positions(event: Event, session: Session | None, ids: Sequence[int]) -> dict[int, int]:
    """Give the positions of these registrations in the list of the session, or of the event, counted from 1."""
    counter = session or event
    if not counter.people_waiting:
        return {}
    number = func.row_number().over(order_by=WaitingListEntry.id).label("number")
    line = (
        select(WaitingListEntry.registration_id, number)
        .join(Registration, Registration.id == WaitingListEntry.registration_id)
        .where(in_line(event.id, session.id if session else None))
        .subquery()
    )
    rows = db.session.execute(select(line.c.registration_id, line.c.number).where(line.c.registration_id.in_(ids)))
    return dict(rows.all())


def list_waited_codes(ids: Sequence[int]) -> dict[int, list[str]]:
    """Give the codes of the sessions whose lists these registrations stand on, in order of time."""
    return _read_codes(WaitingListEntry, ids)


def list_expected_ids(event: Event, wanted: Filter, session: Session) -> list[int]:
    """Give the ids of those of a filter who hold a place and have not been recorded at the session."""
    expected = replace(wanted, session=session, state=RegistrationState.CONFIRMED, presence=Presence.NOT_YET)
    return list(db.session.scalars(select(Registration.id).where(*_conditions(event, expected))))


def count_expected(event: Event, wanted: Filter, session: Session) -> int:
    """Count those of a filter who hold a place and have not been recorded at the session."""
    expected = replace(wanted, session=session, state=RegistrationState.CONFIRMED, presence=Presence.NOT_YET)
    query = select(func.count(Registration.id)).where(*_conditions(event, expected))
    return db.session.scalar(query) or 0


def list_own_ids(event: Event, registration_ids: Iterable[int]) -> list[int]:
    """Give those of the ids that are registrations of the event."""
    ids = [each for each in registration_ids if each <= MAX_ID][:_BATCH]
    return list(
        db.session.scalars(select(Registration.id).where(Registration.event_id == event.id, Registration.id.in_(ids)))
    )


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
    with_answers: bool = False,
    with_supports: bool = False,
) -> Iterator[Attendee]:
    """Read the registrations of a filter in batches, those with a place in `chosen` only when it is given.

    A hundred thousand people need no more memory and no more queries for each than a thousand.
    """
    conditions = list(_conditions(event, wanted))
    if chosen:
        conditions.append(_has_chosen(chosen))
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
    rows = db.session.execute(
        select(*columns).where(*conditions).order_by(*_order(event, wanted)).execution_options(yield_per=_BATCH)
    )
    for batch in rows.partitions():
        ids = [row.id for row in batch]
        chosen_codes, marks = _read_codes(ChosenSession, ids), _read_marks(ids)
        waited_codes, positions = list_waited_codes(ids), list_positions(event, None, ids)
        words = questions.read_words(ids) if with_answers else {}
        needs = supports.read_needs(ids) if with_supports else {}
        for row in batch:
            values = row._asdict()
            key = values.pop("id")
            yield Attendee(
                **values,
                sessions=tuple(chosen_codes.get(key, ())),
                waiting=tuple(waited_codes.get(key, ())),
                position=positions.get(key),
                marks=tuple(marks.get(key, {}).values()),
                words=words.get(key, {}),
                needs=needs.get(key, ()),
            )


def _conditions(event: Event, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    yield Registration.event_id == event.id
    search = clean_line(wanted.search)[:_MAX_SEARCH_LENGTH]
    if search:
        words = [Registration.search_key.contains(word, autoescape=True) for word in fold(search).split()]
        yield or_(and_(*words) if words else Registration.code == "", Registration.code == search.upper())
    if wanted.session and wanted.state is RegistrationState.WAITING:
        yield _entry_id(event, wanted.session).is_not(None)
    elif wanted.state:
        yield Registration.state == wanted.state
    is_of_some = wanted.session is not None and (wanted.session.is_chosen or wanted.session.is_cancelled)
    if wanted.session and is_of_some and wanted.state is not RegistrationState.WAITING and not wanted.with_everybody:
        yield or_(_has_chosen(wanted.session), _came_to(wanted.session))
    if wanted.refuses_mail:
        yield bounces.refuses_mail()
    if wanted.presence is Presence.CAME:
        yield _came_to(wanted.session)
    if wanted.presence is Presence.NOT_YET:
        yield ~_came_to(wanted.session)


def _order(event: Event, wanted: Filter) -> Sequence[Any]:
    """Those who wait in the order of their line, unless something else is asked for."""
    if wanted.order is Order.LINE or (wanted.state is RegistrationState.WAITING and wanted.order is Order.NAME):
        entry_id = _entry_id(event, wanted.session)
        return (entry_id.is_(None), entry_id, *_ORDERS[Order.NAME])
    return _ORDERS[wanted.order]


def _entry_id(event: Event, session: Session | None) -> ScalarSelect[Any]:
    """The stand of a registration on the list of the session, or of the event; NULL for who is not in line."""
    return (
        select(WaitingListEntry.id)
        .where(
            WaitingListEntry.registration_id == Registration.id,
            in_line(event.id, session.id if session else None),
        )
        .correlate(Registration)
        .scalar_subquery()
    )


def _has_chosen(session: Session) -> ColumnElement[bool]:
    return (
        select(ChosenSession.session_id)
        .where(ChosenSession.registration_id == Registration.id, ChosenSession.session_id == session.id)
        .exists()
    )


def _came_to(session: Session | None) -> ColumnElement[bool]:
    attendance = select(Attendance.id).where(Attendance.registration_id == Registration.id)
    return (attendance.where(Attendance.session_id == session.id) if session else attendance).exists()


_ORDERS = {
    Order.NAME: (Registration.sort_key, Registration.id),
    Order.ORGANISATION: (Registration.organisation_key, Registration.sort_key, Registration.id),
    Order.DATE: (Registration.created_at.desc(), Registration.id.desc()),
}


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
        )
        .join(Session, Session.id == Attendance.session_id)
        .join(StaffMember, StaffMember.id == Attendance.recorded_by_id, isouter=True)
        .where(Attendance.registration_id.in_(ids))
        .order_by(Session.starts_at, Session.code)
    ):
        mark = Mark(row.code, row.source, row.name or row.email or "", row.recorded_at)
        marks.setdefault(row.registration_id, {})[row.session_id] = mark
    return marks
