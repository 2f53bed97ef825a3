"""`flask certificates issue`: one document or one file each, and one clear line when it cannot be."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates.models import Certificate
from core.database import db
from core.dates import utc_now
from tests import factories


@pytest.fixture
def event(app):
    """Held yesterday; Bob and Cleo were there, Absent was not."""
    event = factories.make_event(
        starts_at=utc_now() - timedelta(days=1, hours=5), ends_at=utc_now() - timedelta(days=1)
    )
    session = factories.make_session(event)
    for first_name, last_name, code in (("Bob", "Pla", "B0B"), ("Zoë", "d’Àvila i Ça", "Z0E")):
        registration = factories.make_registration(
            event, session, first_name=first_name, last_name=last_name, email=f"{code}@example.org", code=code
        )
        factories.make_attendance(registration, session)
    factories.make_registration(event, session, first_name="Absent", email="absent@example.org")
    db.session.commit()
    return event


@pytest.fixture
def run(app, tmp_path, monkeypatch):
    """The command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: app.test_cli_runner().invoke(args=["certificates", "issue", *arguments])


def test_one_document_is_the_default(run, event, tmp_path, reader):
    result = run("jornada")

    assert (result.exit_code, result.stdout) == (
        0,
        "jornada: 2 certificats, 1 inscripció sense assistència\njornada-certificats.pdf\n",
    )
    document = (tmp_path / "jornada-certificats.pdf").read_bytes()
    words = reader.flow(document)
    assert words.index("Zoë d’Àvila i Ça") < words.index("Bob Pla")
    assert reader.info(document)["Pages"] == "2"
    assert [entry.act for entry in db.session.scalars(select(AuditEntry))] == ["certificate.print"]


def test_folder_gets_one_file_each(run, event, tmp_path, reader):
    result = run("jornada", "-o", "papers")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "papers")
    names = sorted(path.name for path in (tmp_path / "papers").iterdir())
    assert names == ["d-avila-i-ca-zoe-Z0E.pdf", "pla-bob-B0B.pdf"]
    assert "Bob Pla ha assistit" in reader.flow((tmp_path / "papers" / "pla-bob-B0B.pdf").read_bytes())


def test_issuing_again_gives_the_same(run, event, tmp_path):
    run("jornada", "-o", "first.pdf")

    run("jornada", "-o", "second.pdf")

    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()
    assert len(db.session.scalars(select(Certificate)).all()) == 2


def test_names_that_cannot_be_printed_whole_are_told(run, event):
    event.sessions[0].title = "Taller 😀"
    db.session.commit()

    result = run("jornada")

    assert result.exit_code == 0
    assert result.stderr == "La lletra no té signes per a 😀 a «Taller 😀».\n"


@pytest.mark.parametrize("names", [("李小龙", ""), ("../../etc", "passwd"), ("CON", ""), ("a" * 120, "b" * 160)])
def test_file_names_are_safe_on_every_disk(run, event, tmp_path, names):
    registration = factories.make_registration(
        event, first_name=names[0], last_name=names[1], email="x@example.org", code="X1"
    )
    factories.make_attendance(registration, event.sessions[0])
    db.session.commit()

    run("jornada", "-o", "papers")

    files = {path.name for path in (tmp_path / "papers").iterdir()} - {"d-avila-i-ca-zoe-Z0E.pdf", "pla-bob-B0B.pdf"}
    expected = {"李小龙": "certificat", "../../etc": "passwd-etc", "CON": "con"}.get(names[0], "b" * 60)
    assert files == {f"{expected}-X1.pdf"}


def test_event_without_attendance_writes_no_file(run, event, tmp_path):
    for attendance in db.session.scalars(select(factories.Attendance)):
        db.session.delete(attendance)
    db.session.commit()

    result = run("jornada")

    assert (result.exit_code, result.stdout) == (0, "jornada: 0 certificats, 3 inscripcions sense assistència\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("cap",), "No hi ha cap jornada «cap»."),
        (("jornada", "-o", "here/there.pdf"), "No hi ha la carpeta here."),
        (("jornada", "-o", "folder.pdf"), "folder.pdf és una carpeta."),
        (("jornada", "-o", "file.txt"), "file.txt no és un .pdf ni una carpeta."),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(run, event, tmp_path, arguments, line):
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "file.txt").touch()

    result = run(*arguments)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{line}\n")
    assert db.session.scalars(select(Certificate)).all() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "folder.pdf"]
