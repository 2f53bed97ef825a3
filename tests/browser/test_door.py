"""The door in a real browser: quick, without a network, with two devices, and nothing lost or doubled."""

import random
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.text import fold
from door.models import DoorAct, DoorLink
from events.models import Event, SessionKind
from registrations.models import Attendance, Registration, RegistrationState
from registrations.stays import Moment, pair
from tests import factories
from tests.browser.inspection import LAPTOP, PHONE, inspect, wait_until_kept

DOOR = "/gestio/jornades/jornada/porta"
RETRY_SECONDS = (2, 4)
EVERY_SECONDS = 5
REFUSED = ("/actes", "/llista")
NAMES = [("Núria", "Pla Vila"), ("Joan", "Àvila"), ("Mercè", "Puig"), ("Òscar", "Planas"), ("Laia", "l’Hereu")]


def furnish():
    """An event that has begun: a plenary now, two workshops in an hour, five people, one waiting, one cancelled."""
    event = factories.make_event(starts_at=utc_now() - timedelta(minutes=20), capacity=7)
    plenary = factories.make_session(
        event, "PL", title="Benvinguda", kind=SessionKind.PLENARY, starts_at=event.starts_at
    )
    at = event.starts_at + timedelta(hours=1)
    rooms = [factories.make_session(event, code, title=f"Taller {code}", starts_at=at) for code in ("T1", "T2")]
    for number, (first, last) in enumerate(NAMES):
        session = rooms[number % 2]
        factories.make_registration(
            event, session, first_name=first, last_name=last, email=f"p{number}@example.org", code=f"CODE234{number}"
        )
    for state in ("waiting", "cancelled"):
        values = {"state": RegistrationState(state), "email": f"{state}@example.org", "code": state.upper()[:8]}
        factories.make_registration(event, first_name=state, last_name="Cas", **values)
    assert plenary.code == "PL"


@pytest.fixture
def event(site):
    site.call(furnish)


@pytest.fixture
def open_door(open_page, event):
    """Open the door on a device of its own; a clock of its own can be put forward."""

    def open_door(name="Porta sud", viewport=LAPTOP, address=DOOR, role="door", *, own_clock=False, **options):
        page = open_page(viewport, role=role, refused=REFUSED, **options)
        if own_clock:
            page.clock.install()
        page.add_init_script(
            f"localStorage.getItem('jornada.door.device') ?? localStorage.setItem('jornada.door.device', '{name}')"
        )
        page.goto(address)
        connected(page)
        return page

    return open_door


def connected(page):
    expect(page.locator("[data-net]")).to_have_text("Hi ha connexió")
    expect(page.locator("[data-count]")).not_to_be_empty()
    wait_until_kept(page)


@pytest.fixture
def page(open_door):
    return open_door()


def enter(page, text):
    page.locator("#q").fill(text)
    page.locator("#q").press("Enter")


def answered(page, word, name=None):
    expect(page.locator("[data-word]")).to_have_text(word)
    if name:
        expect(page.locator("[data-name]")).to_have_text(name)


def waiting(page, count):
    words = {0: "Tot és enviat", 1: "1 acte pendent d’enviar"}
    text = words.get(count, f"{count} actes pendents d’enviar")
    expect(page.locator("[data-queue]")).to_have_text(text, timeout=15_000)  # it waits a while before it tries again


def back_online(page):
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def present(site):
    def read():
        rows = db.session.scalars(select(Attendance).order_by(Attendance.registration_id, Attendance.session_id))
        return [(row.registration.full_name, row.session.code, row.source.value) for row in rows]

    return site.call(read)


def act_count(site):
    return site.call(lambda: len(db.session.scalars(select(DoorAct)).all()))


def test_each_code_gets_its_own_unmistakable_answer(page, site):
    answers = {
        "CODE2340": ("Endavant", "Núria Pla Vila"),
        "WAITING": ("Llista d’espera", "waiting Cas"),
        "CANCELLE": ("Cancel·lada", "cancelled Cas"),
        "XXXX9999": ("No consta", "XXXX9999"),
    }
    for code, (word, name) in answers.items():
        enter(page, code)
        answered(page, word, name)
    enter(page, "CODE2340")
    answered(page, "Ja és dins")
    expect(page.locator("[data-detail]")).to_contain_text("aquest dispositiu")
    page.locator("#sessio").select_option("T1")
    enter(page, "CODE2341")
    answered(page, "Una altra sessió", "Joan Àvila")
    expect(page.locator("[data-detail]")).to_contain_text("Taller T2")

    waiting(page, 0)
    assert present(site) == [("Núria Pla Vila", "PL", "code")]


def test_the_link_in_a_code_is_read_whole_and_as_another_keyboard_types_it(page, site):
    enter(page, f"{site.address}/jornades/jornada/porta/CODE2340")
    answered(page, "Endavant", "Núria Pla Vila")
    enter(page, "httpsÑ--jornades.example.org-jornades-jornada-porta-CODE2341")
    answered(page, "Endavant", "Joan Àvila")
    enter(page, f"{site.address}/jornades/jornada/porta/XXXX9999")
    answered(page, "No consta", "XXXX9999")


def test_a_reader_types_into_the_field_wherever_the_focus_is(page, site):
    enter(page, "CODE2340")
    answered(page, "Endavant", "Núria Pla Vila")
    page.get_by_role("button", name="Desfeu-ho").focus()

    page.keyboard.type("CODE2341")
    page.keyboard.press("Enter")

    answered(page, "Endavant", "Joan Àvila")


def test_people_are_found_by_three_letters_and_undone(page, site):
    page.locator("#q").press_sequentially("plà")
    found = page.locator(".door-person")
    expect(found).to_have_count(2)
    assert found.locator("strong").all_text_contents() == ["Núria Pla Vila", "Òscar Planas"]

    found.first.click()
    answered(page, "Endavant", "Núria Pla Vila")
    waiting(page, 0)
    assert present(site) == [("Núria Pla Vila", "PL", "list")]
    expect(page.locator("[data-count]")).to_have_text("1 persona dins de 5 que s’esperen")
    page.get_by_role("button", name="Desfeu-ho").click()

    answered(page, "Desfet")
    waiting(page, 0)
    assert present(site) == []
    expect(page.locator("[data-count]")).to_have_text("0 persones dins de 5 que s’esperen")


def test_whoever_waits_or_chose_otherwise_is_let_in_only_on_purpose(page, site):
    enter(page, "WAITING")
    answered(page, "Llista d’espera")
    assert act_count(site) == 0

    page.get_by_role("button", name="Que entri igualment").click()

    answered(page, "Endavant")
    waiting(page, 0)
    assert present(site) == [("waiting Cas", "PL", "code")]


def test_a_walk_in_of_a_known_name_is_asked_about_and_above_capacity_warned_of(page, site):
    def walk_in(name):
        page.get_by_role("button", name="Sense inscripció").click()
        page.get_by_label("Nom i cognoms").fill(name)
        page.get_by_label("Entitat").fill("Ateneu")
        page.get_by_role("button", name="Afegiu i acrediteu").click()

    walk_in("merce PUIG")
    answered(page, "El mateix nom")
    page.get_by_role("button", name=re.compile("Mercè Puig")).click()
    answered(page, "Endavant", "Mercè Puig")

    for name in ("Nova U", "Nova Dos"):
        walk_in(name)
        answered(page, "Endavant", name)
    walk_in("Nova Tres")
    answered(page, "Per sobre de l’aforament?")
    expect(page.locator("[data-detail]")).to_contain_text("7 places")
    page.get_by_role("button", name="Sí, per sobre").click()
    answered(page, "Endavant", "Nova Tres")

    waiting(page, 0)
    assert [name for name, *_ in present(site)] == ["Mercè Puig", "Nova U", "Nova Dos", "Nova Tres"]
    places = select(Event.places_taken, Event.extra_places)
    assert site.call(lambda: tuple(db.session.execute(places).one())) == (8, 1)


def test_a_walk_in_is_taken_back_before_and_after_it_was_sent(page, site):
    def walk_in(name):
        page.get_by_role("button", name="Sense inscripció").click()
        page.get_by_label("Nom i cognoms").fill(name)
        page.get_by_role("button", name="Afegiu i acrediteu").click()
        answered(page, "Endavant", name)

    page.context.set_offline(True)
    walk_in("Error Primer")
    page.get_by_role("button", name="Desfeu-ho").click()
    waiting(page, 2)
    back_online(page)
    waiting(page, 0)
    walk_in("Error Segon")
    waiting(page, 0)
    page.get_by_role("button", name="Desfeu-ho").click()
    answered(page, "Desfet")
    waiting(page, 0)

    states = select(Registration.state).where(Registration.first_name == "Error")
    people = site.call(lambda: [state.value for state in db.session.scalars(states)])
    assert (people, present(site)) == (["cancelled"], [])


def test_no_answer_stands_beside_a_count_that_leaves_it_out(page):
    page.context.set_offline(True)
    page.evaluate("""() => {
        const [word, queue] = ["word", "queue"].map((part) => document.querySelector(`[data-${part}]`));
        new MutationObserver(() => { window.beside = queue.textContent; }).observe(word, {childList: true});
    }""")

    enter(page, "CODE2340")
    answered(page, "Endavant")

    assert page.evaluate("window.beside") == "1 acte pendent d’enviar"


def test_without_a_network_it_goes_on_and_sends_everything_afterwards(page, site):
    page.context.set_offline(True)
    for number in range(3):
        enter(page, f"CODE234{number}")
        answered(page, "Endavant")
    expect(page.locator("[data-net]")).to_contain_text("Sense xarxa")
    waiting(page, 3)
    expect(page.locator("[data-count]")).to_have_text("3 persones dins de 5 que s’esperen")
    enter(page, "CODE2341")
    answered(page, "Ja és dins")
    assert present(site) == []

    back_online(page)

    waiting(page, 0)
    assert [name for name, *_ in present(site)] == ["Núria Pla Vila", "Joan Àvila", "Mercè Puig"]


def test_a_code_unknown_without_a_network_can_be_let_in_and_is_checked_afterwards(page, site):
    def sign_up():
        event = db.session.scalars(select(Event)).one()
        factories.make_registration(
            event, first_name="Tard", last_name="Inscrit", email="t@example.org", code="TARD2345"
        )

    page.context.set_offline(True)
    site.call(sign_up)
    for code in ("TARD2345", "MAIX2345"):
        enter(page, code)
        answered(page, "No consta")
        page.get_by_role("button", name="Que entri, i es comprovarà").click()
        answered(page, "Endavant")
    back_online(page)

    waiting(page, 0)
    assert present(site) == [("Tard Inscrit", "PL", "code")]
    expect(page.locator("[data-troubles]")).to_contain_text("MAIX2345")


@pytest.mark.keeps_pages
def test_a_tab_killed_without_a_network_comes_back_with_list_and_acts(page, site):
    page.context.set_offline(True)
    enter(page, "CODE2340")
    answered(page, "Endavant")
    context = page.context
    page.close()
    again = context.new_page()

    again.goto(DOOR)

    waiting(again, 1)
    enter(again, "CODE2341")
    answered(again, "Endavant", "Joan Àvila")
    waiting(again, 2)
    back_online(again)
    waiting(again, 0)
    assert [name for name, *_ in present(site)] == ["Núria Pla Vila", "Joan Àvila"]


def test_a_server_that_died_after_it_had_accepted_is_told_again_and_accepts_once(open_door, site):
    page = open_door(own_clock=True)
    lost = []

    def lose(route):
        if len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/porta/actes", lose)
    page.get_by_role("button", name="Sense inscripció").click()
    page.get_by_label("Nom i cognoms").fill("Una Sola")
    page.get_by_role("button", name="Afegiu i acrediteu").click()
    answered(page, "Endavant", "Una Sola")
    expect(page.locator("[data-net]")).to_contain_text("Sense xarxa")
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(RETRY_SECONDS[0] * 1000)
    page.clock.fast_forward(RETRY_SECONDS[1] * 1000)

    waiting(page, 0)
    assert lost == [200, 200]
    assert ([name for name, *_ in present(site)], act_count(site)) == (["Una Sola"], 1)


def test_two_doors_see_each_other_and_what_both_did_is_merged_and_shown(open_door, site):
    south, north = open_door("Porta sud"), open_door("Porta nord", own_clock=True)
    enter(south, "CODE2340")
    answered(south, "Endavant")
    waiting(south, 0)
    north.clock.fast_forward(EVERY_SECONDS * 1000)
    expect(north.locator("[data-count]")).to_have_text("1 persona dins de 5 que s’esperen")
    enter(north, "CODE2340")
    answered(north, "Ja és dins")
    expect(north.locator("[data-detail]")).to_contain_text("(Porta sud)")

    south.context.set_offline(True)
    north.context.set_offline(True)
    for each in (south, north):
        enter(each, "CODE2341")
        answered(each, "Endavant", "Joan Àvila")
    back_online(south)
    waiting(south, 0)
    back_online(north)
    waiting(north, 0)

    expect(north.locator("[data-troubles]")).to_contain_text("Joan Àvila: Porta sud")
    answered(north, "Ja és dins", "Joan Àvila")
    assert [name for name, *_ in present(site)] == ["Núria Pla Vila", "Joan Àvila"]
    north.get_by_role("button", name="Vist").click()
    expect(north.locator("[data-troubles] li")).to_have_count(0)


@pytest.mark.keeps_pages
def test_with_the_network_cut_at_random_moments_nothing_is_lost_or_doubled(open_door, site):
    chance = random.Random(4)
    doors = [open_door("Porta sud"), open_door("Porta nord")]
    codes = [f"CODE234{number}" for number in range(5)] * 2
    chance.shuffle(codes)

    for code in codes:
        door = chance.choice(doors)
        door.context.set_offline(chance.random() < 0.5)
        enter(door, code)
        expect(door.locator("[data-word]")).to_have_text(re.compile("Endavant|Ja és dins"))
        if chance.random() < 0.3:
            door.get_by_role("button", name="Desfeu-ho").click()
            answered(door, "Desfet")
            enter(door, code)
            expect(door.locator("[data-word]")).to_have_text(re.compile("Endavant|Ja és dins"))
        if chance.random() < 0.3:
            door.reload()
            expect(door.locator(".door--live")).to_be_attached()
    for door in doors:
        back_online(door)
    for door in doors:
        waiting(door, 0)

    assert sorted(name for name, *_ in present(site)) == sorted(f"{first} {last}" for first, last in NAMES)


@pytest.mark.keeps_pages
def test_two_tabs_of_one_device_send_what_one_of_them_left(page, site):
    page.context.set_offline(True)
    enter(page, "CODE2340")
    waiting(page, 1)
    other = page.context.new_page()
    other.goto(DOOR)
    waiting(other, 1)

    page.context.set_offline(False)
    for each in (page, other):
        each.evaluate("dispatchEvent(new Event('online'))")

    waiting(page, 0)
    waiting(other, 0)
    assert (len(present(site)), act_count(site)) == (1, 1)


# --- The list leaves the device ---

KEPT = """async () => {
    const database = await new Promise((resolve) => {
        const request = indexedDB.open('jornada-door');
        request.onsuccess = () => resolve(request.result);
    });
    const all = (name) => new Promise((resolve) => {
        const request = database.transaction(name).objectStore(name).getAll();
        request.onsuccess = () => resolve(request.result.length);
    });
    const counts = [await all('lists'), await all('acts')];
    database.close();
    return counts;
}"""


def kept(page, *counts):
    page.wait_for_function(f"async () => JSON.stringify(await ({KEPT})()) === '[{counts[0]},{counts[1]}]'")


def no_page_is_kept(page):
    page.wait_for_function("async () => !(await caches.keys()).length")


@pytest.fixture
def link(site, event):
    def make():
        event = db.session.scalars(select(Event)).one()
        link = DoorLink(
            event_id=event.id, token="t" * 32, label="Voluntaris", expires_at=event.ends_at, created_at=utc_now()
        )
        db.session.add(link)

    site.call(make)
    return "/porta/" + "t" * 32


def change_link(site, **values):
    def change():
        link = db.session.scalars(select(DoorLink)).one()
        for name, value in values.items():
            setattr(link, name, value)

    site.call(change)


def stays_of(site, name):
    """When somebody came and left, as often as they did: whether each hour is known."""

    def read():
        rows = db.session.scalars(
            select(Attendance).join(Attendance.registration).where(Registration.first_name == name)
        )
        return [[[bool(at) for at in stay] for stay in row.stays] for row in rows]

    return site.call(read)


def test_people_leave_and_come_back_where_exits_are_recorded_also_without_a_network(page, site):
    expect(page.get_by_role("radio", name="Sortida")).to_be_hidden()
    site.call(lambda: setattr(db.session.scalars(select(Event)).one(), "records_exits", True))
    back_online(page)
    enter(page, "CODE2340")
    answered(page, "Endavant", "Núria Pla Vila")

    page.get_by_role("radio", name="Sortida").check()
    answered(page, "Sortida")
    page.context.set_offline(True)
    enter(page, "CODE2340")
    answered(page, "Sortida anotada", "Núria Pla Vila")
    expect(page.locator("[data-count]")).to_have_text("0 persones són dins · 1 ha sortit · se n’esperen 5")
    barriers = inspect(page)
    enter(page, "CODE2340")
    answered(page, "Ja és fora")
    barriers += inspect(page)
    enter(page, "CODE2341")
    answered(page, "No consta dins", "Joan Àvila")
    page.get_by_role("radio", name="Entrada").check()
    enter(page, "CODE2340")
    answered(page, "Endavant", "Núria Pla Vila")
    page.get_by_role("radio", name="Sortida").check()
    enter(page, "CODE2340")
    answered(page, "Sortida anotada")
    page.get_by_role("button", name="Desfeu la sortida").click()
    answered(page, "Desfet", "Núria Pla Vila")
    expect(page.locator("[data-count]")).to_have_text("1 persona és dins · 0 han sortit · se n’esperen 5")
    waiting(page, 4)
    back_online(page)
    waiting(page, 0)

    assert stays_of(site, "Núria") == [[[True, True], [True, False]]]
    assert stays_of(site, "Joan") == []
    expect(page.locator("[data-troubles]")).to_be_empty()
    assert barriers == []


def test_comings_and_leavings_make_the_same_stays_on_the_device_as_on_the_server(page):
    chance = random.Random(44)
    cases = [
        [[chance.randrange(6), chance.random() < 0.5] for _act in range(chance.randrange(8))] for _case in range(200)
    ]

    on_device = page.evaluate(
        "async (cases) => cases.map((await import('/static/door-stays.js')).pairStays)",
        cases,
    )

    begin = utc_now()
    moments = ([Moment(begin + timedelta(seconds=at), is_leaving=left) for at, left in case] for case in cases)
    on_server = [[[at and (at - begin).seconds for at in stay] for stay in pair(case)] for case in moments]
    assert on_device == on_server


@pytest.mark.keeps_pages
def test_a_helper_with_a_link_keeps_the_door_until_it_is_revoked(open_door, link, site):
    page = open_door(viewport=PHONE, address=link, role=None)
    assert page.url.endswith("/porta/jornades/jornada")
    enter(page, "CODE2340")
    answered(page, "Endavant")
    waiting(page, 0)
    kept(page, 1, 0)

    change_link(site, revoked_at=utc_now())
    enter(page, "CODE2341")

    expect(page.locator("[data-net]")).to_contain_text("revocat")
    kept(page, 0, 1)
    waiting(page, 1)
    page.locator("#q").fill("puig")
    expect(page.locator(".door-person")).to_have_count(0)
    assert len(present(site)) == 1
    no_page_is_kept(page)


@pytest.mark.keeps_pages
def test_a_link_that_expires_takes_the_list_but_sends_what_was_done(open_door, link, site):
    page = open_door(address=link, role=None)
    page.context.set_offline(True)
    enter(page, "CODE2340")
    waiting(page, 1)
    page.wait_for_timeout(50)
    change_link(site, expires_at=utc_now())
    back_online(page)

    expect(page.locator("[data-net]")).to_contain_text("caducat")
    kept(page, 0, 0)
    assert len(present(site)) == 1


@pytest.mark.keeps_pages
def test_the_list_goes_when_the_time_is_over_without_any_network(page, site):
    kept(page, 1, 0)
    page.context.set_offline(True)
    page.clock.install()
    page.clock.set_fixed_time(utc_now() + timedelta(days=1))
    again = page.context.new_page()
    again.clock.set_fixed_time(utc_now() + timedelta(days=1))
    again.goto(DOOR)

    kept(again, 0, 0)
    again.locator("#q").fill("puig")
    expect(again.locator(".door-person")).to_have_count(0)


@pytest.mark.keeps_pages
def test_logging_out_deletes_the_list_and_keeps_what_waits(page, site):
    kept(page, 1, 0)
    page.context.set_offline(True)
    enter(page, "CODE2340")
    waiting(page, 1)
    page.context.clear_cookies()
    page.context.set_offline(False)
    other = page.context.new_page()
    other.goto("/entrada")

    kept(other, 0, 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-net]")).to_contain_text("Heu sortit")
    site.log_in(page.context, "door")
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)
    assert len(present(site)) == 1


@pytest.mark.keeps_pages
def test_a_device_forgets_on_demand_and_warns_of_what_would_be_lost(page, site):
    page.context.set_offline(True)
    enter(page, "CODE2340")
    waiting(page, 1)
    page.get_by_text("Aquest dispositiu", exact=True).click()
    page.get_by_role("button", name="Oblideu aquest dispositiu").click()
    expect(page.locator("[data-detail]")).to_contain_text("Es perdria 1 acte")
    page.context.set_offline(False)
    page.unroute_all()

    page.get_by_role("button", name="Sí, oblideu-ho tot").click()

    page.wait_for_url("**/gestio/jornades/jornada")
    no_page_is_kept(page)


# --- Coming by a code ---


def test_a_code_opened_by_the_phones_camera_asks_before_it_checks_in(open_door, site):
    page = open_door(viewport=PHONE)

    page.goto("/jornades/jornada/porta/CODE2340")

    answered(page, "És a la llista", "Núria Pla Vila")
    assert present(site) == []
    page.get_by_role("button", name="Acrediteu", exact=True).click()
    answered(page, "Endavant")
    waiting(page, 0)
    assert present(site) == [("Núria Pla Vila", "PL", "code")]


def test_the_code_on_a_persons_page_leads_there(open_page, open_door, site, tmp_path):
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed")
    door = open_door(viewport=PHONE)
    of_nuria = select(Registration.token).where(Registration.code == "CODE2340")
    token = site.call(lambda: db.session.scalars(of_nuria).one())
    own = open_page(PHONE)
    own.goto(f"/inscripcions/{token}")
    own.locator(".ticket-code .qr").screenshot(path=tmp_path / "code.png")
    read = ["zbarimg", "--quiet", "--raw", "--nodbus", tmp_path / "code.png"]
    address = subprocess.run(read, check=True, capture_output=True, text=True).stdout.strip()

    assert address == f"{site.address}/jornades/jornada/porta/CODE2340"
    door.goto(address)
    answered(door, "És a la llista", "Núria Pla Vila")


CAMERA = """
navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream();
HTMLMediaElement.prototype.play = async () => {};
window.seen = [];
window.BarcodeDetector = class {
    async detect() { return window.seen.splice(0, 1).map((rawValue) => ({ rawValue })); }
};
"""


def test_the_camera_reads_one_code_after_another(open_page, event, site):
    page = open_page(PHONE, role="door")
    page.add_init_script(CAMERA)
    page.goto(DOOR)
    connected(page)

    page.get_by_role("button", name="Escanegeu codis amb la càmera").click()
    for code, name in (("CODE2340", "Núria Pla Vila"), ("CODE2341", "Joan Àvila")):
        page.evaluate("text => seen.push(text, text)", f"{site.address}/jornades/jornada/porta/{code}")
        answered(page, "Endavant", name)

    page.get_by_role("button", name="Atureu la càmera").click()
    waiting(page, 0)
    assert [source for *_, source in present(site)] == ["code", "code"]


# --- Alike on both sides ---


FOLD = """async (words) => {
    const { fold } = await import('/static/text.js');
    return words.map(fold);
}"""


def test_names_fold_on_the_device_as_on_the_server(page):
    words = [
        "Núria l’Hereu", "Col·legi d’Àngels", "ÇEDILLA", "Đorđe Łukasz Ærø", "Straße", "ﬁ ﬂ", "  a--b  ", "I·L·L·A",
        "l•l", "Œuvre þórður", "ΣΊΣΥΦΟΣ", "Ñandú", "d'Ací d`Allà", "Jean‑Luc", "ĿĿ", "Björk  Guðmundsdóttir", "😀 x",
    ]  # fmt: skip

    folded = page.evaluate(FOLD, words)

    assert folded == [fold(word) for word in words]


@pytest.mark.parametrize("state", ["ready", "welcome", "already", "found", "walk-in"])
def test_the_door_has_no_barriers(page, state):
    if state in ("welcome", "already"):
        enter(page, "CODE2340")
        answered(page, "Endavant")
    if state == "already":
        enter(page, "CODE2340")
        answered(page, "Ja és dins")
    if state == "found":
        page.locator("#q").fill("pla")
        expect(page.locator(".door-person")).to_have_count(2)
    if state == "walk-in":
        page.get_by_role("button", name="Sense inscripció").click()

    assert inspect(page) == []


def test_without_script_the_plain_form_does(open_page, link, site):
    page = open_page(PHONE, java_script_enabled=False)
    page.goto(link)
    assert page.get_by_role("button").all_inner_texts() == ["Cerqueu", "Afegiu i acrediteu"]
    page.get_by_role("searchbox").fill("merce")
    page.get_by_role("button", name="Cerqueu").click()
    page.get_by_role("button", name="Acrediteu: Mercè Puig").click()

    expect(page.get_by_role("status").first).to_contain_text("Acreditació feta")
    assert [name for name, *_ in present(site)] == ["Mercè Puig"]


def test_door_links_page_has_no_barriers(open_page, link, site):
    page = open_page(LAPTOP, role="organiser")
    page.goto(f"{DOOR}/enllacos")

    expect(page.get_by_label("Enllaç de: Voluntaris")).to_have_value(f"{site.address}{link}")
    assert inspect(page) == []
