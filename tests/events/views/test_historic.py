"""Sessions held before, from a file: looked at, imported, undone; and what the pages show of them."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from contributions import services as contributions
from contributions.notebooks import Notetaker
from core.database import db
from core.dates import utc_now
from events import historic, sessions, waiting_files
from events.models import Dimension, Session, SessionFile, SessionKind
from tests import factories

MEETINGS = Path(__file__).parents[2] / "data" / "pam" / "meetings.csv"
DAY = timedelta(days=1)
PAGE = "/gestio/jornades/pam/sessions-fetes"
HEADER = "Codi,Títol,Data,Assistents,Propostes,Intervencions,Adreça,Districte,URL"
RAVAL = "7,Consell del Raval,11/02/2016,99,13,,Reina Amàlia 31,Ciutat Vella,https://decidim.barcelona/raval"


@pytest.fixture
def event(app):
    return factories.make_event("pam")


def upload(desk, *lines, data=None):
    content = data or "\n".join([HEADER, *lines]).encode()
    return desk.post(PAGE, data={"file": (io.BytesIO(content), "fetes.csv")})


def look(desk, *lines, data=None, **changes):
    """Where the file is looked at row by row, its columns being taken for what they look like."""
    columns = upload(desk, *lines, data=data).location
    selects = re.findall(r'<select id="([^"]*)".*?</select>', desk.get(columns).text, re.DOTALL)
    form = {name: selected(desk.get(columns), name) for name in selects} | {"headings": "1"} | changes
    return desk.post(columns, data=form).location


def selected(page, name):
    select_ = re.search(rf'<select id="{name}".*?</select>', page.text, re.DOTALL)[0]
    return re.findall(r'<option value="([^"]*)" selected', select_)[0]


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_real_meetings_are_looked_at_imported_and_undone(event, desk):
    address = look(desk, data=MEETINGS.read_bytes())
    assert desk.get(address).status_code == 200
    assert count(Session) == 0

    batch = desk.post(address).location
    assert count(Session) == 106
    assert "S’ha importat: 106 sessions afegides; la jornada és ara " in desk.get(batch).text
    assert db.session.scalars(select(SessionFile.content)).all() == [b""]

    desk.post(f"{batch}/desfer")
    assert count(Session) == 0


def test_what_is_the_same_for_all_sessions_is_chosen_with_the_columns(event, desk):
    desk.post(look(desk, RAVAL, kind="visit", dimension="internal"))

    session = sessions.get_session(event, "7")
    assert (session.kind, session.dimension) == (SessionKind.VISIT, Dimension.INTERNAL)


def test_what_was_chosen_for_a_column_is_remembered_for_the_teams_next_file(event, desk):
    look(desk, RAVAL, **{"column-6": ""})

    page = desk.get(upload(desk, RAVAL).location)

    assert [selected(page, f"column-{place}") for place in (1, 6, 7)] == ["title", "", "district"]


def test_a_row_that_cannot_be_taken_is_named_and_given_back(event, desk):
    address = look(desk, RAVAL, "8,<b>&\"'=1+1,31/02/2016,-3,,,,Marte,javascript:alert(1)")

    page = desk.get(address)

    assert page.status_code == 422
    assert '<b>&"' not in page.text
    assert desk.post(address).status_code == 422
    assert count(Session) == 0
    lines = desk.get(f"{address}/problemes.csv").data.decode("utf-8-sig").splitlines()
    assert [line.partition(";")[0] for line in lines] == ["Fila", "3"]


def test_an_event_that_is_still_to_come_says_where_such_sessions_belong(event, desk):
    factories.make_session(event)
    event.starts_at, event.ends_at = utc_now() + DAY, utc_now() + 2 * DAY
    db.session.flush()

    address = look(desk, RAVAL)

    assert desk.get(address).status_code == 422
    assert desk.post(address).status_code == 422
    assert count(Session) == 1


def test_pressing_twice_imports_once(event, desk):
    address = look(desk, RAVAL)

    first, second = desk.post(address).location, desk.post(address).location

    assert (first, count(Session)) == (second, 1)
    assert desk.get(address).location == first


def test_the_same_file_again_has_nothing_to_import(event, desk):
    desk.post(look(desk, RAVAL))

    response = desk.post(look(desk, RAVAL))

    assert response.location == "/gestio/jornades/pam/programa"
    assert count(Session) == 1


def test_undoing_says_which_session_is_in_the_way(event, desk):
    batch = desk.post(look(desk, RAVAL)).location
    factories.make_entry(sessions.get_session(event, "7"))

    refused = desk.post(f"{batch}/desfer")

    assert refused.status_code == 409
    assert "7 · Consell del Raval" in refused.text
    assert count(Session) == 1


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"Codi,Nom\n", b"PK\x03\x04rubbish", b'a,"b\n'])
def test_a_file_that_cannot_be_read_is_told_so(event, desk, data):
    response = upload(desk, data=data or b" ")

    assert desk.get(response.location).status_code == 422
    assert count(Session) == 0


def test_a_file_that_cannot_be_read_is_told_so_when_it_is_confirmed_too(event, desk):
    columns = upload(desk, data=b"PK\x03\x04nothing").location

    answer = desk.post(columns.removesuffix("/columnes"))

    assert (answer.status_code, count(SessionFile), count(Session)) == (422, 1, 0)


def test_a_file_must_be_chosen_and_its_columns_must_tell_title_and_day(event, desk):
    assert desk.post(PAGE, data={}).status_code == 422
    columns = upload(desk, RAVAL).location
    assert desk.post(columns, data={"headings": "1", "column-1": "title", "column-2": "bogus"}).status_code == 422


def test_a_file_is_left_without_importing(event, desk):
    address = look(desk, RAVAL)

    desk.post(f"{address}/descart")

    assert (count(SessionFile), desk.get(address).status_code) == (0, 404)


def test_a_file_of_another_event_is_nobodys_business_here(event, desk):
    file = waiting_files.keep(SessionFile, factories.make_event("other"), "f.csv", b"x", now=utc_now())

    assert desk.get(f"{PAGE}/fitxer/{file.id}").status_code == 404


def test_the_public_page_does_not_tell_of_few_people(event, desk):
    factories.make_session(event, "X1", declared_participants=3)

    assert "menys de 5 participants" in desk.get("/jornades/pam").text
    assert "3 participants" not in desk.get("/jornades/pam").text
    assert "3 participants" in desk.get("/gestio/jornades/pam/programa").text


def test_the_public_page_shows_declared_figures_as_declared_and_nothing_to_sign_up_to(event, desk):
    desk.post(look(desk, RAVAL))

    page = desk.get("/jornades/pam").text

    assert "Xifres declarades:" in page
    assert [words for words in ("99 participants", "13 propostes", "aportacions: no consta") if words not in page] == []
    assert 'href="https://decidim.barcelona/raval" rel="noopener' in page
    assert "Reina Amàlia 31" in page
    assert "Ciutat Vella" in page
    assert "places" not in re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL).partition("</article>")[0]


def test_a_list_and_entries_that_are_found_win_over_what_was_declared_at_once(event, desk):
    session = factories.make_session(
        event, "X1", declared_participants=40, declared_contributions=90, declared_proposals=12
    )
    registration = factories.make_registration(event)
    pages = ["/jornades/pam", "/gestio/jornades/pam/programa"]
    said = ["40 participants", "90 aportacions", "12 propostes", "no consta"]

    def read():
        return [[words for words in said if words in desk.get(page).text] for page in pages]

    at_first = read()
    attendance = factories.make_attendance(registration, session)
    with_list = read()
    entry = factories.make_entry(session)
    with_contribution = read()
    other = factories.make_entry(session, "proposal")
    with_both = read()
    note = desk.get("/jornades/pam").text.count("Xifres declarades")
    for row in (entry, other):
        contributions.delete(row, by=Notetaker(), now=utc_now())
    db.session.delete(attendance)
    db.session.flush()

    assert at_first == [said[:3]] * 2
    assert with_list == [said[1:3]] * 2
    assert with_contribution == [said[2:3]] * 2
    assert (with_both, note) == ([[]] * 2, 0)
    assert read() == at_first


def test_what_nobody_declared_is_not_unknown_where_it_was_written_down(event, desk):
    session = factories.make_session(event, "X1", declared_participants=40)
    factories.make_entry(session)

    page = desk.get("/jornades/pam").text

    assert [words for words in ("40 participants", "no consta") if words in page] == ["40 participants"]


def test_declared_figures_are_typed_with_a_session_too(event, desk):
    session = factories.make_session(event)
    page = desk.get("/gestio/jornades/pam/programa/T1").text
    form = {
        "code": "T1",
        "title": "Taller",
        "kind": "working",
        "starts": re.search(r'name="starts"[^>]*value="([^"]*)"', page)[1],
        "ends": re.search(r'name="ends"[^>]*value="([^"]*)"', page)[1],
        "address": "Carrer Gran, 3",
        "area": "09-59",
        "declared_participants": "",
        "declared_contributions": "0",
        "declared_proposals": "4",
        "source_url": "https://example.org/acta",
    }

    desk.post("/gestio/jornades/pam/programa/T1", data=form)

    db.session.refresh(session)
    assert (session.declared_participants, session.declared_contributions, session.declared_proposals) == (None, 0, 4)
    assert (session.address, session.district_code, session.neighbourhood_code) == ("Carrer Gran, 3", "09", "59")
    assert session.source_url == "https://example.org/acta"
    refused = desk.post("/gestio/jornades/pam/programa/T1", data=form | {"source_url": "javascript:alert(1)"})
    assert refused.status_code == 422


def test_files_that_nobody_confirmed_are_forgotten(event, app):
    now = utc_now()
    waiting_files.keep(SessionFile, event, "old.csv", b"x", now=now - 2 * DAY)
    young = waiting_files.keep(SessionFile, event, "young.csv", b"x", now=now)
    young_id = young.id

    assert historic.forget_old_session_files(now) == 1
    assert db.session.scalars(select(SessionFile.id)).all() == [young_id]
