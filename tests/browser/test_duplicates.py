"""Two registrations of one person found, compared, merged and parted again, by keyboard."""

import pytest
from playwright.sync_api import expect

from core.database import db
from tests import factories
from tests.browser.inspection import LAPTOP, inspect

PAIRS = "/gestio/jornades/jornada/inscripcions/duplicats"
FORMER_CODE = """async () => {
    const { People } = await import("/static/door-people.js");
    const people = new People();
    const row = ["NEW", "Bob", "Pla", "", "confirmed", [], [], [], ["OLD"]];
    people.update({ event: { sessions: [] }, groups: { 0: ["mark", [row]] } }, "1", 0);
    people.addAct({ id: "a", kind: "check_in", person: "OLD", session: "T1", shown: 1 });
    return [people.find("OLD")?.code, people.size, people.find("NEW").marks.length, people.find("NOBODY")];
}"""


@pytest.fixture
def site(site):
    def fill():
        event = factories.make_event(capacity=10)
        session = factories.make_session(event, "T1", title="Taller 1")
        factories.make_registration(event, session, first_name="Montserrat", last_name="Puig", organisation="Ateneu")
        factories.make_registration(event, first_name="Monserrat", last_name="Puig", email="m@example.org")
        db.session.commit()

    site.call(fill)
    return site


def test_a_pair_is_merged_and_parted_by_keyboard(site, open_page):
    page = open_page(LAPTOP, role="organiser")
    page.goto(PAIRS)
    barriers = inspect(page)

    page.get_by_role("link", name="Compareu Montserrat Puig / Monserrat Puig").press("Enter")
    page.get_by_role("radio", name="Monserrat Puig").focus()
    page.keyboard.press("ArrowLeft")
    barriers += inspect(page)
    page.get_by_role("button", name="Mostreu què passaria").press("Enter")
    page.get_by_role("heading", name="Voleu fusionar les dues inscripcions de Montserrat Puig?").wait_for()
    barriers += inspect(page)
    page.get_by_role("button", name="Fusioneu-les").press("Enter")
    expect(page.get_by_text("Les dues inscripcions de Montserrat Puig ara són una de sola.")).to_be_visible()
    page.get_by_role("link", name="Desfeu la fusió…").press("Enter")
    page.get_by_role("button", name="Desfeu la fusió").press("Enter")
    expect(page.get_by_text("Desfet: tornen a ser dues inscripcions.")).to_be_visible()

    assert barriers == []


def test_the_door_finds_a_person_by_a_former_code_without_a_network(site, open_page):
    page = open_page(LAPTOP, role="organiser")
    page.goto(PAIRS)

    assert page.evaluate(FORMER_CODE) == ["NEW", 1, 1, None]
