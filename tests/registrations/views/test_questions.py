"""The organiser’s questions: written, changed, moved, withdrawn, deleted."""

import pytest
from sqlalchemy import select

from core.database import db
from registrations.models import (
    Question,
    QuestionKind,
)
from tests import factories
from tests.registrations.views.pages import HOSTILE, PAGES, fresh


def question_of(**values):
    return {"text": "Com heu vingut?", "kind": "one", "options": "A peu\nEn bici", **values}


def test_question_is_written_changed_and_shown(desk, event):
    empty = desk.get(f"{PAGES}/preguntes").text
    answer = desk.post(f"{PAGES}/preguntes/nova", data=question_of(is_required="y", sessions="T1"))
    question = db.session.scalars(select(Question)).one()
    edited = desk.post(f"{PAGES}/preguntes/{question.id}", data=question_of(text=HOSTILE, hint="Ajuda"))
    page = desk.get(f"{PAGES}/preguntes").text

    fresh(question)
    assert "El formulari només demana el nom" in empty
    assert (answer.status_code, edited.status_code) == (303, 303)
    assert (question.text, question.kind, question.options) == (HOSTILE, QuestionKind.ONE, ["A peu", "En bici"])
    assert (question.is_required, question.is_for_some, question.sessions) == (False, False, [])
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"hint": "x" * 501}, "hint"),
        ({"kind": "essay"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"options": "una\nuna\n \n"}, "options"),
        ({"options": "\n".join(f"opció {number}" for number in range(51))}, "options"),
        ({"options": "x" * 201 + "\ny"}, "options"),
        ({"sessions": "T9"}, "sessions"),
    ],
)
def test_question_that_makes_no_sense_is_refused_at_its_field(desk, event, typed, field):
    page = desk.post(f"{PAGES}/preguntes/nova", data=question_of(**typed))

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert db.session.scalars(select(Question)).all() == []


def test_options_are_let_go_where_the_question_has_none(desk, event):
    desk.post(f"{PAGES}/preguntes/nova", data=question_of(kind="short"))

    assert db.session.scalars(select(Question)).one().options == []


def test_question_that_was_answered_offers_to_be_withdrawn_instead_of_deleted(desk, event):
    question = factories.make_question(event)
    factories.make_answer(factories.make_registration(event), question, "Hola")

    page = desk.get(f"{PAGES}/preguntes").text
    refused = desk.post(f"{PAGES}/preguntes/{question.id}/supressio", follow_redirects=True).text
    desk.post(f"{PAGES}/preguntes/{question.id}/retirada")

    assert (f"/preguntes/{question.id}/retirada" in page, f"/preguntes/{question.id}/supressio" in page) == (
        True,
        False,
    )
    assert "Ja hi ha qui ha respost aquesta pregunta." in refused
    assert fresh(question).is_withdrawn
    assert "Ja no es pregunten" in desk.get(f"{PAGES}/preguntes").text


def test_question_is_moved_restored_and_deleted(desk, event):
    first, second = factories.make_question(event, "A"), factories.make_question(event, "B")

    desk.post(f"{PAGES}/preguntes/{second.id}/amunt")
    moved_up = [each.text for each in db.session.scalars(select(Question).order_by(Question.position))]
    desk.post(f"{PAGES}/preguntes/{second.id}/avall")
    moved_down = [each.text for each in db.session.scalars(select(Question).order_by(Question.position))]
    desk.post(f"{PAGES}/preguntes/{first.id}/retirada")
    desk.post(f"{PAGES}/preguntes/{first.id}/restitucio")
    desk.post(f"{PAGES}/preguntes/{second.id}/supressio")

    assert (moved_up, moved_down) == (["B", "A"], ["A", "B"])
    assert [each.text for each in db.session.scalars(select(Question))] == ["A"]
    assert not fresh(first).is_withdrawn


def test_preview_shows_what_people_will_see(desk, event):
    factories.make_question(event, "Com heu vingut?", "one", options=["A peu", "En bici"])
    factories.offer_supports(event, "menu")

    page = desk.get(f"{PAGES}/previsualitzacio").text

    assert ("Com heu vingut?" in page, "En bici" in page, "un menú especial" in page) == (True, True, True)
    assert "<button" not in page[page.index("signup-form") :]


def test_question_of_another_event_is_not_found(desk, event):
    foreign = factories.make_question(factories.make_event("altra"))

    assert desk.get(f"{PAGES}/preguntes/{foreign.id}").status_code == 404
    assert desk.post(f"{PAGES}/preguntes/{foreign.id}/retirada").status_code == 404
