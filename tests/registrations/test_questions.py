"""The organiser's questions: written, ordered, withdrawn without losing an answer, asked of whom they concern."""

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.errors import NotFoundError
from registrations import questions, services
from registrations.models import Answer, QuestionKind, RegistrationSource
from registrations.services import Answers, FormChanged
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def values(text="D’on veniu?", kind=QuestionKind.SHORT, **rest):
    return {
        "text": text,
        "kind": kind,
        "hint": "",
        "options": [],
        "is_required": False,
        "is_for_some": False,
        "sessions": [],
        **rest,
    }


@pytest.fixture
def event(app):
    return factories.make_event()


def ask(event, ada, text="D’on veniu?", **rest):
    return questions.create(event, values(text, **rest), by=ada, now=NOW)


def texts(event):
    return [question.text for question in questions.list_questions(event)]


def test_new_question_comes_last(event, ada):
    ask(event, ada, "Primera")
    ask(event, ada, "Segona")

    assert texts(event) == ["Primera", "Segona"]


def test_question_moves_up_and_down_and_stops_at_the_ends(event, ada):
    first, second, third = (ask(event, ada, text) for text in ("A", "B", "C"))

    questions.move(third, up=True, by=ada, now=NOW)
    after_up = texts(event)
    questions.move(first, up=True, by=ada, now=NOW)
    questions.move(second, up=False, by=ada, now=NOW)

    assert (after_up, texts(event)) == (["A", "C", "B"], ["A", "C", "B"])


def test_moving_passes_over_what_is_withdrawn(event, ada):
    _first, second, third = (ask(event, ada, text) for text in ("A", "B", "C"))
    questions.withdraw(second, by=ada, now=NOW)

    questions.move(third, up=True, by=ada, now=NOW)

    assert texts(event) == ["C", "A"]


def test_question_restored_comes_last(event, ada):
    first, _second = ask(event, ada, "A"), ask(event, ada, "B")
    questions.withdraw(first, by=ada, now=NOW)

    questions.restore(first, by=ada, now=NOW)

    assert texts(event) == ["B", "A"]


def test_question_of_another_event_is_not_found(event, ada):
    other = ask(factories.make_event("altra"), ada)

    with pytest.raises(NotFoundError):
        questions.get_question(event, other.id)


def test_question_that_nobody_answered_can_be_deleted(event, ada):
    question = ask(event, ada)

    questions.delete_question(question, by=ada, now=NOW)

    assert texts(event) == []


def test_question_that_was_answered_cannot_be_deleted(event, ada):
    question = ask(event, ada)
    factories.make_answer(factories.make_registration(event), question, "De Gràcia")
    db.session.commit()

    with pytest.raises(questions.QuestionAnswered):
        questions.delete_question(question, by=ada, now=NOW)
    db.session.rollback()

    assert db.session.scalars(select(Answer.words)).all() == [["De Gràcia"]]


def test_question_that_was_answered_keeps_its_kind(event, ada):
    question = ask(event, ada)
    factories.make_answer(factories.make_registration(event), question, "De Gràcia")

    with pytest.raises(questions.KindFixed):
        questions.update(question, values(kind=QuestionKind.LONG), by=ada, now=NOW)


def test_option_that_is_taken_away_stays_with_who_chose_it(event, ada):
    question = ask(event, ada, kind=QuestionKind.ONE, options=["Matí", "Tarda"])
    registration = factories.make_registration(event)
    factories.make_answer(registration, question, "Tarda")

    changed = questions.update(question, values(kind=QuestionKind.ONE, options=["Matí", "Vespre"]), by=ada, now=NOW)

    assert changed
    assert questions.list_answers(registration) == [(question, ["Tarda"])]


def test_update_that_changes_nothing_writes_nothing(event, ada):
    question = ask(event, ada)
    db.session.execute(AuditEntry.__table__.delete())

    assert not questions.update(question, values(), by=ada, now=NOW)
    assert db.session.scalars(select(AuditEntry)).all() == []


def test_every_act_leaves_a_line(event, ada):
    question = ask(event, ada)
    ask(event, ada, "Segona")
    questions.update(question, values("On viviu?"), by=ada, now=NOW)
    questions.move(question, up=False, by=ada, now=NOW)
    questions.withdraw(question, by=ada, now=NOW)
    questions.withdraw(question, by=ada, now=NOW)
    questions.restore(question, by=ada, now=NOW)
    questions.delete_question(question, by=ada, now=NOW)

    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == [
        "question.create",
        "question.create",
        "question.update",
        "question.move",
        "question.withdraw",
        "question.restore",
        "question.delete",
    ]


def test_question_for_some_is_asked_of_who_comes_to_them(event, ada):
    session = factories.make_session(event, "T1")
    question = ask(event, ada, is_for_some=True, sessions=[session])

    assert [questions.is_asked(question, codes) for codes in (["T1"], ["T2"], [])] == [True, False, False]


def test_question_about_a_session_that_is_gone_is_asked_of_nobody(event, ada):
    session = factories.make_session(event, "T1")
    question = ask(event, ada, is_for_some=True, sessions=[session])
    db.session.delete(session)
    db.session.flush()
    db.session.expire(question)

    assert not questions.is_asked(question, ["T1"])


def test_event_has_at_most_so_many_questions(event, ada, monkeypatch):
    monkeypatch.setattr(questions, "MAX_QUESTIONS", 1)
    ask(event, ada)

    with pytest.raises(questions.TooManyQuestions):
        ask(event, ada)


def test_answers_are_replaced_and_those_to_withdrawn_questions_stay(event, ada):
    old, new = ask(event, ada, "A"), ask(event, ada, "B")
    registration = factories.make_registration(event)
    factories.make_answer(registration, old, "abans")
    factories.make_answer(registration, new, "abans")
    questions.withdraw(old, by=ada, now=NOW)

    questions.keep_answers(registration, {new.id: ["ara"]}, asked=questions.list_questions(event))
    db.session.flush()

    assert questions.list_answers(registration) == [(old, ["abans"]), (new, ["ara"])]


def test_list_makes_the_same_number_of_queries_with_one_and_three(event, ada, count_queries):
    session = factories.make_session(event, "T1")
    ask(event, ada, is_for_some=True, sessions=[session])
    db.session.commit()
    one = count_queries(lambda: questions.list_questions(event))
    ask(event, ada, is_for_some=True, sessions=[session])
    ask(event, ada, is_for_some=True, sessions=[session])
    db.session.commit()

    assert count_queries(lambda: questions.list_questions(event)) == one


def test_question_deleted_while_it_is_answered_is_told_to_the_person(event, ada):
    question = ask(event, ada)
    given = Answers(first_name="Bob", last_name="Pla", email="bob@example.org", words={question.id: ["De Gràcia"]})
    questions.delete_question(question, by=ada, now=NOW)
    db.session.commit()

    with pytest.raises(FormChanged), transaction():
        services.register(event, given, source=RegistrationSource.PERSON, language="ca", now=NOW)

    assert event.places_taken == 0
