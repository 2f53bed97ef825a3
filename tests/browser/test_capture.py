"""The capture page in a real browser: fluid, and nothing typed is ever lost or doubled."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, insert, select, update

from accounts.models import StaffMember
from contributions import services, splits
from contributions.models import CaptureLink, Entry, EntryAct, EntryCounter, EntryKind, Notebook
from contributions.notebooks import Notetaker
from core.database import db
from core.dates import utc_now
from events.models import Dimension, Session
from tests import factories
from tests.browser.inspection import LAPTOP, PHONE, inspect, wait_until_kept

CAPTURE = "/gestio/jornades/jornada/aportacions/INT-07"
LINK = "/captura/" + "t" * 32
REFUSED = ("/actes", *(f"/canvis?since={revision}" for revision in range(9)))
RULE_CASES = Path(__file__).parent.parent / "contributions" / "rule_cases.json"


@pytest.fixture
def session(site):
    site.call(lambda: factories.make_session(code="INT-07", dimension=Dimension.INTERNAL) and None)


@pytest.fixture
def open_capture(open_page, session):
    """Open the notebook of a session on a device of its own."""

    def open_capture(viewport=LAPTOP, role="facilitator", address=CAPTURE, **options):
        page = open_page(viewport, role=role, refused=REFUSED, **options)
        page.goto(address)
        ready(page)
        return page

    return open_capture


def ready(page):
    wait_until_kept(page)
    expect(page.locator("#text")).to_be_focused()


@pytest.fixture
def page(open_capture):
    return open_capture()


def texts(site):
    query = select(Entry).where(Entry.deleted_at.is_(None)).order_by(Entry.kind, Entry.number)
    return site.call(lambda: [(entry.reference, entry.text) for entry in db.session.scalars(query)])


def act_count(site):
    return site.call(lambda: len(db.session.scalars(select(EntryAct)).all()))


def shown(page):
    return page.locator("[data-entries] .entry-text").all_text_contents()


def write(page, *lines):
    for line in lines:
        page.keyboard.insert_text(line)
        page.keyboard.press("Enter")


def row(page, ref):
    return page.locator(f"[data-entries] [data-entry='{ref}']")


def says(page, words):
    expect(page.locator("[data-saved]")).to_contain_text(words)


def all_saved(page):
    expect(page.locator("[data-saved][data-waiting='0']")).to_have_text("Tot desat")
    expect(page.locator(".entry--pending")).to_have_count(0)


def wake(page):
    page.evaluate("dispatchEvent(new Event('online'))")


def back_online(page):
    page.context.set_offline(False)
    wake(page)


# --- Written once, and never lost ---


def test_a_new_device_shows_each_entry_once(open_page, session, site):
    site.call(lambda: factories.make_entry(db.session.scalars(select(Session)).one()) and None)
    page = open_page(LAPTOP, role="facilitator")

    page.goto(CAPTURE)
    ready(page)

    expect(row(page, "A-001")).to_have_count(1)
    assert shown(page) == ["Cal més temps."]


def test_lines_sent_before_the_script_has_come_are_written_by_it(site, open_page, session):
    page = open_page(LAPTOP, role="facilitator", refused=REFUSED)
    held = []
    page.route("**/capture.js*", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it gets marks
    page.goto(CAPTURE, wait_until="commit")
    expect(page.locator("#text")).to_be_focused()

    for line in ("La primera.", "La segona."):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    page.keyboard.type("I mitja")
    held.pop().continue_()
    ready(page)
    page.keyboard.type(" més")
    page.keyboard.press("Enter")
    all_saved(page)

    assert texts(site) == [("A-001", "La primera."), ("A-002", "La segona."), ("A-003", "I mitja més")]


def test_without_its_script_the_page_gives_back_what_was_sent(site, open_page, session):
    page = open_page(LAPTOP, role="facilitator", refused=REFUSED)
    held = []
    page.route("**/capture.js*", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it gets marks
    page.goto(CAPTURE, wait_until="commit")
    expect(page.locator("#text")).to_be_focused()

    page.keyboard.type("La primera.")
    page.keyboard.press("Enter")
    held.pop().abort()
    expect(page.locator("#text")).to_have_value("La primera.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-entry]")).to_have_count(1)
    ready(page)

    assert texts(site) == [("A-001", "La primera.")]


def test_lines_written_quickly_are_all_there_once(page, site):
    lines = [f"Línia {number} <b>&\"'" for number in range(20)]

    write(page, *lines)

    expect(page.locator("[data-entry]")).to_have_count(20)
    all_saved(page)
    assert texts(site) == [(f"A-{number:03d}", line) for number, line in enumerate(lines, 1)]
    assert shown(page) == lines[::-1]
    assert page.locator("[data-count=contribution]").inner_text() == "20"
    page.reload()
    expect(page.locator(".entry-text").first).to_have_text(lines[-1])
    assert shown(page) == lines[::-1]


def test_eighty_lines_typed_key_by_key_lose_no_key(page, site):
    lines = [f"n’{number}" for number in range(80)]

    for line in lines:
        page.keyboard.type(line)
        page.keyboard.press("Enter")

    all_saved(page)
    assert [text for _, text in texts(site)] == lines


def test_what_is_written_without_a_network_is_sent_in_order_when_it_is_back(page, site):
    write(page, "Abans")
    all_saved(page)

    page.context.set_offline(True)
    write(page, "Durant 1", "Durant 2", "Durant 3")
    says(page, "3 pendents d’enviar: són en aquest dispositiu")
    expect(page.locator(".entry--pending")).to_have_count(3)
    assert len(texts(site)) == 1
    back_online(page)

    all_saved(page)
    assert [text for _, text in texts(site)] == ["Abans", "Durant 1", "Durant 2", "Durant 3"]
    assert shown(page) == ["Durant 3", "Durant 2", "Durant 1", "Abans"]


def test_a_server_that_died_after_it_had_accepted_is_told_again_and_accepts_once(page, site):
    lost = []

    def lose_first_answer(route):
        if not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/actes", lose_first_answer)
    write(page, "Una sola vegada")

    says(page, "1 pendent d’enviar")
    wake(page)
    all_saved(page)
    assert [answer.status for answer in lost] == [200]
    assert (texts(site), act_count(site)) == ([("A-001", "Una sola vegada")], 1)


@pytest.mark.keeps_pages
def test_what_was_not_sent_survives_closing_the_page_and_it_opens_without_a_network(page, site):
    write(page, "Desada")
    all_saved(page)
    page.context.set_offline(True)
    write(page, "Escrita abans de tancar")
    page.keyboard.type("A mig escriure")
    says(page, "1 pendent d’enviar")
    context = page.context
    page.close()
    again = context.new_page()

    again.goto(CAPTURE)

    expect(again.locator(".entry-text")).to_have_text(["Escrita abans de tancar", "Desada"])
    expect(again.locator("#text")).to_have_value("A mig escriure")
    back_online(again)
    all_saved(again)
    assert texts(site) == [("A-001", "Desada"), ("A-002", "Escrita abans de tancar")]


@pytest.mark.keeps_pages
def test_what_waits_is_sent_from_the_list_of_sessions(page, site):
    page.context.set_offline(True)
    write(page, "Escrita i oblidada")
    says(page, "1 pendent d’enviar")
    page.context.set_offline(False)

    page.goto("/gestio/jornades/jornada/captura")

    expect(page.locator("html[data-tried]")).to_be_attached()
    expect(page.locator("[data-waiting-words]")).to_have_text("")
    assert [text for _, text in texts(site)] == ["Escrita i oblidada"]


def test_whoever_was_logged_out_loses_nothing_and_goes_on_after_logging_in_elsewhere(page, site):
    page.context.clear_cookies()
    write(page, "Escrita sense permís")
    says(page, "1 pendent d’enviar: és en aquest dispositiu · Heu sortit: torneu a entrar")
    site.log_in(page.context, "facilitator")

    wake(page)

    all_saved(page)
    assert texts(site) == [("A-001", "Escrita sense permís")]


@pytest.mark.keeps_pages
def test_two_tabs_of_one_browser_send_once(page, site):
    page.context.set_offline(True)
    write(page, "D’una pestanya")
    says(page, "1 pendent d’enviar")
    other = page.context.new_page()
    other.goto(CAPTURE)
    expect(other.locator(".entry--pending")).to_have_count(1)

    page.context.set_offline(False)
    for each in (page, other):
        wake(each)

    all_saved(page)
    all_saved(other)
    assert (texts(site), act_count(site)) == ([("A-001", "D’una pestanya")], 1)


@pytest.mark.keeps_pages
def test_with_the_network_cut_at_random_moments_nothing_is_lost_or_doubled(open_capture, site):
    chance = random.Random(5)
    pages = [open_capture(), open_capture()]
    written = []

    for number in range(16):
        page = chance.choice(pages)
        page.context.set_offline(chance.random() < 0.5)
        line = f"Línia {number}"
        written.append(line)
        write(page, line)
        if chance.random() < 0.25:
            page.reload()
            expect(page.locator("html[data-ready]")).to_be_attached()
            page.locator("#text").focus()
    for page in pages:
        back_online(page)
    for page in pages:
        all_saved(page)

    assert sorted(text for _, text in texts(site)) == sorted(written)
    assert act_count(site) == len(written)
    for page in pages:
        expect(page.locator("[data-entry]")).to_have_count(16)


@pytest.mark.keeps_pages
def test_what_a_browser_that_keeps_nothing_holds_is_said(open_page, session, site):
    page = open_page(LAPTOP, role="facilitator", refused=REFUSED)
    page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('no') }")
    page.goto(CAPTURE)
    ready(page)
    page.context.set_offline(True)
    write(page, "Només aquí")
    says(page, "aquest navegador no desa res")
    back_online(page)

    all_saved(page)
    assert texts(site) == [("A-001", "Només aquí")]


def test_what_the_server_refuses_stays_to_be_corrected(page, site):
    page.locator("#text").evaluate("field => { field.maxLength = 99999; field.value = 'x'.repeat(10001) }")
    page.keyboard.press("Enter")
    expect(page.locator(".entry--refused [role=alert]")).to_contain_text("10000")

    page.locator(".entry--refused [data-does=edit]").click()
    page.locator("#entry-text").fill("Més curta")
    page.keyboard.press("Enter")

    all_saved(page)
    assert texts(site) == [("A-001", "Més curta")]


@pytest.mark.keeps_pages
def test_a_server_that_was_put_back_from_a_backup_is_believed(page, site):
    write(page, "Una", "Dues")
    all_saved(page)

    def put_back():
        for model in (EntryAct, EntryCounter, Entry):
            db.session.execute(delete(model))
        db.session.execute(update(Notebook).values(revision=1))

    site.call(put_back)

    expect(page.locator("[data-entry]")).to_have_count(0)
    page.locator("#text").focus()
    write(page, "Tres")
    all_saved(page)
    page.reload()
    expect(page.locator(".entry-text")).to_have_text(["Tres"])


# --- Leaving ---


STILL_KEPT = """async () => {
    const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    const kept = await done(indexedDB.open("jornada-capture"));
    const found = {pages: await caches.keys()};
    for (const store of ["notebooks", "entries", "acts"]) {
        found[store] = await done(kept.transaction(store).objectStore(store).count());
    }
    kept.close();
    return found;
}"""


def forgotten(page):
    expect(page.locator("html[data-forgotten]")).to_be_attached()
    return page.evaluate(STILL_KEPT)


@pytest.mark.keeps_pages
def test_logging_out_leaves_on_the_device_what_waits_and_nothing_else(page, site):
    write(page, "Desada")
    all_saved(page)
    kept = page.evaluate(STILL_KEPT)
    page.context.set_offline(True)
    write(page, "Pendent 1", "Pendent 2")
    says(page, "2 pendents d’enviar")
    page.route("**/actes", lambda route: route.abort())
    page.context.set_offline(False)

    page.get_by_role("button", name="Sortiu").click()

    assert (len(kept["pages"]), kept["notebooks"], kept["entries"]) == (1, 1, 1)
    assert forgotten(page) == {"pages": [], "notebooks": 0, "entries": 0, "acts": 2}
    expect(page.locator("[data-unsent-words]")).to_contain_text("2 pendents d’enviar: són en aquest dispositiu. Entreu")
    assert inspect(page) == []
    page.unroute("**/actes")
    site.log_in(page.context, "organiser")
    page.goto("/gestio/jornades/jornada/captura")
    expect(page.locator("html[data-tried]")).to_be_attached()
    expect(page.locator("[data-waiting-words]")).to_have_text("")
    assert [text for _, text in texts(site)] == ["Desada", "Pendent 1", "Pendent 2"]


@pytest.mark.keeps_pages
def test_a_page_that_learns_that_it_is_logged_out_is_kept_no_more_until_somebody_logs_in(page, site):
    write(page, "Desada")
    all_saved(page)
    page.context.clear_cookies()
    says(page, "Heu sortit")
    page.wait_for_function("caches.keys().then((names) => !names.length)")
    lost = page.evaluate(STILL_KEPT)
    site.log_in(page.context, "facilitator")
    wake(page)
    write(page, "Després")
    all_saved(page)
    page.wait_for_function("caches.keys().then((names) => names.length)")

    assert lost == {"pages": [], "notebooks": 0, "entries": 0, "acts": 0}
    assert page.evaluate(STILL_KEPT)["entries"] == 2
    page.reload()
    expect(page.locator(".entry-text")).to_have_text(["Després", "Desada"])


@pytest.mark.keeps_pages
def test_the_page_where_one_logs_in_leaves_what_a_link_keeps(open_capture, link, site):
    page = open_capture(PHONE, role=None, address=LINK)
    write(page, "Amb enllaç")
    all_saved(page)

    page.goto("/entrada")

    assert [forgotten(page)[each] for each in ("notebooks", "entries")] == [1, 1]
    expect(page.locator("[data-unsent-words]")).to_have_text("")


# --- Two note-takers ---


def test_two_devices_see_each_other_and_choose_between_what_both_wrote(open_capture, site):
    one, other = open_capture(), open_capture()
    write(one, "Una csa")
    expect(row(other, "A-001").locator(".entry-text")).to_have_text("Una csa", timeout=2500)
    for each in (one, other):
        each.context.set_offline(True)
    for each, text in ((one, "Una cosa"), (other, "Una casa")):
        row(each, "A-001").locator("[data-does=edit]").click()
        each.locator("#entry-text").fill(text)
        each.keyboard.press("Enter")
        expect(row(each, "A-001").locator(".entry-text")).to_have_text(text)
    back_online(one)
    all_saved(one)
    back_online(other)

    for each in (one, other):
        expect(each.locator(".version .entry-text")).to_have_text(["Una cosa", "Una casa"])
    assert inspect(other) == []
    other.locator(".version").first.get_by_role("button").click()
    for each in (one, other):
        expect(each.locator(".version")).to_have_count(0)
        expect(row(each, "A-001").locator(".entry-text")).to_have_text("Una cosa")
    assert texts(site) == [("A-001", "Una cosa")]


def test_who_corrects_while_another_does_is_told_and_overwrites_nothing(open_capture, site):
    one, other = open_capture(), open_capture()
    write(one, "Una csa")
    row(other, "A-001").locator("[data-does=edit]").click()
    other.locator("#entry-text").fill("Una casa")
    row(one, "A-001").locator("[data-does=edit]").click()
    one.locator("#entry-text").fill("Una cosa")
    one.keyboard.press("Enter")

    expect(other.locator(".entry-note")).to_contain_text("Algú ho acaba de canviar")
    other.keyboard.press("Enter")

    expect(other.locator(".version .entry-text")).to_have_text(["Una cosa", "Una casa"])
    other.get_by_role("button", name="Deseu totes dues").click()
    expect(other.locator(".version")).to_have_count(0)
    expect(row(other, "A-001").locator(".entry-text")).to_have_text("Una cosa\nUna casa")


# --- Kinds, topics, origins ---


def test_the_beginning_of_a_topic_is_that_topic(page, site):
    for sign, typed, keys in (
        ("Una #", "Gent gran", ["Enter"]),
        ("Dues #", "gent", ["Enter"]),
        ("Tres #", "gent", ["ArrowDown", "Enter"]),
    ):
        page.locator("#text").focus()
        page.keyboard.type(sign)
        page.keyboard.type(typed)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    all_saved(page)

    assert [row(page, ref).locator(".topic").inner_text() for ref in ("A-001", "A-002", "A-003")] == [
        "Gent gran",
        "Gent gran",
        "gent",
    ]


def test_everything_by_keyboard(page, site):
    write(page, "Obren massa tard")
    page.keyboard.type("#")
    page.keyboard.type("Horaris")
    page.keyboard.press("Enter")
    page.keyboard.type(">")
    page.keyboard.type("Obrir a les vuit ^")
    expect(page.locator("#origin-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-chips]")).to_contain_text("Obren massa tard")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+a")
    page.keyboard.press("Alt+0")
    write(page, "Una altra")
    page.keyboard.press("Alt+1")
    write(page, "I una sobre horaris")

    all_saved(page)
    assert [ref for ref, _ in texts(site)] == ["A-001", "A-002", "A-003", "P-001"]
    expect(row(page, "P-001").locator(".entry-from")).to_have_text("surt de A-001")
    assert [row(page, ref).locator(".topic").count() for ref in ("A-001", "A-002", "A-003", "P-001")] == [0, 0, 1, 1]

    page.keyboard.press("ArrowDown")
    expect(row(page, "A-003")).to_be_focused()
    page.keyboard.press("+")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#entry-text").fill("Una de corregida")
    page.get_by_label("dita per diverses persones").press(" ")
    page.locator("#entry-text").press("Enter")
    expect(row(page, "A-002")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(page.locator("[data-message]")).to_contain_text("A-003 suprimida.")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-message]")).to_contain_text("Desfet.")
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_focused()

    all_saved(page)
    assert [text for _, text in texts(site)] == [
        "Obren massa tard", "Una de corregida", "I una sobre horaris", "Obrir a les vuit",
    ]  # fmt: skip
    expect(row(page, "A-003").locator(".dot-count")).to_have_text("1 punt")
    expect(row(page, "A-002")).to_contain_text("dita per diverses persones")


def test_signs_that_are_meant_are_written(page, site):
    page.keyboard.type("#")
    page.keyboard.press("Escape")
    page.keyboard.type("hashtag i C# i 3 > 2 i 2^3")
    page.keyboard.press("Enter")

    all_saved(page)
    assert texts(site) == [("A-001", "#hashtag i C# i 3 > 2 i 2^3")]


def test_what_turns_out_to_be_of_the_other_kind_takes_a_number_of_that_kind(page, site):
    write(page, "Obrir els dissabtes")
    all_saved(page)
    row(page, "A-001").locator("[data-does=edit]").click()
    page.locator(".entry-form .kind-choice").nth(1).click()
    page.locator("#entry-text").press("Enter")

    expect(row(page, "P-001").locator(".entry-text")).to_have_text("Obrir els dissabtes")
    all_saved(page)
    assert texts(site) == [("P-001", "Obrir els dissabtes")]
    expect(page.locator("[data-count=proposal]")).to_have_text("1")


def test_a_contribution_is_dragged_onto_the_proposal_that_grew_from_it(page, site):
    write(page, "Obren tard")
    page.keyboard.press("Alt+p")
    write(page, "Obrir d’hora")
    all_saved(page)

    row(page, "A-001").locator(".code").drag_to(row(page, "P-001"))

    expect(row(page, "P-001").locator(".entry-from")).to_have_text("surt de A-001")
    page.keyboard.press("Control+z")
    expect(row(page, "P-001").locator(".entry-from")).to_have_count(0)


# --- Alike, pasted, closed ---


def test_what_says_the_same_is_marked_quietly_and_put_together(page, site):
    write(page, "Falten pisos de lloguer social a Trinitat Vella", "El mercat queda lluny")
    all_saved(page)
    page.keyboard.type("Calen pisos de lloguer social a la Trinitat Vella")
    expect(page.locator("[data-like]")).to_contain_text("S’assembla a A-001")
    page.keyboard.press("Enter")
    row(page, "A-003").locator("[data-does=more]").click()
    row(page, "A-003").get_by_role("button", name="Ajunteu-les").click()

    expect(row(page, "A-003")).to_have_count(0)
    expect(row(page, "A-001").locator(".entry-merged")).to_contain_text("Calen pisos")
    expect(row(page, "A-001").locator(".dot-count")).to_have_text("1 punt")
    expect(page.locator("[data-count=contribution]")).to_have_text("2")
    all_saved(page)
    row(page, "A-001").get_by_role("button", name="Torneu-les a separar").click()
    expect(row(page, "A-003")).to_have_count(1)


def test_two_entries_are_put_together_from_the_form_of_one(page, site):
    write(page, "Falta llum al parc", "El parc és fosc")
    all_saved(page)
    row(page, "A-002").locator("[data-does=edit]").click()
    expect(page.get_by_role("link", name="Historial")).to_have_attribute("href", f"{CAPTURE}/A-002/historial")
    page.get_by_text("Ajunteu-la amb una altra").click()
    page.locator("#entry-merge").press_sequentially("llum")
    page.keyboard.press("Enter")

    expect(row(page, "A-001").locator(".entry-merged")).to_contain_text("El parc és fosc")
    page.get_by_role("button", name="Desfeu-ho").click()
    expect(row(page, "A-002").locator(".entry-text")).to_have_text("El parc és fosc")


def paste(page, text):
    page.locator("#text").focus()
    page.evaluate(
        """(text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true}));
        }""",
        text,
    )


def test_a_pasted_list_becomes_entries_after_a_glance(page, site):
    paste(page, "- Una\r\n\r\n• Dues\n3) Tres\n→ «Quatre»\nSoroll\n1.5 milions")

    expect(page.get_by_role("heading", name="Heu enganxat 6 línies")).to_be_visible()
    assert inspect(page) == []
    page.get_by_role("checkbox", name="Soroll").uncheck()
    page.get_by_role("button", name="Línia 2: aportació").click()
    page.get_by_role("button", name="Deseu 5 entrades").click()

    expect(page.locator("[data-entry]")).to_have_count(5)
    all_saved(page)
    assert texts(site) == [
        ("A-001", "Una"), ("A-002", "Tres"), ("A-003", "1.5 milions"), ("P-001", "Dues"), ("P-002", "Quatre"),
    ]  # fmt: skip


def test_a_pasted_text_can_stay_one(page, site):
    paste(page, "Una\nDues")
    page.get_by_role("button", name="Deixeu-ho en un sol text").click()
    expect(page.locator("#text")).to_have_value("Una\nDues")
    page.keyboard.press("Enter")

    all_saved(page)
    assert texts(site) == [("A-001", "Una\nDues")]


def test_a_closed_notebook_is_read_and_takes_what_comes_late(page, site):
    page.context.set_offline(True)
    write(page, "Escrita abans de saber-ho")
    says(page, "1 pendent d’enviar")

    def close():
        session = db.session.scalars(select(Session)).one()
        db.session.add(Notebook(session_id=session.id, revision=5, closed_at=utc_now()))

    site.call(close)
    back_online(page)

    expect(page.locator("[data-closed-words]")).to_contain_text("1 entrada ha arribat després de tancar-lo.")
    expect(page.locator("[data-line]")).to_be_hidden()
    expect(row(page, "A-001").get_by_role("button")).to_have_count(0)
    assert texts(site) == [("A-001", "Escrita abans de saber-ho")]
    page.get_by_role("button", name="Reobriu-lo").click()
    ready(page)


def test_who_closed_it_and_what_was_written_by_who_took_part_are_said(page, site):
    write(page, "Una")
    all_saved(page)

    def change():
        db.session.execute(update(Entry).values(source="written", revision=9))
        notebook = db.session.scalars(select(Notebook)).one()
        member = db.session.scalars(select(StaffMember)).one()
        notebook.revision, notebook.closed_at, notebook.closed_by_id = 9, utc_now(), member.id

    site.call(change)

    expect(page.locator("[data-closed-words]")).to_contain_text("Ada va tancar el quadern el ")
    expect(row(page, "A-001").locator(".entry-head")).to_contain_text("escrita per qui hi va participar")
    assert inspect(page) == []


def test_bringing_back_what_the_team_has_split_is_refused_in_its_place(page, site):
    write(page, "Una i dues")
    all_saved(page)
    row(page, "A-001").locator("[data-does=delete]").click()
    all_saved(page)

    def split():
        entry = db.session.scalars(select(Entry)).one()
        member = db.session.scalars(select(StaffMember)).one()
        services.restore(entry, by=Notetaker(), now=utc_now())
        splits.split(entry, "Una\n\nDues", by=member, now=utc_now())

    site.call(split)
    expect(row(page, "A-003")).to_be_visible()
    row(page, "A-001").locator("[data-does=restore]").click()

    expect(row(page, "A-001").get_by_role("alert")).to_contain_text("es va dividir en INT-07-A-002, INT-07-A-003")
    assert page.locator("[data-count=contribution]").inner_text() == "2"
    assert inspect(page) == []
    row(page, "A-001").locator("[data-does=discard]").click()
    expect(row(page, "A-001").get_by_role("alert")).to_have_count(0)
    assert [text for _, text in texts(site)] == ["Una", "Dues"]


# --- With a link ---


@pytest.fixture
def link(site, session):
    def make():
        session = db.session.scalars(select(Session)).one()
        expires_at = utc_now() + timedelta(hours=1)
        link = CaptureLink(
            session_id=session.id, token="t" * 32, label="Taula 3", expires_at=expires_at, created_at=utc_now()
        )
        db.session.add(link)

    site.call(make)


@pytest.mark.keeps_pages
def test_with_a_link_what_waits_is_sent_after_it_has_expired(open_capture, link, site):
    page = open_capture(PHONE, role=None, address=LINK)
    assert page.url.endswith("/captura/jornades/jornada/INT-07")
    write(page, "A temps")
    all_saved(page)
    page.context.set_offline(True)
    write(page, "També a temps")
    says(page, "1 pendent d’enviar")
    page.wait_for_timeout(50)

    def expire():
        db.session.scalars(select(CaptureLink)).one().expires_at = utc_now()

    site.call(expire)
    back_online(page)

    expect(page.locator("[data-saved]")).to_contain_text("Tot desat · Aquest enllaç ha caducat")
    assert [text for _, text in texts(site)] == ["A temps", "També a temps"]
    expect(page.locator(".entry")).to_have_count(2)
    assert page.evaluate("caches.keys()") == []


# --- Much, and without barriers or script ---


def fill(count):
    session = db.session.scalars(select(Session)).one()
    row = {"session_id": session.id, "kind": EntryKind.CONTRIBUTION, "recorded_at": utc_now(), "search_key": ""}
    said = "Aportació número {} sobre el barri {}"
    rows = [
        row | {"number": number, "revision": 2, "text": said.format(number, number % 97)}
        for number in range(1, count + 1)
    ]
    db.session.execute(insert(Entry), rows)
    db.session.add(Notebook(session_id=session.id, revision=2))
    db.session.add(EntryCounter(session_id=session.id, kind=EntryKind.CONTRIBUTION, last_number=count))


# What the page itself does for a key, until it could be drawn: when a busy machine draws is not the page's doing.
LATENCY = """() => {
    const field = document.querySelector("#text");
    const times = [..."Una línia que s’assembla a l’aportació sobre el barri"].map((letter) => {
        const start = performance.now();
        field.setRangeText(letter, field.value.length, field.value.length, "end");
        field.dispatchEvent(new InputEvent("input", {data: letter, inputType: "insertText", bubbles: true}));
        document.body.offsetHeight;
        return performance.now() - start;
    });
    return times.sort((one, other) => one - other)[Math.floor(times.length * 0.9)];
}"""


def test_five_thousand_entries_stay_fluid(open_page, session, site):
    site.call(fill, 5000)
    page = open_page(LAPTOP, role="facilitator", refused=REFUSED)
    page.goto(CAPTURE)
    expect(page.locator("[data-count=contribution]")).to_have_text("5000")
    wait_until_kept(page)

    assert page.locator(".entry").count() == 100
    assert page.evaluate(LATENCY) < 50
    page.get_by_role("button", name="Mostreu-ne de més antigues").scroll_into_view_if_needed()
    expect(page.locator(".entry").nth(199)).to_be_attached()


def test_there_are_no_barriers_while_something_waits_and_something_is_being_corrected(page):
    write(page, "Una")
    page.keyboard.press("Alt+p")
    write(page, "Dues")
    all_saved(page)
    row(page, "P-001").locator("[data-does=edit]").click()
    page.context.set_offline(True)
    page.locator("#text").fill("Tres")
    page.locator("#text").press("Enter")
    says(page, "1 pendent d’enviar")
    page.locator("#topic").focus()

    assert inspect(page) == []


def test_without_script_enter_sends_and_the_line_has_the_focus(open_page, session, site):
    page = open_page(LAPTOP, role="facilitator", java_script_enabled=False)
    page.goto(CAPTURE)
    expect(page.locator("#text")).to_be_focused()

    for line in ("Una", "Dues"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
        page.wait_for_url("**/INT-07?kind=contribution")
        expect(page.locator("#text")).to_be_focused()
        expect(page.locator("[data-entry]").first.locator(".entry-text")).to_have_text(line)

    assert [text for _, text in texts(site)] == ["Una", "Dues"]


# --- Alike on both sides ---


RULE = """async (cases) => {
    const { notebookOf } = await import("/static/capture-rule.js");
    const sum = (acts) => Object.fromEntries([...notebookOf(acts)].map(([key, entry]) => [key, {
        text: entry.text, kind: entry.kind, topic: entry.topic, several: entry.is_of_several,
        supports: entry.supports, deleted: entry.deleted, into: entry.into, origins: entry.origins,
        versions: entry.versions.length > 1 ? entry.versions.map((act) => act.key).sort() : [],
    }]));
    return cases.map(({ acts }) => [acts, [...acts].reverse(), [...acts, ...acts]].map(sum));
}"""


LONG = """async (step) => {
    const { notebookOf } = await import("/static/capture-rule.js");
    const at = (second) => new Date(second * 1000).toISOString();
    const keys = Array.from({ length: 5000 }, (_, number) => `e${number}`);
    const sets = { text: "x", kind: "proposal" };
    const acts = keys.map((key) => ({ kind: "write", key, entry: key, at: at(0), sets }));
    for (const [number, other] of keys.slice(1).entries()) {
        acts.push({ kind: "merge", key: `m${number}`, entry: keys[number], other, at: at(5000 + step * number) });
    }
    return [...new Set([...notebookOf(acts).values()].map((entry) => entry.into))];
}"""


def test_the_end_of_a_long_chain_is_found_at_once_on_the_device_too(page):
    """Walked anew for each, it would take minutes."""
    assert [page.evaluate(LONG, step) for step in (1, -1)] == [["e4999", None]] * 2


def test_the_rule_is_the_same_on_the_device_as_on_the_server(page):
    cases = json.loads(RULE_CASES.read_text())

    sums = page.evaluate(RULE, cases)

    assert {case["name"]: each for case, each in zip(cases, sums, strict=True)} == {
        case["name"]: [case["entries"]] * 3 for case in cases
    }
