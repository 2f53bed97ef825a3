"""Waiting lists in a browser: one takes the place of another, by keyboard, without script, from a link in a mail."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.models import Event, Promotion
from registrations import services
from registrations.models import Registration, RegistrationSource
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def announce():
    """An event for one person, who has it, with a full session beside a free one."""
    starts_at = utc_now() + timedelta(days=14)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), capacity=1)
    for code, title in (("T1", "Habitatge"), ("T2", "Salut")):
        factories.make_session(event, code, title=title, starts_at=starts_at + timedelta(hours=1), capacity=1)
    sign_up("cleo", "T1")


@pytest.fixture(autouse=True)
def event(site):
    site.call(announce)


@pytest.fixture
def page(open_page, script):
    return open_page(java_script_enabled=script)


def sign_up(name, *codes, waiting=()):
    event = db.session.scalars(select(Event)).one()
    answers = Answers(name.capitalize(), "Pla", f"{name}@example.org", session_codes=codes, waiting_codes=waiting)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=utc_now()).token


def cancel(name):
    found = db.session.scalars(select(Registration).where(Registration.email == f"{name}@example.org")).one()
    services.cancel(found, now=utc_now())


def enlarge(capacity, promotion=Promotion.AT_ONCE):
    event = db.session.scalars(select(Event)).one()
    event.capacity, event.promotion = capacity, promotion


def last_mail():
    tell_announcements(utc_now())
    mail = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(1)).one()
    return mail.recipient, mail.kind, mail.text


@with_and_without_script
def test_full_event_gives_a_number_and_then_a_place(page, site):
    page.goto("/jornades/jornada")
    page.get_by_role("link", name="llista d’espera").click()
    for field, text in (("first_name", "Bob"), ("last_name", "Pla"), ("email", "bob@example.org")):
        page.locator(f"#{field}").fill(text)
    page.get_by_label("Salut").check()
    page.locator(".signup-form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sou el número 1 de la llista.")

    site.call(cancel, "cleo")
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hi sou.")
    expect(page.get_by_text("Salut")).to_be_visible()
    assert site.call(last_mail)[:2] == ("bob@example.org", "promoted")


@with_and_without_script
def test_session_is_changed_and_waited_for(page, site):
    site.call(enlarge, 9)
    page.goto(f"/inscripcions/{site.call(sign_up, 'bob', 'T2')}")
    page.get_by_role("link", name="Canvieu la inscripció").click()
    page.get_by_label("Llista d’espera de «Habitatge»").check()
    page.get_by_role("button", name="Deseu els canvis").click()
    expect(page.get_by_text("sou el número 1 de 1")).to_be_visible()
    expect(page.get_by_text("Salut")).to_be_visible()

    site.call(cancel, "cleo")
    page.reload()

    expect(page.get_by_text("Habitatge")).to_be_visible()
    expect(page.get_by_text("Salut")).to_have_count(0)


def test_link_in_the_mail_takes_the_place_in_one_click(open_page, site):
    site.call(enlarge, 1, Promotion.OFFER)
    site.call(sign_up, "bob")
    site.call(cancel, "cleo")
    recipient, kind, text = site.call(last_mail)
    page = open_page()

    page.goto(re.search(r"https?://[^/]+(/inscripcions/\S+/oferta/si)", text).group(1))

    assert (recipient, kind) == ("bob@example.org", "offered")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hi sou.")


def test_link_in_the_mail_needs_one_press_without_script(open_page, site):
    site.call(enlarge, 1, Promotion.OFFER)
    site.call(sign_up, "bob")
    site.call(cancel, "cleo")
    page = open_page(java_script_enabled=False)

    page.goto(re.search(r"https?://[^/]+(/inscripcions/\S+/oferta/no)", site.call(last_mail)[2]).group(1))
    expect(page.get_by_role("heading", level=1)).to_have_text("Voleu que la plaça passi a la persona següent?")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="No, que passi a la persona següent").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("La vostra inscripció està cancel·lada.")


def test_leaving_the_list_is_one_click(open_page, site):
    page = open_page()
    page.goto(f"/inscripcions/{site.call(sign_up, 'bob')}")

    page.get_by_role("button", name="Deixeu la llista d’espera").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("La vostra inscripció està cancel·lada.")
