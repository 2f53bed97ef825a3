"""The whole work of a jornada once, in browsers: from the programme to the certificate and the figures."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from accounts import passwords
from core.database import db
from core.dates import utc_now
from events.models import Event
from tests import factories
from tests.browser.inspection import LAPTOP
from tests.certificates.conftest import Reader

PASSWORD = "cavall pila grapadora"
UNTIL_THEN = timedelta(days=14)


def hire():
    """Ada organises and Cleo facilitates, in a team that is set up."""
    team = factories.make_team()
    for email, role in (("ada@example.org", "organiser"), ("cleo@example.org", "facilitator")):
        factories.make_staff(email, role=role, active=True, password=passwords.hashed(PASSWORD), team=team)


def let_days_pass():
    """Move what was planned for the coming weeks into the past."""
    for event in db.session.scalars(select(Event)):
        for each in (event, *event.sessions):
            each.starts_at, each.ends_at = each.starts_at - UNTIL_THEN * 2, each.ends_at - UNTIL_THEN * 2


def log_in(page, email):
    page.goto("/gestio")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Entreu").click()
    expect(page.locator("h1")).to_have_text("Jornades")


def create_process(page):
    page.get_by_role("link", name="Procés nou").click()
    page.locator("#title").fill("Impulsem")
    page.get_by_role("button", name="Deseu").click()
    expect(page.locator("h1")).to_have_text("Impulsem")


def create_event(page, day):
    page.goto("/gestio")
    page.get_by_role("link", name="Jornada nova").click()
    page.locator("#title").fill("Jornada de barri")
    page.locator("#process_slug").select_option("Impulsem")
    page.locator("#starts").fill(f"{day}T09:30")
    page.locator("#ends").fill(f"{day}T14:00")
    page.locator("#venue").fill("Centre cívic")
    page.locator("#capacity").fill("50")
    page.get_by_role("button", name="Deseu").click()
    expect(page.locator("h1")).to_have_text("Jornada de barri")


def add_sessions(page, day):
    page.get_by_role("link", name="Afegiu la primera sessió").click()
    for title, code, dimension in (("Escoltar", "INT-1", "internal"), ("Proposar", "CIT-1", "citizens")):
        page.locator("#title").fill(title)
        page.locator("#code").fill(code)
        page.locator("#dimension").select_option(dimension)
        page.locator("#starts").fill(f"{day}T10:00")
        page.locator("#ends").fill(f"{day}T12:00")
        page.locator("#capacity").fill("20")
        page.get_by_role("button", name="Deseu i afegiu-ne una altra").click()
        expect(page.locator(".notice--good")).to_be_visible()


def publish(page):
    page.goto("/gestio/jornades/jornada-de-barri")
    page.get_by_role("group", name="Què podeu fer").get_by_role("link", name="Publiqueu-la…").click()
    page.get_by_role("button", name="Publiqueu-la").click()
    expect(page.locator("main .tag--good")).to_have_text(["publicada", "queden 50 places"])


def sign_up(page):
    page.goto("/")
    page.get_by_role("link", name="Jornada de barri").click()
    page.get_by_role("link", name="Inscriviu-m’hi").click()
    page.locator("#first_name").fill("Núria")
    page.locator("#last_name").fill("Àvila i l·lustre")
    page.locator("#email").fill("nuria@example.org")
    page.get_by_label("Escoltar").check()
    page.get_by_role("button", name="Inscriviu-m’hi").click()
    expect(page.locator("h1")).to_have_text("Hi sou.")


def mark_attendance(page):
    page.goto("/gestio/jornades/jornada-de-barri/inscripcions")
    row = page.locator("tbody tr")
    expect(row.locator("bdi").first).to_have_text("Àvila i l·lustre, Núria")
    row.get_by_role("button", name="ha vingut a INT-1").click()
    expect(row.locator(".tag--good")).to_have_text("✓ INT-1")


def take_notes(page):
    page.goto("/gestio/jornades/jornada-de-barri/captura")
    page.get_by_role("link", name="INT-1 Escoltar").click()
    expect(page.locator("html[data-ready]")).to_be_attached()
    for line in ("Cal més temps.", "Cal més espai."):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    page.keyboard.press("Alt+p")
    page.locator("#text").fill("Obrir el dissabte.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-entries] > li")).to_have_count(3)
    expect(page.locator("[data-saved][data-waiting='0']")).to_have_text("Tot desat")


def download_certificate(page):
    """The certificate that the person's own page links."""
    page.reload()
    link = page.get_by_role("link", name="Certificat d’assistència")
    return page.context.request.get(link.get_attribute("href")).body()


def read_figures(page, address):
    """The rows of the table of figures on the page of the process."""
    page.goto(address)
    rows = page.locator("table.figures tbody tr, table.figures tfoot tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_from_the_programme_to_figures_and_certificates(site, open_page, phone, tmp_path):
    site.call(hire)
    organiser, facilitator, anybody = (open_page(LAPTOP) for _person in range(3))
    day = (utc_now() + UNTIL_THEN).date().isoformat()

    log_in(organiser, "ada@example.org")
    create_process(organiser)
    create_event(organiser, day)
    add_sessions(organiser, day)
    publish(organiser)
    sign_up(phone)
    site.call(let_days_pass)
    mark_attendance(organiser)
    log_in(facilitator, "cleo@example.org")
    take_notes(facilitator)

    assert read_figures(organiser, "/gestio/processos/impulsem") == [
        ["interna", "1", "1", "1", "2", "1"],
        ["ciutadania", "1", "—\nno se sap", "—\nno se sap", "—\nno es van anotar", "—\nno es van anotar"],
        ["total", "2", "1", "1", "2", "1"],
    ]
    assert read_figures(anybody, "/processos/impulsem") == [
        ["interna", "1", "*\nno es diu", "*\nno es diu", "2", "1"],
        ["ciutadania", "1", "—\nno se sap", "—\nno se sap", "—\nno es van anotar", "—\nno es van anotar"],
        ["total", "2", "*\nno es diu", "*\nno es diu", "2", "1"],
    ]
    certificate = Reader(tmp_path).flow(download_certificate(phone))
    assert [words for words in ("Núria Àvila i l·lustre", "Jornada de barri") if words not in certificate] == []
