"""`flask contributions import`, `export` and `recount`."""

import json
from functools import partial

import pytest
from sqlalchemy import func, select, update

from accounts import audit
from contributions.models import Entry, Notebook
from core.database import db
from tests import factories


@pytest.fixture
def run(command_line):
    return partial(command_line, "contributions")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "aportacions.csv"
    path.write_text("session,topic,text,recorded_at\nT1,Eix,Una,2016-02-01T09:50\nT1,Eix,Dues,\n")
    return path


def count_entries():
    return db.session.scalar(select(func.count()).select_from(Entry))


def test_a_file_is_imported_and_twice_changes_nothing(run, file):
    factories.make_session()

    outcomes = [run("import", "jornada", file, "--kind", "contribution") for _ in range(2)]

    assert [(outcome.exit_code, outcome.stdout) for outcome in outcomes] == [
        (0, "2 aportacions afegides, 0 ja hi eren\n"),
        (0, "0 aportacions afegides, 2 ja hi eren\n"),
    ]
    assert count_entries() == 2


def test_a_dry_run_says_what_would_happen_and_changes_nothing(run, file):
    factories.make_session()

    outcome = run("import", "jornada", file, "--kind", "proposal", "--dry-run")

    assert (outcome.exit_code, outcome.stdout) == (
        0,
        "Prova, no s’ha desat res: 2 propostes afegides, 0 ja hi eren\n",
    )
    assert count_entries() == 0


def test_bad_rows_are_named_and_nothing_is_imported(run, file):
    factories.make_session()
    file.write_text("session,text\nT1,Una\nT9,Dues\nT1,\n")

    outcome = run("import", "jornada", file, "--kind", "contribution")

    assert (outcome.exit_code, outcome.stderr) == (
        2,
        "Fila 3: la jornada no té cap sessió «T9»\nFila 4: escriviu què s’ha dit\n",
    )
    assert count_entries() == 0


def test_an_unknown_event_is_one_clear_line(run, file):
    outcome = run("import", "cap", file, "--kind", "contribution")

    assert (outcome.exit_code, outcome.stderr) == (2, "No hi ha cap jornada «cap».\n")


@pytest.mark.parametrize("arguments", [["--kind", "other"], []])
def test_a_kind_must_be_said(run, file, arguments):
    assert run("import", "jornada", file, *arguments).exit_code == 2


def test_entries_are_written_to_a_file_and_the_trail_says_so(run, tmp_path):
    session = factories.make_session()
    factories.make_entry(session, "contribution", "Una")
    factories.make_entry(session, "proposal", "Dues")
    path = tmp_path / "propostes.json"

    outcome = run("export", "jornada", "--format", "json", "--kind", "proposal", "-o", path)

    (line,) = audit.list_entries("event", "jornada")
    assert (outcome.exit_code, outcome.output) == (0, "")
    assert [(each["code"], each["text"]) for each in json.loads(path.read_text())] == [("T1-P-001", "Dues")]
    assert line.details == {"format": "json", "filter": {"kind": "proposal"}, "count": 1}


def test_entries_of_a_process_are_printed(run):
    event = factories.make_event(process_id=factories.make_process("impulsem").id)
    factories.make_entry(factories.make_session(event), text="Una")

    outcome = run("export", "impulsem", "--format", "csv")

    assert (outcome.exit_code, outcome.stdout.splitlines()[1].split(";")[0]) == (0, "T1-A-001")


def test_a_file_that_cannot_be_written_is_refused_and_the_trail_says_nothing(run, tmp_path):
    factories.make_session()

    outcome = run("export", "jornada", "--format", "csv", "-o", tmp_path / "enlloc" / "a.csv")

    assert outcome.exit_code == 2
    assert audit.list_entries("event", "jornada") == []


def test_what_was_kept_wrong_is_named_and_counted_again(run):
    for code in ("T1", "T2"):
        session = factories.make_session(factories.make_event(f"jornada-{code.casefold()}"), code)
        factories.make_entry(session)
    db.session.commit()
    db.session.execute(update(Notebook).where(Notebook.session_id == session.id).values(counts=[]))

    outcomes = [run("recount") for _ in range(2)]

    assert [(outcome.exit_code, outcome.stdout) for outcome in outcomes] == [
        (0, "S’han comptat 2 sessions.\nConstava una altra cosa de: jornada-t2/T2\n"),
        (0, "S’han comptat 2 sessions.\n"),
    ]
