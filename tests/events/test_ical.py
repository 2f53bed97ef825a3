"""Calendars: golden files, and a second reader that gets the hours right in summer and winter."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import vobject

from core.database import db
from core.languages import use_language
from events import ical
from events.models import EventState, SessionKind
from tests.factories import EVENT_START, NOW, make_event, make_room, make_session

GOLDEN = Path(__file__).parent / "golden"
URL = "https://jornades.example.org/jornades/jornada"
SUMMER = datetime(2027, 7, 3, 7, 30, tzinfo=UTC)


def make_rich_event(**values):
    """An event with hostile words in every text, its numbers fixed so that the file is always the same."""
    event = make_event(
        id=7,
        title="Jornada d’inclusió; <b>a</b>, b & \\c",
        summary="Un *resum* amb\n\ndos paràgrafs",
        venue="Centre, cívic",
        sequence=2,
        **values,
    )
    room = make_room(event, "Sala d’actes")
    make_session(
        event, "P1", id=70, title="Benvinguda", kind=SessionKind.PLENARY, room_id=room.id, starts_at=event.starts_at
    )
    make_session(event, "T1", id=71, title="Taller\u202e llarg " + "ç" * 60)
    make_session(
        event, "C", id=72, title="Cafè", kind=SessionKind.BREAK, starts_at=event.starts_at + timedelta(hours=2)
    )
    db.session.expire(event)
    return event


def read(content):
    return vobject.readOne(content.decode())


def golden(name):
    return (GOLDEN / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_event_of_one_day(app):
    event = make_rich_event()

    with use_language("ca"):
        content = ical.event_calendar(event, host="jornades.example.org", url=URL)

    assert content == golden("one_day.ics")


def test_cancelled_event_of_several_days_is_its_sessions(app):
    event = make_rich_event(ends_at=EVENT_START + timedelta(days=3), state=EventState.CANCELLED)

    with use_language("ca"):
        content = ical.event_calendar(event, host="jornades.example.org", url=URL)

    assert content == golden("several_days_cancelled.ics")


def test_feed(app):
    one = make_rich_event()
    other = make_event(
        "altra", id=8, title="Altra", ends_at=EVENT_START + timedelta(days=2), state=EventState.CANCELLED
    )

    with use_language("ca"):
        content = ical.feed([(one, URL), (other, f"{URL}-2")], host="jornades.example.org", name="Jornades")

    assert content == golden("feed.ics")


@pytest.mark.parametrize(
    ("starts_at", "hour", "offset"),
    [(EVENT_START, 9, 1), (SUMMER, 9, 2), (datetime(2027, 3, 28, 8, 30, tzinfo=UTC), 10, 2)],
)
def test_a_second_reader_reads_summer_and_winter_right(app, starts_at, hour, offset):
    event = make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=4))

    entry = read(ical.event_calendar(event, host="h", url=URL)).vevent

    assert entry.dtstart.value.astimezone(UTC) == starts_at
    assert entry.dtend.value.astimezone(UTC) == event.ends_at
    assert (entry.dtstart.value.hour, entry.dtstart.value.utcoffset()) == (hour, timedelta(hours=offset))


def test_other_zones_are_written_in_utc_without_a_timezone(app):
    event = make_event(timezone="Atlantic/Canary")

    content = ical.event_calendar(event, host="h", url=URL)

    assert b"DTSTART:20261203T083000Z\r\n" in content
    assert b"VTIMEZONE" not in content


def test_public_calendar_names_nobody(app):
    content = ical.event_calendar(make_rich_event(), host="h", url=URL)

    assert b"METHOD:PUBLISH\r\n" in content
    assert b"ATTENDEE" not in content
    assert b"ORGANIZER" not in content


def test_lines_are_at_most_75_octets_and_end_in_crlf(app):
    content = ical.event_calendar(make_rich_event(), host="h", url=URL)

    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)


def test_breaks_are_not_entries_of_several_days(app):
    event = make_rich_event(ends_at=EVENT_START + timedelta(days=3))

    entries = read(ical.event_calendar(event, host="h", url=URL)).vevent_list

    assert [entry.uid.value for entry in entries] == ["session-70@h", "session-71@h"]


def test_session_that_will_not_be_held_says_so(app):
    event = make_rich_event(ends_at=EVENT_START + timedelta(days=3))
    event.sessions[0].cancelled_at = NOW

    with use_language("ca"):
        entries = read(ical.event_calendar(event, host="h", url=URL)).vevent_list

    assert [(entry.status.value, entry.summary.value.partition(" ")[0]) for entry in entries] == [
        ("CANCELLED", "CANCEL·LADA:"),
        ("CONFIRMED", "Taller"),
    ]


def test_session_that_will_not_be_held_is_not_in_the_programme_of_the_day(app):
    event = make_rich_event()
    event.sessions[0].cancelled_at = NOW

    entry = read(ical.event_calendar(event, host="h", url=URL)).vevent

    assert "Benvinguda" not in entry.description.value


def test_invitation_names_who_invites_and_who_comes(app):
    component = ical.event_component(
        uid="registration-1@h",
        stamp=NOW,
        sequence=3,
        starts_at=EVENT_START,
        ends_at=EVENT_START + timedelta(hours=1),
        zone=ZoneInfo("Europe/Madrid"),
        summary="Jornada\r\nATTENDEE:mailto:evil@example.org",
        organizer=ical.Person("equip@example.org", "Equip"),
        attendee=ical.Person("bob@example.org", 'Bob "B" Pla;\r\nX-A:1'),
    )

    text = ical.calendar([component], method="REQUEST").decode().replace("\r\n ", "")

    assert "METHOD:REQUEST\r\n" in text
    assert "SUMMARY:Jornada ATTENDEE:mailto:evil@example.org\r\n" in text
    assert "ORGANIZER;CN=Equip:mailto:equip@example.org\r\n" in text
    assert (
        'ATTENDEE;CN="Bob ’B’ Pla; X-A:1";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE'
        ":mailto:bob@example.org\r\n"
    ) in text
