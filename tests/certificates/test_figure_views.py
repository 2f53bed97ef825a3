"""Figures as a PDF: given to whom may see them, linked where they are shown."""

from dataclasses import replace

import pytest

from core.web import limiter
from events.models import Dimension
from events.services import get_event
from tests import factories
from tests.conftest import dispose, make_app

EVENT = "/gestio/jornades/jornada/xifres"
PROCESS = "/gestio/processos/impulsem/xifres"
PUBLIC = "/processos/impulsem"


@pytest.fixture
def process(app):
    process = factories.make_process()
    event = factories.make_event(process_id=process.id)
    session = factories.make_session(event, dimension=Dimension.INTERNAL)
    for number in range(7):
        factories.make_attendance(factories.make_registration(event, email=f"p{number}@example.org"), session)
    return process


@pytest.fixture
def viewer(client, process):
    client.log_in(factories.make_staff("vera@example.org", role="viewer", active=True))
    return client


@pytest.mark.parametrize(("page", "name"), [(EVENT, "jornada-xifres.pdf"), (PROCESS, "impulsem-xifres.pdf")])
def test_the_figures_of_an_event_and_of_a_process_are_given_from_their_pages(viewer, reader, page, name):
    assert f'href="{page}.pdf"' in viewer.get(page).text

    response = viewer.get(f"{page}.pdf")

    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert response.headers["Cache-Control"] == "no-store"
    assert "interna 1 7 7" in reader.flow(response.data)


def test_a_paper_is_in_the_language_of_whoever_asks(viewer, reader):
    assert "Figures per dimension" in reader.flow(viewer.get(f"{EVENT}.pdf?lang=en").data)
    assert "Cifras por dimensión" in reader.flow(viewer.get(f"{EVENT}.pdf?lang=es").data)


@pytest.mark.parametrize("page", [EVENT, PROCESS])
def test_frozen_figures_are_given_from_their_page(viewer, process, reader, page):
    snapshot = factories.make_snapshot(process if page == PROCESS else get_event("jornada"))
    address = f"{page}/congelades/{snapshot.id}"
    assert f'href="{address}/xifres.pdf"' in viewer.get(address).text

    response = viewer.get(f"{address}/xifres.pdf")

    assert response.status_code == 200
    assert snapshot.checksum in reader.flow(response.data)


def test_the_frozen_figures_of_another_are_not_found(viewer, process):
    snapshot = factories.make_snapshot(process)

    assert viewer.get(f"{EVENT}/congelades/{snapshot.id}/xifres.pdf").status_code == 404


def test_frozen_figures_of_a_process_are_for_whoever_may_read_all_of_its_events(viewer, process):
    other = factories.make_team("Altres")
    factories.make_session(factories.make_event("altra", process_id=process.id, team=other))
    snapshot = factories.make_snapshot(process)

    assert viewer.get(f"{PROCESS}/congelades/{snapshot.id}/xifres.pdf").status_code == 403
    assert viewer.get(f"{PROCESS}.pdf").status_code == 200


@pytest.mark.parametrize("address", ["/gestio/jornades/cap/xifres.pdf", "/gestio/processos/cap/xifres.pdf"])
def test_what_is_not_there_is_not_found(viewer, address):
    assert viewer.get(address).status_code == 404


def test_everybody_may_take_the_public_figures_and_is_told_when_they_are_the_same(client, process, reader):
    assert f'href="{PUBLIC}/xifres.pdf"' in client.get(PUBLIC).text

    response = client.get(f"{PUBLIC}/xifres.pdf")
    again = client.get(f"{PUBLIC}/xifres.pdf", headers={"If-None-Match": response.headers["ETag"]})

    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert "interna 1 7 7" in reader.flow(response.data)
    assert again.status_code == 304


@pytest.mark.usefixtures("own_app")
def test_nobody_has_public_figures_drawn_all_day(settings, empty_database, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # one object for all applications: put back afterwards
    app = make_app(replace(settings, database_url=empty_database), RATELIMIT_ENABLED=True)

    with app.app_context():
        client = app.test_client()
        answers = [client.get("/processos/cap/xifres.pdf").status_code for _each in range(31)]

    dispose(app)
    assert answers == [404] * 30 + [429]


def test_there_are_no_public_figures_of_a_process_that_is_not_public(client, process):
    process.is_public = False

    assert client.get(f"{PUBLIC}/xifres.pdf").status_code == 404


def test_where_there_are_no_figures_there_is_no_paper(client):
    factories.make_session(factories.make_event(process_id=factories.make_process().id))

    assert "xifres.pdf" not in client.get(PUBLIC).text
    assert client.get(f"{PUBLIC}/xifres.pdf").status_code == 404
