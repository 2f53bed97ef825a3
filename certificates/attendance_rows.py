"""The rows that an attendance report is made of: who was at each session, who had signed up, what they answered."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, or_, select

from certificates.attendance_content import Person
from core.database import db
from core.text import fold
from directory.known_names import Directory
from events.models import Event, Session
from figures.figures import PERSON, Scope
from registrations import questions, stays
from registrations.models import (
    Answer,
    Attendance,
    AttendanceSource,
    ChosenSession,
    Question,
    QuestionKind,
    Registration,
    RegistrationSource,
    RegistrationState,
)

Group = tuple[str, str]
"""What people have in common: the key by which it is told apart, and its name."""
_PERSON = (Registration.id, PERSON, Registration.event_id)
_CHOICES = (QuestionKind.ONE, QuestionKind.SEVERAL, QuestionKind.YES_NO)


class Attended(NamedTuple):
    """A person at a session. `organisation_key` is empty for who comes from none (`Directory.tell`)."""

    registration_id: int
    person: str
    event_id: int
    organisation_key: str
    organisation: str
    session_id: int
    source: AttendanceSource


class SignedUp(NamedTuple):
    """A person with a place at an event. `organisation_key` is empty for who comes from none (`Directory.tell`)."""

    registration_id: int
    person: str
    event_id: int
    organisation_key: str
    organisation: str


def read_attended(scope: Scope, session_ids: Collection[int], directory: Directory) -> list[Attended]:
    """Read who was at these sessions of a scope, in the order of lists, with the organisations that are known."""
    query = _select_attended(*_PERSON, Registration.organisation, Attendance.session_id, Attendance.source)
    return [
        Attended(registration_id, person, event_id, *directory.tell(typed), session_id, source)
        for registration_id, person, event_id, typed, session_id, source in db.session.execute(
            query.where(scope.condition)
        )
        if session_id in session_ids
    ]


def read_signed_up(event_ids: Collection[int], directory: Directory) -> list[SignedUp]:
    """Read who has a confirmed place at these events and was not entered at the door, with known organisations."""
    query = (
        select(*_PERSON, Registration.organisation)
        .where(
            Registration.event_id.in_(event_ids),
            Registration.state == RegistrationState.CONFIRMED,
            Registration.source != RegistrationSource.DOOR,
        )
        .order_by(Registration.id)
    )
    return [
        SignedUp(registration_id, person, event_id, *directory.tell(typed))
        for registration_id, person, event_id, typed in db.session.execute(query)
    ]


def read_chosen(scope: Scope) -> Mapping[int, set[int]]:
    """Read which registrations have a place in each session."""
    query = select(ChosenSession.session_id, ChosenSession.registration_id).join(ChosenSession.session)
    chosen: dict[int, set[int]] = defaultdict(set)
    for session_id, registration_id in db.session.execute(query.join(Session.event).where(scope.condition)):
        chosen[session_id].add(registration_id)
    return chosen


def read_names(scope: Scope) -> dict[int, tuple[Person, ...]]:
    """Read who was at each session of a scope by name, in the order of lists; nobody at some."""
    columns = (
        *(Registration.last_name, Registration.first_name, Registration.organisation, Attendance.source),
        *(Event.records_exits, Attendance.stays),
    )
    ids = select(Session.id).join(Session.event).where(scope.condition)
    named: dict[int, list[Person]] = {session_id: [] for session_id in db.session.scalars(ids)}
    rows = db.session.execute(_select_attended(Attendance.session_id, *columns).where(scope.condition))
    for session_id, last_name, first_name, organisation, source, records_exits, known in rows:
        name = ", ".join(filter(None, (last_name, first_name)))
        named[session_id].append(Person(name, organisation, source, stays.read(known) if records_exits else ()))
    return {session_id: tuple(people) for session_id, people in named.items()}


def read_questions(scope: Scope) -> Iterator[Question]:
    """Read the questions with answers to choose from of all events of a scope, in their order."""
    is_answered = exists().where(Answer.question_id == Question.id)
    events = select(Session.event_id).join(Session.event).where(scope.condition)
    query = (
        select(Question)
        .join(Question.event)
        .where(
            Question.event_id.in_(events),
            Question.kind.in_(_CHOICES),
            or_(Question.withdrawn_at.is_(None), is_answered),
        )
        .order_by(Event.starts_at, Event.id, Question.position, Question.id)
    )
    yield from db.session.scalars(query)


def read_answers(asked_in: Sequence[Question]) -> dict[int, list[Group]]:
    """Read what each registration answered to a question, which several events may ask; in the language in force."""
    of = {question.id: question for question in asked_in}
    answered: dict[int, list[Group]] = {}
    query = select(Answer.registration_id, Answer.question_id, Answer.words).where(Answer.question_id.in_(of))
    for registration_id, question_id, words in db.session.execute(query):
        said = (questions.say(of[question_id], [word]) for word in words)
        answered.setdefault(registration_id, []).extend((fold(each), each) for each in said)
    return answered


def _select_attended(*columns: Any) -> Select[Any]:
    """Select attendances with their people, in the order of lists."""
    return (
        select(*columns)
        .select_from(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .join(Session.event)
        .order_by(Registration.sort_key, Registration.id)
    )
