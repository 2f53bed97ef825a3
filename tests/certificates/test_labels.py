"""Labels and badges: on the sheets that shops sell, every name whole, from the label that is left."""

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import labels, papers
from certificates.label_sheets import SHEETS
from certificates.labels import LabelOptions, Mark
from certificates.paper_content import LabelText
from core.database import db
from registrations.filters import Filter
from registrations.models import RegistrationState
from tests import factories

LABELS = "/gestio/jornades/jornada/llistes/etiquetes"
MM = 72 / 25.4
LONG = "Maria de la Concepció Fernández de Córdoba i Castellví de l’Hospitalet"
ENDLESS = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2


@pytest.fixture
def event(app):
    return factories.make_event(title="Jornada de treball")


def make_label(name="Núria Col·lell", organisation="Associació de Veïns"):
    return LabelText(name, organisation, "ABCD2345", "https://jornades.example.org/c/ABCD2345")


def letters(text):
    return "".join(text.split())


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_every_sheet_lies_within_its_page(sheet):
    places = [sheet.find_place(index) for index in range(sheet.count)]

    assert len(set(places)) == sheet.count
    assert min(left for left, _top in places) >= 0
    assert min(top for _left, top in places) >= 0
    assert max(left for left, _top in places) + sheet.size[0] <= sheet.page[0] + 0.01
    assert max(top for _left, top in places) + sheet.size[1] <= sheet.page[1] + 0.01


@pytest.mark.parametrize("mark", Mark)
@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_names_are_whole_and_within_their_label(event, reader, sheet, mark):
    document = papers.draw_labels(event, [make_label(LONG), make_label(ENDLESS)], LabelOptions(sheet, mark=mark))

    words, boxes = letters(reader.flow(document)), reader.boxes(document)
    (first, upper), (second, lower) = sheet.find_place(0), sheet.find_place(1)
    assert ENDLESS in words
    assert all(letters(part) in words for part in LONG.split())
    assert max(right for _left, _top, right, _bottom in boxes) <= (max(first, second) + sheet.size[0]) * MM
    assert max(bottom for _left, _top, _right, bottom in boxes) <= (max(upper, lower) + sheet.size[1]) * MM


def test_labels_begin_at_the_one_that_is_left(event, reader):
    sheet = SHEETS["70x37"]

    document = papers.draw_labels(event, [make_label(f"Persona {n}") for n in range(3)], LabelOptions(sheet, start=23))

    first = min(top for _left, top, _right, _bottom in reader.boxes(document))
    assert reader.info(document)["Pages"] == "2"
    assert first < 37 * MM  # the third is on top of the second page


def test_a_qr_code_leads_to_the_door(event, reader):
    document = papers.draw_labels(event, [make_label()], LabelOptions(SHEETS["63x38"], mark=Mark.QR))

    assert reader.qr_codes(document) == ["https://jornades.example.org/c/ABCD2345"]


def test_signs_that_the_font_lacks_are_seen(event, reader):
    document = papers.draw_labels(event, [make_label("李 Li")], LabelOptions(SHEETS["90x54"]))

    assert "[?] Li" in reader.flow(document)


@pytest.mark.parametrize("sheet", ["card-a4", "card-a5", "card-letter"])
def test_a_table_card_can_be_read_from_both_sides(event, reader, sheet):
    document = papers.draw_labels(event, [make_label("Núria")], LabelOptions(SHEETS[sheet]))

    tops = [top for _left, top, _right, _bottom in reader.boxes(document) if top]
    fold = SHEETS[sheet].size[1] / 2 * MM
    assert reader.flow(document).count("Núria") + reader.flow(document).count("airúN") == 2
    assert min(tops) < fold < max(tops)


def test_cards_of_sessions_tell_when_and_where(event, client, ada, reader):
    factories.make_session(event, "T1", title="Habitatge", room=factories.make_room(event, "Sala gran"))
    client.log_in(ada)

    answer = client.get(f"{LABELS}.pdf?of=sessions&sheet=card-a5&start=1&mark=code&with_organisation=y")

    words = reader.flow(answer.data)
    assert ("Habitatge" in words, "10–11 h · Sala gran" in words, "T1" in words) == (True, True, True)
    assert db.session.scalars(select(AuditEntry)).all() == []


def test_cards_of_no_sessions_are_refused(event, client, ada):
    client.log_in(ada)

    answer = client.get(f"{LABELS}.pdf?of=sessions&sheet=card-a5&start=1&mark=none")

    assert answer.status_code == 409
    assert "No hi ha cap sessió per a la qual imprimir etiquetes." in answer.text


def test_sheets_are_named_by_their_size_and_what_they_are_sold_as(event, client, ada):
    client.log_in(ada)

    page = client.get(LABELS).text

    assert '<optgroup label="Targetes de taula, per doblegar">' in page
    assert "A4, 21 de 63,5 × 38,1 mm · Avery L7160, J8160" in page


@pytest.mark.both_databases
def test_labels_are_of_who_has_a_place_in_catalan_order(event):
    for number, last_name in enumerate(["Zamora", "Çelik", "Àvila"]):
        factories.make_registration(event, first_name="Bob", last_name=last_name, email=f"p{number}@example.org")
    factories.make_registration(event, email="x@example.org", state=RegistrationState.CANCELLED)

    made = labels.list_labels(event, Filter())

    assert [label.name for label in made] == ["Bob Àvila", "Bob Çelik", "Bob Zamora"]
    assert made[0].address.endswith(f"/{made[0].code}")


def test_labels_are_given_and_noted(event, client, ada):
    factories.make_registration(event)
    client.log_in(ada)

    page = client.get(LABELS)
    answer = client.get(f"{LABELS}.pdf?sheet=90x54&start=10&mark=qr&with_organisation=y")

    line = db.session.scalars(select(AuditEntry)).one()
    assert "1 etiqueta: confirmada." in page.text
    assert (answer.status_code, answer.data[:4]) == (200, b"%PDF")
    assert (line.act, line.details["profile"], line.details["count"]) == ("registration.export", "labels", 1)


def test_page_names_every_text_whose_signs_the_font_lacks(event, client, ada):
    factories.make_registration(event, first_name="Li", last_name="李", organisation="Casa 書")
    event.title = "Jornada 日"
    factories.make_session(event, "T9", title="Taller 木")
    client.log_in(ada)

    page = client.get(LABELS).text

    assert all(f"<bdi>{text}</bdi>" in page for text in ("Li 李", "Casa 書", "Jornada 日", "Taller 木"))


def test_a_test_page_is_of_nobody(event, client, ada, reader):
    client.log_in(ada)

    answer = client.get(f"{LABELS}.pdf?sheet=63x38&start=1&mark=none&test=1")

    assert {str(number) for number in range(1, 22)} <= set(reader.flow(answer.data).split())
    assert db.session.scalars(select(AuditEntry)).all() == []


@pytest.mark.parametrize(
    "query",
    [
        "of=sessions&sheet=90x54&start=1&mark=qr",
        "sheet=90x54&start=11&mark=none",
        "sheet=90x54&start=0&mark=none",
        "sheet=x",
        "",
    ],
)
def test_what_no_sheet_has_is_refused(event, client, ada, query):
    client.log_in(ada)

    assert client.get(f"{LABELS}.pdf?{query}").status_code == 422


def test_labels_of_nobody_are_refused(event, client, ada):
    client.log_in(ada)

    answer = client.get(f"{LABELS}.pdf?sheet=90x54&start=1&mark=none")

    assert answer.status_code == 409
    assert "No hi ha ningú per a qui imprimir etiquetes." in answer.text
