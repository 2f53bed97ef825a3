"""A file of attendees: looked at, refused with every problem, imported, left."""

import io
import re
from datetime import timedelta

import pytest
from markupsafe import escape
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from registrations import attendee_files, imports
from registrations.models import (
    Attendance,
    AttendeeFile,
    ImportBatch,
    Registration,
)
from registrations.readers import AttendeeRow
from tests import factories
from tests.registrations.views.pages import HEADER, HOSTILE, LIST, count, flashed


def upload(desk, *lines, filename="list.csv"):
    data = "\n".join([HEADER, *lines]).encode()
    return desk.post(f"{LIST}/fitxer", data={"file": (io.BytesIO(data), filename)})


def look(desk, *lines):
    """Where the file is looked at row by row, its columns being taken for what they look like."""
    return upload(desk, *lines).location.removesuffix("/columnes")


def numbers(page):
    """How many are new, changed, as they were; places and attendances."""
    return [int(number) for number in re.findall(r"<dd>(\d+)</dd>", page.text)]


def rows(page):
    """Each row: its number, what happens, and the details."""
    found = re.findall(
        r'<td class="number">(\d+)</td>.*?<span class="tag[^>]*>(.*?)</span>(.*?)</td>', page.text, re.DOTALL
    )
    return [(int(number), fate, re.findall("<br><bdi>(.*?)</bdi>", details)) for number, fate, details in found]


def selected(page):
    """What each column is taken for."""
    selects = re.findall(r"<select.*?</select>", page.text, re.DOTALL)
    return [re.findall(r'<option value="([^"]*)" selected', select)[0] for select in selects]


def test_a_file_is_looked_at_then_imported(event, desk, ada):
    location = look(desk, "Anna;Mas;anna@example.org;CSS;T1;", f"{HOSTILE};Pla;b@example.org;;T2;T2")
    page = desk.get(location)

    assert page.status_code == 200
    assert numbers(page) == [2, 0, 0, 2, 1]
    assert rows(page) == [(2, "nova", ["plaça a T1"]), (3, "nova", ["plaça a T2", "va ser a T2"])]
    assert count(Registration) == 0

    response = desk.post(location)

    assert flashed(desk.get(response.location)) == ["Importat: 2 de noves, 0 de canviades, 0 com estaven."]
    assert (count(Registration), count(Attendance), count(OutgoingMail)) == (2, 1, 0)
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id) == ("registration.import", ada.id)


def test_the_button_pressed_twice_imports_once_and_leads_to_the_same_page(event, desk):
    location = look(desk, "Anna;Mas;;CSS;T1;")

    first, second = desk.post(location), desk.post(location)

    assert (second.status_code, second.location) == (303, first.location)
    assert [desk.get(address).location for address in (location, f"{location}/columnes")] == [first.location] * 2
    assert count(Registration) == 1
    assert db.session.scalars(select(AttendeeFile.content)).all() == [b""]


def test_a_file_with_nothing_new_makes_no_batch(event, desk):
    desk.post(look(desk, "Anna;Mas;anna@example.org;CSS;T1;"))

    response = desk.post(look(desk, "Anna;Mas;anna@example.org;;;"))

    assert response.location == LIST
    assert count(ImportBatch) == 1


def test_each_column_is_guessed_and_can_be_chosen(event, desk):
    location = upload(desk, "Anna;Mas;anna@example.org;CSS;T1;").location

    assert selected(desk.get(location)) == ["first_name", "last_name", "email", "organisation", "sessions", "attended"]

    values = {"headings": "1", "column-0": "first_name", "column-2": "email", "column-5": "nonsense"}
    response = desk.post(location, data=values)

    assert response.location == location.removesuffix("/columnes")
    assert rows(desk.get(response.location)) == [(2, "nova", [])]
    assert selected(desk.get(location)) == ["first_name", "", "email", "", "", ""]


def test_no_number_of_a_document_is_shown_whole(event, desk):
    question = factories.make_question(event, "El vostre número", kind="identity")
    data = "Nom;Correu;El vostre número;Notes\nAnna Mas;a@example.org;AB-123456;DNI 12345678Z".encode()

    page = desk.get(desk.post(f"{LIST}/fitxer", data={"file": (io.BytesIO(data), "list.csv")}).location)

    assert selected(page)[2] == f"question:{question.id}"
    assert ("123456" in page.text, "12345678Z" in page.text, "DNI ***4567**" in page.text) == (False, False, True)


def test_what_was_chosen_is_remembered_for_the_teams_next_file(event, desk):
    chosen = {"headings": "1", "column-0": "last_name", "column-1": "first_name"}
    desk.post(upload(desk, "Mas;Anna;;;;").location, data=chosen)

    again = desk.get(upload(desk, "Pla;Bruna;;;;").location)

    assert selected(again) == ["last_name", "first_name", "", "", "", ""]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"column-2": "email"}, "Digueu quina columna porta el nom."),
        (
            {"column-0": "first_name", "column-1": "first_name"},
            "Dues columnes no poden ser totes dues «Nom». Deixeu-ne fora una.",
        ),
    ],
)
def test_columns_that_make_no_sense_are_refused(event, desk, chosen, reason):
    page = desk.post(upload(desk, "Anna;Mas;;;;").location, data={"headings": "1", **chosen})

    assert page.status_code == 422
    assert reason in page.text


def test_a_first_row_can_be_said_to_be_a_person(event, desk):
    location = upload(desk, "Anna;Mas;;;;").location
    page = desk.get(f"{location}?headings=0")

    assert selected(page)[:3] == ["", "", ""]

    desk.post(location, data={"headings": "0", "column-0": "first_name", "column-1": "last_name"})

    assert [number for number, _fate, _details in rows(desk.get(location.removesuffix("/columnes")))] == [1, 2]


def test_a_file_with_bad_rows_shows_every_one_and_imports_nothing(event, desk):
    location = look(desk, f";{HOSTILE};b;;T9;", "Anna;;;;;")

    for page in (desk.get(location), desk.post(location)):
        assert page.status_code == 422
        assert rows(page) == [
            (
                2,
                "no pot entrar",
                [
                    "hi falta el nom",
                    "«b» no és cap adreça electrònica",
                    "cap sessió on es pugui assistir no té el codi o el títol «T9»",
                ],
            )
        ]
    assert rows(desk.get(f"{location}?fate=all"))[1:] == [(3, "nova", [])]
    assert count(Registration) == 0


def test_bad_rows_can_be_downloaded_with_what_is_wrong(event, desk):
    location = look(desk, "Anna;Mas;nobody;=1+1;;", "Bruna;;;;;")

    response = desk.get(f"{location}/problemes.csv")

    assert response.headers["Content-Disposition"] == "attachment; filename=jornada-problemes.csv"
    assert response.data.decode("utf-8-sig").splitlines() == [
        "Fila;Problema;nom;cognoms;email;entitat;sessions;assistència",
        "2;«nobody» no és cap adreça electrònica;Anna;Mas;nobody;'=1+1;;",
    ]


def test_very_many_rows_come_page_by_page(event, desk):
    location = look(desk, *["x;;nobody;;;"] * 60)

    assert [len(rows(desk.get(f"{location}?page={number}"))) for number in (1, 2, 99)] == [50, 10, 10]


def test_places_above_capacity_are_offered_and_given_on_purpose(event, desk):
    event.sessions[0].capacity = 0
    location = look(desk, "Anna;;;;T1;")

    page = desk.get(location)
    assert page.status_code == 422
    assert f"{location}?over_capacity=1" in page.text

    page = desk.get(f"{location}?over_capacity=1")
    assert page.status_code == 200
    assert 'name="over_capacity" value="1"' in page.text

    desk.post(location, data={"over_capacity": "1"})
    db.session.expire_all()
    assert (event.sessions[0].places_taken, event.sessions[0].extra_places) == (1, 1)


def test_an_import_is_undone_from_its_page(event, desk, ada):
    batch = desk.post(look(desk, "Anna;Mas;;CSS;T1;T1")).location
    desk.get(batch)

    response = desk.post(f"{batch}/desfer")

    assert response.location == batch
    assert flashed(desk.get(batch)) == ["La importació està desfeta: tothom està com abans."]
    assert (count(Registration), count(Attendance)) == (0, 0)
    assert "importació desfeta" in desk.get(f"{LIST}/importacions").text
    assert flashed(desk.get(desk.post(f"{batch}/desfer").location)) == ["Aquesta importació ja està desfeta."]


def test_whoever_changed_since_is_named_and_nothing_is_undone(event, desk):
    batch = desk.post(look(desk, f"{HOSTILE};Mas;;CSS;T1;", "Bruna;Pla;;;;")).location
    hostile = db.session.scalars(select(Registration).where(Registration.last_name == "Mas")).one()
    factories.make_attendance(hostile, event.sessions[1])

    page = desk.post(f"{batch}/desfer")

    assert page.status_code == 409
    named = re.findall(r'<li><a href="[^"]*"><bdi>(.*?)</bdi></a>: (.*?)</li>', page.text)
    assert named == [(str(escape(f"{HOSTILE} Mas")), "s’ha registrat que hi va ser després")]
    assert count(Registration) == 2


def test_an_import_of_another_event_is_not_found(event, desk):
    rows = [AttendeeRow(2, "Pere", "Puig", "", "", None, (), ())]
    batch = imports.carry_out(factories.make_event("other"), rows, by=None, now=utc_now()).batch

    assert desk.get(f"{LIST}/importacions/{batch.id}").status_code == 404
    assert desk.post(f"{LIST}/importacions/{batch.id}/desfer").status_code == 404


def test_a_file_that_cannot_be_read_says_so_at_every_step(event, desk):
    location = desk.post(f"{LIST}/fitxer", data={"file": (io.BytesIO(b"nom\n"), "buit.csv")}).location

    for address in (location, location.removesuffix("/columnes")):
        page = desk.get(address)
        assert page.status_code == 422
        assert re.findall(r"<li><bdi>(buit.*?)</bdi></li>", page.text) == ["buit.csv té capçaleres però cap fila"]
    assert desk.get(f"{location.removesuffix('/columnes')}/problemes.csv").status_code == 404


def test_a_form_without_a_file_says_so(event, desk):
    response = desk.post(f"{LIST}/fitxer", data={})

    assert response.status_code == 422
    assert "Trieu un fitxer: CSV, XLSX o ODS." in response.text


def test_a_file_that_is_left_is_forgotten(event, desk):
    location = look(desk, "Anna;;;;;")

    desk.post(f"{location}/descart")

    assert (count(AttendeeFile), count(Registration)) == (0, 0)
    assert desk.get(location).status_code == 404


def test_a_file_waits_no_longer_than_a_day(event, desk):
    now = utc_now()
    old = attendee_files.keep(event, "old.csv", b"x", now=now - timedelta(hours=25))
    young = attendee_files.keep(event, "young.csv", b"x", now=now - timedelta(hours=23))
    old_id, young_id = old.id, young.id

    assert desk.get(f"{LIST}/fitxer/{old_id}").status_code == 404
    assert attendee_files.forget_old_attendee_files(now) == 1
    assert db.session.scalars(select(AttendeeFile.id)).all() == [young_id]


def test_a_file_of_another_event_is_not_found(event, desk):
    file = attendee_files.keep(factories.make_event("other"), "list.csv", b"x", now=utc_now())

    assert desk.get(f"{LIST}/fitxer/{file.id}").status_code == 404
