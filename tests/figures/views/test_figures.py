"""The figures on the pages of an event and of a process."""

import re

import pytest

from events.models import Dimension, EventState
from tests import factories


@pytest.fixture
def facilitator(app, client):
    member = factories.make_staff("cleo@example.org", role="facilitator", active=True)
    client.log_in(member)
    return member


def cells(page):
    """The rows of the table of dimensions."""
    table = re.search(r'<table class="data figures".*?</table>', page.text, re.DOTALL)
    rows = re.findall(r'<tr role="row">(.*?)</tr>', table[0], re.DOTALL)[1:] if table else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.fixture
def counted(app):
    event = factories.make_event(process_id=factories.make_process().id)
    session = factories.make_session(event, dimension=Dimension.INTERNAL)
    factories.make_session(event, "T2", dimension=Dimension.CITIZENS)
    factories.make_attendance(factories.make_registration(event), session)
    factories.make_entry(session)
    return event


def test_the_figures_of_an_event_link_to_their_rows(client, facilitator, counted):
    page = client.get("/gestio/jornades/jornada/xifres")

    assert cells(page) == [
        "interna 1 1 1 1 0",
        "ciutadania 1 — no se sap — no se sap — no es van anotar — no es van anotar",
        "total 2 1 1 1 0",
    ]
    assert "aportacions?dimension=internal&amp;kind=contribution&amp;counted=1" in page.text
    assert "1 sessió no té llista d’assistència ni recompte" in page.text


def test_the_public_process_page_shows_the_figures_without_links(client, facilitator, counted):
    session = counted.sessions[0]
    for number in range(4):
        factories.make_attendance(factories.make_registration(counted, email=f"p{number}@example.org"), session)

    page = client.get("/processos/impulsem")

    assert cells(page) == [
        "interna 1 5 5 1 0",
        "ciutadania 1 — no se sap — no se sap — no es van anotar — no es van anotar",
        "total 2 5 5 1 0",
    ]
    assert "/gestio/processos" not in page.text
    assert "style=" not in page.text


def test_the_public_process_page_does_not_tell_of_few_people(client, counted):
    page = client.get("/processos/impulsem")

    assert cells(page)[0] == "interna 1 * no es diu * no es diu 1 0"
    assert cells(page)[2] == "total 2 * no es diu * no es diu 1 0"
    assert "menys de cinc persones" in page.text


def test_the_public_figures_leave_drafts_out(client, counted):
    counted.state = EventState.DRAFT

    assert cells(client.get("/processos/impulsem")) == []


def test_figures_with_nothing_recorded_say_so(client):
    factories.make_session(factories.make_event(process_id=factories.make_process().id))

    page = client.get("/processos/impulsem")

    assert cells(page) == []
    assert "Encara no hi ha xifres" in page.text


@pytest.mark.parametrize("role", ["administrator", "organiser", "facilitator", "viewer", "door"])
def test_who_may_see_the_figures(client, counted, role):
    client.log_in(factories.make_staff(role=role, active=True))

    statuses = {client.get(f"/gestio/{path}/xifres").status_code for path in ("jornades/jornada", "processos/impulsem")}

    assert statuses == {403 if role == "door" else 200}


@pytest.mark.parametrize("path", ["jornades/cap", "processos/cap"])
def test_the_figures_of_what_is_not_there_are_not_found(client, facilitator, path):
    assert client.get(f"/gestio/{path}/xifres").status_code == 404
