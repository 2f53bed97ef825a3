"""A group in a browser: rows that are added have sessions of their own, which let go of each other like all others."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from registrations.models import Registration
from tests import factories


@pytest.fixture(autouse=True)
def event(site):
    site.call(announce)


def announce():
    """An event with two sessions at the same time."""
    starts_at = utc_now() + timedelta(days=14)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    for code, title in (("T1", "Habitatge"), ("T2", "Salut")):
        factories.make_session(event, code, title=title, starts_at=starts_at + timedelta(hours=1))


def read_sessions():
    people = db.session.scalars(select(Registration).order_by(Registration.id))
    return [(each.first_name, [session.code for session in each.sessions]) for each in people]


def write_row(page, number):
    for name, text in (("first_name", f"Nom{number}"), ("last_name", "Pla"), ("email", f"p{number}@example.org")):
        page.locator(f"#{name}-{number}").fill(text)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_each_row_may_have_sessions_of_its_own(open_page, site, script):
    page = open_page(java_script_enabled=script)
    page.goto("/jornades/jornada/inscripcio/grup?persones=2")
    page.locator("#signed_up_by").fill("Maria Puig")
    page.locator("#organisation").fill("Casal")
    page.locator("input[name=sessions][value=T1]").check()
    write_row(page, 1)
    write_row(page, 2)
    page.locator("#own-2").click()
    page.locator("[name=sessions-2][value=T2]").check()
    page.get_by_role("button", name="Més files").click()
    write_row(page, 3)
    page.locator("#own-3").press("Enter")
    page.locator("#none-3").check()
    page.get_by_role("button", name="Inscriviu-los").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("S’han inscrit 3 persones.")
    assert site.call(read_sessions) == [("Nom1", ["T1"]), ("Nom2", ["T2"]), ("Nom3", [])]


def test_row_that_is_added_is_empty_and_lets_go_of_what_is_at_the_same_time(open_page):
    page = open_page()
    page.goto("/jornades/jornada/inscripcio/grup?persones=1")
    page.locator("#own-1").click()
    page.locator("[name=sessions-1][value=T1]").check()
    page.get_by_role("button", name="Més files").click()
    page.locator("#own-2").click()
    first, second = page.locator("[name=sessions-2]").all()

    expect(first).not_to_be_checked()
    second.check()
    first.check()
    expect(second).not_to_be_checked()
    expect(page.locator("#sessions-2 [data-message]")).to_have_text(
        "«Salut» ja no està triada: es fa a la mateixa hora."
    )
    expect(page.locator("[name=sessions-1][value=T1]")).to_be_checked()
