"""What a form asks, in a browser: questions of a session appear with it, rows of a group are added, links confirm."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from registrations.models import Answer, Awaited, Registration, RegistrationState
from tests import factories

FORM = "/jornades/jornada/inscripcio"
TOKEN = "c" * 32


def announce():
    """An event with a question for all, one about T1 only, and somebody who has to confirm their address."""
    starts_at = utc_now() + timedelta(days=14)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    factories.make_session(event, "T1", title="Taller T1")
    factories.make_question(event, "Com ens heu conegut?")
    factories.make_question(event, "Veniu a peu?", "yes_no", sessions=[event.sessions[0]], is_required=True)
    factories.make_registration(
        event,
        token=TOKEN,
        state=RegistrationState.PENDING,
        awaits=Awaited.ADDRESS,
        held_until=utc_now() + timedelta(hours=1),
    )
    event.places_taken += 1


@pytest.fixture(autouse=True)
def event(site):
    site.call(announce)


def states(site):
    return site.call(lambda: [each.state.value for each in db.session.scalars(select(Registration))])


def test_question_of_a_session_appears_with_it(open_page):
    page = open_page()
    page.goto(FORM)
    question = page.get_by_role("group", name="Veniu a peu?")

    expect(question).to_be_hidden()
    page.get_by_label("Taller T1").check()
    expect(question).to_be_visible()
    page.get_by_label("Taller T1").uncheck()
    expect(question).to_be_hidden()


def test_without_script_it_stands_there_and_says_for_whom(open_page):
    page = open_page(java_script_enabled=False)
    page.goto(FORM)

    expect(page.get_by_role("group", name="Veniu a peu?")).to_be_visible()
    expect(page.get_by_text("Només si veniu a «Taller T1».")).to_be_visible()


def test_answers_arrive(open_page, site):
    page = open_page(java_script_enabled=False)
    page.goto(FORM)
    page.locator("#first_name").fill("Núria")
    page.locator("#last_name").fill("Pla")
    page.locator("#email").fill("nuria@example.org")
    page.get_by_label("Com ens heu conegut?").fill("Per un cartell")
    page.get_by_label("Taller T1").check()
    page.get_by_role("group", name="Veniu a peu?").get_by_label("Sí").check()
    page.locator(".button--large").click()

    expect(page.locator("h1")).to_have_text("Hi sou.")
    words = site.call(lambda: db.session.scalars(select(Answer.words).order_by(Answer.question_id)).all())
    assert words == [["Per un cartell"], ["yes"]]


@pytest.mark.parametrize(("script", "rows"), [(True, 6), (False, 10)], ids=["script", "no script"])
def test_more_rows_keep_what_was_typed(open_page, script, rows):
    page = open_page(java_script_enabled=script)
    page.goto(f"{FORM}/grup")
    page.locator("#email-1").fill("ada@example.org")
    page.get_by_role("button", name="Més files").click()

    expect(page.locator('#people input[type="email"]')).to_have_count(rows)
    expect(page.locator("#email-1")).to_have_value("ada@example.org")
    expect(page.locator(f"#email-{rows}")).to_have_value("")


def test_opening_the_link_presses_the_button(open_page, site):
    page = open_page()
    page.goto(f"/inscripcions/{TOKEN}/confirmacio")

    expect(page.locator("h1")).to_have_text("Hi sou.")
    assert states(site) == ["confirmed"]


def test_without_script_the_link_waits_for_the_press(open_page, site):
    page = open_page(java_script_enabled=False)
    page.goto(f"/inscripcions/{TOKEN}/confirmacio")
    before = states(site)
    page.get_by_role("button").click()

    expect(page.locator("h1")).to_have_text("Hi sou.")
    assert (before, states(site)) == (["pending"], ["confirmed"])
