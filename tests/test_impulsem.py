"""The figures that were published of Impulsem come out of its files, through the importers alone."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates.attendance_reports import make_report
from contributions.figures import for_event
from core.database import Model, db
from events.services import get_event
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
