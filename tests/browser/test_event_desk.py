"""The desk in the weeks before: the home of an event, its programme in one table, its copy; by keyboard alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.dates import utc_now
from events.models import EventState
from tests import factories
from tests.browser.inspection import LAPTOP, PHONE, inspect

HOME = "/gestio/jornades/jornada"


def prepare():
    """A draft of one day with two workshops in one room, one of which clashes with nothing yet."""
    now = utc_now() + timedelta(days=30)
    starts_at = now.replace(hour=8, minute=0, second=0, microsecond=0)
    event = factories.make_event(state=EventState.DRAFT, starts_at=starts_at, summary="Un matí.")
    room = factories.make_room(event, capacity=20)
    factories.make_session(event, "T1", room_id=room.id, capacity=12)
    factories.make_session(event, "T2", room_id=room.id, starts_at=starts_at + timedelta(hours=2))


def press_to(page, target):
    """Go on with the Tab key until `target` has the focus, as who has no mouse does."""
    element = target.element_handle()  # found once: by its role and name it is looked for among everything
    for _step in range(200):
        page.keyboard.press("Tab")
        if element.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the Tab key does not lead there")


def follow(page, role, name):
    """Press the link or button of this name by keyboard."""
    press_to(page, page.get_by_role(role, name=name, exact=True))
    press_enter(page)


def press_enter(page):
    """Go where Enter leads."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def examine(page):
    """What is wrong with the page at every size, and then back to the one at work."""
    size = page.viewport_size
    found = inspect(page)
    page.set_viewport_size(size)
    return found


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_from_the_programme_to_a_copy_by_keyboard_alone(open_page, site, viewport):
    site.call(prepare)
    page = open_page(viewport, role="organiser")
    found = []

    page.goto(HOME)
    expect(page.locator(".next-step .lead")).to_have_text("Publicar-la")
    found += examine(page)
    follow(page, "link", "Programa")
    follow(page, "link", "Editeu la taula")
    found += examine(page)
    press_to(page, page.get_by_label("T2 · Dinamització"))
    page.keyboard.type("Ada")
    press_enter(page)
    expect(page.locator("tbody")).to_contain_text("Ada")

    follow(page, "link", "Dupliqueu T2")
    expect(page.locator("#code")).to_have_value("T3")
    page.locator("#starts").fill(page.locator("#starts").input_value().replace("T12", "T11"))
    page.locator("#title").focus()
    press_enter(page)
    expect(page.locator(".clash").first).to_contain_text("a la mateixa hora")
    found += examine(page)

    follow(page, "link", "Desplaceu…")
    press_to(page, page.get_by_label("Dies"))
    page.keyboard.type("1")
    press_enter(page)
    expect(page.get_by_text("Desat.")).to_be_visible()

    press_to(page, page.locator(f"nav a[href='{HOME}']:visible").last)
    press_enter(page)
    expect(page.locator(".needs")).to_contain_text("no encaix")
    follow(page, "link", "Copieu la jornada…")
    found += examine(page)
    follow(page, "button", "Copieu la jornada")
    expect(page.get_by_text("La còpia s’ha desat com a esborrany")).to_be_visible()

    assert found == []


def sign_up():
    """A published event of which people signed up, waited and cancelled on several days."""
    now = utc_now()
    event = factories.make_event(
        starts_at=now + timedelta(days=9), capacity=2, registration_opens_at=now - timedelta(days=8)
    )
    session = factories.make_session(event, capacity=1, people_waiting=2)
    for days, values in ((7, {}), (7, {"state": "cancelled", "cancelled_at": now}), (1, {})):
        at = now - timedelta(days=days)
        email = f"{days}{len(values)}@example.org"
        factories.make_registration(event, *([session] if days == 1 else []), email=email, created_at=at, **values)


def test_the_home_of_an_event_in_full(open_page, site):
    site.call(sign_up)
    page = open_page(LAPTOP, role="organiser")

    page.goto(HOME)

    chart = page.get_by_role("img", name="Inscripcions per dia")
    expect(chart).to_have_accessible_description(re.compile("^3 inscripcions, 1 cancel·lada després. El dia que més:"))
    assert inspect(page) == []
