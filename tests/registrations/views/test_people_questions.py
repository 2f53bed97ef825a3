"""What the event asks of its own, for one person: seen by who may, and written by staff on the person’s behalf."""

import html
import re

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from registrations import changes
from registrations.forms import PersonForm, StaffChangeForm
from registrations.models import Registration, RegistrationState, SupportKind
from registrations.questions import list_answers
from registrations.supports import list_needs
from tests import factories
from tests.registrations.views.pages import LIST, fresh

FORM = {"first_name": "Bob", "last_name": "Pla", "organisation": "Associació de Veïns", "language": "ca"}


def bob():
    return db.session.scalars(select(Registration).where(Registration.email == "bob@example.org")).one()


def said(registration):
    """What is answered, by the words of the question."""
    return {question.text: list(words) for question, words in list_answers(fresh(registration))}


def needed(registration):
    return {need.kind.value: need.details for need in list_needs(fresh(registration))}


def acts():
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def mails():
    return list(db.session.scalars(select(OutgoingMail.kind)))


@pytest.fixture
def choir(event):
    """A question with options and one that is required of who comes to the second workshop."""
    return (
        factories.make_question(event, "Com?", "several", options=["a b", "c"]),
        factories.make_question(event, "Què hi portareu?", is_required=True, sessions=[event.sessions[1]]),
    )


@pytest.mark.parametrize(
    ("role", "sees"), [("administrator", (True, True)), ("organiser", (True, True)), ("door", (False, False))]
)
def test_answers_and_supports_are_seen_by_who_has_to_know(client, event, answered, role, sees):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    page = client.get(f"{LIST}/{bob().id}")

    assert (page.status_code, "a b · c" in page.text, "celíac" in page.text) == (200, *sees)


def test_answers_of_who_cancelled_are_still_shown(desk, event, answered):
    fresh(bob()).state = RegistrationState.CANCELLED

    page = desk.get(f"{LIST}/{bob().id}").text

    assert ("a b · c" in page, "Canvieu la inscripció" in page) == (True, False)


def test_staff_change_answers_and_nobody_is_written_to(desk, event, answered):
    asked, _withdrawn = answered

    response = desk.post(f"{LIST}/{bob().id}", data={**FORM, f"question-{asked.id}": ["c"], **needs_of("menu")})

    page = desk.get(response.location).text
    assert response.status_code == 303
    assert said(bob()) == {"=Com?": ["c"], "Abans": ["=1+1"]}
    assert (acts(), mails()) == (["registration.answer"], [])
    assert '<p class="notice notice--good" role="status">Desat.</p>' in page


def test_form_stands_as_it_was_answered(desk, event, answered):
    asked, _withdrawn = answered

    page = html.unescape(desk.get(f"{LIST}/{bob().id}").text)

    assert re.findall(rf'name="question-{asked.id}" value="([^"]*)"[^>]* checked', page) == ["a b", "c"]
    assert re.findall(r'name="supports" value="(\w+)"[^>]* checked', page) == ["menu"]
    assert 'value="celíac"' in page


def test_staff_may_leave_a_required_question_open(desk, event, choir):
    registration = factories.make_registration(event)

    response = desk.post(f"{LIST}/{registration.id}", data={**FORM, "sessions": ["T2"]})

    assert (response.status_code, said(registration)) == (303, {})


def test_answers_about_a_session_are_kept_when_it_is_left(desk, event, choir):
    registration = factories.make_registration(event, event.sessions[1])
    factories.make_answer(registration, choir[1], "Fruita")

    desk.post(f"{LIST}/{registration.id}", data={**FORM, "sessions": ["T1"], f"question-{choir[1].id}": "Res"})

    assert said(registration) == {"Què hi portareu?": ["Fruita"]}


def test_answer_that_there_is_not_is_refused_at_its_field(desk, event, choir):
    registration = factories.make_registration(event)

    page = desk.post(f"{LIST}/{registration.id}", data={**FORM, f"question-{choir[0].id}": ["d"]})

    assert page.status_code == 422
    assert f'id="question-{choir[0].id}-error"' in page.text
    assert re.search(r"<details open><summary>Respostes a les preguntes", page.text)


def needs_of(*kinds, **details):
    details = {"menu": "celíac"} | details
    words = {f"support-{kind}": words for kind, words in details.items() if kind in kinds}
    return {"supports": list(kinds), "supports_consent": "y", **words}


def test_staff_change_supports_and_the_trail_does_not_say_which(desk, event, answered, ada):
    response = desk.post(f"{LIST}/{bob().id}", data={**FORM, **question_of(answered), **needs_of("menu", menu="vegà")})

    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (response.status_code, needed(bob())) == (303, {"menu": "vegà"})
    assert (line.act, line.staff_id, line.details) == ("registration.change_supports", ada.id, {})
    assert mails() == []


def test_staff_take_supports_away(desk, event, answered):
    """The words stay in their field when the tick is taken away; they say nothing new."""
    desk.post(f"{LIST}/{bob().id}", data={**FORM, **question_of(answered), "support-menu": "celíac"})

    assert needed(bob()) == {}


def test_supports_need_the_consent_of_the_person(desk, event, answered):
    typed = {**FORM, **question_of(answered), "supports": ["menu"], "support-menu": "vegà"}

    page = desk.post(f"{LIST}/{bob().id}", data=typed)

    assert page.status_code == 422
    assert "Només es pot desar si la persona hi consent." in page.text
    assert needed(bob()) == {"menu": "celíac"}


def test_who_may_not_see_supports_neither_sees_nor_changes_them(event, answered, ada, app):
    with app.test_request_context(method="POST", data={**FORM, "supports": ["menu"], "support-menu": "res"}):
        form = StaffChangeForm.of(bob(), with_supports=False)
        wanted = form.change()
        new = PersonForm.of(event, with_supports=False)
    changes.change(bob(), wanted, by=ada, now=utc_now())

    assert ("supports" in form, "supports" in new, wanted.needs) == (False, False, None)
    assert needed(bob()) == {"menu": "celíac"}


def test_event_that_asks_nothing_has_no_such_parts(desk, event):
    registration = factories.make_registration(event)

    for address in (f"{LIST}/{registration.id}", f"{LIST}/alta"):
        page = desk.get(address).text
        assert ("question-" in page, "supports" in page, "questions.js" in page) == (False, False, False)


def test_added_person_is_asked_the_same(desk, event, choir):
    factories.offer_supports(event, "menu", "hearing_loop")
    page = desk.get(f"{LIST}/alta").text
    assert ("Com?" in page, "un menú especial" in page) == (True, True)

    response = desk.post(
        f"{LIST}/alta",
        data={"first_name": "Cleo", "sessions": ["T2"], f"question-{choir[0].id}": ["c"], **needs_of("menu")},
    )

    cleo = db.session.scalars(select(Registration)).one()
    assert response.status_code == 303
    assert (said(cleo), needed(cleo)) == ({"Com?": ["c"]}, {"menu": "celíac"})
    assert SupportKind.MENU in {need.kind for need in list_needs(cleo)}


def test_added_person_is_refused_without_consent_and_nothing_typed_is_lost(desk, event, choir):
    factories.offer_supports(event, "menu")

    page = desk.post(
        f"{LIST}/alta", data={"first_name": "Cleo", f"question-{choir[0].id}": ["c"], "support-menu": "vegà <b>"}
    )

    assert page.status_code == 422
    assert 'value="vegà &lt;b&gt;"' in page.text
    assert re.search(rf'name="question-{choir[0].id}" value="c"[^>]* checked', page.text)
    assert db.session.scalars(select(Registration)).all() == []


def question_of(answered):
    """What the person had answered, sent again as it was."""
    return {f"question-{answered[0].id}": ["a b", "c"]}
