"""Attendee lists on paper: purpose, rows in Catalan order, heads and numbers on every page, names of any kind."""

import re
import time
from datetime import timedelta

import pytest

from certificates import papers, printed_lists
from certificates.paper_content import ListGroup, PrintedList
from core.languages import use_language
from registrations.exports import Export
from registrations.filters import Filter
from registrations.lists import Profile
from registrations.models import RegistrationState
from tests import factories

LISTS = "/gestio/jornades/jornada/llistes"


@pytest.fixture
def event(app):
    event = factories.make_event(title="Jornada de treball")
    room = factories.make_room(event, "Sala d’actes")
    one = factories.make_session(event, "T1", title="Taller u", room_id=room.id)
    two = factories.make_session(event, "T2", title="Taller dos", starts_at=event.starts_at + timedelta(hours=3))
    for number, (first, last) in enumerate(
        [("Àngels", "Gal·lega i Puig"), ("Cèlia", "Çelik"), ("=1+1", "<b>&\"'"), ("小龙", "李")]
    ):
        factories.make_registration(
            event, one, first_name=first, last_name=last, email=f"p{number}@example.org", code=f"CODE000{number}"
        )
    factories.make_registration(
        event, two, last_name="Anul·lada", email="no@example.org", state=RegistrationState.CANCELLED
    )
    return event


def draw(event, profile, **wanted):
    with use_language("ca"):
        printed = printed_lists.make_list(Export(event, "pdf", profile, Filter(**wanted)), now=factories.NOW)
        return papers.draw_attendee_list(printed)


def test_list_for_the_door_says_what_it_is_for(event, reader):
    document = draw(event, Profile.DOOR)

    assert re.sub(r"(?m)^(\d) +", r"\1  ", reader.text(document)) == (
        "PORTA\n"
        "Jornada de treball\n"
        "Per fer entrar qui s’espera, també sense xarxa: en paper, amb el codi de cadascú.\n"
        "dijous 3 de desembre de 2026, 9.30–14 h\n"
        "Equip d’inclusió · 4 files\n"
        "Núm. Cognoms  Nom  Entitat  Codi\n"
        "1  <b>&\"'  =1+1  Associació de Veïns  CODE0002\n"
        "2  Çelik  Cèlia  Associació de Veïns  CODE0001\n"
        "3  Gal·lega i Puig  Àngels  Associació de Veïns  CODE0000\n"
        "4  [?]  [?]  Associació de Veïns  CODE0003\n"
        "Porta · Jornada de treball · impresa el 22 de novembre de 2026, 11 h  Pàgina 1 de 1\n"
    )


def test_list_of_a_room_stands_under_its_name(event, reader):
    one, two = event.sessions

    full, empty = (reader.flow(draw(event, Profile.ROOM, session=session)) for session in (one, two))

    assert "T1 · Taller u · Sala d’actes" in full
    assert "Gal·lega i Puig" in full
    assert "T2 · Taller dos Ningú." in empty


def test_everything_gives_each_person_all_by_its_heading(event, reader):
    words = reader.flow(draw(event, Profile.FULL))

    assert "Adreça electrònica: p0@example.org · Entitat: Associació de Veïns · Estat: confirmada" in words


@pytest.mark.parametrize("profile", list(Profile))
def test_every_list_is_drawn_with_embedded_fonts_in_its_language(event, reader, profile):
    document = draw(event, profile, session=event.sessions[0])

    assert {embedded for _name, embedded, _subset in reader.fonts(document)} == {"yes"}
    assert document.count(b"/Lang (ca)") == 1


def test_a_name_without_end_stays_on_the_page(event, reader):
    factories.make_registration(
        event, event.sessions[0], first_name="W" * 120, last_name="Llanfair" * 20, email="w@example.org"
    )

    boxes = reader.boxes(draw(event, Profile.DOOR))

    assert max(right for _left, _top, right, _bottom in boxes) < 596


def test_five_thousand_rows_take_seconds_and_repeat_their_head(app, reader):
    rows = tuple((f"Col·lell {number}", "Núria", "Associació de Veïns", f"{number:08d}") for number in range(5000))
    printed = PrintedList(
        "ca", "Equip", "Jornada", factories.NOW, factories.NOW, "Europe/Madrid", "Porta", "Per entrar.", factories.NOW,
        ("Cognoms", "Nom", "Entitat", "Codi"), (ListGroup("", rows),),
    )  # fmt: skip

    begun = time.process_time()
    document = papers.draw_attendee_list(printed)
    taken = time.process_time() - begun

    pages = int(reader.info(document)["Pages"])
    words = reader.flow(document)
    assert taken < 20
    assert words.count("Cognoms Nom Entitat Codi") == pages
    assert f"Pàgina {pages} de {pages}" in words


def test_what_is_too_long_for_paper_is_refused(event, monkeypatch):
    monkeypatch.setattr(printed_lists, "MOST_ROWS", 3)

    with pytest.raises(printed_lists.TooManyForPaper):
        draw(event, Profile.DOOR)


@pytest.mark.parametrize(("role", "status"), [("organiser", 200), ("door", 200), ("facilitator", 403), ("viewer", 403)])
def test_pdf_is_for_whom_the_list_is_for(event, client, role, status):
    client.log_in(factories.make_staff(role=role))

    with client.get(f"{LISTS}/fitxer?profile=door&format=pdf") as answer:
        begun = answer.data[:5]

    assert answer.status_code == status
    if status == 200:
        assert (answer.content_type, begun) == ("application/pdf", b"%PDF-")
        assert answer.headers["Content-Disposition"] == "attachment; filename=jornada-door.pdf"
        assert ("PDF · 4 persones" in client.get(LISTS).text) is (role == "organiser")


def test_a_pdf_that_would_be_too_long_is_refused_and_not_noted(event, client, ada, monkeypatch):
    monkeypatch.setattr(printed_lists, "MOST_ROWS", 3)
    client.log_in(ada)

    answer = client.get(f"{LISTS}/fitxer?profile=door&format=pdf")

    assert answer.status_code == 409
    assert "En un PDF hi caben 3 files com a molt." in answer.text
    assert "Encara ningú no ha tret cap llista." in client.get(LISTS).text
