"""The wall in a real browser: what is written in the room stands on it within two seconds."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from contributions import services
from contributions.models import Entry, EntryKind
from contributions.notebooks import Notetaker
from core.database import db, transaction
from core.dates import utc_now
from events.models import Session
from tests import factories
from tests.browser.inspection import PHONE, inspect

WALL = "/gestio/jornades/jornada/aportacions/INT-07/mur"
TOPICS = ("Temps", "Espais", "Formació", "")


@pytest.fixture
def wall(open_page, site):
    def make():
        session = factories.make_session(code="INT-07", title="Com ens coordinem?")
        for number in range(24):
            factories.make_entry(session, text=f"Cal dir-ho {number}", topic_name=TOPICS[number % 4])

    site.call(make)
    page = open_page({"width": 1920, "height": 1080}, role="facilitator", refused=("/canvis?version=1-25.ca",))
    page.goto(WALL)
    expect(page.locator("html[data-ready]")).to_be_attached()
    return page


def write(site, text, kind=EntryKind.PROPOSAL):
    def record():
        with transaction():
            services.record(db.session.scalar(select(Session)), kind, text, topic_name="Temps", now=utc_now())

    site.call(record)


def delete(site, text):
    def remove():
        with transaction():
            entry = db.session.scalar(select(Entry).where(Entry.text == text))
            services.delete(entry, by=Notetaker(), now=utc_now())

    site.call(remove)


def test_what_is_written_appears_within_two_seconds_and_what_is_deleted_goes(wall, site):
    write(site, "Una taula <b>comuna")

    new = wall.locator("[data-key].is-new")
    expect(new).to_contain_text("Una taula <b>comuna", timeout=2000)
    expect(wall.locator("[data-count=proposal]")).to_have_text("1")
    delete(site, "Una taula <b>comuna")
    expect(new).to_have_count(0, timeout=2000)
    expect(wall.locator("[data-count=proposal]")).to_have_text("0")


def test_it_moves_by_itself_until_somebody_says_pause(wall):
    wall.set_viewport_size({"width": 1024, "height": 768})
    expect(wall.locator("[data-pause]")).to_have_text("Pausa")

    wall.keyboard.press("p")
    expect(wall.locator("[data-pause]")).to_have_text("Continua")
    assert wall.evaluate("scrollY") == 0
    wall.keyboard.press("p")

    wall.wait_for_function("scrollY > 0")


def test_a_lost_connection_is_said_and_found_again(wall, site):
    state = wall.locator("[data-state]")

    wall.context.set_offline(True)
    expect(state).to_contain_text("Sense connexió")
    wall.context.set_offline(False)

    expect(state).to_have_text("")


def test_who_may_no_longer_read_it_sees_nothing_of_it(wall):
    wall.context.clear_cookies()

    expect(wall.locator("[data-state]")).to_have_text("Aquest mur ja no es pot llegir des d’aquí. Torneu-lo a obrir.")
    assert wall.locator("[data-key]").count() == 0


def test_the_wall_has_no_barriers_in_either_theme(wall, open_page):
    found = inspect(wall)
    for theme in ("light", "dark"):
        wall.goto(f"{WALL}?theme={theme}")
        found += inspect(wall)
    bare = open_page(PHONE, role="facilitator", java_script_enabled=False)
    bare.goto("/gestio/jornades/jornada/mur")

    assert found == []
    assert bare.locator("[data-key]").count() == 24
    assert bare.locator("[data-pause]").is_hidden()
