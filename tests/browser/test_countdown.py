"""Sign-up that opens while people wait for it: by itself, when the server says so, without anybody reloading.

Time passes at the page's clock and in the database at once: nobody waits here.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from events.models import Event
from tests import factories

TEN_MINUTES = timedelta(minutes=10)  # a page that slept for longer asks the server first
COUNTING = "9 min"
SPREAD = 4  # seconds over which those who wait spread their requests
ONCE = [("document", "GET"), ("fetch", "HEAD"), ("fetch", "GET")]


def announce(opens_in=TEN_MINUTES):
    starts_at = utc_now() + timedelta(days=14)
    factories.make_event(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), registration_opens_at=utc_now() + opens_in
    )


def set_opening(opens_in):
    event = db.session.scalars(select(Event)).one()
    event.registration_opens_at = utc_now() + opens_in


def wait_until_it_opens(page, site, *, opens_in=timedelta(0)):
    """Let the time pass that the page counts down, and those seconds that it then waits for the others."""
    expect(page.locator("[data-opens]")).to_contain_text(COUNTING)
    site.call(set_opening, opens_in)
    page.clock.fast_forward(TEN_MINUTES.seconds * 1000)
    expect(page.locator("[data-opens]")).to_have_text("S’estan obrint…")
    page.clock.fast_forward(SPREAD * 1000)


@pytest.fixture
def page(open_page):
    page = open_page()
    page.clock.install()
    return page


def listen(page):
    """Keep how pages are asked for: by whom, and with which method."""
    heard = []
    page.on(
        "request",
        lambda request: (
            request.resource_type in {"document", "fetch"} and heard.append((request.resource_type, request.method))
        ),
    )
    return heard


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("/jornades/jornada", "a[href$='/inscripcio']"),
        ("/jornades/jornada/inscripcio", "form.signup-form"),
    ],
    ids=["programme", "form"],
)
def test_sign_up_opens_by_itself(page, site, path, opened):
    site.call(announce)
    heard = listen(page)

    page.goto(path)
    expect(page.locator(opened)).to_have_count(0)
    wait_until_it_opens(page, site)

    expect(page.locator(opened)).to_be_visible()
    assert heard == ONCE


def test_form_that_opened_by_itself_signs_up(page, site):
    site.call(announce)
    page.goto("/jornades/jornada/inscripcio")
    wait_until_it_opens(page, site)
    for field, text in (("first_name", "Bob"), ("last_name", "Pla"), ("email", "bob@example.org")):
        page.locator(f"#{field}").fill(text)
    page.locator(".signup-form button").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hi sou.")


def test_clock_of_the_device_opens_nothing(open_page, site):
    site.call(announce)
    page = open_page()
    page.clock.install(time=utc_now() + TEN_MINUTES)
    heard = listen(page)

    page.goto("/jornades/jornada")
    expect(page.locator("[data-opens]")).to_contain_text(COUNTING)
    asked = len(heard)
    wait_until_it_opens(page, site)
    expect(page.locator("a[href$='/inscripcio']")).to_be_visible()

    assert (asked, len(heard)) == (2, 3)


def test_what_was_put_off_counts_down_anew(page, site):
    site.call(announce)
    heard = listen(page)

    page.goto("/jornades/jornada")
    wait_until_it_opens(page, site, opens_in=timedelta(minutes=5))
    expect(page.locator("[data-opens]")).to_contain_text("4 min")
    page.clock.run_for(3000)

    assert heard == ONCE


def test_without_script_the_page_says_when(open_page, site):
    site.call(announce, timedelta(days=1))
    page = open_page(java_script_enabled=False)

    page.goto("/jornades/jornada")

    expect(page.get_by_text("Us hi podreu inscriure a partir del")).to_be_visible()
    expect(page.locator("[data-opens]")).to_be_hidden()
