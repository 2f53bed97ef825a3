"""A real Chromium, and the application served to it: mostly to a phone, with and without script.

Browser and server last as long as the tests of this folder: Playwright keeps an event loop running in their thread,
which other tests should not find there.
"""

import pytest
from playwright.sync_api import sync_playwright

from core.dates import utc_now
from core.mail_delivery import deliver
from tests.browser.inspection import PHONE, watch
from tests.browser.provision import NONE, NONE_IN_CI, find_browser, is_ci
from tests.browser.site import serve
from tests.browser.town import furnish, hold_up_a_mail

# As root in a container there is no sandbox to be had; a browser under test asks nobody for updates; and what it runs
# on a page is compiled at once, since no page lasts long enough to see first what is worth it.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--no-lazy-feedback-allocation --always-sparkplug",
]


@pytest.fixture(scope="package")
def browser():
    path = find_browser()
    if path is None and is_ci():
        pytest.fail(NONE_IN_CI)
    if path is None:
        pytest.skip(NONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def served(settings, tmp_path_factory):
    with serve(settings, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="package")
def town(browser, settings, tmp_path_factory):
    """The application served full of everything a page can show, for tests that only look."""
    with serve(settings, tmp_path_factory.mktemp("town")) as site:
        site.names = site.call(furnish)
        site.call(deliver, utc_now())
        site.call(hold_up_a_mail)
        yield site


@pytest.fixture
def site(served):
    """The served application, empty."""
    yield served
    served.empty()


@pytest.fixture
def open_page(request, browser, site):
    """Open a page in Catalan in a context of its own; nothing may go wrong in it until the test ends.

    Only with the mark `keeps_pages` it keeps pages to open them without a network: that takes a second each time.
    """
    contexts, troubles = [], []
    keeps_pages = request.node.get_closest_marker("keeps_pages")

    def open_page(viewport=PHONE, *, role=None, refused=(), **options):
        context = browser.new_context(
            **{"locale": "ca-ES", "base_url": site.address, "viewport": viewport, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(15_000)
        if not keeps_pages:
            context.add_init_script("delete Navigator.prototype.serviceWorker")
        contexts.append(context)
        if role:
            site.log_in(context, role)
        page = context.new_page()
        troubles.append(watch(page, refused))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [trouble for each in troubles for trouble in each] == []


@pytest.fixture
def phone(open_page):
    return open_page()


@pytest.fixture
def phone_without_script(open_page):
    return open_page(java_script_enabled=False)
