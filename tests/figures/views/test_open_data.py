"""The open data of a process: published, taken, withdrawn."""

import pytest

from accounts import audit
from core.database import db
from tests import factories

PROCESS = "/gestio/processos/impulsem"
ARCHIVE = "/processos/impulsem/dades-obertes.zip"


@pytest.fixture
def process(app):
    process = factories.make_process("impulsem")
    factories.make_entry(factories.make_session(factories.make_event("jornada-1", process_id=process.id)))
    return process


@pytest.fixture
def ada(client, process):
    ada = factories.make_staff()
    client.log_in(ada)
    return ada


def fetch(client, address, **values):
    """Ask for a file, and read and close it as a server does."""
    return client.get(address, buffered=True, **values)


def test_open_data_are_not_found_until_they_are_published(client, ada):
    before = fetch(client, ARCHIVE).status_code
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    published = fetch(client, ARCHIVE)
    client.post(f"{PROCESS}/dades-obertes/retirada")

    assert (before, published.status_code, fetch(client, ARCHIVE).status_code) == (404, 200, 404)
    assert published.headers["Content-Type"] == "application/zip"
    assert [line.act for line in audit.list_entries("process", "impulsem")] == [
        "open_data.withdraw",
        "open_data.publish",
    ]


def test_who_has_the_last_open_data_is_told_so(client, ada):
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    mark = fetch(client, ARCHIVE).headers["ETag"]

    again = fetch(client, ARCHIVE, headers={"If-None-Match": mark})

    assert (again.status_code, again.data) == (304, b"")


def test_a_process_that_is_not_public_gives_no_open_data(client, process, ada):
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    process.is_public = False
    db.session.flush()

    assert fetch(client, ARCHIVE).status_code == 404


def test_the_process_page_links_to_open_data_once_they_are_public(client, ada):
    before = ARCHIVE in client.get("/processos/impulsem").text
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    page = client.get("/processos/impulsem").text

    assert (before, ARCHIVE in page, "CC-BY-4.0" in page) == (False, True, True)


def test_publishing_twice_is_publishing_once(client, ada):
    for _ in range(2):
        assert client.post(f"{PROCESS}/dades-obertes/publicacio").status_code == 303

    assert len(audit.list_entries("process", "impulsem")) == 1


def test_a_facilitator_does_not_publish(client, process):
    client.log_in(factories.make_staff("cleo@example.org", role="facilitator"))

    assert client.post(f"{PROCESS}/dades-obertes/publicacio").status_code == 403
