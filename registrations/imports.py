"""Bring the people of a file into an event: planned as a whole, then done as a whole, or refused with every reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from accounts import audit
from accounts.models import StaffMember
from core.database import db, insert_into
from core.errors import InputError
from core.tables import at_row
from core.text import address_key, fold
from events.models import Dimension, Event, Session
from registrations import attendance, import_batches, places
from registrations.codes import make_code, make_token
from registrations.models import (
    Answer,
    Attendance,
    AttendanceSource,
    ChosenSession,
    ImportBatch,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from registrations.names import person_values
from registrations.readers import AttendeeRow

PARTS = ("first_name", "last_name", "organisation", "dimension", "language")
"""What of a person a file can change."""
_BATCH = 1000
Key = str | tuple[str, int]


class RowsRefused(InputError):
    """Rows that cannot be taken; `only_for_places` when places given on purpose would do."""

    def __init__(self, problems: list[str], *, only_for_places: bool) -> None:
        super().__init__(problems)
        self.only_for_places = only_for_places


@dataclass
class Known:
    """A registration as it stood before the import."""

    id: int
    first_name: str
    last_name: str
    organisation: str
    dimension: Dimension | None
    language: str
    email: str
    state: RegistrationState
    words: dict[int, Sequence[str]] = field(default_factory=dict)
    sessions: set[int] = field(default_factory=set)
    attended: set[int] = field(default_factory=set)


@dataclass
class Step:
    """What one person of the file needs: a new registration or changes, places in sessions, attendance."""

    row: AttendeeRow
    known: Known | None
    changes: dict[str, Any]
    sessions: list[Session]
    attended: list[Session]
    words: dict[int, Sequence[str]]

    @property
    def changes_nothing(self) -> bool:
        return self.known is not None and not (self.changes or self.sessions or self.attended or self.words)


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken, with every reason."""

    row: AttendeeRow
    problems: Sequence[str]


@dataclass(frozen=True)
class Plan:
    """What an import will do, or has done; with a row that is `refused` nothing is done at all."""

    event: Event
    steps: Sequence[Step]
    still_cancelled: int
    refused: Sequence[Refused] = ()
    lacks_only_places: bool = False
    batch: ImportBatch | None = None

    @property
    def added(self) -> int:
        return sum(step.known is None for step in self.steps)

    @property
    def changed(self) -> int:
        return len(self.steps) - self.added - self.unchanged

    @property
    def unchanged(self) -> int:
        return sum(step.changes_nothing for step in self.steps)

    @property
    def places(self) -> int:
        return sum(len(step.sessions) for step in self.steps)

    @property
    def attendances(self) -> int:
        return sum(len(step.attended) for step in self.steps)


def make_plan(event: Event, rows: Iterable[AttendeeRow], *, over_capacity: bool, now: datetime) -> Plan:
    """Say what importing the rows would do, and change nothing.

    Nothing is ever taken away. Who cancelled stays cancelled; whoever attended, attended. What is over or was attended
    is a fact and never refused; into what is still to come a person gets only where there is a place, unless
    `over_capacity`.
    Raises `InputError` with each row that cannot be taken.
    """
    plan = judge(event, rows, over_capacity=over_capacity, now=now)
    if plan.refused:
        lines = [at_row(refused.row.number, problem) for refused in plan.refused for problem in refused.problems]
        raise RowsRefused(lines, only_for_places=plan.lacks_only_places)
    return plan


def judge(event: Event, rows: Iterable[AttendeeRow], *, over_capacity: bool, now: datetime) -> Plan:
    """Say the same of every row, those that cannot be taken among them."""
    sessions = {session.code: session for session in event.sessions}
    known, by_code = _read_known(event)
    seen: Counter[str] = Counter()
    met: dict[int, int] = {}
    steps: list[Step] = []
    refused: list[Refused] = []
    lacks_only_places = True
    still_cancelled = 0
    left = _Left(event, over_capacity=over_capacity, now=now)
    for row in rows:
        if row.problems:
            refused.append(Refused(row, row.problems))
            lacks_only_places = False
            continue
        person = by_code.get(row.code) if row.code else known.get(_key(row, seen))
        problems = list(_find_mistakes(row, person, met))
        step = _make_step(row, person, sessions)
        if person and person.state is RegistrationState.CANCELLED:
            still_cancelled += 1
        problems += _find_overlaps(step, event, now)
        lacks_only_places = lacks_only_places and not problems
        problems += left.take(step)
        if problems:
            refused.append(Refused(row, problems))
        else:
            steps.append(step)
    refused.sort(key=lambda each: each.row.number)
    return Plan(event, steps, still_cancelled, refused, lacks_only_places=bool(refused) and lacks_only_places)


def _find_mistakes(row: AttendeeRow, person: Known | None, met: dict[int, int]) -> Iterator[str]:
    """Find what is wrong with whom a row means: a code of nobody or of another, the same person a second time."""
    if row.code and person is None:
        yield _("no registration of this event has the code “%(code)s”", code=row.code[:60])
    if person is None:
        return
    if row.email and address_key(row.email) != address_key(person.email):
        yield _("the registration with this code has another e-mail address")
    first = met.setdefault(person.id, row.number)
    if first != row.number:
        yield _("row %(other)d is the same person", other=first)


def carry_out(  # noqa: PLR0913 - what, how, from where, who and when
    event: Event,
    rows: Iterable[AttendeeRow],
    *,
    over_capacity: bool = False,
    filename: str = "",
    by: StaffMember | None,
    now: datetime,
) -> Plan:
    """Import the rows, all or nothing, without writing to anybody, and say what was done; `batch` can be undone.

    Holds the event's places from the first moment, so that what was planned is still true when it is done.
    """
    places.hold(event)
    plan = make_plan(event, rows, over_capacity=over_capacity, now=now)
    ids = _write_registrations(plan, now=now)
    chosen = [
        {"registration_id": registration_id, "session_id": session.id}
        for registration_id, step in zip(ids, plan.steps, strict=True)
        for session in step.sessions
    ]
    if chosen:
        db.session.execute(insert(ChosenSession), chosen)
    attendance.record_all(
        [
            (registration_id, session.id)
            for registration_id, step in zip(ids, plan.steps, strict=True)
            for session in step.attended
        ],
        source=AttendanceSource.FILE,
        by=by,
        now=now,
    )
    taken: Counter[Event | Session] = Counter(session for step in plan.steps for session in step.sessions)
    places.take_many_on_purpose({event: plan.added, **taken})
    _write_answers(ids, plan.steps)
    batch = import_batches.keep(event, _say_what_was_written(ids, plan), filename=filename, by=by, now=now)
    audit.record(
        "registration.import",
        subject_kind="event",
        subject_key=event.slug,
        by=by,
        now=now,
        added=plan.added,
        changed=plan.changed,
        places=plan.places,
        attendances=plan.attendances,
        over_capacity=over_capacity,
        batch=batch.id if batch else None,
    )
    db.session.flush()
    return replace(plan, batch=batch)


def _write_answers(ids: Sequence[int], steps: Sequence[Step]) -> None:
    """Write what people answer, in place of what they had answered to the same questions."""
    rows = [
        {"registration_id": registration_id, "question_id": question_id, "words": list(words)}
        for registration_id, step in zip(ids, steps, strict=True)
        for question_id, words in step.words.items()
    ]
    if rows:
        statement = insert_into(Answer)
        keys = [Answer.registration_id, Answer.question_id]
        db.session.execute(
            statement.on_conflict_do_update(index_elements=keys, set_={"words": statement.excluded.words}), rows
        )


def _say_what_was_written(ids: Sequence[int], plan: Plan) -> Iterator[import_batches.Written]:
    """Say of everybody whom the file changes or brings what stood before and what stands now."""
    for registration_id, step in zip(ids, plan.steps, strict=True):
        if step.changes_nothing:
            continue
        known = step.known
        before = {name: getattr(known, name) for name in step.changes} if known else {}
        yield import_batches.Written(
            registration_id,
            is_new=known is None,
            before={"parts": before, "words": {each: known.words.get(each) for each in step.words} if known else {}},
            after={
                "parts": step.changes,
                "words": {each: list(words) for each, words in step.words.items()},
                "sessions": [session.id for session in step.sessions],
                "attended": [session.id for session in step.attended],
            },
        )


class _Left:
    """The places left while the rows of a file take theirs, in order."""

    def __init__(self, event: Event, *, over_capacity: bool, now: datetime) -> None:
        self._event = event
        self._over_capacity = over_capacity
        self._now = now
        self._left: dict[Event | Session, int | None] = {event: event.places_left}
        self._left.update({session: session.places_left for session in event.sessions})

    def take(self, step: Step) -> Iterator[str]:
        """Take the places of one step, and say where there was none."""
        if step.known is None and self._is_refused(self._event, is_fact=bool(step.row.attended)):
            yield str(places.EventFull())
        for session in step.sessions:
            if self._is_refused(session, is_fact=session in step.attended):
                yield str(places.SessionFull(session=session.title))

    def _is_refused(self, counter: Event | Session, *, is_fact: bool) -> bool:
        left = self._left[counter]
        if left is None:
            return False
        self._left[counter] = max(left - 1, 0)
        return not (left or is_fact or self._over_capacity or counter.ends_at <= self._now)


def _key(row: AttendeeRow, seen: Counter[str]) -> Key:
    """Say who a row is: the address, or without one the n-th person of this name and organisation."""
    return address_key(row.email) or _nameless_key(row.first_name, row.last_name, row.organisation, seen)


def _nameless_key(first_name: str, last_name: str, organisation: str, seen: Counter[str]) -> Key:
    name = f"{fold(f'{first_name} {last_name}')} / {fold(organisation)}"
    seen[name] += 1
    return name, seen[name]


def _read_known(event: Event) -> tuple[Mapping[Key, Known], Mapping[str, Known]]:
    """Read the registrations of the event with what they chose and attended, by who they are, and by their codes."""
    by_id: dict[int, Known] = {}
    by_code: dict[str, Known] = {}
    known: dict[Key, Known] = {}
    seen: Counter[str] = Counter()
    columns = (getattr(Registration, name) for name in (*PARTS, "id", "email", "email_key", "state", "code"))
    rows = db.session.execute(select(*columns).where(Registration.event_id == event.id).order_by(Registration.id))
    for row in rows:
        each = Known(**{name: getattr(row, name) for name in ("id", *PARTS, "email", "state")})
        by_id[each.id] = by_code[row.code] = each
        known[row.email_key or _nameless_key(each.first_name, each.last_name, each.organisation, seen)] = each
    for model, name in ((ChosenSession, "sessions"), (Attendance, "attended")):
        pairs = (
            select(model.registration_id, model.session_id).join(Registration).where(Registration.event_id == event.id)
        )
        for registration_id, session_id in db.session.execute(pairs):
            getattr(by_id[registration_id], name).add(session_id)
    answers = select(Answer.registration_id, Answer.question_id, Answer.words).join(Registration)
    for registration_id, question_id, words in db.session.execute(answers.where(Registration.event_id == event.id)):
        by_id[registration_id].words[question_id] = words
    return known, by_code


def _make_step(row: AttendeeRow, known: Known | None, sessions: Mapping[str, Session]) -> Step:
    """Compare a row with what stands: an empty cell says nothing, and who holds no place is given none."""
    wanted = [sessions[code] for code in dict.fromkeys(row.sessions + row.attended)]
    attended = [sessions[code] for code in row.attended]
    if known is None:
        return Step(row, None, {}, wanted, attended, dict(row.words))
    values = {name: getattr(row, name) for name in PARTS}
    changes = {name: value for name, value in values.items() if value and value != getattr(known, name)}
    is_confirmed = known.state is RegistrationState.CONFIRMED
    return Step(
        row,
        known,
        changes,
        [session for session in wanted if is_confirmed and session.id not in known.sessions],
        [session for session in attended if session.id not in known.attended],
        {each: words for each, words in row.words.items() if list(words) != list(known.words.get(each, ()))},
    )


def _find_overlaps(step: Step, event: Event, now: datetime) -> Iterator[str]:
    """Find new places at the same time as others of the person; what is over or was attended is as it is."""
    had = step.known.sessions if step.known else set()
    coming = [
        session
        for session in event.sessions
        if (session.id in had or session in step.sessions) and session.code not in step.row.attended
    ]
    for first, second in combinations(coming, 2):
        is_new = first in step.sessions or second in step.sessions
        if is_new and first.ends_at > now and second.ends_at > now and first.overlaps(second):
            yield _("“%(first)s” and “%(second)s” are at the same time", first=first.code, second=second.code)


def _write_registrations(plan: Plan, *, now: datetime) -> list[int]:
    """Write what is new and what changed, and give the id of each step's registration, in order."""
    codes = set(db.session.scalars(select(Registration.code).where(Registration.event_id == plan.event.id)))
    new = [_new_values(plan.event, step.row, codes, now=now) for step in plan.steps if step.known is None]
    ids: dict[str, int] = {}  # by token: rows need not come back in the order they went in
    for start in range(0, len(new), _BATCH):
        statement = insert(Registration).returning(Registration.token, Registration.id)
        ids.update(db.session.execute(statement, new[start : start + _BATCH]).all())
    changes = [_changed_values(step, step.known, now=now) for step in plan.steps if step.known and step.changes]
    _update_all(changes)
    following = (ids[values["token"]] for values in new)
    return [step.known.id if step.known else next(following) for step in plan.steps]


def _update_all(changes: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by id, those that set the same columns together."""
    alike: defaultdict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for change in changes:
        alike[tuple(change)].append(change)
    for group in alike.values():
        db.session.execute(update(Registration), group)


def _new_values(event: Event, row: AttendeeRow, codes: set[str], *, now: datetime) -> dict[str, Any]:
    code = next(code for code in iter(make_code, "") if code not in codes)
    codes.add(code)
    return {
        **person_values(row.first_name, row.last_name, row.email, row.organisation),
        "event_id": event.id,
        "token": make_token(),
        "code": code,
        "state": RegistrationState.CONFIRMED,
        "source": RegistrationSource.FILE,
        "dimension": row.dimension,
        "language": row.language or event.language,
        "created_at": now,
        "updated_at": now,
    }


def _changed_values(step: Step, known: Known, *, now: datetime) -> dict[str, Any]:
    parts = {name: step.changes.get(name, getattr(known, name)) for name in PARTS}
    names = person_values(parts["first_name"], parts["last_name"], known.email, parts["organisation"])
    return {**parts, **names, "id": known.id, "updated_at": now}
