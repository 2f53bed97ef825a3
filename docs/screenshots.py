"""Take the pictures of the guide and of the README: `.venv/bin/python docs/screenshots.py`.

The demo is loaded into an instance that is gone afterwards, and one jornada is lived through, from the programme to the
certificate. The clock stands still and codes come from a seed, so that a picture changes only when its page does.
Needs `pdftoppm` (Debian's poppler-utils) for the papers.
"""

import io
import logging
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from accounts.staff import add_staff
from accounts.teams import default_team
from app import create_app
from certificates.codes import group
from certificates.models import Certificate
from core import config, dates
from core.commands import upgrade_schema
from core.database import db, transaction
from core.mail_delivery import deliver_due_mail
from demo import loading
from directory import territory
from registrations.models import Registration
from tests.browser.conftest import ARGUMENTS
from tests.browser.provision import provision

T = TypeVar("T")

GUIDE = ROOT / "docs" / "organitzar.md"
IMAGES = ROOT / "docs" / "images"
SANT_ANDREU = "inclusio-a-la-vora-del-besos"
FORUM = "forum-reptes-compartits"
CONSULTATION = "consulta-previa-besos"
IMPULSEM = "impulsem-1"
LAPTOP: ViewportSize = {"width": 1120, "height": 760}
SLIDE: ViewportSize = {"width": 1120, "height": 700}
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1280, "height": 1000}
MADRID = ZoneInfo("Europe/Madrid")
LOGIN = ("mireia.sola@example.org", "quatre gats dalt d’un terrat")
PERSON = {
    "first_name": "Laia",
    "last_name": "Ferrer i Puig",
    "email": "laia.ferrer@example.org",
    "organisation": "Associació El Pont",
}
WAITING, OFFERED, IN_TWO_LINES = "hicham.bouzid@example.org", "merce.oriach@example.org", "blanca.ferrandiz@example.org"
MORE_PEOPLE = """Nom i cognoms;Correu electrònic;Entitat;Sessions
Aïcha Benali;aicha.benali@example.org;Servei d’Orientació Laboral;TRINITAT
Martí Puigdomènech i Roca;marti.puigdomenech@example.org;Casal de gent gran;BARO
Gemma d’Ors Vila;gemma.dors@example.org;;BONPASTOR
"""
SAID = (
    ("contribution", "Gent gran", "Al bloc nou hi ha veïnes que no surten perquè l’ascensor no para a peu de carrer."),
    ("contribution", "Circuits", "El casal i el centre de salut no saben qui acompanya cada persona."),
    ("proposal", "Gent gran", "Fer una llista compartida de qui viu sol i qui el truca cada setmana."),
)


MESSAGE = """Hola, {nom},

Porteu una fotografia d’un racó del barri que us agradi: començarem per aquí.

Us esperem a:

{sessions}

Si no podeu venir, digueu-nos-ho i la plaça serà per a una altra persona:

{enllaç}"""


class Clock:
    """The present, as the whole application reads it."""

    def __init__(self) -> None:
        self.now = self._at(2026, 11, 19, 10)

    def __call__(self) -> datetime:
        return self.now

    def day_of_the_event(self, hour: int, minute: int = 0) -> None:
        """Move on to the day of the jornada in Sant Andreu, two weeks after the demo was loaded."""
        self.now = self._at(2026, 12, 3, hour, minute)

    @staticmethod
    def _at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(year, month, day, hour, minute, tzinfo=MADRID).astimezone(UTC)


@dataclass(frozen=True)
class Site:
    """The application as it is served, and what happens in it without a browser."""

    app: Flask
    address: str

    def deliver_mail(self, now: datetime) -> None:
        """Do what the worker does: here mails become files, which the mailbox shows."""
        self._call(lambda: deliver_due_mail(now))

    def find_code(self) -> str:
        """The code of the one certificate there is."""
        return self._call(lambda: group(db.session.scalars(select(Certificate.code)).one()))

    def find_own_page(self, email: str) -> str:
        """The address of the page of somebody of the demo."""
        query = select(Registration.token).where(Registration.email_key == email)
        return self._call(lambda: f"/inscripcions/{db.session.scalars(query).one()}")

    def _call(self, act: Callable[[], T]) -> T:
        """Do it inside the application and away from the browser's event loop, in which Flask refuses to work."""

        def run() -> T:
            with self.app.app_context():
                return act()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result()


def main() -> None:
    """Take all pictures."""
    if not shutil.which("pdftoppm"):
        raise SystemExit("pdftoppm is missing; on Debian and Ubuntu: apt-get install poppler-utils")
    browser_path = provision()
    if browser_path is None:
        raise SystemExit(1)
    IMAGES.mkdir(exist_ok=True)
    clock = _rule_time_and_chance()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serve(Path(folder), clock) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=[*ARGUMENTS, "--font-render-hinting=none", "--hide-scrollbars"]
        )
        _live_through(browser, site, clock)
        browser.close()


def _rule_time_and_chance() -> Clock:
    """Put one clock and one seeded chance in the place of the real ones, in every module that asks for them."""
    clock, chance = Clock(), random.Random("Jornada")
    real = dates.utc_now
    for module in list(sys.modules.values()):
        if getattr(module, "utc_now", None) is real:
            module.utc_now = clock  # type: ignore[attr-defined] # it has just been asked for
    secrets.choice = chance.choice
    secrets.token_urlsafe = lambda nbytes=None: "".join(chance.choices("abcdefghjkmnpqrstuvwxyz", k=nbytes or 32))
    return clock


@contextmanager
def _serve(folder: Path, clock: Clock) -> Iterator[Site]:
    app = create_app(
        config.load(
            {
                "JORNADA_INSTANCE_PATH": str(folder),
                "JORNADA_BASE_URL": "https://jornades.example.org",
                "JORNADA_SIGNUP_SECONDS": "0",  # the clock stands still, and every form would be too quick
            }
        )
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with app.app_context():
        upgrade_schema()
        with transaction():
            territory.load()
        with transaction():
            email, password = LOGIN
            default_team()
            add_staff(
                email,
                is_administrator=True,
                name="Mireia Solà",
                password=password,
                now=clock.now,
            )
        with transaction():
            loading.load(now=clock.now)
        deliver_due_mail(clock.now)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _live_through(browser: Browser, site: Site, clock: Clock) -> None:
    """One jornada in the order in which it happens, a picture at each step."""
    desk = _new_context(browser, site, LAPTOP).new_page()
    _log_in(desk)
    _prepare(desk)
    _set_up_sign_up(desk)
    _show_programme(browser, site)
    own_page = _sign_up(browser, site, clock)
    _publish_documents(desk)
    _wait_for_places(browser, site)
    _look_at_list(desk)
    _look_at_mails(desk)
    _write_to_people(desk)
    _preview_a_move(desk)
    clock.day_of_the_event(9, 40)
    _stand_at_the_door(browser, desk, site)
    clock.day_of_the_event(11, 40)
    _record_attendance(desk)
    _take_notes(desk)
    _sort_out(desk)
    clock.day_of_the_event(15)
    _hand_out_papers(desk, own_page, site)
    _read_figures(desk)


def _log_in(desk: Page) -> None:
    desk.goto("/entrada")
    desk.get_by_label("Adreça electrònica").fill(LOGIN[0])
    desk.get_by_label("Contrasenya", exact=True).fill(LOGIN[1])
    _blur(desk)
    _shoot(desk, "entrada", height=580)
    desk.locator("main").get_by_role("button", name="Entreu").click()
    desk.wait_for_url("**/gestio")


def _prepare(desk: Page) -> None:
    """The team, the example of the guide as a file, its draft and its publication."""
    desk.goto("/gestio/equips/1")
    _shoot(desk, "equip", height=1150)
    example = re.search(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    if example is None:
        raise SystemExit(f"{GUIDE} shows no programme")
    desk.goto("/gestio/importacio")
    desk.get_by_label("Fitxer", exact=True).set_input_files(
        {"name": "PROGRAMME.toml", "mimeType": "text/plain", "buffer": example[1].encode()}
    )
    desk.get_by_role("button", name="Mireu-ho abans").click()
    desk.get_by_text("Encara no s’ha desat res.").wait_for()
    _shoot(desk, "importacio", height=290)  # without the field of the browser, which speaks its own language
    desk.get_by_role("button", name="Deseu-ho").click()
    desk.wait_for_url("**/programa")
    event = desk.url.removesuffix("/programa")
    _shoot(desk, "sessions", height=1000)
    desk.goto(event)
    _shoot(desk, "esborrany")
    desk.goto("/gestio")
    _shoot(desk, "gestio")
    desk.goto(f"{event}/dades")
    _shoot(desk, "jornada", height=1000)
    desk.goto(f"{event}/programa/EQUIPS")
    _shoot(desk, "sessio", top=490, height=1150)
    desk.goto(f"{event}/publicacio")
    _shoot(desk, "publicacio")


def _set_up_sign_up(desk: Page) -> None:
    desk.goto(f"/gestio/jornades/{FORUM}/inscripcio")
    _shoot(desk, "com-shi-inscriuen", height=1000)
    desk.goto(f"/gestio/jornades/{SANT_ANDREU}/inscripcio/preguntes")
    _shoot(desk, "preguntes", height=900)


def _show_programme(browser: Browser, site: Site) -> None:
    """The same page on a laptop and on a phone, side by side."""
    wide = _new_context(browser, site, WIDE).new_page()
    wide.goto(f"/jornades/{SANT_ANDREU}")
    phone = _new_context(browser, site, PHONE).new_page()
    phone.goto(f"/jornades/{SANT_ANDREU}")
    height, gap = 1365, 32
    pictures = [_take(wide, height=height), _take(phone, height=height)]
    sheet = Image.new("RGB", (sum(each.width for each in pictures) + 3 * gap, height + 2 * gap), "#c9d3d4")
    left = gap
    for each in pictures:
        sheet.paste(each, (left, gap))
        left += each.width + gap
    _keep(sheet, "programme")
    wide.context.close()
    phone.context.close()


def _sign_up(browser: Browser, site: Site, clock: Clock) -> str:
    """Sign up on a phone, read the mail, and give the address of the person's own page."""
    phone = _new_context(browser, site, PHONE).new_page()
    phone.goto(f"/jornades/{SANT_ANDREU}/inscripcio")
    for name, text in PERSON.items():
        phone.locator(f"#{name}").fill(text)
    phone.get_by_label("Vinc d’un altre servei o entitat").check()
    phone.get_by_label("Taller Baró de Viver").check()
    phone.get_by_label("Una entitat", exact=True).check()
    _blur(phone)
    _shoot(phone, "inscripcio", height=2100)
    phone.get_by_role("button", name="Inscriviu-m’hi").click()
    phone.get_by_role("heading", name="Hi sou.").wait_for()
    _shoot(phone, "hi-sou", height=1200)
    own_page = phone.url
    site.deliver_mail(clock.now)
    phone.goto("/dev/bustia")
    phone.locator("main").get_by_role("row").filter(has_text=PERSON["email"]).get_by_role("link").first.click()
    phone.get_by_role("link", name="text/html").click()
    _shoot(phone, "correu", height=1000)
    phone.context.close()
    return own_page


def _publish_documents(desk: Page) -> None:
    """The programme for everybody, and a plan of the rooms for staff."""
    page = f"/gestio/jornades/{SANT_ANDREU}/documents"
    programme = desk.request.get(f"/gestio/jornades/{SANT_ANDREU}/papers/fulls.pdf").body()
    plan = io.BytesIO()
    Image.new("RGB", (1600, 900), "#fdfcf9").save(plan, "PNG")
    for name, kind, buffer, title in (
        ("programa.pdf", "programme", programme, ""),
        ("sales.png", "other", plan.getvalue(), "Plànol de les sales, per a qui acull"),
    ):
        desk.goto(page)
        desk.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": buffer}
        )
        desk.locator("#kind").select_option(kind)
        desk.locator("#title").fill(title)
        desk.locator("#is_public").set_checked(not title)
        desk.get_by_role("button", name="Afegiu el document").click()
        desk.get_by_text("El document s’ha desat.").wait_for()
    desk.goto(page)
    _shoot(desk, "documents", height=540)  # without the field of the browser, which speaks its own language


def _wait_for_places(browser: Browser, site: Site) -> None:
    """What somebody sees who waits, who is offered a place, and who has one and waits for others."""
    phone = _new_context(browser, site, PHONE).new_page()
    phone.goto(site.find_own_page(WAITING))
    _shoot(phone, "llista-espera", height=770)
    phone.goto(site.find_own_page(OFFERED))
    _shoot(phone, "oferiment", height=770)
    phone.goto(f"{site.find_own_page(IN_TWO_LINES)}/canvi")
    _shoot(phone, "canvi", height=1200)
    phone.context.close()


def _look_at_mails(desk: Page) -> None:
    desk.goto(f"/gestio/jornades/{FORUM}/correus")
    _shoot(desk, "correus", height=1100)


def _write_to_people(desk: Page) -> None:
    """Write to one workshop, and see how somebody would get it; nothing leaves."""
    desk.goto(f"/gestio/jornades/{SANT_ANDREU}/missatges/nou?session=BARO")
    desk.locator("#subject_ca").fill("Què cal portar el dia 3")
    desk.locator("#text_ca").fill(MESSAGE)
    desk.get_by_role("button", name="Deseu-lo i mireu com el reben").click()
    desk.set_viewport_size({"width": LAPTOP["width"], "height": 1350})  # what stands in a frame is drawn in sight only
    desk.frame_locator(".mail-frame").get_by_text("Us esperem a").wait_for()
    _shoot(desk, "missatge")
    desk.set_viewport_size(LAPTOP)


def _preview_a_move(desk: Page) -> None:
    """Begin a session later, see who would be told, and leave it as it was."""
    desk.goto(f"/gestio/jornades/{SANT_ANDREU}/programa/BARO")
    starts = desk.locator("#starts")
    starts.fill(starts.input_value().replace("T11:15", "T11:30"))
    desk.get_by_role("button", name="Deseu").click()
    desk.get_by_text("Encara no s’ha desat res.").wait_for()
    _shoot(desk, "vista-previa", height=500)


def _look_at_list(desk: Page) -> None:
    people = f"/gestio/jornades/{SANT_ANDREU}/inscripcions"
    desk.goto(people)
    _shoot(desk, "llista", height=1000)
    desk.get_by_text("Baixeu aquesta llista…").click()
    desk.get_by_role("heading", name="Llistes", exact=True).wait_for()
    _shoot(desk, "llistes", height=1000)
    desk.goto(f"{people}/fitxer")
    desk.get_by_label("Fitxer", exact=False).set_input_files(
        {"name": "confirmades.csv", "mimeType": "text/csv", "buffer": MORE_PEOPLE.encode()}
    )
    desk.get_by_role("button", name="Mireu-ho abans").click()
    desk.get_by_role("heading", name="Què porten les columnes").wait_for()
    desk.get_by_role("button", name="Mireu-ne cada fila").click()
    desk.get_by_role("button", name="Importeu-lo", exact=True).wait_for()
    _shoot(desk, "llista-fitxer", height=900)
    desk.get_by_role("button", name="Importeu-lo", exact=True).click()
    desk.get_by_text("Importat:").wait_for()
    _shoot_paper(desk, f"/gestio/jornades/{SANT_ANDREU}/papers/fulls/BARO.pdf", "full")


def _stand_at_the_door(browser: Browser, desk: Page, site: Site) -> None:
    """Let one person in at the main door, on a telephone of its own, and take it back."""
    context = _new_context(browser, site, PHONE)
    context.add_cookies(desk.context.cookies())  # type: ignore[arg-type] # what one context gives, another takes
    door = context.new_page()
    door.add_init_script("localStorage.setItem('jornada.door.device', 'Porta principal')")
    door.goto(f"/gestio/jornades/{SANT_ANDREU}/porta")
    door.locator("html[data-kept]").wait_for(state="attached")
    door.locator("#q").fill("laia fer")
    door.locator(".door-person").first.click()
    door.locator("[data-word]", has_text="Endavant").wait_for()
    door.get_by_text("Tot és enviat").wait_for()
    _shoot(door, "porta")
    door.get_by_role("button", name="Desfeu-ho").click()
    door.locator("[data-word]", has_text="Desfet").wait_for()
    door.get_by_text("Tot és enviat").wait_for()
    context.close()


def _record_attendance(desk: Page) -> None:
    people = f"/gestio/jornades/{SANT_ANDREU}/inscripcions?session=BARO&early=1"  # the day is still to come
    desk.goto(people)
    for person in ("Laia Ferrer i Puig", "Martí Puigdomènech i Roca"):
        desk.get_by_role("button", name=f"{person} ha vingut a BARO").click()
        desk.get_by_role("button", name=f"Desfeu: {person} a BARO").wait_for()
    desk.goto(people)
    desk.get_by_text("Ha vingut tothom d’aquesta llista…").click()
    _blur(desk)
    _shoot(desk, "assistencia", height=900)
    desk.get_by_role("button", name="Sí, registreu-ho").click()
    desk.get_by_text("assistències registrades").first.wait_for()


def _take_notes(desk: Page) -> None:
    desk.goto(f"/gestio/jornades/{SANT_ANDREU}/aportacions/BARO")
    desk.locator("html[data-ready]").wait_for()
    for number, (kind, topic, text) in enumerate(SAID, 1):
        desk.locator(f"input[name=kind][value={kind}]").check(force=True)
        desk.locator("#topic").fill(topic)
        desk.locator("#text").fill(text)
        desk.keyboard.press("Enter")
        desk.locator("[data-entries] > [data-entry]").nth(number - 1).wait_for()
    desk.locator("[data-waits]").first.wait_for(state="hidden")
    desk.locator("#text").fill("Que el taller de memòria sigui als tres barris, no sempre al mateix.")
    _shoot(desk, "captura")


def _sort_out(desk: Page) -> None:
    """What was said at the consultation: as the team puts it in order, on the wall, and as everybody reads it."""
    event = f"/gestio/jornades/{CONSULTATION}"
    desk.goto(f"{event}/ordenacio")
    for code in ("CP-BARO-A-002", "CP-BARO-A-003"):
        desk.get_by_role("checkbox", name=code).check()
    _blur(desk)
    desk.mouse.move(0, 0)
    desk.evaluate("scrollTo(0, 0)")  # what sticks to the screen stands in its place then
    _shoot(desk, "ordenacio", height=900)
    desk.goto(f"{event}/ordenacio/CP-BARO/P-004")
    _shoot(desk, "per-publicar", height=900)
    desk.set_viewport_size(SLIDE)
    desk.goto(f"{event}/mur?session=CP-BARO&session=CP-TRINITAT")
    desk.locator("[data-wall-content]").wait_for()
    _shoot(desk, "mur")
    desk.set_viewport_size(LAPTOP)
    desk.goto(f"{event}/decidim")
    _shoot(desk, "decidim", height=980)
    desk.goto(f"/jornades/{CONSULTATION}/propostes")
    _shoot(desk, "propostes", height=1050)


def _hand_out_papers(desk: Page, own_page: str, site: Site) -> None:
    papers = f"/gestio/jornades/{SANT_ANDREU}/papers"
    desk.goto(papers)
    _shoot(desk, "papers", height=900)
    _shoot_paper(desk, f"{own_page}/certificat.pdf", "certificat")
    desk.goto(f"/verificacio/{site.find_code()}")
    _shoot(desk, "verificacio")
    _shoot_paper(desk, f"/gestio/jornades/{IMPULSEM}/papers/informe.pdf", "informe")


def _read_figures(desk: Page) -> None:
    desk.goto(f"/gestio/jornades/{IMPULSEM}/xifres")
    _shoot(desk, "xifres", height=1150)


def _new_context(browser: Browser, site: Site, viewport: ViewportSize) -> BrowserContext:
    context = browser.new_context(
        base_url=site.address,
        viewport=viewport,
        locale="ca-ES",
        timezone_id=MADRID.key,
        device_scale_factor=1,
        reduced_motion="reduce",
        color_scheme="light",
    )
    context.set_default_timeout(30_000)
    return context


def _blur(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


def _shoot(page: Page, name: str, *, top: int = 0, height: int = 0) -> None:
    _keep(_take(page, top=top, height=height), name)


def _take(page: Page, *, top: int = 0, height: int = 0) -> Image.Image:
    """The page from `top` down to `height`, or to where the first screen ends."""
    page.evaluate("document.fonts.ready")
    whole = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled", caret="hide")))
    screen = page.viewport_size or LAPTOP
    return whole.convert("RGB").crop((0, top, whole.width, min(height or screen["height"], whole.height)))


def _shoot_paper(page: Page, address: str, name: str) -> None:
    """The first sheet of a PDF."""
    answer = page.request.get(address)
    if not answer.ok:
        raise SystemExit(f"{address} answers {answer.status}")
    command = ["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1", "-"]
    drawn = subprocess.run(command, input=answer.body(), capture_output=True, check=True)
    _keep(Image.open(io.BytesIO(drawn.stdout)).convert("RGB"), name)


def _keep(picture: Image.Image, name: str) -> None:
    """Write it with the colours it needs and no more: a screen of text takes few."""
    few = picture.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)
    sys.stdout.write(f"docs/images/{name}.png\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
