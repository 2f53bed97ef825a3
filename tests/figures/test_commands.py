"""`flask contributions figures` and `flask contributions open-data`."""

import json
import zipfile
from functools import partial

import pytest

from events.models import Dimension
from tests import factories


@pytest.fixture
def run(command_line):
    return partial(command_line, "contributions")


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
        "1 sessió no té llista d’assistència ni recompte: la seva gent no hi és comptada.\n"
        "D’1 sessió no consten aportacions, que no vol dir que no n’hi hagués.\n"
        "D’1 sessió no consten propostes, que no vol dir que no n’hi hagués.\n"
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


def test_open_data_are_written_to_a_file(run, tmp_path):
    factories.make_process("impulsem")
    path = tmp_path / "dades.zip"

    outcomes = [run("open-data", slug, "-o", path).exit_code for slug in ("impulsem", "enlloc")]

    assert outcomes == [0, 2]
    assert zipfile.is_zipfile(path)
