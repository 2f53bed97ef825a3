"""Registrations of an event that may be one person's: found, remembered, and told apart for good (docs/adr/0027).

Pairs are worked out anew when people have changed: by the clock, and before anybody looks at them. Meanwhile pages only
read rows, however many people there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from accounts.models import StaffMember
from core.database import batches, db, insert_into, transaction
from core.errors import NotFoundError
from core.jobs import sweep
from core.text import fold
from events.models import Event, EventState
from registrations import likeness, places, trail
from registrations.likeness import Likeness, Pair, Person
from registrations.models import (
    Answer,
    DuplicateSearch,
    PossibleDuplicate,
    Question,
    QuestionKind,
    Registration,
    RegistrationState,
)

SEARCHED_FOR = timedelta(days=90)
"""How long after an event its people are still compared: corrections come with the certificates."""
_INSERTED = 500
_PHONE_WORDS = ("telefon", "mobil", "phone")


@dataclass(frozen=True)
class Numbers:
    """How many pairs somebody has to look at, and how many were said to be two people."""

    possible: int
    apart: int


def refresh(event: Event) -> bool:
    """Find the pairs of an event anew if its people have changed since; whether they had."""
    mark = _read_mark(event.id)
    if mark == db.session.scalar(select(DuplicateSearch.mark).where(DuplicateSearch.event_id == event.id)):
        return False
    found = likeness.find_pairs(_read_people(event))
    places.hold(event)  # the comparing is done: nobody who signs up waits for it
    _write(event, found)
    write = insert_into(DuplicateSearch)
    db.session.execute(
        write.values(event_id=event.id, mark=mark).on_conflict_do_update(
            index_elements=[DuplicateSearch.event_id], set_={"mark": mark}
        )
    )
    db.session.flush()
    db.session.expire_all()
    return True


def is_stale(event: Event) -> bool:
    """Whether people have changed since the pairs were found."""
    known = db.session.scalar(select(DuplicateSearch.mark).where(DuplicateSearch.event_id == event.id))
    return known != _read_mark(event.id)


@sweep
def find_duplicates(now: datetime) -> int:
    """Find the pairs anew of every event whose people have changed; of how many that was so."""
    with transaction():
        is_open = (Event.state != EventState.CANCELLED, Event.ends_at > now - SEARCHED_FOR)
        marks = (
            select(Registration.event_id, *_mark_columns())
            .join(Event, Event.id == Registration.event_id)
            .where(*is_open)
            .group_by(Registration.event_id)
        )
        known = dict(db.session.execute(select(DuplicateSearch.event_id, DuplicateSearch.mark)).all())
        rows: Any = db.session.execute(marks)
        changed = [event_id for event_id, *values in rows if known.get(event_id) != _mark(*values)]
    for event_id in changed:
        with transaction():
            event = db.session.get(Event, event_id)
            if event is not None:
                refresh(event)
    return len(changed)


def select_pairs(event: Event, *, apart: bool = False) -> Select[PossibleDuplicate]:
    """Make the query for the pairs to look at, those for which most speaks first and of who cancelled last.

    Or, with `apart`, for those that somebody said to be two people, the latest first.
    """
    first, second = aliased(Registration), aliased(Registration)
    query = (
        select(PossibleDuplicate)
        .join(PossibleDuplicate.first.of_type(first))
        .join(PossibleDuplicate.second.of_type(second))
        .where(PossibleDuplicate.event_id == event.id, _is_apart() if apart else ~_is_apart())
        .options(
            contains_eager(PossibleDuplicate.first.of_type(first)).options(selectinload(first.sessions)),
            contains_eager(PossibleDuplicate.second.of_type(second)).options(selectinload(second.sessions)),
            joinedload(PossibleDuplicate.apart_by),
        )
    )
    if apart:
        return query.order_by(
            PossibleDuplicate.apart_at.desc(), PossibleDuplicate.first_id, PossibleDuplicate.second_id
        )
    cancelled = RegistrationState.CANCELLED
    is_old = case((or_(first.state == cancelled, second.state == cancelled), 1), else_=0)
    return query.order_by(
        is_old, PossibleDuplicate.score.desc(), PossibleDuplicate.first_id, PossibleDuplicate.second_id
    )


def count(event: Event) -> Numbers:
    """Count the pairs of an event as they were last found, in one query."""
    apart = func.count().filter(_is_apart())
    row = db.session.execute(
        select(func.count() - apart, apart).select_from(PossibleDuplicate).where(PossibleDuplicate.event_id == event.id)
    ).one()
    return Numbers(*row)


def find(event: Event, one_id: int, other_id: int) -> PossibleDuplicate | None:
    """What is known of two registrations of the event."""
    first_id, second_id = sorted((one_id, other_id))
    return db.session.scalar(
        select(PossibleDuplicate)
        .where(
            PossibleDuplicate.event_id == event.id,
            PossibleDuplicate.first_id == first_id,
            PossibleDuplicate.second_id == second_id,
        )
        .options(joinedload(PossibleDuplicate.apart_by))
    )


def tell_apart(one: Registration, other: Registration, *, by: StaffMember, now: datetime) -> None:
    """Remember of both that they are two people; said twice it is the same."""
    first, second = sorted((one, other), key=lambda each: each.id)
    write = insert_into(PossibleDuplicate)
    said = {"apart_by_id": by.id, "apart_at": now}
    key = {"first_id": first.id, "second_id": second.id, "event_id": first.event_id}
    written = db.session.scalar(
        write.values(**key, score=0, reasons=[], **said)
        .on_conflict_do_update(
            index_elements=[PossibleDuplicate.first_id, PossibleDuplicate.second_id],
            set_=said,
            where=PossibleDuplicate.apart_at.is_(None),
        )
        .returning(PossibleDuplicate.first_id)
    )
    if written is not None:
        _record("registration.tell_apart", first, second, by=by, now=now)
    db.session.expire_all()


def doubt(event: Event, one_id: int, other_id: int, *, by: StaffMember, now: datetime) -> None:
    """Take back that two are two people: they are compared again. Raises NotFoundError when nobody said so."""
    pair = find(event, one_id, other_id)
    if pair is None or pair.apart_at is None:
        raise NotFoundError
    _record("registration.doubt", pair.first, pair.second, by=by, now=now)
    db.session.delete(pair)
    db.session.execute(delete(DuplicateSearch).where(DuplicateSearch.event_id == event.id))
    db.session.flush()


def select_others(registration: Registration, search: str) -> Select[Registration]:
    """Make the query for the others of the event whose name, address or organisation has all these words."""
    words = [Registration.search_key.contains(word, autoescape=True) for word in fold(search).split()]
    query = select(Registration).where(
        Registration.event_id == registration.event_id, Registration.id != registration.id, *words
    )
    return query.order_by(Registration.sort_key, Registration.id)


def _record(act: str, one: Registration, other: Registration, *, by: StaffMember, now: datetime) -> None:
    lines = [(one.code, {"code": other.code}), (other.code, {"code": one.code})]
    trail.record_all(act, one.event, lines, by=by, now=now)


def _is_apart() -> ColumnElement[bool]:
    return PossibleDuplicate.apart_at.is_not(None)


def _mark_columns() -> tuple[ColumnElement[Any], ...]:
    return func.count(), func.max(Registration.updated_at), func.max(Registration.id), func.sum(Registration.id)


def _mark(people: int, changed_at: datetime | None, *ids: int | None) -> str:
    """What is another once somebody has come, gone or changed."""
    return ":".join(map(str, (people, changed_at and changed_at.isoformat(), *ids)))


def _read_mark(event_id: int) -> str:
    row: Any = db.session.execute(select(*_mark_columns()).where(Registration.event_id == event_id)).one()
    return _mark(*row)


def _read_people(event: Event) -> Iterator[Person]:
    phones = _read_phones(event)
    query = select(
        Registration.id, Registration.first_name, Registration.last_name, Registration.email, Registration.organisation
    ).where(Registration.event_id == event.id)
    for key, first_name, last_name, email, organisation in db.session.execute(query):
        yield Person(key, f"{first_name} {last_name}", email, organisation, frozenset(phones.get(key, ())))


def _read_phones(event: Event) -> dict[int, set[str]]:
    """The telephones that people gave where the organiser asks for one."""
    asked = select(Question.id, Question.text).where(Question.event_id == event.id, Question.kind == QuestionKind.SHORT)
    ids = [key for key, words in db.session.execute(asked) if any(word in fold(words) for word in _PHONE_WORDS)]
    phones: dict[int, set[str]] = {}
    if ids:
        said = select(Answer.registration_id, Answer.words).where(Answer.question_id.in_(ids))
        for registration_id, words in db.session.execute(said):
            phones.setdefault(registration_id, set()).update(filter(None, map(likeness.phone, words)))
    return phones


def _write(event: Event, found: dict[Pair, frozenset[Likeness]]) -> None:
    """Have the rows be what was found; who was told apart stays so, and who has gone meanwhile is in no pair."""
    ids = set(db.session.scalars(select(Registration.id).where(Registration.event_id == event.id)))
    stand = {pair: reasons for pair, reasons in found.items() if ids.issuperset(pair)}
    columns = (PossibleDuplicate.first_id, PossibleDuplicate.second_id, PossibleDuplicate.apart_at)
    known = {
        (first_id, second_id): apart_at
        for first_id, second_id, apart_at in db.session.execute(
            select(*columns).where(PossibleDuplicate.event_id == event.id)
        )
    }
    gone = [pair for pair, apart_at in known.items() if pair not in stand and apart_at is None]
    for some in batches(gone):
        is_gone = tuple_(PossibleDuplicate.first_id, PossibleDuplicate.second_id).in_(some)
        db.session.execute(delete(PossibleDuplicate).where(is_gone).execution_options(synchronize_session=False))
    rows = [
        {
            "first_id": pair[0],
            "second_id": pair[1],
            "event_id": event.id,
            "score": likeness.score(reasons),
            "reasons": [each.value for each in Likeness if each in reasons],
        }
        for pair, reasons in sorted(stand.items())
    ]
    write = insert_into(PossibleDuplicate)
    statement = write.on_conflict_do_update(
        index_elements=[PossibleDuplicate.first_id, PossibleDuplicate.second_id],
        set_={"score": write.excluded.score, "reasons": write.excluded.reasons},
    )
    for start in range(0, len(rows), _INSERTED):
        db.session.execute(statement, rows[start : start + _INSERTED])
