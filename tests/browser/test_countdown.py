"""Sign-up that opens while people wait for it: by itself, when the server says so, without anybody reloading."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from events.models import Event
from tests import factories

SOON = timedelta(seconds=3)
COUNTING = re.compile(r"0 min 0\d s")
SPREAD = 4  # seconds over which those who wait spread their requests
OPENED = (SOON.seconds + SPREAD + 4) * 1000
ONCE = [("document", "GET"), ("fetch", "HEAD"), ("fetch", "GET")]
AN_HOUR_AHEAD = "const now = Date.now; Date.now = () => now() + 3600000;"


def announce(seconds=SOON):
    starts_at = utc_now() + timedelta(days=14)
    factories.make_event(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), registration_opens_at=utc_now() + seconds
    )


def postpone():
    event = db.session.scalars(select(Event)).one()
    event.registration_opens_at = utc_now() + timedelta(minutes=10)


@pytest.fixture
def page(open_page):
    return open_page()


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
    expect(page.locator("[data-opens]")).to_have_text(COUNTING)
    expect(page.locator(opened)).to_have_count(0)
    expect(page.locator(opened)).to_be_visible(timeout=OPENED)

    assert heard == ONCE


def test_form_that_opened_by_itself_signs_up(page, site):
    site.call(announce)
    page.goto("/jornades/jornada/inscripcio")
    for field, text in (("first_name", "Bob"), ("last_name", "Pla"), ("email", "bob@example.org")):
        page.locator(f"#{field}").fill(text)
    page.locator(".signup-form button").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hi sou.")


def test_clock_of_the_device_opens_nothing(page, site):
    site.call(announce)
    page.add_init_script(AN_HOUR_AHEAD)
    heard = listen(page)

    page.goto("/jornades/jornada")
    expect(page.locator("[data-opens]")).to_have_text(COUNTING)
    asked = len(heard)
    expect(page.locator("a[href$='/inscripcio']")).to_be_visible(timeout=OPENED)

    assert (asked, len(heard)) == (2, 3)


def test_what_was_put_off_counts_down_anew(page, site):
    site.call(announce)
    heard = listen(page)

    page.goto("/jornades/jornada")
    site.call(postpone)
    expect(page.locator("[data-opens]")).to_contain_text("9 min 5", timeout=15_000)
    page.wait_for_timeout(3000)

    assert heard == ONCE


def test_without_script_the_page_says_when(open_page, site):
    site.call(announce, timedelta(days=1))
    page = open_page(java_script_enabled=False)

    page.goto("/jornades/jornada")

    expect(page.get_by_text("Us hi podreu inscriure a partir del")).to_be_visible()
    expect(page.locator("[data-opens]")).to_be_hidden()
