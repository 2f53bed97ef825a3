"""The rows behind figures: each number of a page leads to a list that has exactly as many.

Where people are counted, a headcount is one row that stands for as many people as were declared: no list was kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager

from contributions.entry_lists import NO_DIMENSION
from core.database import db
from events.models import Dimension, Event, Session
from figures import figures
from figures.figures import PERSON, Figures, Scope
from registrations.models import Attendance, Registration


class Known(StrEnum):
    """What figures must say of sessions: that something was only declared of them, or that nobody knows it."""

    DECLARED_PARTICIPANTS = "declared_participants"
    DECLARED_CONTRIBUTIONS = "declared_contributions"
    DECLARED_PROPOSALS = "declared_proposals"
    UNKNOWN_PARTICIPANTS = "unknown_participants"
    UNKNOWN_CONTRIBUTIONS = "unknown_contributions"
    UNKNOWN_PROPOSALS = "unknown_proposals"

    def holds(self, of_session: Figures) -> bool:
        """Whether a session with these figures is one of them."""
        is_declared, _underscore, what = self.value.partition("_")
        declared: figures.Declared = getattr(of_session.declared, what)
        return bool(declared.sessions if is_declared == "declared" else declared.unknown_sessions)


@dataclass(frozen=True)
class RowFilter:
    """Which of the sessions of an event or a process a number is about; an empty one: all of them."""

    dimension: Dimension | str | None = None
    event: str = ""
    session: str = ""
    known: Known | None = None

    def narrow(self, scope: Scope) -> Scope:
        """The sessions of the scope that it leaves; what is known of them can only be told from their figures."""
        conditions: list[ColumnElement[bool]] = []
        if self.dimension:
            of_none = self.dimension == NO_DIMENSION
            conditions.append(Session.dimension.is_(None) if of_none else Session.dimension == self.dimension)
        if self.event:
            conditions.append(Event.slug == self.event)
        if self.session:
            conditions.append(Session.code == self.session)
        return scope.narrowed(*conditions)


@dataclass(frozen=True)
class SessionRow:
    """A session that counts, and its figures by itself."""

    session: Session
    figures: Figures


@dataclass(frozen=True)
class PersonRow:
    """Somebody who took part: their registration (one of several in a process), and in which sessions they were."""

    registration: Registration
    sessions: list[Session] = field(default_factory=list)


def list_sessions(scope: Scope, chosen: RowFilter) -> list[SessionRow]:
    """List the sessions that count, in the order of the programme."""
    of_sessions = figures.compute_sessions(chosen.narrow(scope))
    query = (
        select(Session)
        .join(Session.event)
        .where(chosen.narrow(scope).condition)
        .options(contains_eager(Session.event))
        .order_by(Event.starts_at, Event.id, Session.starts_at, Session.code)
    )
    rows = [SessionRow(each, of_sessions[each.id]) for each in db.session.scalars(query) if each.id in of_sessions]
    return [row for row in rows if chosen.known is None or chosen.known.holds(row.figures)]


def list_headcounts(scope: Scope, chosen: RowFilter) -> list[SessionRow]:
    """List the sessions that kept no list and declared how many people were there, if any were."""
    return [row for row in list_sessions(scope, chosen) if row.figures.declared.participants.count]


def select_people(scope: Scope, chosen: RowFilter) -> Select[str]:
    """Select the distinct people with attendance, in their order on lists; `read_people` tells who they are."""
    return (
        select(PERSON)
        .select_from(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .join(Session.event)
        .where(chosen.narrow(scope).condition)
        .group_by(PERSON)
        .order_by(func.min(Registration.sort_key), PERSON)
    )


def read_people(scope: Scope, chosen: RowFilter, people: Sequence[str]) -> list[PersonRow]:
    """Read who these people of `select_people` are, and where they were, in the same order."""
    query = _select_attendances(chosen.narrow(scope).condition).where(PERSON.in_(people))
    rows: dict[str, PersonRow] = {}
    for attendance in db.session.scalars(query.order_by(Event.starts_at, Session.starts_at, Session.code)):
        registration = attendance.registration
        person = rows.setdefault(registration.email_key or str(registration.id), PersonRow(registration))
        person.sessions.append(attendance.session)
    return [rows[person] for person in people]


def select_attendances(scope: Scope, chosen: RowFilter) -> Select[Attendance]:
    """Select who was where, session by session in the order of the programme."""
    return _select_attendances(chosen.narrow(scope).condition).order_by(
        Event.starts_at, Event.id, Session.starts_at, Session.code, Registration.sort_key, Attendance.id
    )


def add_up(rows: Iterable[SessionRow]) -> int:
    """Add up how many people were declared of these sessions."""
    return sum(row.figures.declared.participants.count for row in rows)


def _select_attendances(condition: ColumnElement[bool]) -> Select[Attendance]:
    return (
        select(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .join(Session.event)
        .where(condition)
        .options(
            contains_eager(Attendance.registration),
            contains_eager(Attendance.session).contains_eager(Session.event),
        )
    )
