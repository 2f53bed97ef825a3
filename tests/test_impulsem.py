"""The figures that were published of Impulsem come out of its files, through the importers alone."""

import csv
import json
import random
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates.attendance_reports import make_report
from contributions import notebooks
from contributions.models import EntryActKind, EntryKind, new_key
from contributions.notebooks import Notetaker
from contributions.reports import Report
from core.database import Model, db
from events.services import get_event
from figures.figures import for_event
from tests.factories import NOW

DATA = Path(__file__).resolve().parent.parent / "demo" / "data" / "impulsem"
IMPORTS = (
    ("events", "import", str(DATA / "programme.toml")),
    ("registrations", "import", "impulsem-1", str(DATA / "attendees.csv")),
    ("contributions", "import", "impulsem-1", str(DATA / "contributions.csv"), "--kind", "contribution"),
    ("contributions", "import", "impulsem-1", str(DATA / "proposals.csv"), "--kind", "proposal"),
)


def run(app, *words):
    result = app.test_cli_runner().invoke(args=words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def import_all(app):
    for words in IMPORTS:
        run(app, *words)


def figures(app, slug):
    """What the command prints, with one row of numbers for each dimension and for the total."""
    printed = json.loads(run(app, "contributions", "figures", slug, "--format", "json"))
    rows = {row["dimension"]: row for row in printed["dimensions"]} | {"total": printed["total"]}
    names = ("sessions", "participants", "contributions", "proposals")
    return printed["slug"], {name: tuple(row[each] for each in names) for name, row in rows.items()}


PUBLISHED = {
    "internal": (13, 561, 975, 643),
    "other_agents": (16, 168, 317, 127),
    "citizens": (5, 70, 81, 10),
    "total": (34, 799, 1373, 780),
}


def everything_stored():
    """Every row of every table but the trail, which keeps that somebody imported."""
    db.session.expire_all()
    return {
        table.name: sorted(map(repr, db.session.execute(select(table))))
        for table in Model.metadata.sorted_tables
        if table is not AuditEntry.__table__
    }


@pytest.mark.both_databases
def test_figures_are_those_published_and_importing_twice_changes_nothing(app):
    import_all(app)
    once = everything_stored()

    import_all(app)

    assert figures(app, "impulsem") == ("impulsem", PUBLISHED)
    assert figures(app, "impulsem-1") == ("impulsem-1", PUBLISHED)
    assert everything_stored() == once


def test_attendance_report_says_the_same_as_the_figures(app):
    """Two rooms count the same people; neither may know the other."""
    import_all(app)
    event = get_event("impulsem-1")
    event.sessions[0].declared_participants = 900  # a list was kept there, so this headcount counts nowhere

    report, table = make_report(event, now=NOW), for_event(event)

    counted = {dimension: (turnout.sessions, turnout.participants) for dimension, turnout in report.by_dimension}
    figured = {dimension: (each.sessions, each.participants) for dimension, each in table.dimensions.items()}
    assert counted == figured
    assert (report.turnout.participants, report.turnout.attendances) == (
        table.total.participants,
        table.total.attendances,
    )


def test_figures_are_those_published_when_everything_was_written_down_without_a_network(app):
    """Two devices per session that knew nothing of each other; what they send comes in any order, and some of it twice.

    One of them deletes a line that it brings back, and writes one more that it deletes.
    """
    run(app, *IMPORTS[0])
    run(app, *IMPORTS[1])
    chance = random.Random(6)
    for session in get_event("impulsem-1").sessions:
        for lines in (read_lines(session.code)[::2], read_lines(session.code)[1::2]):
            acts = [noted(kind, text) for kind, text in lines]
            acts += slips(acts[0]) if acts else []
            acts += chance.choices(acts, k=3) if acts else []
            chance.shuffle(acts)
            notebooks.accept(session, acts, by=Notetaker(device="Portàtil"), now=NOW)

    assert figures(app, "impulsem-1") == ("impulsem-1", PUBLISHED)


@cache
def read_lines(code):
    """What was said in a session, as its files tell it."""
    found = []
    for kind in EntryKind:
        with (DATA / f"{kind.value}s.csv").open(encoding="utf-8") as file:
            found += [(kind, row["text"]) for row in csv.DictReader(file) if row["session"] == code]
    return found


def noted(kind, text):
    key = new_key()
    return Report(key, EntryActKind.WRITE, key, NOW, {"kind": kind, "text": text})


def slips(first):
    """A line deleted and brought back, and one too many."""
    gone = Report(new_key(), EntryActKind.DELETE, first.entry, NOW, seen=[first.key])
    back = Report(new_key(), EntryActKind.RESTORE, first.entry, NOW, seen=[first.key, gone.key])
    extra = noted(EntryKind.CONTRIBUTION, "Una línia de més.")
    return [gone, back, extra, Report(new_key(), EntryActKind.DELETE, extra.entry, NOW, seen=[extra.key])]
