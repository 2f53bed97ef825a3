"""The person's calendar entry: golden files, a real iTIP checker, a second reader for the times, and hostile names."""

import ctypes
import ctypes.util
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import vobject

from events.ical import Person
from events.models import EventState
from registrations.ical import make_cancellation, make_download, make_invitation, make_uid
from registrations.models import RegistrationState
from tests import factories
from tests.factories import NOW

GOLDEN = Path(__file__).parent / "golden"
ORGANISER = Person("jornades@example.org", "Equip d’inclusió")
URL = "https://jornades.example.org/jornades/jornada"
HOSTILE = [
    'Ada "la \'nena"',
    "A;B:C,D=E",
    "x\r\nATTENDEE:mailto:cleo@example.org",
    "^n ^' \\n",
    "🎉 العربية \x00\x07",
    "a" * 120,
]


@pytest.fixture
def registration(app):
    event = factories.make_event(title="Jornada de treball: Besòs, 2a; «retorn»")
    event.id = 42
    session = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    session.room = factories.make_room(event, "Sala d’actes")
    factories.make_session(event, "T2", starts_at=session.ends_at, title="Cloenda")
    return factories.make_registration(
        event, *event.sessions, first_name="Núria", last_name="Pla", email="nuria@example.org", code="ABCD2345"
    )


def test_invitation_is_as_agreed(registration):
    file = _invite(registration)

    assert file.method == "REQUEST"
    assert file.content == _golden("invitation.ics", file.content)


def test_cancellation_is_as_agreed(registration):
    _cancel(registration)

    file = make_cancellation(registration, registration.sessions, organiser=ORGANISER, url=URL)

    assert file.method == "CANCEL"
    assert file.content == _golden("cancellation.ics", file.content)


def test_download_is_as_agreed(registration):
    file = make_download(registration, registration.sessions, url=URL)

    assert file.method == "PUBLISH"
    assert file.content == _golden("download.ics", file.content)


def test_uid_stays_and_sequence_grows_through_cancelling_and_coming_back(registration):
    steps = [_read(_invite(registration))]
    _cancel(registration)
    steps.append(_read(make_cancellation(registration, [], organiser=ORGANISER, url=URL)))
    registration.state, registration.calendar_sequence = RegistrationState.CONFIRMED, 2
    steps.append(_read(_invite(registration)))
    registration.event.sequence += 1
    steps.append(_read(_invite(registration)))

    assert {str(step["uid"]) for step in steps} == {"registration-42-ABCD2345@jornades.example.org"}
    assert [step["sequence"] for step in steps] == [0, 1, 2, 3]
    assert [str(step["status"]) for step in steps] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_two_people_have_two_entries(registration):
    other = factories.make_registration(registration.event, email="cleo@example.org")

    assert make_uid(registration, host="h") != make_uid(other, host="h")


def test_person_has_said_yes_and_is_alone(registration):
    entry = _read(_invite(registration))

    assert str(entry["organizer"]) == "mailto:jornades@example.org"
    assert entry["organizer"].params["CN"] == "Equip d’inclusió"
    assert str(entry["attendee"]) == "mailto:nuria@example.org"
    assert dict(entry["attendee"].params) == {
        "CN": "Núria Pla",
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }


def test_token_stays_out_of_the_calendar(registration):
    assert registration.token.encode() not in _invite(registration).content.replace(b"\r\n ", b"")


def test_cancelled_event_is_cancelled_in_the_download(registration):
    registration.event.state = EventState.CANCELLED

    entry = _read(make_download(registration, [], url=URL))

    assert str(entry["status"]) == "CANCELLED"


def test_sessions_of_an_event_of_several_days_are_told_with_their_day(registration):
    registration.event.ends_at += timedelta(days=1)

    entry = _read(make_download(registration, registration.sessions[:1], url=URL))

    assert "dijous 3 de desembre de 2026, 10–11 h · Habitatge" in str(entry["description"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_stays_in_its_place(registration, name):
    registration.first_name = registration.event.title = registration.event.venue = name
    registration.event.team.name = name
    organiser = Person("jornades@example.org", name)

    file = make_invitation(registration, registration.sessions, organiser=organiser, url=URL)

    lines = file.content.replace(b"\r\n ", b"").split(b"\r\n")
    assert sum(line.startswith(b"ATTENDEE") for line in lines) == 1
    assert sum(line.startswith(b"BEGIN:VEVENT") for line in lines) == 1
    assert all(len(line) <= 75 for line in file.content.split(b"\r\n"))
    assert '"' not in _read(file)["attendee"].params["CN"]
    assert _find_faults(file.content) == []


@pytest.mark.parametrize(
    ("starts_at", "wall_clock", "offset"),
    [
        (datetime(2026, 7, 3, 7, 30, tzinfo=UTC), "2026-07-03 09:30", 2),
        (datetime(2026, 12, 3, 8, 30, tzinfo=UTC), "2026-12-03 09:30", 1),
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "2027-03-28 01:59", 1),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "2027-03-28 03:00", 2),
    ],
)
def test_second_reader_sees_the_right_time_in_summer_and_winter(registration, starts_at, wall_clock, offset):
    registration.event.starts_at, registration.event.ends_at = starts_at, starts_at + timedelta(hours=4)

    calendar = vobject.readOne(_invite(registration).content.decode())

    start = calendar.vevent.dtstart.value
    assert start.strftime("%Y-%m-%d %H:%M") == wall_clock
    assert start.utcoffset() == timedelta(hours=offset)
    assert start == starts_at
    assert calendar.vevent.dtend.value == starts_at + timedelta(hours=4)


def test_time_in_another_zone_is_written_in_utc(registration):
    registration.event.timezone = "Atlantic/Canary"

    content = _invite(registration).content

    assert b"DTSTART:20261203T083000Z" in content
    assert b"VTIMEZONE" not in content


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_checker_of_the_protocol_finds_no_fault(registration, method):
    if method == "CANCEL":
        _cancel(registration)
        file = make_cancellation(registration, registration.sessions, organiser=ORGANISER, url=URL)
    else:
        file = _invite(registration)

    assert _find_faults(file.content) == []


def test_checker_of_the_protocol_finds_faults_at_all(registration):
    lines = _invite(registration).content.replace(b"\r\n ", b"").split(b"\r\n")
    broken = b"\r\n".join(line for line in lines if not line.startswith((b"ATTENDEE", b"UID")))

    faults = _find_faults(broken)

    assert len(faults) == 2


def test_download_lacks_only_the_organiser_that_outlook_would_ask_about(registration):
    file = make_download(registration, registration.sessions, url=URL)

    faults = _find_faults(file.content)

    assert [fault for fault in faults if "ORGANIZER" not in fault] == []


def _invite(registration):
    return make_invitation(registration, registration.sessions, organiser=ORGANISER, url=URL)


def _cancel(registration):
    registration.state = RegistrationState.CANCELLED
    registration.updated_at = registration.cancelled_at = NOW + timedelta(hours=1)
    registration.calendar_sequence += 1


def _read(file):
    return icalendar.Calendar.from_ical(file.content).walk("VEVENT")[0]


def _golden(name, content):
    """The kept file; with GOLDEN=write in the environment it is written anew, to be read before it is kept."""
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / name).write_bytes(content)
    return (GOLDEN / name).read_bytes()


def _find_faults(content):
    """What libical, which knows the iTIP tables, has to object; the library is Debian's `libical3`."""
    name = ctypes.util.find_library("ical")
    if name is None:
        if os.environ.get("CI"):
            pytest.fail("libical is not installed: apt-get install libical3")
        pytest.skip("libical is not installed (Debian: libical3)")
    library = ctypes.CDLL(name)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    for function in (library.icalcomponent_as_ical_string, library.icalrestriction_check, library.icalcomponent_free):
        function.argtypes = [ctypes.c_void_p]
    component = library.icalparser_parse_string(content)
    assert component
    library.icalrestriction_check(component)
    checked = library.icalcomponent_as_ical_string(component).decode().replace("\r\n ", "")
    library.icalcomponent_free(component)
    return [line for line in checked.split("\r\n") if line.startswith("X-LIC-ERROR")]
