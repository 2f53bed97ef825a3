"""The figures that were published of Impulsem come out of its files, through the importers alone."""

import csv
import json
import random
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import attendance_reports
from certificates.attendance_content import Purpose
from contributions import notebooks
from contributions.models import EntryActKind, EntryKind, new_key
from contributions.notebooks import Notetaker
from contributions.reports import MAX_ACTS, Report
from core.database import Model, db
from events.models import Dimension
from events.services import get_event
from figures.figures import for_event
from tests import factories
from tests.contributions.samples import batch, write
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

    found = attendance_reports.ask_event(event.slug, by=factories.make_staff())

    report = attendance_reports.make(found, Purpose.FUNDER, now=NOW)

    assert report.figures.table == for_event(event)
    assert sum(each.listed for each in report.sessions) == report.figures.table.total.attendances


def test_figures_are_those_published_when_everything_was_written_down_without_a_network(app):
    """Two devices per session that knew nothing of each other; all that they send comes twice, in any order.

    Each deletes a line that it brings back, and writes one more that it deletes.
    """
    run(app, *IMPORTS[0])
    run(app, *IMPORTS[1])
    chance = random.Random(6)
    for session in get_event("impulsem-1").sessions:
        acts = []
        for lines in (read_lines(session.code)[::2], read_lines(session.code)[1::2]):
            written = [noted(kind, text) for kind, text in lines]
            acts += written + (slips(written[0]) if written else [])
        for _again in range(2):
            chance.shuffle(acts)
            for part in (acts[: len(acts) // 3], acts[len(acts) // 3 :]):
                notebooks.accept(session, part, by=Notetaker(device="Portàtil"), now=NOW)

    assert figures(app, "impulsem-1") == ("impulsem-1", PUBLISHED)


def test_figures_are_those_published_when_everything_was_typed_on_the_capture_page(app, client):
    """Line by line by the form that needs no script in the sessions of citizens, in the others as the script does."""
    run(app, *IMPORTS[0])
    run(app, *IMPORTS[1])
    client.log_in(factories.make_staff("ada@example.org", role="administrator", active=True))

    for session in get_event("impulsem-1").sessions:
        page = f"/gestio/jornades/impulsem-1/aportacions/{session.code}"
        if session.dimension is Dimension.CITIZENS:
            for number, (kind, text) in enumerate(read_lines(session.code)):
                answer = client.post(page, data={"kind": kind.value, "text": text, "line_id": f"{number}"})
                assert answer.status_code == 303
        else:
            lines = [write(text, kind.value) for kind, text in read_lines(session.code)]
            for start in range(0, len(lines), MAX_ACTS):
                sent = batch(*lines[start : start + MAX_ACTS])
                answer = client.post(f"{page}/actes", data=sent, content_type="application/json")
                assert {each["outcome"] for each in answer.json["answers"].values()} == {"accepted"}

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
