"""The attendee list in use: found while one types, narrowed down, acted on; by keyboard, and without script."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from registrations.models import Registration, RegistrationState
from tests import factories
from tests.browser.inspection import LAPTOP, inspect

LIST = "/gestio/jornades/jornada/inscripcions"


@pytest.fixture
def site(site):
    def fill():
        event = factories.make_event(capacity=10)
        session = factories.make_session(event, "T1", title="Taller 1")
        for name in ("Ada", "Àngels", "Bob"):
            factories.make_registration(event, session, first_name=name, last_name="Puig", email=f"{name}@example.org")
        cancelled = RegistrationState.CANCELLED
        factories.make_registration(event, first_name="Cleo", last_name="Roca", email="c@example.org", state=cancelled)
        db.session.commit()

    site.call(fill)
    return site


def names(page):
    return page.locator("#found tbody th a:first-child bdi").all_text_contents()


def test_the_list_follows_what_is_typed(site, open_page):
    page = open_page(LAPTOP, role="organiser")
    page.goto(LIST)

    page.locator("#q").press_sequentially("angels")
    page.locator("#how-many", has_text="1–1 de 1").wait_for()

    assert names(page) == ["Puig, Àngels"]
    expect(page).to_have_url(re.compile(re.escape(f"{LIST}?q=angels") + "$"))
    assert page.evaluate("document.activeElement.id") == "q"
    page.locator("#q").fill("")
    page.locator("#how-many", has_text="1–4 de 4").wait_for()
    page.locator("#state").select_option("cancelled")
    page.locator("#how-many", has_text="1–1 de 1").wait_for()
    assert names(page) == ["Roca, Cleo"]
    page.reload()
    assert (names(page), page.locator("#state").input_value()) == (["Roca, Cleo"], "cancelled")


def test_a_filter_is_taken_away_by_keyboard(site, open_page):
    page = open_page(LAPTOP, role="organiser")
    page.goto(f"{LIST}?state=cancelled&q=roca")

    page.get_by_role("link", name="Traieu: cancel·lada").press("Enter")
    page.wait_for_url(f"**{LIST}?q=roca")

    assert inspect(page) == []


def test_without_a_network_the_list_stays(site, open_page):
    page = open_page(LAPTOP, role="organiser")
    page.goto(LIST)
    page.context.set_offline(True)

    page.locator("#q").press_sequentially("bob")
    page.locator("#said", has_text="No hi ha connexió").wait_for()

    assert len(names(page)) == 4
    page.context.set_offline(False)
    page.locator("#q").press_sequentially(" puig")
    page.locator("#how-many", has_text="1–1 de 1").wait_for()
    assert names(page) == ["Puig, Bob"]


def test_without_script_it_is_a_form(site, open_page):
    page = open_page(LAPTOP, role="organiser", java_script_enabled=False)
    page.goto(LIST)

    page.locator("#q").fill("bob")
    page.locator("#filters button").click()

    page.wait_for_url(f"**{LIST}?*q=bob*")
    assert names(page) == ["Puig, Bob"]


def test_several_are_cancelled_and_back_again(site, open_page):
    page = open_page(role="organiser")
    page.goto(f"{LIST}?state=confirmed")

    page.locator("thead input[type=checkbox]").check()
    page.locator("#kind").select_option("cancel")
    page.get_by_role("button", name="Mostreu què passaria…").click()
    faults = inspect(page)
    page.get_by_role("button", name="Cancel·leu 3 inscripcions").click()
    page.get_by_role("link", name="Desfeu-ho…").click()
    faults += inspect(page)
    page.get_by_role("button", name="Desfeu-ho per a 3 persones").click()
    page.get_by_text("S’ha desfet per a 3 persones.").wait_for()
    page.goto(f"{LIST}?state=confirmed")

    assert faults == []
    assert names(page) == ["Puig, Ada", "Puig, Àngels", "Puig, Bob"]


def test_on_a_phone_names_have_as_much_room_as_attendance(site, open_page):
    def come():
        for registration in db.session.scalars(select(Registration)):
            factories.make_attendance(registration, registration.event.sessions[0])

    site.call(come)
    page = open_page(role="organiser")
    page.goto(f"{LIST}?session=T1")

    name, attendance = (
        page.locator(f"#found tbody tr:first-child {part}").bounding_box() for part in ("th", "td:visible >> nth=-1")
    )

    assert name["width"] > attendance["width"]
