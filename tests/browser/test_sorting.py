"""The board with the keyboard and the pointer: what is chosen moves, and one stays where one was."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from contributions.models import Entry
from core.database import db
from tests import factories
from tests.browser.inspection import LAPTOP, inspect

BOARD = "/gestio/jornades/jornada/ordenacio"


def furnish():
    event = factories.make_event()
    session = factories.make_session(event)
    factories.make_topic(event, "Salut")
    for text in ("Una", "Dues", "Tres"):
        factories.make_entry(session, text=text)


@pytest.fixture
def page(open_page, site):
    site.call(furnish)
    page = open_page(LAPTOP, role="organiser")
    page.goto(BOARD)
    expect(page.locator("[data-entry]")).to_have_count(3)
    expect(page.locator("[data-keys]")).to_be_visible()
    return page


def topics_of(site):
    query = select(Entry).order_by(Entry.number)
    return site.call(lambda: [entry.topic and entry.topic.name for entry in db.session.scalars(query)])


def box(page, code):
    return page.get_by_role("checkbox", name=code)


def test_entries_are_sorted_with_the_keyboard_alone(page, site):
    box(page, "T1-A-001").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Space", "ArrowUp", "m", "S", "Enter"):
        page.keyboard.press(key)

    expect(page.get_by_text("S’han mogut 2 entrades.")).to_be_visible()
    expect(box(page, "T1-A-001")).to_be_focused()
    assert topics_of(site) == ["Salut", None, "Salut"]
    assert inspect(page) == []


def test_shift_chooses_all_between_two(page):
    chosen = page.locator("[data-chosen]")

    box(page, "T1-A-001").click()
    box(page, "T1-A-003").click(modifiers=["Shift"])

    expect(chosen).to_have_text("Triades: 3")
    box(page, "T1-A-001").click(modifiers=["Shift"])
    expect(chosen).to_have_text("")
    box(page, "T1-A-001").focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(chosen).to_have_text("Triades: 2")


def test_an_entry_is_dragged_onto_a_topic(page, site):
    box(page, "T1-A-001").check()

    page.locator("[data-entry]", has_text="Dues").drag_to(page.locator("[data-to]", has_text="Salut"))

    expect(page.get_by_text("S’ha mogut 1 entrada.")).to_be_visible()
    assert topics_of(site) == [None, "Salut", None]


def test_without_a_network_everything_stays_and_says_so(page):
    box(page, "T1-A-002").check()
    page.context.set_offline(True)

    page.get_by_role("button", name="Feu-ne una").click()

    expect(page.locator("[data-act-on] [role=status]")).to_contain_text("quan hi torni a haver xarxa")
    expect(box(page, "T1-A-002")).to_be_checked()
