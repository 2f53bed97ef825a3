"""The commands: exit codes, one clear line, nothing changed on failure."""

import csv
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import openpyxl
import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.config import ROOT
from core.database import db
from core.dates import utc_now
from registrations.models import Attendance, Registration
from tests import factories

HEADER = "first_name,last_name,email,organisation,dimension,sessions,attended"


@pytest.fixture
def run(command_line):
    return partial(command_line, "registrations")


@pytest.fixture
def event(app):
    """In the future, with two workshops."""
    event = factories.make_event(starts_at=utc_now() + timedelta(days=10), ends_at=utc_now() + timedelta(days=11))
    factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=3))
    return event


def write(folder, *lines, encoding="utf-8"):
    path = folder / "list.csv"
    path.write_bytes("\n".join([HEADER, *lines]).encode(encoding))
    return path


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_import_says_what_it_did_and_a_second_time_nothing(run, event, tmp_path):
    path = write(tmp_path, "Àngels,Puig,angels@example.org,CSS,internal,T1 T2,T1", encoding="cp1252")

    first = run("import", "jornada", path)
    second = run("import", "jornada", path)

    assert (first.exit_code, first.output) == (
        0,
        "1 de noves, 0 de canviades, 0 com estaven; 2 places en sessions, 1 assistències\n",
    )
    assert (second.exit_code, second.output) == (
        0,
        "0 de noves, 0 de canviades, 1 com estaven; 0 places en sessions, 0 assistències\n",
    )
    assert (count(Registration), count(Attendance)) == (1, 1)


def test_import_dry_run_changes_nothing(run, event, tmp_path):
    result = run("import", "jornada", write(tmp_path, "Anna,Mas,anna@example.org,,,T1,"), "--dry-run")

    assert result.exit_code == 0
    assert result.output.startswith("Prova, no s’ha desat res: 1 de noves") or "1 de noves" in result.output
    assert count(Registration) == 0


def test_import_names_every_bad_row_and_changes_nothing(run, event, tmp_path):
    path = write(tmp_path, "Anna,Mas,anna@example.org,,,T1,", ",Mas,b@example.org,,,T9,", "C,,nobody,,,,")

    result = run("import", "jornada", path)

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "Fila 3: hi falta el nom",
        "Fila 3: cap sessió on es pugui assistir no té el codi «T9»",
        "Fila 4: «nobody» no és cap adreça electrònica",
    ]
    assert result.stdout == ""
    assert count(Registration) == 0


def test_import_respects_places_unless_told(run, event, tmp_path):
    event.sessions[0].capacity = 1
    path = write(tmp_path, "A,,a@example.org,,,T1,", "B,,b@example.org,,,T1,")

    refused = run("import", "jornada", path)
    assert (refused.exit_code, refused.stderr.splitlines()[0][:7], count(Registration)) == (2, "Fila 3:", 0)

    accepted = run("import", "jornada", path, "--over-capacity")
    assert (accepted.exit_code, count(Registration)) == (0, 2)
    assert (event.sessions[0].places_taken, event.sessions[0].extra_places) == (2, 1)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["import", "cap", "list.csv"], "No hi ha cap jornada «cap»."),
        (["import", "jornada", "no-file.csv"], "no-file.csv: No such file or directory"),
        (["import", "jornada", "."], ".: Is a directory"),
        (["export", "cap", "--format", "csv"], "No hi ha cap jornada «cap»."),
        (["export", "jornada", "--format", "json", "-o", "/no/folder/x"], "/no/folder/x: No such file or directory"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_one_line(run, event, words, line):
    result = run(*words)

    assert (result.exit_code, result.stderr) == (2, f"{line}\n")
    assert (count(Registration), count(AuditEntry)) == (0, 0)


@pytest.mark.parametrize(
    "words", [["export", "jornada"], ["export", "jornada", "--format", "pdf"], ["import", "jornada"]]
)
def test_bad_usage_ends_with_2(run, event, words):
    assert run(*words).exit_code == 2


@pytest.mark.both_databases
def test_export_json_has_the_keys_of_the_contract(run, event):
    bob = factories.make_registration(event, event.sessions[0], first_name="Bob", last_name="Pla")
    factories.make_attendance(bob, event.sessions[0])

    result = run("export", "jornada", "--format", "json")

    assert result.exit_code == 0
    (person,) = json.loads(result.stdout)
    keys = ("first_name", "last_name", "email", "organisation", "state", "sessions", "attended", "created_at")
    assert {key: person[key] for key in keys} == {
        "first_name": "Bob",
        "last_name": "Pla",
        "email": "bob@example.org",
        "organisation": "Associació de Veïns",
        "state": "confirmed",
        "sessions": ["T1"],
        "attended": ["T1"],
        "created_at": "2026-11-22T10:00:00Z",
    }


def test_export_leaves_a_line_in_the_trail(run, event):
    run("export", "jornada", "--format", "csv", "--profile", "door")

    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff, line.details["profile"], line.details["count"]) == (
        "registration.export",
        None,
        "door",
        0,
    )


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "ods"])
def test_export_writes_a_file_whole_or_not_at_all(run, event, tmp_path, format_):
    factories.make_registration(event)
    path = tmp_path / f"list.{format_}"
    path.write_text("before")

    result = run("export", "jornada", "--format", format_, "-o", path)

    assert (result.exit_code, result.output) == (0, "")
    assert b"Bob" in path.read_bytes() or format_ in {"xlsx", "ods"}
    assert list(tmp_path.iterdir()) == [path]


def test_export_through_a_link_leaves_the_link(run, event, tmp_path):
    factories.make_registration(event)
    link, path = tmp_path / "link.csv", tmp_path / "list.csv"
    path.write_text("before")
    link.symlink_to(path)

    result = run("export", "jornada", "--format", "csv", "-o", link)

    assert (result.exit_code, link.is_symlink()) == (0, True)
    assert b"Bob" in path.read_bytes()


def test_export_into_a_pipe_takes_no_place_of_it(run, event, tmp_path):
    factories.make_registration(event)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        arrived = reader.submit(pipe.read_bytes)
        result = run("export", "jornada", "--format", "csv", "-o", pipe)

        assert (result.exit_code, pipe.is_fifo()) == (0, True)
        assert b"Bob" in arrived.result(5)


def test_export_onto_a_folder_is_refused(run, event, tmp_path):
    result = run("export", "jornada", "--format", "csv", "-o", tmp_path)

    assert (result.exit_code, result.output) == (2, f"{tmp_path}: Is a directory\n")
    assert count(AuditEntry) == 0


def test_export_of_a_spreadsheet_opens(run, event, tmp_path):
    factories.make_registration(event, first_name="=1+1", last_name="Pla")

    run("export", "jornada", "--format", "xlsx", "-o", tmp_path / "x.xlsx")

    cells = [[cell.value for cell in row][:2] for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active]
    assert cells == [["Nom", "Cognoms"], ["=1+1", "Pla"]]


def test_export_can_be_imported_elsewhere(run, event, tmp_path):
    bob = factories.make_registration(event, event.sessions[0])
    factories.make_attendance(bob, event.sessions[0])
    other = factories.make_event("other", starts_at=event.starts_at, ends_at=event.ends_at)
    factories.make_session(other, "T1")
    run("export", "jornada", "--format", "csv", "-o", tmp_path / "list.csv")

    result = run("import", "other", tmp_path / "list.csv")

    assert result.output == "1 de noves, 0 de canviades, 0 com estaven; 1 places en sessions, 1 assistències\n"


def test_the_attendees_of_the_demo_add_up(app, run):
    """The real file: 799 people took part, in the published numbers by dimension."""
    data = ROOT / "demo" / "data" / "impulsem"
    assert app.test_cli_runner().invoke(args=["events", "import", str(data / "programme.toml")]).exit_code == 0

    result = run("import", "impulsem-1", data / "attendees.csv")

    assert result.exit_code == 0
    attended = [person["attended"] for person in json.loads(run("export", "impulsem-1", "--format", "json").stdout)]
    assert sum(1 for codes in attended if codes) == 799
    by_dimension = {prefix: sum(1 for codes in attended if any(code.startswith(prefix) for code in codes))
                    for prefix in ("INT", "OTH", "CIT")}  # fmt: skip
    assert by_dimension == {"INT": 561, "OTH": 168, "CIT": 70}


def test_csv_export_reads_back_row_by_row(run, event):
    for number in range(3):
        factories.make_registration(event, first_name=f"A{number}", email=f"{number}@example.org")

    data = run("export", "jornada", "--format", "csv").stdout_bytes.decode("utf-8-sig")

    assert [row[0] for row in csv.reader(io.StringIO(data, newline=""), delimiter=";")] == ["Nom", "A0", "A1", "A2"]
