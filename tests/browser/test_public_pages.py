"""Every public page as people meet it: no barrier, nothing out of a phone's sight, nothing wrong in the console."""

import pytest
from playwright.sync_api import expect

from core.error_pages import EXPLANATIONS
from tests.browser.inspection import inspect, look, watch

PAGES = (
    "/",
    "/jornades/oberta",
    "/jornades/passada",
    "/jornades/anullada",
    "/jornades/tancada",
    "/jornades/encara-no",
    "/jornades/plena",
    "/jornades/sense-programa",
    "/processos/impulsem",
    "/processos/buit",
    "/processos/impulsem/propostes",
    "/processos/buit/propostes",
    "/jornades/oberta/propostes",
    "/jornades/oberta/inscripcio",
    "/jornades/passada/inscripcio",
    "/jornades/oberta/inscripcio/correu",
    "/inscripcions/{registered}",
    "/inscripcions/{attended}",
    "/inscripcions/{attended}/aportacions",
    "/inscripcions/{attended}/aportacions/T1/{own}",
    "/inscripcions/{registered}/aportacions",
    "/inscripcions/{cancelled}",
    "/inscripcions/{registered}/cancellacio",
    "/inscripcions/{registered}/canvi",
    "/inscripcions/{registered}/suports",
    "/inscripcions/{holder}",
    "/inscripcions/{holder}/canvi",
    "/inscripcions/{waiting}",
    "/inscripcions/{waiting}/canvi",
    "/inscripcions/{offered}",
    "/inscripcions/{offered}/oferta/si",
    "/inscripcions/{offered}/oferta/no",
    "/inscripcions/{session_offered}",
    "/inscripcions/{session_offered}/oferta/si/T1",
    "/inscripcions/{session_offered}/oferta/no/T1",
    "/inscripcions/{approval}",
    "/inscripcions/{address}",
    "/inscripcions/{address}/confirmacio",
    "/jornades/amb-llista",
    "/jornades/amb-llista/inscripcio",
    "/jornades/amb-llista/inscripcio/grup",
    "/jornades/amb-invitacio",
    "/jornades/amb-invitacio/inscripcio",
    "/jornades/amb-invitacio/inscripcio?invitacio={invitation}",
    "/jornades/amb-invitacio/inscripcio/grup",
    "/jornades/amb-reserves",
    "/jornades/amb-reserves/inscripcio",
    "/jornades/per-aprovar/inscripcio",
    "/jornades/oberta/inscripcio/grup",
    "/jornades/encara-no/inscripcio",
    "/jornades/oberta/porta/2345ABCD",
    "/verificacio",
    "/verificacio/{certificate}",
    "/entrada",
    "/contrasenya",
    "/contrasenya/{reset}",
    "/dev/bustia",
    "/dev/bustia/{mail}",
)
# What answers with a file instead of a page.
FILES = {
    "capture.edit",  # the same pages as in the workspace
    "capture.enter",
    "capture.history",
    "capture.list_changes",
    "capture.page",
    "capture.wall",
    "capture.wall_changes",
    "certificates.certificate",
    "certificates.role_certificate",
    "documents.of_public_event",
    "documents.of_public_process",
    "door.enter",  # leads to the door, which test_door sees with its list
    "door.page",
    "door.people",
    "offline.worker",
    "events.calendar",
    "events.feed",
    "fonts.font",
    "health.salut",
    "logos.logo",
    "mailbox.part",
    "open_data.archive",
    "public_figure_papers.public_figures",
    "registration_answers.answers_form",  # leads to where the answers are now
    "registration_calendars.download",
    "registration_calendars.feed",
    "registrations_groups.group_signed_up",  # test_group_signed_up sees it
    "static",
}


@pytest.fixture
def site(town):
    """Nobody changes anything in the town: it serves every test of this module."""
    return town


def test_an_inspection_finds_what_is_wrong(browser, town):
    context = browser.new_context(base_url=town.address)
    page = context.new_page()
    troubles = watch(page)
    page.goto("/prova/dolenta")

    found = " ".join([*inspect(page), *troubles])

    context.close()
    faults = (
        "not one h1",
        "no lang",
        "no title",
        "image-alt",
        "color-contrast",
        "wider than 390 px",
        "Security Policy",
    )
    assert [fault for fault in faults if fault not in found] == []


def test_what_fails_is_found_again_and_what_passed_on_one_ground_is_measured_on_another(phone):
    """A text that passed is not measured again; the page of trial has one that differs from it in its ground alone."""
    passed, failed = look(phone, "/prova/clara"), [look(phone, "/prova/fosca") for _ in range(2)]

    texts = [[fault for fault in found if "color-contrast" in fault] for found in failed]
    assert ([fault for fault in passed if "color-contrast" in fault], [len(found) for found in texts]) == ([], [4, 4])


SMALL = "for (const words of ['A', 'B']) document.querySelector('main').append(button(words, 10))"
COVERED = """const large = button("A", 200), cover = button("B", 195);
    document.querySelector("main").append(large, cover);
    cover.style.position = "absolute";
    for (const side of ["top", "left"]) cover.style[side] = `${large.getBoundingClientRect()[side]}px`"""
BARE_LINK = """const text = document.createElement("p"), link = document.createElement("a");
    text.append("Un text prou llarg que porta ", link, " i que continua encara una mica més");
    Object.assign(link, {href: "/", textContent: "lluny"});
    Object.assign(link.style, {color: "#555555", textDecoration: "none"});
    document.querySelector("main").append(text)"""


@pytest.mark.parametrize(
    ("rule", "script"), [("target-size", SMALL), ("target-size", COVERED), ("link-in-text-block", BARE_LINK)]
)
def test_what_axe_is_spared_it_still_finds_where_something_is_wrong(phone, rule, script):
    phone.goto("/prova/clara")
    phone.evaluate(f"""() => {{
        const button = (words, size) => {{
            const made = document.createElement("button");
            made.textContent = words;
            Object.assign(made.style, {{width: `${{size}}px`, height: `${{size}}px`, padding: 0, overflow: "hidden"}});
            return made;
        }};
        {script};
    }}""")

    found = [fault for fault in inspect(phone) if f" {rule} " in fault]

    assert [any(f"at {width} px" in fault for fault in found) for width in (390, 1280)] == [True, True]


def test_every_public_page(phone, town):
    assert [fault for address in PAGES for fault in look(phone, address.format(**town.names))] == []


def test_home_without_events(phone, served):
    assert look(phone, served.address) == []


def test_pages_of_what_is_not_there(phone):
    addresses = ("/verificacio/2345-6789", "/verificacio?codi=2345", "/no-hi-es")

    assert [fault for address in addresses for fault in look(phone, address, 404)] == []


def test_error_pages(phone):
    assert [fault for code in EXPLANATIONS for fault in look(phone, f"/prova/{code}", code)] == []


def test_sign_up_with_errors(phone):
    phone.goto("/jornades/oberta/inscripcio")
    phone.locator("#email").fill("no és cap adreça")
    phone.get_by_role("button", name="Inscriviu-m’hi").click()

    expect(phone.locator("#errors li")).to_have_count(3)
    assert inspect(phone) == []


def test_group_signed_up(phone):
    phone.goto("/jornades/oberta/inscripcio/grup")
    phone.locator("main form button").last.click()
    found = inspect(phone)
    phone.locator("#signed_up_by").fill("Joana")
    phone.locator("#organisation").fill("Entitat")
    for name in ("first_name", "last_name"):
        phone.locator(f"#{name}-1").fill("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")
    phone.locator("#email-1").fill("gran@example.org")
    phone.locator("main form button").last.click()
    phone.wait_for_url("**/grup/fet")

    assert [*found, *inspect(phone)] == []


def test_no_public_page_is_forgotten(town):
    adapter = town.app.url_map.bind("localhost")
    seen = {adapter.match(address.format(**town.names).partition("?")[0])[0] for address in PAGES}

    pages = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.rule.startswith(("/gestio", "/prova"))
    }

    assert pages - seen - FILES == set()
