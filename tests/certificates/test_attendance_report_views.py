"""The pages of the attendance report: for whom, what for, on paper and as a workbook, and a line for each taking."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import attendance_reports
from core.database import db
from events.models import Dimension
from tests import factories

OF_EVENT = "/gestio/jornades/jornada/papers/informe"
OF_PROCESS = "/gestio/processos/impulsem/papers/informe"


@pytest.fixture
def event(app):
    """Bob, whose name is a formula, was at the only session of the event."""
    event = factories.make_event(process=factories.make_process())
    session = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    bob = factories.make_registration(event, session, last_name="=1+1")
    factories.make_attendance(bob, session)
    return event


def read_sheets(data):
    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


def list_trail():
    return [(line.act, line.subject_kind, line.details) for line in db.session.scalars(select(AuditEntry))]


@pytest.mark.parametrize("address", [OF_EVENT, OF_PROCESS])
def test_page_asks_what_the_report_is_for(event, client, ada, address):
    factories.make_question(event, "De quina xarxa?", "one", options=["Salut", "Habitatge"])
    client.log_in(ada)

    page = client.get(address)

    assert page.status_code == 200
    assert 'value="public"' in page.text
    assert "De quina xarxa?" in page.text


@pytest.mark.parametrize("kind", ["event", "process"])
def test_report_is_given_on_paper_and_noted(event, client, ada, kind, reader):
    client.log_in(ada)

    answer = client.get(f"{OF_EVENT if kind == 'event' else OF_PROCESS}.pdf")

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "=1+1, Bob" in reader.flow(answer.data)
    assert list_trail() == [("attendance_report.print", kind, {"purpose": "file", "format": "pdf"})]


def test_workbook_has_a_sheet_for_each_thing(event, client, ada):
    question = factories.make_question(event, "De quina xarxa?", "one", options=["Salut", "Habitatge"])
    client.log_in(ada)

    answer = client.get(f"{OF_EVENT}.xlsx?purpose=file&question={question.id}", buffered=True)

    sheets = read_sheets(answer.data)
    assert list(sheets) == [
        "Xifres",
        "Inscripció",
        "Sessions",
        "Entitats",
        "Respostes",
        "Entitats per sessió",
        "Persones",
    ]
    assert sheets["Xifres"][1:] == [["interna", 1, 1, 1], ["total", 1, 1, 1]]
    assert sheets["Entitats"][1:] == [["Associació de Veïns", 1, 1]]
    assert sheets["Respostes"][1:] == [["De quina xarxa?", "sense resposta", 1, 1]]
    assert sheets["Persones"][1:] == [
        ["Jornada de treball", "T1", "Taller T1", "=1+1, Bob", "Associació de Veïns", "llista"]
    ]


def test_workbook_for_publication_has_nobody_and_hides_few(event, client, ada):
    client.log_in(ada)

    sheets = read_sheets(client.get(f"{OF_EVENT}.xlsx?purpose=public", buffered=True).data)

    assert list(sheets) == ["Xifres", "Inscripció", "Sessions", "Entitats"]
    assert sheets["Xifres"][1:] == [["interna", 1, "*", "*"], ["total", 1, "*", "*"]]
    assert [row[0] for row in sheets["Entitats"][1:]] == [
        "No se’n pot dir cap xifra: amb elles es podria saber on hi ha poques persones."
    ]


@pytest.mark.parametrize("query", ["purpose=none", "purpose=file&question=999", "purpose=file&question=x"])
@pytest.mark.parametrize("format_", ["pdf", "xlsx"])
def test_what_cannot_be_asked_for_is_refused(event, client, ada, query, format_):
    client.log_in(ada)

    answer = client.get(f"{OF_EVENT}.{format_}?{query}")

    assert answer.status_code == 422
    assert list_trail() == []


def test_what_nobody_would_print_is_refused_on_paper_alone(event, client, ada, monkeypatch):
    monkeypatch.setattr(attendance_reports, "MOST_ROWS", 0)
    client.log_in(ada)

    answers = [client.get(f"{OF_EVENT}.{format_}", buffered=True).status_code for format_ in ("pdf", "xlsx")]

    assert answers == [409, 200]
    assert [details["format"] for _act, _kind, details in list_trail()] == ["xlsx"]


def test_question_of_another_event_is_refused(event, client, ada):
    other = factories.make_question(factories.make_event("altra"), "Barri?", "one", options=["A", "B"])
    client.log_in(ada)

    assert client.get(f"{OF_EVENT}.pdf?purpose=file&question={other.id}").status_code == 422


def test_whoever_works_at_one_event_of_a_process_gets_no_report_of_it(event, client):
    member = factories.make_staff("dora@example.org", role=None)
    factories.join_event(member, event, role="organiser")
    client.log_in(member)

    assert (client.get(f"{OF_EVENT}.pdf").status_code, client.get(f"{OF_PROCESS}.pdf").status_code) == (200, 403)


def test_part_of_a_process_is_not_for_publication(event, client, ada):
    factories.make_event("altra", process=event.process, team=factories.make_team("Altres"))
    client.log_in(ada)

    answer = client.get(f"{OF_PROCESS}.pdf?purpose=public")

    assert answer.status_code == 422
    assert "L’informe per publicar només el pot fer" in answer.text
    assert client.get(f"{OF_PROCESS}.pdf?purpose=funder").status_code == 200


def test_pages_lead_to_the_report(event, client, ada):
    client.log_in(ada)

    assert OF_EVENT in client.get("/gestio/jornades/jornada/papers").text
    assert OF_PROCESS in client.get("/gestio/processos/impulsem").text
