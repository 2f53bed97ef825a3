"""The organiser's own questions: written, put in order, withdrawn; asked of whom they concern, and their answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import selectinload

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events.models import Event, Session
from registrations.models import Answer, Question, QuestionKind, Registration

TEXT_LENGTH = 300
HINT_LENGTH = 500
SHORT_LENGTH = 300
LONG_LENGTH = 5000
OPTION_LENGTH = 200
MAX_OPTIONS = 50
MAX_QUESTIONS = 50
YES, NO = "yes", "no"
_YES_NO = {YES: _l("Yes"), NO: _l("No")}

Words = Mapping[int, Sequence[str]]
"""Answers by the id of their question."""


class QuestionAnswered(DomainError):
    """People have answered: what they said would be lost, or would answer something else."""

    message = _l("People have already answered this question. Withdraw it from the form instead: no answer is lost.")


class KindFixed(DomainError):
    """Answers of one kind are none of another."""

    message = _l("People have already answered, so the kind stays. Withdraw this question and write a new one.")
    field = "kind"


class TooManyQuestions(DomainError):
    """Nobody fills in a form that long."""

    message = _l("An event can have at most %(most)d questions.")


class QuestionValues(TypedDict):
    """What can be written of a question; texts already clean."""

    kind: QuestionKind
    text: str
    hint: str
    options: list[str]
    is_required: bool
    is_for_some: bool
    sessions: list[Session]


def list_questions(event: Event, *, with_withdrawn: bool = False) -> list[Question]:
    """The questions of an event in their order, with the sessions they are about."""
    query = select(Question).where(Question.event_id == event.id).options(selectinload(Question.sessions))
    if not with_withdrawn:
        query = query.where(Question.withdrawn_at.is_(None))
    return list(db.session.scalars(query.order_by(Question.position, Question.id)))


def list_shown(event: Event) -> list[Question]:
    """The questions that have answers to show: all that are asked, and those withdrawn that were answered."""
    answered = count_answers(event)
    every = list_questions(event, with_withdrawn=True)
    return [question for question in every if not question.is_withdrawn or question.id in answered]


def get_question(event: Event, question_id: int) -> Question:
    """The question of this event with this id; raises NotFoundError."""
    question = db.session.scalar(select(Question).where(Question.event_id == event.id, Question.id == question_id))
    if question is None:
        raise NotFoundError
    return question


def is_asked(question: Question, session_codes: Collection[str]) -> bool:
    """Whether the question is put to somebody who comes to these sessions."""
    return not question.is_for_some or any(session.code in session_codes for session in question.sessions)


def count_answers(event: Event) -> dict[int, int]:
    """How many have answered each question of the event, by its id."""
    rows = db.session.execute(
        select(Answer.question_id, func.count())
        .join(Question, Question.id == Answer.question_id)
        .where(Question.event_id == event.id)
        .group_by(Answer.question_id)
    )
    return dict(rows.all())


def create(event: Event, values: QuestionValues, *, by: StaffMember | None, now: datetime) -> Question:
    """Put a new question at the end of the form."""
    count, last = db.session.execute(
        select(func.count(), func.coalesce(func.max(Question.position), 0)).where(Question.event_id == event.id)
    ).one()
    if count >= MAX_QUESTIONS:
        raise TooManyQuestions(most=MAX_QUESTIONS)
    question = Question(event=event, position=last + 1, **values)
    db.session.add(question)
    db.session.flush()
    _record("question.create", question, by=by, now=now)
    return question


def update(question: Question, values: QuestionValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is new in `values` and say whether anything was.

    Answers stay as they were given: who chose an option that is gone has chosen it all the same. Raises KindFixed.
    """
    if values["kind"] is not question.kind and has_answers(question):
        raise KindFixed
    changed = [name for name, value in values.items() if getattr(question, name) != value]
    for name in changed:
        setattr(question, name, values[name])  # type: ignore[literal-required] # the keys of `values` itself
    if changed:
        db.session.flush()
        _record("question.update", question, by=by, now=now, changed=sorted(changed))
    return bool(changed)


def move(question: Question, *, up: bool, by: StaffMember | None, now: datetime) -> None:
    """Ask the question before the one above it, or after the one below it; those withdrawn are passed over."""
    ordered = list_questions(question.event)
    if question not in ordered:
        return
    place = ordered.index(question)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(ordered):
        return
    ordered[place], ordered[other] = ordered[other], ordered[place]
    for position, each in enumerate(ordered, 1):
        each.position = position
    db.session.flush()
    _record("question.move", question, by=by, now=now)


def withdraw(question: Question, *, by: StaffMember | None, now: datetime) -> None:
    """Ask it no more; what was answered stays."""
    if question.withdrawn_at is None:
        question.withdrawn_at = now
        db.session.flush()
        _record("question.withdraw", question, by=by, now=now)


def restore(question: Question, *, by: StaffMember | None, now: datetime) -> None:
    """Ask it again, at the end of the form."""
    if question.withdrawn_at is None:
        return
    question.withdrawn_at = None
    last = db.session.scalar(select(func.max(Question.position)).where(Question.event_id == question.event_id))
    question.position = (last or 0) + 1
    db.session.flush()
    _record("question.restore", question, by=by, now=now)


def delete_question(question: Question, *, by: StaffMember | None, now: datetime) -> None:
    """Forget a question that nobody has answered; raises QuestionAnswered, on the word of the database's own key."""
    _record("question.delete", question, by=by, now=now)
    db.session.delete(question)
    flush_or_refuse(QuestionAnswered)


def has_answers(question: Question) -> bool:
    """Whether anybody has answered."""
    return db.session.scalar(select(Answer.question_id).where(Answer.question_id == question.id).limit(1)) is not None


def keep_answers(registration: Registration, words: Words, asked: Iterable[Question] | None = None) -> None:
    """Write what a registration answers now in place of what it answered before.

    `words` comes from a form, which has seen to it that every question is one of the event's. With `asked` only the
    answers to those questions are replaced: what was said to a question since withdrawn stays.
    """
    if registration.id is not None:  # a new one answered nothing before
        old = delete(Answer).where(Answer.registration_id == registration.id)
        if asked is not None:
            old = old.where(Answer.question_id.in_([question.id for question in asked]))
        db.session.execute(old.execution_options(synchronize_session=False))
    db.session.add_all(
        Answer(registration=registration, question_id=question_id, words=list(said))
        for question_id, said in words.items()
        if said
    )


def list_answers(registration: Registration) -> list[tuple[Question, Sequence[str]]]:
    """What a registration answered, in the order of the form, with what it answered to questions since withdrawn."""
    rows = db.session.execute(
        select(Question, Answer.words)
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.registration_id == registration.id)
        .order_by(Question.position, Question.id)
    )
    return [(question, words) for question, words in rows]


def read_words(registration_ids: Sequence[int]) -> dict[int, dict[int, Sequence[str]]]:
    """What these registrations answered, by registration and question: one query for a whole batch."""
    words: dict[int, dict[int, Sequence[str]]] = {}
    for registration_id, question_id, said in db.session.execute(
        select(Answer.registration_id, Answer.question_id, Answer.words).where(
            Answer.registration_id.in_(registration_ids)
        )
    ):
        words.setdefault(registration_id, {})[question_id] = said
    return words


def say(question: Question, words: Sequence[str]) -> str:
    """Give an answer as one text in the language in force."""
    if question.kind is QuestionKind.YES_NO:
        return ", ".join(str(_YES_NO.get(word, word)) for word in words)
    return " · ".join(words)


def _record(act: str, question: Question, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    slug = question.event.slug
    audit.record(act, subject_kind="event", subject_key=slug, by=by, now=now, question=question.text, **details)
