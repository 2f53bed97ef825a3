"""Contributions and proposals as files: exactly what a list shows, and never who said it."""

import io
import json
from pathlib import Path

import pytest
from python_calamine import load_workbook

from accounts import audit
from contributions import entry_files, entry_lists
from contributions.entry_files import EntryExport
from contributions.entry_lists import EntryFilter
from contributions.models import EntryAuthor, EntryKind, EntryState, ProposalOrigin, Theme
from core.database import db
from events.models import Dimension
from tests import factories
from tests.factories import NOW

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def event(app):
    event = factories.make_event("jornada-1")
    session = factories.make_session(event, "INT-07", title="Taller «A»", dimension=Dimension.INTERNAL)
    other = factories.make_session(event, "CIT-01", title="<b>Barri</b>", starts_at=session.ends_at)
    theme = Theme(event_id=event.id, name="Hores d’obertura")
    db.session.add(theme)
    said = factories.make_entry(session, "contribution", "Tancat a la tarda;\n«sempre»", topic_name="Horaris")
    factories.make_entry(other, "contribution", "=1+1 <b>&\"'", supports=7, is_of_several=True)
    proposal = factories.make_entry(
        session,
        "proposal",
        "Obrir",
        topic_name="Horaris",
        theme=theme,
        title="Obrir a la tarda",
        public_text="Obrir els casals a la tarda.",
        state=EntryState.PUBLISHED,
    )
    db.session.flush()
    db.session.add(ProposalOrigin(proposal_id=proposal.id, contribution_id=said.id))
    db.session.add(EntryAuthor(entry_id=proposal.id, name="Ada Pla"))
    db.session.add(EntryAuthor(entry_id=said.id, name="Bob Mas"))
    db.session.flush()
    return event


def export(event, format_="csv", **wanted):
    query = entry_lists.select_of_event(event, EntryFilter(**wanted))
    return EntryExport(event, format_, query, {name: str(value) for name, value in wanted.items()})


@pytest.mark.both_databases
@pytest.mark.parametrize("format_", ["csv", "json"])
def test_every_entry_is_written_with_all_that_is_known_of_it(event, format_):
    content = b"".join(entry_files.stream(export(event, format_)))

    assert content.decode("utf-8-sig") == (GOLDEN / f"entries.{format_}").read_bytes().decode()


@pytest.mark.parametrize("format_", ["xlsx", "ods"])
def test_workbooks_hold_the_same_as_the_csv(event, format_):
    file = io.BytesIO()

    entry_files.write(export(event, format_), file)

    file.seek(0)
    rows = load_workbook(file).get_sheet_by_index(0).to_python()
    assert rows[0] == [str(label) for label in entry_files.COLUMNS.values()]
    assert [row[0] for row in rows[1:]] == ["INT-07-A-001", "INT-07-P-001", "CIT-01-A-001"]
    assert rows[3][10] == "=1+1 <b>&\"'"


def test_only_what_the_filter_leaves_is_written(event):
    found = list(entry_files.list_records(export(event, kind=EntryKind.PROPOSAL)))

    assert [each["code"] for each in found] == ["INT-07-P-001"]


def test_a_merged_entry_says_into_which(event):
    root, merged = (factories.make_entry(event.sessions[0], text=text) for text in ("Una", "La mateixa"))
    merged.merged_into_id = root.id
    db.session.flush()
    query = entry_lists.select_of_event(event, EntryFilter())

    found = {each["text"]: each["merged_into"] for each in entry_files.list_records(EntryExport(event, "json", query))}

    assert found.get("La mateixa", root.code) == root.code
    assert found["Una"] is None


def test_only_who_asked_for_it_is_credited_and_only_once_published(event):
    found = {each["code"]: each["credit"] for each in entry_files.list_records(export(event))}

    assert found == {"CIT-01-A-001": None, "INT-07-A-001": None, "INT-07-P-001": "Ada Pla"}


def test_taking_a_file_leaves_a_line_in_the_trail(event):
    ada = factories.make_staff()

    entry_files.record(export(event, "xlsx", session="INT-07"), by=ada, now=NOW)
    db.session.flush()

    (line,) = audit.list_entries("event", "jornada-1")
    assert (line.act, line.staff_id) == ("entry.export", ada.id)
    assert line.details == {"format": "xlsx", "filter": {"session": "INT-07"}, "count": 2}


def test_an_empty_list_is_an_empty_array(event):
    assert json.loads(b"".join(entry_files.stream(export(event, "json", words="enlloc")))) == []


def test_a_long_file_makes_no_query_for_each_entry(event, count_queries):
    few = count_queries(lambda: list(entry_files.list_records(export(event))))
    for _ in range(5):
        factories.make_entry(event.sessions[0], "proposal", topic_name="Horaris")

    assert count_queries(lambda: list(entry_files.list_records(export(event)))) <= few
