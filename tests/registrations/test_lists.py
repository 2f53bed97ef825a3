"""Attendee lists by purpose: golden files, every format, nothing that a spreadsheet would run."""

import io
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from python_calamine import load_workbook
from sqlalchemy import insert, select

from accounts.models import AuditEntry
from core.database import db
from core.languages import use_language
from events.models import Dimension, SessionKind
from registrations import exports, records
from registrations.attendees import Filter
from registrations.exports import Export
from registrations.lists import PROFILES, Profile
from registrations.models import AttendanceSource, Registration, RegistrationSource, RegistrationState
from registrations.readers import read_attendees
from tests import factories

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def event(app, ada):
    """Four people with difficult names, two workshops, a plenary and a break."""
    event = factories.make_event()
    room = factories.make_room(event, "Sala d'actes")
    factories.make_session(event, "P", kind=SessionKind.PLENARY, starts_at=event.starts_at, title="Benvinguda")
    one = factories.make_session(event, "T1", room_id=room.id)
    two = factories.make_session(
        event, "T2", starts_at=event.starts_at + timedelta(hours=1), ends_at=event.starts_at + timedelta(hours=3)
    )
    factories.make_session(event, "B", kind=SessionKind.BREAK, starts_at=event.starts_at + timedelta(hours=3))
    angels = factories.make_registration(
        event,
        one,
        two,
        first_name="Àngels",
        last_name="Gal·lega i Puig",
        email="angels@example.org",
        organisation='Associació "La Pau"; secció 2',
        code="AAAAAAA2",
        dimension=Dimension.CITIZENS,
        image_consent_at=factories.NOW,
    )
    factories.make_registration(
        event,
        one,
        first_name="=1+1",
        last_name="<b>&\"'",
        email="hostile@example.org",
        organisation="+34 93 123 45 67",
        code="BBBBBBB2",
        source=RegistrationSource.FILE,
    )
    factories.make_registration(
        event,
        first_name="Cèlia",
        last_name="Çelik",
        email="",
        organisation="",
        code="CCCCCCC2",
        state=RegistrationState.CANCELLED,
        cancelled_at=factories.NOW + timedelta(days=1),
    )
    walk_in = factories.make_registration(
        event, first_name="Dídac", last_name="", email="didac@example.org", organisation="@SUM(A1)", code="DDDDDDD2"
    )
    factories.make_attendance(angels, one, recorded_by_id=ada.id)
    factories.make_attendance(angels, two, source=AttendanceSource.CODE, recorded_at=event.starts_at)
    factories.make_attendance(walk_in, two, source=AttendanceSource.PAPER)
    return event


def write(export):
    file = io.BytesIO()
    exports.write(export, file)
    return file.getvalue()


def list_values(event, profile, **wanted):
    return [list(record.values()) for record in exports.list_records(Export(event, "csv", profile, Filter(**wanted)))]


@pytest.mark.both_databases
@pytest.mark.parametrize("profile", list(Profile))
def test_csv_is_as_it_was(event, profile):
    with use_language("ca"):
        data = write(Export(event, "csv", profile))

    assert data == (GOLDEN / f"list-{profile.value}.csv").read_bytes()


@pytest.mark.parametrize("profile", list(Profile))
def test_json_is_as_it_was(event, profile):
    data = write(Export(event, "json", profile))

    assert json.loads(data) == json.loads((GOLDEN / f"list-{profile.value}.json").read_text())


def test_json_of_nobody_is_an_empty_list(app):
    assert json.loads(write(Export(factories.make_event(), "json"))) == []


@pytest.mark.parametrize("profile", list(Profile))
def test_spreadsheets_hold_what_csv_holds_as_texts(event, profile):
    rows = [exports.make_header(Export(event, "csv", profile))]
    rows += [
        records.as_cells(each, event.zone, records.speak())
        for each in exports.list_records(Export(event, "csv", profile))
    ]

    xlsx = openpyxl.load_workbook(io.BytesIO(write(Export(event, "xlsx", profile)))).active
    ods = load_workbook(io.BytesIO(write(Export(event, "ods", profile)))).get_sheet_by_index(0).to_python()

    assert [["" if cell.value is None else cell.value for cell in row] for row in xlsx.iter_rows()] == rows
    assert {cell.data_type for row in xlsx.iter_rows() for cell in row if cell.value} <= {"s", "n"}
    assert ods == rows


def test_no_column_of_a_profile_shows_more_than_its_purpose_needs():
    with_address = {profile for profile in Profile if "email" in PROFILES[profile].columns}
    with_name = {profile for profile in Profile if "last_name" in PROFILES[profile].columns}

    assert with_address == {Profile.FULL}
    assert with_name == set(Profile) - {Profile.CATERING}


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods"])
def test_a_full_list_is_read_back_by_the_import(event, language, format_):
    with use_language(language):
        data = write(Export(event, format_))

    rows = read_attendees(data, "list", ["P", "T1", "T2"])

    assert [(row.first_name, row.last_name, row.email, row.organisation) for row in rows] == [
        (person.first_name, person.last_name, person.email, person.organisation)
        for person in exports.attendees.read_attendees(event, Filter())
    ]
    assert {row.first_name: (row.dimension, row.sessions, row.attended) for row in rows} == {
        "Àngels": (Dimension.CITIZENS, ("T1", "T2"), ("T1", "T2")),
        "=1+1": (None, ("T1",), ()),
        "Cèlia": (None, (), ()),
        "Dídac": (None, (), ("T2",)),
    }


def test_only_what_was_filtered_is_exported(event):
    (one,) = [session for session in event.sessions if session.code == "T1"]

    assert [row[0] for row in list_values(event, Profile.FULL, search="celik")] == ["Cèlia"]
    assert [row[3] for row in list_values(event, Profile.ROOM, session=one)] == ["<b>&\"'", "Gal·lega i Puig"]
    assert [row[3] for row in list_values(event, Profile.JUSTIFICATION, session=one)] == ["T1"]
    assert [row[1] for row in list_values(event, Profile.CERTIFICATES)] == ["Dídac", "Àngels"]


def test_an_export_leaves_a_line_in_the_trail(event, ada):
    exports.record(Export(event, "xlsx", Profile.DOOR, Filter(search="gallega")), by=ada, now=factories.NOW)
    db.session.flush()

    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.subject_kind, line.subject_key) == ("registration.export", "event", "jornada")
    assert (line.staff, line.happened_at) == (ada, factories.NOW)
    assert line.details == {
        "profile": "door",
        "format": "xlsx",
        "filter": {"order": "name", "search": "yes"},
        "count": 1,
    }


def add_people(event, numbers):
    """Write so many people straight into the table."""
    rows = [
        {
            "event_id": event.id,
            "token": f"token{number:020d}",
            "code": f"{number:08d}",
            "state": RegistrationState.CONFIRMED,
            "source": RegistrationSource.FILE,
            "first_name": "Núria",
            "last_name": f"Col·lell {number}",
            "sort_key": f"collell {number}",
            "search_key": "",
            "language": "ca",
            "created_at": factories.NOW,
            "updated_at": factories.NOW,
        }
        for number in numbers
    ]
    db.session.execute(insert(Registration), rows)


def measure_peak(event):
    """The most memory that Python has at once while the list is given."""
    tracemalloc.start()
    try:
        count = sum(piece.count(b"\n") for piece in exports.stream_csv(Export(event, "csv")))
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_list_needs_no_more_memory_than_a_short_one(app):
    """Slow on purpose: what grows with the list shows only in one of some length."""
    event = factories.make_event()
    add_people(event, range(2_000))
    measure_peak(event)  # what is made once, is made here

    short, peak_of_short = measure_peak(event)
    add_people(event, range(2_000, 6_000))
    long, peak_of_long = measure_peak(event)

    assert (short, long) == (2_001, 6_001)
    assert peak_of_long < 1.6 * peak_of_short


@pytest.mark.both_databases
def test_who_goes_away_ends_the_reading(app, count_queries):
    event = factories.make_event()
    add_people(event, range(3_000))
    pieces = exports.stream_csv(Export(event, "csv"))
    next(pieces), next(pieces)

    assert count_queries(pieces.close) == 0
    assert list(pieces) == []
