"""Contributions and proposals as files."""

import pytest

from accounts import audit
from tests import factories

EVENT = "/gestio/jornades/jornada-1"
PROCESS = "/gestio/processos/impulsem"


@pytest.fixture
def event(app):
    event = factories.make_event("jornada-1", process_id=factories.make_process("impulsem").id)
    session = factories.make_session(event, "T1")
    factories.make_entry(session, text="Tancat a la tarda")
    factories.make_entry(session, "proposal", "Posar més bancs a la plaça Orfila.")
    return event


@pytest.fixture
def ada(client, event):
    ada = factories.make_staff()
    client.log_in(ada)
    return ada


def fetch(client, address, **values):
    """Ask for a file, and read and close it as a server does."""
    return client.get(address, buffered=True, **values)


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods", "json"])
@pytest.mark.parametrize("place", [EVENT, PROCESS])
def test_a_list_is_downloaded_in_every_format(client, ada, place, format_):
    answer = fetch(client, f"{place}/fitxer-aportacions?format={format_}&kind=proposal")

    name = "jornada-1" if place == EVENT else "impulsem"
    (line,) = audit.list_entries("event" if place == EVENT else "process", name)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}-entries.{format_}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (line.act, line.details["count"], line.details["filter"]) == ("entry.export", 1, {"kind": "proposal"})


def test_the_list_links_to_files_with_its_filters(client, ada):
    page = client.get(f"{EVENT}/aportacions?kind=proposal&q=m%C3%A9s&format=x")

    address = "/gestio/jornades/jornada-1/fitxer-aportacions?format=csv&amp;kind=proposal&amp;q=m%C3%A9s&amp;format=x"
    assert f'href="{address}"' in page.text


def test_an_unknown_format_is_not_found(client, ada):
    assert client.get(f"{EVENT}/fitxer-aportacions?format=pdf").status_code == 404


def test_a_process_gives_only_entries_of_events_one_may_read(client, event, ada):
    other = factories.make_event(
        "altra", process_id=event.process_id, team=factories.make_team("Altres"), starts_at=event.starts_at
    )
    factories.make_entry(factories.make_session(other, "X1"), text="D’un altre equip")

    assert "D’un altre equip" not in fetch(client, f"{PROCESS}/fitxer-aportacions?format=json").text
