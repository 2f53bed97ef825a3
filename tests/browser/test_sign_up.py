"""Signing up as people do: with a thumb, with a keyboard alone, without script, in a hurry, with mistakes."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from registrations.models import Registration
from tests import factories

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def announce():
    """An event in two weeks with two sessions at the same time and one after them."""
    starts_at = utc_now() + timedelta(days=14)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), capacity=50)
    for code, hours in (("T1", 1), ("T2", 1), ("T3", 3)):
        factories.make_session(event, code, starts_at=starts_at + timedelta(hours=hours), capacity=20)


@pytest.fixture(autouse=True)
def event(site):
    site.call(announce)


@pytest.fixture
def page(open_page, script):
    return open_page(java_script_enabled=script)


def registrations(site):
    """Who is registered, with the sessions chosen and the mails written."""

    def read():
        mails = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
        return [
            (each.full_name, each.state.value, [session.code for session in each.sessions])
            for each in db.session.scalars(select(Registration).order_by(Registration.id))
        ], [(mail.recipient, mail.kind, *(file["method"] for file in mail.calendars)) for mail in mails]

    return site.call(read)


def tab_to(page, target):
    """Press Tab until the target has the focus."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {target}")


def write_person(page, email="bob@example.org"):
    page.locator("#first_name").fill("Bob")
    page.locator("#last_name").fill("Pla")
    page.locator("#email").fill(email)


def send(page):
    page.get_by_role("button", name="Inscriviu-m’hi").click()


@with_and_without_script
def test_by_keyboard_alone(page, site):
    page.goto("/jornades/jornada")
    tab_to(page, page.get_by_role("link", name="Inscriviu-m’hi"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/inscripcio")
    for field, text in (("first_name", "Bob"), ("last_name", "Pla"), ("email", "bob@example.org")):
        tab_to(page, page.locator(f"#{field}"))
        page.keyboard.type(text)
    tab_to(page, page.get_by_label("Taller T2"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Inscriviu-m’hi"))
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Hi sou.")
    assert registrations(site) == (
        [("Bob Pla", "confirmed", ["T2"])],
        [("bob@example.org", "place_confirmed", "REQUEST")],
    )


@with_and_without_script
def test_mistakes_keep_what_was_written_and_lead_to_the_field(page, site):
    page.goto("/jornades/jornada/inscripcio")
    page.locator("#first_name").fill("Bob <b>&\"'")
    page.locator("#email").fill("bob a casa")
    page.get_by_label("Taller T3").check()
    send(page)
    page.locator("#errors").get_by_role("link", name="Cognoms").click()

    expect(page.locator("#last_name")).to_be_focused()
    assert page.locator("#errors a").evaluate_all("all => all.map((link) => link.hash)") == ["#last_name", "#email"]
    assert page.locator("#first_name").input_value() == "Bob <b>&\"'"
    assert page.locator("#email").input_value() == "bob a casa"
    assert page.get_by_label("Taller T3").is_checked()
    assert registrations(site) == ([], [])


def test_with_script_mistakes_are_told_at_once(phone):
    phone.goto("/jornades/jornada/inscripcio")
    send(phone)

    expect(phone.locator("#errors")).to_be_focused()


def test_choosing_lets_go_of_the_session_at_the_same_time(phone, site):
    phone.goto("/jornades/jornada/inscripcio")
    write_person(phone)
    for title in ("Taller T1", "Taller T3", "Taller T2"):
        phone.get_by_label(title).check()

    expect(phone.locator("[data-message]")).to_have_text("«Taller T1» ja no està triada: es fa a la mateixa hora.")
    send(phone)
    expect(phone.locator("h1")).to_have_text("Hi sou.")
    assert registrations(site)[0] == [("Bob Pla", "confirmed", ["T2", "T3"])]


def test_without_script_sessions_at_the_same_time_are_refused(phone_without_script, site):
    page = phone_without_script
    page.goto("/jornades/jornada/inscripcio")
    write_person(page)
    page.get_by_label("Taller T1").check()
    page.get_by_label("Taller T2").check()
    send(page)

    expect(page.locator("#sessions-error")).to_have_text(
        "«Taller T1» i «Taller T2» es fan a la mateixa hora. Trieu-ne una."
    )
    assert page.get_by_label("Taller T1").is_checked()
    assert registrations(site) == ([], [])


def test_a_double_click_signs_up_once(phone, site):
    phone.goto("/jornades/jornada/inscripcio")
    write_person(phone)
    phone.get_by_role("button", name="Inscriviu-m’hi").dblclick()

    expect(phone.locator("h1")).to_have_text("Hi sou.")
    assert registrations(site) == (
        [("Bob Pla", "confirmed", [])],
        [("bob@example.org", "place_confirmed", "REQUEST")],
    )


@with_and_without_script
def test_changing_ones_mind(page, site):
    page.goto("/jornades/jornada/inscripcio")
    write_person(page)
    send(page)
    page.get_by_role("link", name="Cancel·leu la inscripció").click()
    page.get_by_role("button", name="Cancel·leu la inscripció").click()

    expect(page.locator("h1")).to_have_text("La vostra inscripció està cancel·lada.")
    assert registrations(site) == (
        [("Bob Pla", "cancelled", [])],
        [("bob@example.org", "place_confirmed", "REQUEST"), ("bob@example.org", "cancelled", "CANCEL")],
    )


@with_and_without_script
def test_whoever_is_registered_is_sent_their_link(page, site):
    for _time in range(2):
        page.goto("/jornades/jornada/inscripcio")
        write_person(page, "Bob@Example.org" if _time else "bob@example.org")
        send(page)
        page.wait_for_load_state()

    expect(page.locator("h1")).to_have_text("Us hem enviat un correu")
    assert registrations(site) == (
        [("Bob Pla", "confirmed", [])],
        [("bob@example.org", "place_confirmed", "REQUEST"), ("bob@example.org", "own_link")],
    )
