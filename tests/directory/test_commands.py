"""`flask organisations import`: all or nothing, with one line on what happened."""

import pytest
from sqlalchemy import func, select

from core.database import db
from directory import territory
from directory.models import Organisation

FILE = "nom;barri;xarxes\nEl Pont;Bon Pastor;Acollida\nLa Riba;;\n"


def count():
    return db.session.scalar(select(func.count()).select_from(Organisation))


@pytest.fixture
def path(app, tmp_path):
    territory.ensure_loaded()
    path = tmp_path / "entitats.csv"
    path.write_text(FILE, "utf-8")
    return path


def test_a_file_is_taken_in_once(path, command_line):
    first, second = (command_line("organisations", "import", str(path)) for _time in range(2))

    assert (first.exit_code, second.exit_code, count()) == (0, 0, 2)
    assert first.output.startswith("2 entitats afegides")
    assert "2 ja hi eren" in second.output


def test_a_dry_run_changes_nothing(path, command_line):
    result = command_line("organisations", "import", str(path), "--dry-run")

    assert (result.exit_code, count()) == (0, 0)
    assert "2 entitats afegides" in result.output


def test_a_bad_file_ends_with_two_and_names_each_row(path, command_line):
    path.write_text("nom;barri\nEl Pont;Atlantis\n;\nLa Riba;\n…;\n", "utf-8")

    result = command_line("organisations", "import", str(path))

    assert (result.exit_code, count()) == (2, 0)
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["Fila 2", "Fila 5"]
