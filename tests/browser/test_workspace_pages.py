"""Every page of the workspace: no barrier, nothing out of a phone's sight, nothing wrong in the console."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import AnyConverter, Rule

from tests.browser.inspection import LAPTOP, inspect, look

MORE_OF_THE_WORKSPACE = (
    "/gestio/copia?de=oberta",
    "/gestio/jornades/passada",
    "/gestio/jornades/esborrany",
    "/gestio/jornades/anullada",
    "/gestio/jornades/amb-llista",
    "/gestio/jornades/sense-programa/horari",
    "/gestio/jornades/oberta/nova-sessio?com=T1",
    "/gestio/jornades/esborrany/inscripcions",
    "/gestio/jornades/sense-programa/programa",
    "/gestio/jornades/sense-programa/xifres",
    "/gestio/jornades/passada/xifres/sessions?known=unknown_participants",
    "/gestio/jornades/passada/xifres/participants?dimension=citizens&page=2",
    "/gestio/jornades/sense-programa/captura",
    "/gestio/jornades/oberta/inscripcions?session=T1",
    "/gestio/jornades/passada/inscripcions?page=2&sort=organisation",
    "/gestio/jornades/oberta/inscripcions?q=ningú",
    "/gestio/jornades/oberta/inscripcions?state=confirmed&language=ca&column=supports&column=language&column=sessions",
    "/gestio/jornades/oberta/historial?q=ningú",
    "/gestio/jornades/esborrany/inscripcions/actes",
    "/gestio/jornades/oberta/aportacions?deleted=1",
    "/gestio/jornades/oberta/ordenacio?alike=1",
    "/gestio/jornades/oberta/ordenacio?q=ningú",
    "/gestio/jornades/passada/ordenacio?topic=none",
    "/gestio/jornades/oberta/ordenacio/T1/P-003",
    "/gestio/jornades/tancada/eixos",
    "/gestio/jornades/sense-programa/ordenacio",
    "/gestio/jornades/oberta/decidim?ready=all",
    "/gestio/jornades/oberta/aportacions/T1?deleted=P-002",
    "/gestio/jornades/oberta/aportacions/T3/tancament",
    "/gestio/jornades/oberta/aportacions/T1/P-002/historial",
    "/gestio/jornades/oberta/inscripcions?mail=refused",
    "/gestio/jornades/oberta/correus?state=refused",
    "/gestio/jornades/oberta/correus?q=ningú",
    "/gestio/jornades/passada/correus",
    "/gestio/jornades/passada/papers",
    "/gestio/jornades/passada/papers/certificats",
    "/gestio/jornades/passada/papers/certificats?estat=due&page=2",
    "/gestio/jornades/passada/papers/certificats?q=ningú",
    "/gestio/jornades/passada/papers/regles",
    "/gestio/jornades/sense-programa/papers/certificats",
    "/gestio/jornades/passada/papers/emissions",
    "/gestio/jornades/passada/papers/emissions?q=ningú",
    "/gestio/jornades/sense-programa/papers/emissions",
    "/gestio/jornades/esborrany/inscripcio/preguntes",
    "/gestio/jornades/esborrany/inscripcio/suports",
    "/gestio/jornades/esborrany/inscripcio/invitacions",
    "/gestio/jornades/esborrany/correus",
    "/gestio/jornades/per-aprovar",
    "/gestio/jornades/per-aprovar/inscripcio/aprovacions",
    "/gestio/jornades/oberta/missatges/nou?session=T2&state=confirmed",
    "/gestio/jornades/per-aprovar/missatges",
    "/gestio/jornades/amb-llista/inscripcions",
    "/gestio/jornades/amb-llista/inscripcions?session=T3&state=waiting",
    "/gestio/jornades/amb-llista/programa",
    "/gestio/jornades/passada/llistes?session=T1&q=ningú",
    "/gestio/jornades/sense-programa/llistes",
    "/gestio/jornades/oberta/llistes/nova?session=T2",
    "/gestio/jornades/anullada/publicacio",
    "/gestio/processos/buit",
    "/gestio/jornades/esborrany/documents",
    "/gestio/processos/buit/documents",
    "/gestio/entitats?q=ningú",
    "/gestio/entitats/noms?mostra=cap",
    "/gestio/entitats/noms?jornada=passada",
)
FORMS = (
    "/gestio/processos/buit/eixos",
    "/gestio/jornades/tancada/eixos/importacio",
    "/gestio/jornades/oberta/ordenacio/temes/nou",
    "/gestio/jornades/oberta/inscripcio/preguntes/nova",
    "/gestio/jornades/oberta/inscripcio/invitacions/nova",
    "/gestio/nova-jornada",
    "/gestio/nou-proces",
    "/gestio/importacio",
    "/gestio/personal/alta",
    "/gestio/nou-equip",
    "/gestio/jornades/tancada/equip",
    "/gestio/compte",
    "/gestio/jornades/oberta/nova-sessio",
    "/gestio/jornades/oberta/desplacament",
    "/gestio/jornades/per-aprovar/missatges/nou",
    "/gestio/jornades/tancada/documents",
    "/gestio/jornades/oberta/inscripcions/fitxer",
    "/gestio/jornades/oberta/importacio-aportacions",
    "/gestio/jornades/oberta/sessions-fetes",
    "/gestio/entitats/nova",
    "/gestio/entitats/importacio",
    "/gestio/xarxes",
)
# What answers with a file instead of a page.
FILES = {
    "certificates_lists.give_labels",
    "certificates_issued.certificate",
    "certificates_rules.signature",
    "certificates_runs.file",
    "certificates_rules.specimen",
    "certificates_workspace.signature_sheet",
    "certificates_workspace.signature_sheets_of_event",
    "contributions_capture.list_changes",
    "contributions_capture.wall_changes",
    "contributions_downloads.of_event",
    "contributions_downloads.of_process",
    "contributions_wall.event_wall_changes",
    "event_attendance_reports.pdf",
    "event_attendance_reports.workbook",
    "event_decidim.closing_json",
    "event_decidim.proposals",
    "event_decidim.results",
    "event_documents.file",
    "event_figure_papers.figures",
    "event_figure_papers.snapshot",
    "event_figures.snapshot_csv",
    "event_figures.snapshot_json",
    "historic_sessions.problems",
    "organisation_files.export",
    "open_data_workspace.preview",
    "process_attendance_reports.pdf",
    "process_attendance_reports.workbook",
    "process_decidim.proposals",
    "process_decidim.results",
    "process_documents.file",
    "process_figure_papers.figures",
    "process_figure_papers.snapshot",
    "process_figures.snapshot_csv",
    "process_figures.snapshot_json",
    "registrations_door.people",
    "registrations_lists.file",
    "registrations_mails.page",
    "registrations_messages.page",
    "registrations_trail.file",
    "registrations_workspace.problems",
}
# What is only there for a registration that awaits an answer, and what is refused at an event that is still to come.
ELSEWHERE = {"registrations_approvals.decline", "historic_sessions.preview"}


@pytest.fixture
def site(town):
    """Nobody changes anything in the town: it serves every test of this module."""
    return town


@pytest.fixture
def workspace(open_page):
    """An administrator at work."""
    return open_page(LAPTOP, role="administrator")


def workspace_addresses(site) -> Iterator[str]:
    """Every page of the workspace, new ones included: each rule with names of the town in its blanks."""
    blanks = {"event": "oberta", "process": "impulsem", "code": "T1", "reference": "A-001", **site.names}
    adapter = site.app.url_map.bind("localhost")
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/gestio") and "GET" in rule.methods and rule.endpoint not in FILES | ELSEWHERE:
            for values in fill_in(rule, blanks):
                yield adapter.build(rule.endpoint, values)


def fill_in(rule: Rule, blanks: dict[str, object]) -> Iterator[dict[str, object]]:
    """The values for the blanks of a rule; once for each word that the rule itself lists."""
    values = {name: blanks[name] for name in rule.arguments if name in blanks}
    if "slug" in rule.arguments:
        values["slug"] = blanks["process" if "processos" in rule.rule else "event"]
    if "document_id" in rule.arguments and "processos" in rule.rule:
        values["document_id"] = blanks["process_document_id"]
    if "snapshot_id" in rule.arguments and "processos" in rule.rule:
        values["snapshot_id"] = blanks["process_snapshot_id"]
    if "answers_id" in rule.arguments and "processos" in rule.rule:
        values["answers_id"] = blanks["process_answers_id"]
    (listed,) = [name for name in rule.arguments if isinstance(rule._converters[name], AnyConverter)] or [None]
    for word in sorted(rule._converters[listed].items) if listed else [None]:
        yield {**values, listed: word} if listed else values


def test_every_page_of_the_workspace(workspace, town):
    found = [fault for address in workspace_addresses(town) for fault in look(workspace, address)]

    assert found == []


def test_more_states_of_the_workspace(workspace, town):
    found = [fault for address in MORE_OF_THE_WORKSPACE for fault in look(workspace, address)]
    address = f"/gestio/jornades/per-aprovar/inscripcio/aprovacions/{town.names['declined_id']}/denegacio"
    found += look(workspace, address)
    for run_id in town.names["runs"]:
        found += look(workspace, f"/gestio/jornades/passada/papers/emissions/{run_id}")
    for message_id in town.names["messages"]:
        found += look(workspace, f"/gestio/jornades/passada/missatges/{message_id}")
    found += look(workspace, f"/gestio/jornades/oberta/inscripcions/fitxer/{town.names['bad_file_id']}", 422)
    found += look(workspace, f"/gestio/jornades/oberta/sessions-fetes/fitxer/{town.names['session_file_id']}", 422)

    assert found == []


def send_empty(page, address):
    """What is wrong with the page that answers the empty form at this address."""
    page.goto(address)
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.locator("main form button:not([type=button])").first.click()
    page.locator("#errors, .field-error").first.wait_for()
    return inspect(page)


def test_every_form_sent_empty(workspace):
    assert [fault for address in FORMS for fault in send_empty(workspace, address)] == []
