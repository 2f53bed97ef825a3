"""What a person answers afterwards: on their own page, until the deadline; supports deleted as easily as given."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from registrations.models import Answer, RegistrationState, SupportKind, SupportNeed
from tests import factories


@pytest.fixture
def event(app):
    start = utc_now() + timedelta(days=9)
    return factories.make_event(starts_at=start, ends_at=start + timedelta(hours=4))


@pytest.fixture
def registration(event):
    session = factories.make_session(event, "T1", title="Habitatge")
    factories.make_session(event, "T2", title="Salut")
    return factories.make_registration(event, session)


def address(registration, part=""):
    return f"/inscripcions/{registration.token}{part}"


def words():
    db.session.expire_all()
    return dict(db.session.execute(select(Answer.question_id, Answer.words)).all())


def needs():
    db.session.expire_all()
    return {need.kind: need.details for need in db.session.scalars(select(SupportNeed))}


def test_own_page_without_questions_has_no_part_for_them(client, registration):
    assert "/respostes" not in client.get(address(registration)).text


def test_own_page_shows_answers_and_supports(client, event, registration):
    factories.make_answer(registration, factories.make_question(event, "Com?"), "<b>A peu")
    factories.make_support_need(registration, "menu", "celíac")

    page = client.get(address(registration)).text

    assert ("&lt;b&gt;A peu" in page, "un menú especial (celíac)" in page) == (True, True)


def test_own_page_says_that_a_required_question_is_not_answered(client, event, registration):
    factories.make_question(event, "Com?", is_required=True, sessions=[event.sessions[1]])
    before = client.get(address(registration)).text
    factories.make_question(event, "Per què?", is_required=True)

    after = client.get(address(registration)).text

    said = "L’organització us pregunta una cosa que encara no heu respost."
    assert (said in before, said in after) == (False, True)


def test_form_asks_what_concerns_the_person_as_it_was_answered(client, event, registration):
    several = factories.make_question(event, "Com?", "several", options=["a peu", "en bici"])
    factories.make_question(event, "Només T2", sessions=[event.sessions[1]])
    factories.make_question(event, "Només T1", sessions=[event.sessions[0]])
    factories.make_answer(registration, several, "en bici")

    page = client.get(address(registration, "/respostes")).text

    assert ("Només T1" in page, "Només T2" in page) == (True, False)
    assert f'value="en bici" id="question-{several.id}-2" checked' in page


def test_answers_and_needs_are_changed_and_those_to_others_stay(client, event, registration):
    first = factories.make_question(event, "A")
    withdrawn = factories.make_question(event, "B", withdrawn_at=utc_now())
    factories.make_answer(registration, first, "abans")
    factories.make_answer(registration, withdrawn, "abans")
    factories.offer_supports(event, "menu", "hearing_loop")
    factories.make_support_need(registration, "hearing_loop")
    typed = {
        f"question-{first.id}": "ara",
        "supports": "menu",
        "support-menu": "vegà",
        "supports_consent": "y",
    }

    answer = client.post(address(registration, "/respostes"), data=typed)

    assert answer.status_code == 303
    assert words() == {first.id: ["ara"], withdrawn.id: ["abans"]}
    assert needs() == {SupportKind.MENU: "vegà"}
    assert db.session.scalars(select(AuditEntry.act)).all() == ["registration.answer"]


def test_required_question_is_required_here_too(client, event, registration):
    factories.make_question(event, "A", is_required=True)

    page = client.post(address(registration, "/respostes"))

    assert (page.status_code, words()) == (422, {})


def test_supports_are_deleted_as_easily_as_given(client, event, registration):
    factories.make_support_need(registration, "menu", "celíac")

    answer = client.post(address(registration, "/suports/retirada"))

    assert (answer.status_code, needs()) == (303, {})


@pytest.mark.parametrize("closed", ["deadline", "cancelled"])
def test_after_the_deadline_nothing_changes_but_supports_can_still_be_deleted(client, event, registration, closed):
    question = factories.make_question(event, "A")
    factories.make_support_need(registration)
    if closed == "deadline":
        event.changes_close_at = utc_now() - timedelta(minutes=1)
    else:
        registration.state = RegistrationState.CANCELLED

    form = client.get(address(registration, "/respostes"))
    answer = client.post(address(registration, "/respostes"), data={f"question-{question.id}": "ara"})
    deleted = client.post(address(registration, "/suports/retirada"))

    assert (form.status_code, answer.status_code, deleted.status_code) == (303, 409, 303)
    assert (words(), needs()) == ({}, {})


def test_supports_are_forgotten_with_the_registration(client, event, registration):
    factories.make_support_need(registration)

    client.post(address(registration, "/cancellacio"))

    assert needs() == {}


@pytest.mark.parametrize("part", ["/respostes", "/suports/retirada"])
def test_link_that_is_nobodys_is_not_found(client, app, part):
    assert client.post(f"/inscripcions/{'x' * 32}{part}").status_code == 404
