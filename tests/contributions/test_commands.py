"""`flask contributions import` and `flask contributions figures`."""

import json
import zipfile

import pytest
from sqlalchemy import func, select

from accounts import audit
from contributions.models import Entry
from core.database import db
from events.models import Dimension
from tests import factories


@pytest.fixture
def run(app):
    """Call a command as the command line does; what the test did is there for it, what it did is seen afterwards."""

    def call(*arguments):
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["contributions", *map(str, arguments)])
        db.session.expire_all()
        return result

    return call


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


@pytest.fixture
def counted(app):
    """A process and its event: a session with one person and one proposal, another without a list."""
    event = factories.make_event(process_id=factories.make_process().id)
    internal = factories.make_session(event, "S1", dimension=Dimension.INTERNAL)
    factories.make_session(event, "S2", dimension=Dimension.CITIZENS)
    factories.make_attendance(factories.make_registration(event), internal)
    factories.make_entry(internal, "proposal")


@pytest.mark.parametrize("slug", ["jornada", "impulsem"])
def test_figures_as_json(run, counted, slug):
    outcome = run("figures", slug, "--format", "json")

    def figures(*, unknown=(0, 0), **values):
        counts = {"sessions": 1, "participants": 1, "attendances": 1, "contributions": 0, "proposals": 1, **values}
        people, entries = ({"count": 0, "sessions": 0, "unknown_sessions": number} for number in unknown)
        return {**counts, "declared": {"participants": people, "contributions": entries, "proposals": entries}}

    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout) == {
        "slug": slug,
        "dimensions": [
            {"dimension": "internal", **figures(sessions_without_count=0)},
            {
                "dimension": "citizens",
                **figures(participants=0, attendances=0, proposals=0, sessions_without_count=1, unknown=(1, 1)),
            },
        ],
        "total": figures(sessions=2, sessions_without_count=1, unknown=(1, 1)),
    }


def test_figures_as_csv_leave_the_unknown_empty(run, counted):
    outcome = run("figures", "jornada", "--format", "csv")

    assert outcome.stdout_bytes.decode("utf-8-sig").replace("\r\n", "\n") == (
        "dimension;sessions;participants;attendances;contributions;proposals;sessions_without_count;"
        "declared_participants;declared_contributions;declared_proposals\n"
        "internal;1;1;1;0;1;0;;;\n"
        "citizens;1;;;0;0;1;;;\n"
        "total;2;1;1;0;1;1;;;\n"
    )


def test_figures_as_text(run, counted):
    outcome = run("figures", "jornada")

    assert outcome.stdout == (
        "            sessions  participants  assistències  aportacions  propostes\n"
        "interna            1             1             1            0          1\n"
        "ciutadania         1             —             —            —          —\n"
        "total              2             1             1            0          1\n"
        "\n"
        "1 sessió no té llista d’assistència ni recompte: no se sap quanta gent hi havia.\n"
        "D’1 sessió no se sap quantes aportacions s’hi van fer.\n"
        "D’1 sessió no se sap quantes propostes s’hi van fer.\n"
    )


def test_a_slug_that_names_both_is_the_event_and_says_so(run):
    process = factories.make_process("impulsem")
    factories.make_session(factories.make_event("impulsem", process_id=process.id))
    factories.make_session(factories.make_event("altra", process_id=process.id))

    event, of_process = run("figures", "impulsem"), run("figures", "impulsem", "--of", "process", "--format", "json")

    assert event.stderr == "«impulsem» és una jornada i un procés: això és de la jornada. --of process\n"
    assert json.loads(of_process.stdout)["total"]["sessions"] == 2


@pytest.mark.parametrize("arguments", [["cap"], ["jornada", "--of", "process"]])
def test_figures_of_nothing_known_are_one_clear_line(run, arguments):
    factories.make_event()

    outcome = run("figures", *arguments)

    assert outcome.exit_code == 2
    assert outcome.stderr == f"No hi ha cap jornada ni cap procés «{arguments[0]}».\n"


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


def test_open_data_are_written_to_a_file(run, tmp_path):
    factories.make_process("impulsem")
    path = tmp_path / "dades.zip"

    outcomes = [run("open-data", slug, "-o", path).exit_code for slug in ("impulsem", "enlloc")]

    assert outcomes == [0, 2]
    assert zipfile.is_zipfile(path)
