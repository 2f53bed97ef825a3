"""Numbers of identity documents: the mask is all that is ever kept of one."""

import pytest

from core.database import db
from core.sheets import Sheet
from registrations import questions
from registrations.identities import hide_in, mask, read_identities
from registrations.models import Answer, QuestionKind
from tests import factories


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("12345678X", "***4567**"),
        ("12.345.678-x", "***4567**"),
        ("L1234567X", "****4567*"),
        ("ABC123456", "*****3456"),
        ("XY12345678AB", "*****4567***"),
        ("ABCD123XY", "*****23XY"),
        ("AB1234", "**1234"),
        ("***4567**", "***4567**"),
    ],
)
def test_mask_shows_four_signs_by_the_kind_of_document(typed, masked):
    assert mask(typed) == masked


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "<b>12345678X</b>", "１２３４５６７８X", "1" * 25, "***123456**", "Núria12345678", "12AB", "12345"],
)
def test_what_is_no_number_has_no_mask(typed):
    assert mask(typed) is None


def sign_up(client, event, question, number):
    form = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org", f"question-{question.id}": number}
    return client.post(f"/jornades/{event.slug}/inscripcio", data=form)


@pytest.mark.both_databases
def test_nothing_but_the_mask_is_stored(client):
    event = factories.make_event()
    question = factories.make_question(event, "DNI", kind="identity")

    response = sign_up(client, event, question, "12345678X")

    assert response.status_code == 303
    answer = db.session.query(Answer).one()
    assert answer.words == ["***4567**"]
    assert read_identities(event) == {answer.registration_id: "***4567**"}
    assert read_identities(event, []) == {}


def test_form_that_is_shown_again_shows_the_mask(client):
    event = factories.make_event()
    question = factories.make_question(event, "DNI", kind="identity")
    form = {"first_name": "Bob", "last_name": "", "email": "", f"question-{question.id}": "12345678X"}

    response = client.post(f"/jornades/{event.slug}/inscripcio", data=form)

    assert (response.status_code, "12345678X" in response.text, "***4567**" in response.text) == (422, False, True)


def test_what_is_no_number_is_refused_at_the_field(client):
    event = factories.make_event()
    question = factories.make_question(event, "DNI", kind="identity")

    response = sign_up(client, event, question, "no ho diré")

    assert response.status_code == 422
    assert "Escriviu les lletres i xifres del número del document." in response.text
    assert db.session.query(Answer).count() == 0


def test_the_mask_stays_when_the_person_changes_something_else(client):
    event = factories.make_event()
    question = factories.make_question(event, "DNI", kind="identity")
    bob = factories.make_registration(event)
    questions.keep_answers(bob, {question.id: ["***4567**"]})
    db.session.flush()

    form = {"first_name": "Roberta", "last_name": "Pla", "language": "ca", f"question-{question.id}": "***4567**"}
    response = client.post(f"/inscripcions/{bob.token}/canvi", data=form)

    assert response.status_code == 303
    assert db.session.query(Answer).one().words == ["***4567**"]


def test_what_stands_whole_is_never_read_whole(app):
    """Somebody answered while the question was being made one of this kind."""
    event = factories.make_event()
    question = factories.make_question(event, "DNI", kind="identity")
    bob, zoe = factories.make_registration(event), factories.make_registration(event, email="zoe@example.org")
    questions.keep_answers(bob, {question.id: ["12345678X"]})
    questions.keep_answers(zoe, {question.id: ["no ho diré"]})
    db.session.flush()

    assert read_identities(event) == {bob.id: "***4567**"}


def test_sheet_is_shown_without_a_whole_number():
    sheet = Sheet(
        ["Nom", "DNI/NIE", "Document d’identitat", "Notes", "12345678-Z", "Identitat de gènere", "Prova"],
        [(2, ["Anna", "x1234567l", "no", "té el 12.345.678 Z.", "612345678", "dona", "12345678"]), (3, ["", ""])],
        has_headings=True,
    )

    shown = hide_in(sheet, [6])

    assert shown.headings[4] == "***4567**"
    assert shown.rows == [
        (2, ["Anna", "****4567*", "…", "té el ***4567**.", "612345678", "dona", "***4567*"]),
        (3, ["", ""]),
    ]


def test_question_is_of_a_kind_of_its_own():
    assert not QuestionKind.IDENTITY.has_options
