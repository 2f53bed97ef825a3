"""What a person answers afterwards: on their own page, until the deadline; supports deleted as easily as given."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from registrations.models import Answer, RegistrationState, SupportKind, SupportNeed
from tests import factories

AS_IT_IS = {
    "first_name": "Bob",
    "last_name": "Pla",
    "organisation": "Associació de Veïns",
    "language": "ca",
    "sessions": "T1",
}


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


def acts():
    return db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()


def kinds():
    return db.session.scalars(select(OutgoingMail.kind)).all()


def words():
    db.session.expire_all()
    return dict(db.session.execute(select(Answer.question_id, Answer.words)).all())


def needs():
    db.session.expire_all()
    return {need.kind: need.details for need in db.session.scalars(select(SupportNeed))}


def test_own_page_without_questions_has_no_part_for_them(client, registration):
    page = client.get(address(registration)).text

    assert ('id="respostes"' in page, 'id="suports"' in page) == (False, False)


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


def test_change_page_asks_as_it_was_answered(client, event, registration):
    several = factories.make_question(event, "Com?", "several", options=["a peu", "en bici"])
    only = factories.make_question(event, "Només T2", sessions=[event.sessions[1]])
    factories.make_answer(registration, several, "en bici")

    page = client.get(address(registration, "/canvi")).text

    assert f'value="en bici" id="question-{several.id}-2" checked' in page
    assert 'data-for-sessions="T2"' in page
    assert f'name="question-{only.id}"' in page


def test_answers_are_changed_and_those_to_others_stay(client, event, registration):
    first = factories.make_question(event, "A")
    withdrawn = factories.make_question(event, "B", withdrawn_at=utc_now())
    factories.make_answer(registration, first, "abans")
    factories.make_answer(registration, withdrawn, "abans")

    answer = client.post(address(registration, "/canvi"), data={**AS_IT_IS, f"question-{first.id}": "ara"})

    assert answer.status_code == 303
    assert words() == {first.id: ["ara"], withdrawn.id: ["abans"]}
    assert (acts(), kinds()) == (["registration.answer"], [])
    assert "Hem desat les vostres respostes." in client.get(answer.location).text


def test_answers_and_the_rest_are_one_act(client, event, registration):
    question = factories.make_question(event, "A")
    typed = {**AS_IT_IS, "first_name": "Berta", f"question-{question.id}": "ara"}

    client.post(address(registration, "/canvi"), data=typed)

    assert (words(), registration.first_name) == ({question.id: ["ara"]}, "Berta")
    assert (acts(), kinds()) == (["registration.answer", "registration.change"], ["changed"])


def test_sessions_that_are_refused_change_no_answer(client, event, registration):
    question = factories.make_question(event, "A")

    page = client.post(
        address(registration, "/canvi"), data={**AS_IT_IS, "sessions": "X", f"question-{question.id}": "ara"}
    )

    assert (page.status_code, words()) == (422, {})
    assert 'value="ara"' in page.text


def test_question_about_a_session_is_asked_with_the_session(client, event, registration):
    question = factories.make_question(event, "Només T2", is_required=True, sessions=[event.sessions[1]])

    without = client.post(address(registration, "/canvi"), data=AS_IT_IS)
    with_it = client.post(address(registration, "/canvi"), data={**AS_IT_IS, "sessions": "T2"})

    assert (without.status_code, with_it.status_code, words()) == (303, 422, {})
    assert f'href="#question-{question.id}"' in with_it.text


def test_nothing_that_was_different_says_nothing(client, event, registration):
    question = factories.make_question(event, "A")
    factories.make_answer(registration, question, "abans")

    client.post(address(registration, "/canvi"), data={**AS_IT_IS, f"question-{question.id}": "abans"})

    assert (acts(), kinds()) == ([], [])


def test_required_question_is_required_here_too(client, event, registration):
    factories.make_question(event, "A", is_required=True)

    page = client.post(address(registration, "/canvi"), data=AS_IT_IS)

    assert (page.status_code, words()) == (422, {})


@pytest.mark.parametrize("method", ["get", "post"])
def test_address_of_older_mails_leads_to_the_one_page(client, registration, method):
    answer = getattr(client, method)(address(registration, "/respostes"))

    assert (answer.status_code, answer.location) == (303, address(registration, "/canvi"))


def test_supports_have_a_page_of_their_own(client, event, registration):
    factories.offer_supports(event, "menu", "hearing_loop")
    factories.make_support_need(registration, "hearing_loop")
    typed = {"supports": "menu", "support-menu": "vegà", "supports_consent": "y"}

    links = [
        'href="' + address(registration, "/suports") + '"' in client.get(address(registration, part)).text
        for part in ("", "/canvi")
    ]
    form = client.get(address(registration, "/suports")).text
    answer = client.post(address(registration, "/suports"), data=typed)

    assert links == [True, True]
    assert 'value="hearing_loop" id="supports-hearing_loop" checked' in form
    assert (answer.status_code, needs()) == (303, {SupportKind.MENU: "vegà"})
    assert (acts(), kinds()) == (["registration.change_supports"], [])


def test_supports_ask_for_consent(client, event, registration):
    factories.offer_supports(event, "hearing_loop")

    page = client.post(address(registration, "/suports"), data={"supports": "hearing_loop"})

    assert (page.status_code, needs()) == (422, {})
    assert 'href="#supports_consent"' in page.text


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

    forms = [client.get(address(registration, part)).status_code for part in ("/canvi", "/suports")]
    answer = client.post(address(registration, "/canvi"), data={**AS_IT_IS, f"question-{question.id}": "ara"})
    asked = client.post(address(registration, "/suports"), data={"supports": "menu"})
    deleted = client.post(address(registration, "/suports/retirada"))

    assert (forms, answer.status_code, asked.status_code, deleted.status_code) == ([303, 303], 409, 422, 303)
    assert (words(), needs()) == ({}, {})


def test_supports_are_forgotten_with_the_registration(client, event, registration):
    factories.make_support_need(registration)

    client.post(address(registration, "/cancellacio"))

    assert needs() == {}


@pytest.mark.parametrize("part", ["/canvi", "/suports", "/suports/retirada"])
def test_link_that_is_nobodys_is_not_found(client, app, part):
    assert client.post(f"/inscripcions/{'x' * 32}{part}").status_code == 404
