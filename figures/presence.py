"""Who was there, in numbers: how many are on the list of each session, and how many different people that makes.

Counting people takes reading all their rows. It is done once for every mark of `registrations.attendance_mark` and
then kept in this process, as numbers alone (docs/adr/0036).
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sqlalchemy import Select, Subquery, case, func, literal, select, union_all

from core.database import db
from events.models import Dimension
from registrations import attendance_mark
from registrations.models import Attendance, Registration

People: TypeAlias = tuple[dict[Dimension | None, int], int]
"""How many distinct people there were in each dimension, and in all."""

NOBODY: People = (dict.fromkeys((*Dimension, None), 0), 0)
MOST_KEPT = 64
_MARKS: dict[Dimension | None, str] = {dimension: f"mark_{place}" for place, dimension in enumerate((*Dimension, None))}


class Held(Protocol):
    """What must be known of a session to count who was there."""

    @property
    def id(self) -> int: ...
    @property
    def event_id(self) -> int: ...
    @property
    def dimension(self) -> Dimension | None: ...


@dataclass(frozen=True)
class Presence:
    """How many are on the list of each session that has one, and how many people that is at each event and in all."""

    listed: Mapping[int, int]
    by_event: Mapping[int, People]
    in_all: People


class Kept:
    """The counts that were asked for last, each under its mark and the sessions that it is of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[bytes, Presence] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: bytes) -> Presence | None:
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
            return self._counts.get(key)

    def keep(self, key: bytes, presence: Presence) -> None:
        with self._lock:
            self._counts[key] = presence
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)


_kept = Kept(MOST_KEPT)


def read(sessions: Collection[Held]) -> Presence:
    """Tell who was at these sessions: what was counted before, if nothing has changed since.

    What is counted between two readings of one mark is of that mark, on every isolation level. Nothing is kept of a
    transaction that has changed something itself: it may yet be rolled back.
    """
    mark = attendance_mark.read()
    if not mark or attendance_mark.has_changed():
        return count(sessions)
    key = _name(mark, sessions)
    presence = _kept.find(key)
    if presence is None:
        presence = count(sessions)
        if attendance_mark.read() == mark:
            _kept.keep(key, presence)
    return presence


def count(sessions: Collection[Held]) -> Presence:
    """Count from rows alone who was at these sessions."""
    listed = _count_lists([session.id for session in sessions])
    attended = [session for session in sessions if session.id in listed]
    events = {session.event_id for session in attended}
    if not events:
        return Presence({}, {}, NOBODY)
    if len(events) == 1:
        people = _count_at_one_event(attended)
        return Presence(listed, dict.fromkeys(events, people), people)
    present = _mark_presence(attended)
    return Presence(listed, _count_by_event(present), _count_in_all(present))


def _name(mark: Sequence[str], sessions: Collection[Held]) -> bytes:
    """Name the count of these sessions: of what dimension each is belongs to it."""
    parts = sorted((session.id, session.event_id, session.dimension or "") for session in sessions)
    return hashlib.sha256(repr((mark, parts)).encode()).digest()


def _count_lists(session_ids: Collection[int]) -> dict[int, int]:
    query = select(Attendance.session_id, func.count()).where(Attendance.session_id.in_(session_ids))
    return dict(db.session.execute(query.group_by(Attendance.session_id)).all())


def _count_at_one_event(sessions: Sequence[Held]) -> People:
    """Count distinct people at sessions of one event: there, an address has one registration."""
    dimensions = list(dict.fromkeys(session.dimension for session in sessions))
    queries = [_select_people(place, _ids_of(sessions, dimension)) for place, dimension in enumerate(dimensions)]
    if len(dimensions) > 1:
        queries.append(_select_people(len(dimensions), [session.id for session in sessions]))
    counts = dict(db.session.execute(union_all(*queries)).all())
    return NOBODY[0] | {each: counts[place] for place, each in enumerate(dimensions)}, counts[len(queries) - 1]


def _select_people(place: int, session_ids: Collection[int]) -> Select[int, int]:
    # Both databases do this faster than count(DISTINCT …), for which PostgreSQL sorts and SQLite builds a tree.
    people = select(Attendance.registration_id).where(Attendance.session_id.in_(session_ids)).distinct()
    return select(literal(place), func.count()).select_from(people.subquery())


def _mark_presence(sessions: Sequence[Held]) -> Subquery:
    """Make one row for each registration with attendance, with a mark for every dimension it was in."""
    marked = [
        func.max(case((Attendance.session_id.in_(_ids_of(sessions, dimension)), 1), else_=0)).label(name)
        for dimension, name in _MARKS.items()
    ]
    return (
        select(Attendance.registration_id, *marked)
        .where(Attendance.session_id.in_([session.id for session in sessions]))
        .group_by(Attendance.registration_id)
        .subquery()
    )


def _count_by_event(present: Subquery) -> dict[int, People]:
    """Count distinct people at each event: an address has one registration there."""
    query = (
        select(Registration.event_id, *[func.sum(present.c[name]) for name in _MARKS.values()], func.count())
        .join(present, Registration.id == present.c.registration_id)
        .group_by(Registration.event_id)
    )
    rows = db.session.execute(query)
    return {row[0]: (dict(zip(_MARKS, row[1:-1], strict=True)), row[-1]) for row in rows}


def _count_in_all(present: Subquery) -> People:
    """Count distinct people: the registrations of one address become one person, and their marks are then added up."""
    person = (
        select(*[func.max(present.c[name]).label(name) for name in _MARKS.values()])
        .join(Registration, Registration.id == present.c.registration_id)
        # Nulls are one group: the second column tells those without an address apart.
        .group_by(Registration.email_key, case((Registration.email_key.is_(None), Registration.id)))
        .subquery()
    )
    row = db.session.execute(select(*[func.sum(mark) for mark in person.c], func.count())).one()
    return {dimension: people or 0 for dimension, people in zip(_MARKS, row, strict=False)}, row[-1]


def _ids_of(sessions: Sequence[Held], dimension: Dimension | None) -> list[int]:
    return [session.id for session in sessions if session.dimension is dimension]
