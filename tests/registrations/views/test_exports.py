"""The list as a file: for a purpose, with answers, with supports only on purpose, and noted."""

import csv
import io
import json

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.tables import FORMATS, read_table
from tests import factories

FILE = "/gestio/jornades/jornada/llistes/fitxer"


@pytest.mark.parametrize(
    ("format_", "start"), [("csv", b"\xef\xbb\xbfNom;Cognoms;"), ("xlsx", b"PK\x03\x04"), ("ods", b"PK\x03\x04")]
)
def test_what_is_filtered_is_downloaded_and_noted(event, desk, ada, format_, start):
    factories.make_registration(event, first_name="Bob", email="bob@example.org")
    factories.make_registration(event, first_name="Cleo", email="cleo@example.org")

    with desk.get(f"{FILE}?profile=full&format={format_}&q=cleo") as response:
        data = response.data

    assert data.startswith(start)
    assert response.content_type == FORMATS[format_]
    assert response.headers["Content-Disposition"] == f"attachment; filename=jornada-full.{format_}"
    assert response.headers["Cache-Control"] == "no-store"
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id, line.details["count"]) == ("registration.export", ada.id, 1)
    if format_ == "csv":
        assert [row.split(";")[0] for row in data.decode().splitlines()[1:]] == ["Cleo"]


def rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_full_list_has_a_column_for_each_question_and_none_for_supports(desk, event, answered):
    header, bob, zet = rows(desk.get(f"{FILE}?profile=full&format=csv"))

    assert header[-2:] == ["'=Com?", "Abans"]
    assert (bob[-2:], zet[-2:]) == (["a b · c", "'=1+1"], ["", ""])
    assert "celíac" not in str([header, bob, zet])


def test_supports_come_along_on_purpose_and_the_trail_says_so(desk, event, answered):
    header, bob, zet = rows(desk.get(f"{FILE}?profile=full&format=csv&supports=1"))

    assert (header[-1], bob[-1], zet[-1]) == ("Suports", "un menú especial: celíac", "")
    assert db.session.scalars(select(AuditEntry)).one().details["supports"] is True


def test_trail_of_a_list_without_supports_does_not_speak_of_them(desk, event, answered):
    desk.get(f"{FILE}?profile=full&format=csv")
    desk.get(f"{FILE}?format=csv&profile=door&supports=1")

    assert [entry.details.get("supports") for entry in db.session.scalars(select(AuditEntry))] == [None, None]


def test_catering_gets_numbers_and_no_names(desk, event, answered):
    without = desk.get(f"{FILE}?format=csv&profile=catering")
    with_needs = rows(desk.get(f"{FILE}?format=csv&profile=catering&supports=1"))

    assert "celíac" not in without.text
    assert with_needs[-1] == ["", "un menú especial: celíac", "", "1", ""]


@pytest.mark.parametrize("format_", ["xlsx", "ods"])
def test_full_list_with_answers_is_written_in_every_format(desk, event, answered, format_):
    with desk.get(f"{FILE}?profile=full&format={format_}&supports=1") as answer:
        table = read_table(answer.data, f"list.{format_}", {"question": ["Com"], "supports": ["Suports"]}, ["supports"])

    assert [row.values["supports"] for row in table] == ["un menú especial: celíac", ""]


def test_json_keeps_answers_apart(app, event, answered):
    result = app.test_cli_runner().invoke(args=["registrations", "export", "jornada", "--format", "json", "--supports"])

    asked, withdrawn = answered
    bob, zet = json.loads(result.stdout)
    assert (bob[f"question-{asked.id}"], bob[f"question-{withdrawn.id}"]) == (["a b", "c"], "=1+1")
    assert (zet[f"question-{asked.id}"], zet["supports"]) == (None, "")


def test_list_makes_the_same_number_of_queries_with_one_and_three(desk, event, answered, count_queries):
    few = count_queries(lambda: desk.get(f"{FILE}?profile=full&format=csv&supports=1"))
    for number in range(3):
        registration = factories.make_registration(event, email=f"q{number}@example.org")
        factories.make_answer(registration, answered[0], "c")

    assert count_queries(lambda: desk.get(f"{FILE}?profile=full&format=csv&supports=1")) == few
