"""Those who await the organiser’s answer."""

import re

from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from events.models import Access, Dimension
from registrations.models import (
    Awaited,
    RegistrationState,
)
from tests import factories
from tests.registrations.views.pages import PAGES, fresh


def ask(event, number, **values):
    return factories.make_registration(
        event,
        email=f"p{number}@example.org",
        last_name=f"P{number}",
        state=RegistrationState.PENDING,
        awaits=Awaited.APPROVAL,
        **values,
    )


def test_those_who_ask_are_shown_with_their_answers_and_without_supports(desk, event):
    event.access = Access.APPROVAL
    registration = ask(event, 1, dimension=Dimension.CITIZENS)
    factories.make_answer(registration, factories.make_question(event, "Hi heu vingut mai?", "yes_no"), "yes")
    factories.make_support_need(registration, "menu", "celíac")

    page = desk.get(f"{PAGES}/aprovacions").text

    assert "Bob P1" in page
    assert re.search(r"Hi heu vingut mai\?</dt><dd[^>]*>Sí</dd>", page)
    assert "celíac" not in page


def test_one_is_approved_and_another_declined(desk, event):
    first, second = ask(event, 1), ask(event, 2)

    yes = desk.post(f"{PAGES}/aprovacions/{first.id}")
    asked = desk.get(f"{PAGES}/aprovacions/{second.id}/denegacio")
    no = desk.post(f"{PAGES}/aprovacions/{second.id}/denegacio", data={"reason": "Aforament limitat."})

    fresh(event)
    assert (yes.status_code, asked.status_code, no.status_code) == (303, 200, 303)
    assert (first.state, second.state) == (RegistrationState.CONFIRMED, RegistrationState.CANCELLED)
    mails = dict(db.session.execute(select(OutgoingMail.kind, OutgoingMail.text).order_by(OutgoingMail.id)).all())
    assert list(mails) == ["place_confirmed", "not_approved"]
    assert "Aforament limitat." in mails["not_approved"]


def test_all_shown_are_approved(desk, event):
    people = [ask(event, number) for number in range(3)]

    answer = desk.post(
        f"{PAGES}/aprovacions", data={"registration": [each.id for each in people[:2]] + ["x"]}, follow_redirects=True
    )

    fresh(event)
    assert [each.state.value for each in people] == ["confirmed", "confirmed", "pending"]
    assert "2 persones tenen plaça." in answer.text


def test_second_answer_says_why_not(desk, event):
    registration = ask(event, 1)
    desk.post(f"{PAGES}/aprovacions/{registration.id}")

    again = desk.post(f"{PAGES}/aprovacions/{registration.id}/denegacio", follow_redirects=True)

    assert "Aquesta petició ja s’ha respost o retirat." in again.text
    assert fresh(registration).state is RegistrationState.CONFIRMED


def test_reason_that_is_too_long_is_refused(desk, event):
    registration = ask(event, 1)

    page = desk.post(f"{PAGES}/aprovacions/{registration.id}/denegacio", data={"reason": "x" * 501})

    assert page.status_code == 422
    assert fresh(registration).state is RegistrationState.PENDING
