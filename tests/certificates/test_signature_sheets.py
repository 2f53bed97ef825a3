"""Signature sheets: who is on them, in which order, and nothing else about anybody."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from certificates import papers, signature_sheets
from certificates.paper_content import SheetRow
from certificates.pdf.layout import PAGE_HEIGHT, PAGE_WIDTH
from core.database import db
from events.models import SessionKind
from registrations.models import RegistrationState
from tests import factories
from tests.certificates.structures import find_problems


@pytest.fixture
def event(app):
    event = factories.make_event()
    room = factories.make_room(event, "Sala d’actes")
    factories.make_session(event, "P", kind=SessionKind.PLENARY, starts_at=event.starts_at, room_id=room.id)
    factories.make_session(event, "CAF", kind=SessionKind.BREAK, starts_at=event.starts_at + timedelta(hours=1))
    factories.make_session(event, "T1", starts_at=event.starts_at + timedelta(hours=2))
    return event


def make_all(event):
    return signature_sheets.make_sheets(event, signature_sheets.list_sheet_sessions(event))


def add(event, *codes, **values):
    sessions = [session for session in event.sessions if session.code in codes]
    return factories.make_registration(event, *sessions, **{"organisation": "", **values})


@pytest.mark.both_databases
def test_sheet_of_a_session_has_who_chose_it_in_catalan_order(event):
    for number, last_name in enumerate(["Zamora", "Àvila", "Ça i Llà", "Avinyó", "Cal"]):
        add(event, "T1", last_name=last_name, email=f"p{number}@example.org")
    add(event, last_name="Sense taller", email="other@example.org")
    add(event, "T1", last_name="Anul·lada", email="cancelled@example.org", state=RegistrationState.CANCELLED)

    plenary, workshop = make_all(event)

    assert [row.name for row in workshop.rows] == [
        "Àvila, Bob",
        "Avinyó, Bob",
        "Ça i Llà, Bob",
        "Cal, Bob",
        "Zamora, Bob",
    ]
    assert (plenary.code, len(plenary.rows)) == ("P", 6)


def test_sheet_shows_name_and_organisation_and_nothing_else(event, reader):
    registration = add(event, "T1", email="bob@example.org", organisation="Associació de Veïns")

    sheets = make_all(event)

    words = reader.flow(papers.draw_signature_sheets(event, sheets))
    assert sheets[1].rows == (SheetRow("Pla, Bob", "Associació de Veïns"),)
    assert [secret for secret in ("bob@", registration.code, registration.token) if secret in words] == []


def test_sheet_has_everything_a_room_needs(event, reader, golden):
    for number in range(3):
        add(event, first_name=f"Bob {number}", email=f"p{number}@example.org", organisation="Associació")

    document = papers.draw_signature_sheets(event, make_all(event)[:1])

    assert reader.text(document) == (golden / "signature_sheet_ca.txt").read_text(encoding="utf-8")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}


def test_every_sheet_counts_its_own_pages(event, reader):
    for number in range(40):
        add(event, "T1", last_name=f"Pla {number:02}", email=f"p{number}@example.org")

    words = reader.flow(papers.draw_signature_sheets(event, make_all(event)))

    assert words.count("Pàgina 1 de 3") == 2
    assert words.count("Pàgina 3 de 3") == 2
    assert words.count("Cognoms i nom") == 6


def test_sheet_without_anybody_still_has_rows_to_sign(event, reader):
    words = reader.flow(papers.draw_signature_sheets(event, make_all(event)[:1]))

    assert [number for number in range(1, 21) if f" {number} " not in words] == []


@pytest.mark.parametrize("value", ["<b>&\"'=1+1", "W" * 120, "李小龙 😀", "\u202eairúN", "paraula " * 15])
def test_whatever_was_typed_stays_on_the_sheet(event, value, reader):
    event.title = event.venue = event.team.privacy_purpose = value * 2
    for session in event.sessions:
        session.title = value * 2
    add(event, "T1", first_name=value, last_name=value, organisation=value * 2)

    document = papers.draw_signature_sheets(event, make_all(event))

    for left, top, right, bottom in reader.boxes(document):
        assert 0 < left < right < PAGE_WIDTH
        assert 0 < top < bottom < PAGE_HEIGHT


def test_sheets_ask_as_often_for_three_people_as_for_one(event, count_queries):
    def count() -> int:
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: make_all(event))

    add(event, "T1")
    for_one = count()
    for number in range(2):
        add(event, "T1", email=f"p{number}@example.org")

    assert count() == for_one


def test_cancelled_session_has_no_sheet(event):
    event.sessions[-1].cancelled_at = factories.NOW

    assert [session.code for session in signature_sheets.list_sheet_sessions(event)] == ["P"]


def test_sheet_shows_the_logo_of_the_team_on_each_page(event):
    with BytesIO() as file:
        Image.new("RGB", (200, 100), "red").save(file, "PNG")
        event.team.logo = file.getvalue()
    event.team.logo_mark, event.team.logo_width, event.team.logo_height = "mark", 200, 100
    for number in range(40):
        add(event, "T1", email=f"p{number}@example.org")

    document = papers.draw_signature_sheets(event, make_all(event))

    assert find_problems(document) == []
    with pikepdf.open(BytesIO(document)) as read:
        shown = [
            sum(str(operator) == "Do" for _operands, operator in pikepdf.parse_content_stream(page))
            for page in read.pages
        ]
    assert (len(shown) > 2, set(shown)) == (True, {1})
