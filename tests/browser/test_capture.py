"""The capture page in a real browser: fluid, and nothing typed is ever lost or doubled."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from contributions.models import Entry
from core.database import db
from events.models import Dimension
from tests import factories
from tests.browser.inspection import LAPTOP, inspect

CAPTURE = "/gestio/jornades/jornada/aportacions/INT-07"


@pytest.fixture
def open_capture(open_page, site):
    """Open the capture page of a session as a facilitator."""
    site.call(lambda: factories.make_session(code="INT-07", dimension=Dimension.INTERNAL) and None)

    def open_capture(**options):
        page = open_page(LAPTOP, role="facilitator", **options)
        page.goto(CAPTURE)
        expect(page.locator("#text")).to_be_focused()
        return page

    return open_capture


@pytest.fixture
def page(open_capture):
    return open_capture()


def texts(site):
    query = select(Entry).order_by(Entry.kind, Entry.number)
    return site.call(lambda: [(entry.code, entry.text) for entry in db.session.scalars(query)])


def shown(page):
    return page.locator("[data-entries] .entry-text").all_text_contents()


def all_saved(page):
    expect(page.locator("[data-saved]")).to_have_text("Tot desat")
    expect(page.locator(".entry--pending")).to_have_count(0)


def test_lines_written_quickly_are_all_there_once(page, site):
    lines = [f"Línia {number} <b>&\"'" for number in range(20)]

    for line in lines:
        page.keyboard.insert_text(line)
        page.keyboard.press("Enter")

    expect(page.locator("[data-entry]")).to_have_count(20)
    all_saved(page)
    assert texts(site) == [(f"INT-07-A-{number:03d}", line) for number, line in enumerate(lines, 1)]
    assert shown(page) == lines[::-1]
    assert page.locator("[data-count=contribution]").inner_text() == "20"
    page.reload()
    assert shown(page) == lines[::-1]


def test_what_is_written_without_a_network_is_sent_when_it_is_back(page, site):
    page.keyboard.type("Abans")
    page.keyboard.press("Enter")
    expect(page.locator("[data-entry]")).to_have_count(1)

    page.context.set_offline(True)
    for line in ("Durant 1", "Durant 2", "Durant 3"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_have_text("3 línies no desades encara")
    expect(page.locator(".entry--pending")).to_have_count(3)
    assert len(texts(site)) == 1
    page.context.set_offline(False)

    all_saved(page)
    assert [text for _, text in texts(site)] == ["Abans", "Durant 1", "Durant 2", "Durant 3"]
    assert shown(page) == ["Durant 3", "Durant 2", "Durant 1", "Abans"]


def test_a_line_whose_answer_was_lost_is_recorded_once(page, site):
    lost = []

    def lose_first_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/aportacions/INT-07", lose_first_answer)
    page.keyboard.type("Una sola vegada")
    page.keyboard.press("Enter")

    expect(page.locator("[data-saved]")).to_have_text("1 línia no desada encara")
    all_saved(page)
    assert [answer.status for answer in lost] == [200]
    assert texts(site) == [("INT-07-A-001", "Una sola vegada")]


def test_what_was_not_sent_survives_closing_the_page(page, site):
    page.context.set_offline(True)
    page.keyboard.type("Escrita abans de tancar")
    page.keyboard.press("Enter")
    page.keyboard.type("A mig escriure")
    address = page.url
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)

    again.goto(address)

    all_saved(again)
    assert texts(site) == [("INT-07-A-001", "Escrita abans de tancar")]
    expect(again.locator("#text")).to_have_value("A mig escriure")


def test_lines_of_another_session_are_sent_from_the_list_of_sessions(page, site):
    page.context.set_offline(True)
    page.keyboard.type("Escrita i oblidada")
    page.keyboard.press("Enter")
    page.context.set_offline(False)

    page.goto("/gestio/jornades/jornada/captura")

    expect(page.locator("[data-saved]")).to_have_text("")
    assert [text for _, text in texts(site)] == ["Escrita i oblidada"]


def test_whoever_was_logged_out_loses_nothing(page, site):
    page.context.clear_cookies()
    page.keyboard.type("Escrita sense permís")
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("torneu a entrar")
    site.log_in(page.context, "facilitator")

    page.evaluate("dispatchEvent(new Event('online'))")

    all_saved(page)
    assert texts(site) == [("INT-07-A-001", "Escrita sense permís")]


def test_kind_and_topic_stay_chosen_for_the_next_line(page, site):
    page.keyboard.press("Alt+p")
    page.locator("#topic").fill("Horaris")
    for line in ("Obrir a la tarda", "Obrir el dissabte"):
        page.locator("#text").fill(line)
        page.keyboard.press("Enter")

    expect(page.locator("[data-entry]")).to_have_count(2)
    assert [code for code, _ in texts(site)] == ["INT-07-P-001", "INT-07-P-002"]
    assert page.locator("[data-entries] .topic").all_text_contents() == ["Horaris", "Horaris"]
    assert page.locator("#topics option").evaluate_all("all => all.map(each => each.value)") == ["Horaris"]


def test_pasted_lines_become_lines_when_asked(page, site):
    page.locator("#text").focus()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "Una\\r\\n\\r\\nDues\\nTres");
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true}));
        }"""
    )

    page.get_by_role("button", name="Deseu cada línia").click()

    expect(page.locator("[data-entry]")).to_have_count(3)
    assert [text for _, text in texts(site)] == ["Una", "Dues", "Tres"]


def test_correcting_deleting_and_bringing_back_in_place(page, site):
    page.keyboard.type("Una csa")
    page.keyboard.press("Enter")
    page.locator("a[data-edit]").click()
    page.locator("#edit-text").fill("Una cosa")
    page.locator("[data-edit-form] button").click()
    expect(page.locator("[data-entry] .entry-text")).to_have_text("Una cosa")

    page.locator("[data-entry] [data-act] button").click()
    expect(page.locator("[data-count=contribution]")).to_have_text("0")
    page.locator("[data-entry] [data-act] button").click()

    expect(page.locator("[data-count=contribution]")).to_have_text("1")
    assert texts(site) == [("INT-07-A-001", "Una cosa")]


def test_escape_leaves_the_correction(page):
    page.keyboard.type("Una")
    page.keyboard.press("Enter")
    page.locator("a[data-edit]").click()
    page.locator("#edit-text").fill("Una altra")
    page.keyboard.press("Escape")

    expect(page.locator("[data-edit-form]")).to_have_count(0)
    expect(page.locator("a[data-edit]")).to_be_focused()


def test_a_correction_without_a_network_stays_open(page):
    page.keyboard.type("Una csa")
    page.keyboard.press("Enter")
    page.locator("a[data-edit]").click()
    page.locator("#edit-text").fill("Una cosa")
    page.context.set_offline(True)
    page.locator("[data-edit-form] button").click()

    expect(page.locator("[data-entry] [role=alert]")).to_contain_text("No s’ha pogut fer")
    expect(page.locator("#edit-text")).to_have_value("Una cosa")


def test_without_script_enter_sends_and_the_line_has_the_focus(open_capture, site):
    page = open_capture(java_script_enabled=False)

    for line in ("Una", "Dues"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
        page.wait_for_url("**/INT-07?kind=contribution")
        expect(page.locator("#text")).to_be_focused()
        expect(page.locator("[data-entry]").first.locator(".entry-text")).to_have_text(line)

    assert [text for _, text in texts(site)] == ["Una", "Dues"]


def test_there_are_no_barriers_while_something_waits_and_something_is_being_corrected(page):
    page.keyboard.type("Una")
    page.keyboard.press("Enter")
    page.locator("a[data-edit]").click()
    expect(page.locator("#edit-text")).to_be_focused()
    page.context.set_offline(True)
    page.locator("#text").fill("Dues")
    page.locator("#text").press("Enter")
    expect(page.locator("[data-saved]")).to_have_text("1 línia no desada encara")

    assert inspect(page) == []
