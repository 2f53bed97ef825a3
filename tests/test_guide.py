"""The organisers' guide: its examples go in, its pictures are there, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from contributions.imports import import_entries
from contributions.models import EntryKind
from core.dates import utc_now
from directory import territory
from events.programme import read_programme
from events.programme_import import import_programme
from registrations import imports
from registrations.readers import read_attendees
from tests import factories

FOLDER = Path(__file__).resolve().parents[1] / "docs"
GUIDE = (FOLDER / "organitzar.md").read_text()
PROGRAMME = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[1]
ATTENDEES, ENTRIES = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def event(app):
    territory.ensure_loaded()
    programme = read_programme(PROGRAMME.encode(), default_timezone="Europe/Madrid")
    return import_programme(
        programme,
        team=factories.make_team(),
        default_language="ca",
        may_write=lambda _thing: True,
        by=None,
        now=factories.NOW,
    ).event


def test_programme_goes_in(event):
    assert [session.code for session in event.sessions] == ["RETORN", "PAUSA", "EQUIPS", "VEINAT"]


def test_attendees_go_in(event):
    rows = read_attendees(ATTENDEES.encode(), "llista.csv", [session.code for session in event.sessions])

    assert imports.carry_out(event, rows, by=None, now=factories.NOW).places == 2


def test_contributions_go_in(event):
    outcome = import_entries(
        event, ENTRIES.encode(), "aportacions.csv", kind=EntryKind.CONTRIBUTION, by=None, now=utc_now()
    )

    assert outcome.added == 2


def test_pictures_are_those_shown():
    shown = set(re.findall(r"\(images/([a-z-]+\.png)\)", GUIDE))

    assert shown == {path.name for path in (FOLDER / "images").glob("*")}


def test_contents_lead_to_the_headings():
    headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) == anchors
