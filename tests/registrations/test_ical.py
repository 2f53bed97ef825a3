"""A person's calendar files: every instant by readers that others wrote, iTIP's tables, hostile names, links."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import icalendar
import pytest

from events import ical as events_ical
from events.ical import Person
from events.models import CalendarShape, EventState, SessionKind
from registrations.ical import Entry, list_occasions, make_download, make_feed, make_message, make_uid
from registrations.models import RegistrationState
from tests import factories
from tests.calendar_programs import find_faults, instants_in_libical, instants_in_vobject
from tests.factories import NOW

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
CLOCK_CHANGES = [
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2030, 3, 31, 1, tzinfo=UTC),
    datetime(2036, 10, 26, 1, tzinfo=UTC),
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


@pytest.mark.parametrize("change", CLOCK_CHANGES, ids=lambda change: f"{change:%Y-%m-%d}")
def test_readers_agree_on_every_quarter_of_an_hour_around_a_clock_change(registration, change):
    starts = [change + timedelta(minutes=15 * step) for step in range(-16, 17)]
    periods = [(start, start + timedelta(hours=1)) for start in starts]

    messages = [_message(registration, starts_at=start, ends_at=end) for start, end in periods]

    assert [instants_in_vobject(message) for message in messages] == periods
    assert [instants_in_libical(message) for message in messages] == periods


def test_readers_agree_on_every_day_of_a_year(registration):
    starts = [datetime(2027, 1, 1, 8, 30, tzinfo=UTC) + timedelta(days=day) for day in range(365)]

    messages = [_message(registration, starts_at=start, ends_at=start + timedelta(hours=1)) for start in starts]

    assert [instants_in_vobject(message)[0] for message in messages] == starts
    assert [instants_in_libical(message)[0] for message in messages] == starts


@pytest.mark.parametrize(
    ("starts_at", "written"),
    [
        (datetime(2026, 7, 3, 7, 30, tzinfo=UTC), b"DTSTART;TZID=Europe/Madrid:20260703T093000\r\n"),
        (datetime(2026, 12, 3, 8, 30, tzinfo=UTC), b"DTSTART;TZID=Europe/Madrid:20261203T093000\r\n"),
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), b"DTSTART;TZID=Europe/Madrid:20270328T015900\r\n"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), b"DTSTART;TZID=Europe/Madrid:20270328T030000\r\n"),
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), b"DTSTART:20261024T235900Z\r\n"),
        (datetime(2026, 10, 25, 0, 0, tzinfo=UTC), b"DTSTART:20261025T000000Z\r\n"),
        (datetime(2026, 10, 25, 1, 59, tzinfo=UTC), b"DTSTART:20261025T015900Z\r\n"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), b"DTSTART;TZID=Europe/Madrid:20261025T030000\r\n"),
    ],
)
def test_hour_that_comes_twice_is_written_in_utc_and_every_other_on_the_wall_clock(registration, starts_at, written):
    content = _message(registration, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))

    assert written in content


def test_time_in_another_zone_is_written_in_utc(registration):
    registration.event.timezone = "Atlantic/Canary"

    content = _message(registration)

    assert b"DTSTART:20261203T083000Z" in content
    assert b"VTIMEZONE" not in content


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_checker_of_the_protocol_finds_no_fault(registration, is_cancelled):
    assert find_faults(_message(registration, is_cancelled=is_cancelled)) == []


def test_checker_of_the_protocol_finds_faults_at_all(registration):
    lines = _message(registration).replace(b"\r\n ", b"").split(b"\r\n")
    broken = b"\r\n".join(line for line in lines if not line.startswith((b"ATTENDEE", b"UID")))

    faults = find_faults(broken)

    assert len(faults) == 2


@pytest.mark.parametrize("make", [make_download, make_feed])
def test_what_is_published_lacks_only_the_organiser_that_outlook_would_ask_about(registration, make):
    entries = [_entry(registration), _entry(registration, uid="other@h", is_cancelled=True)]

    content = make(registration.event, entries, url=URL)

    assert [fault for fault in find_faults(content) if "ORGANIZER" not in fault] == []


def test_feed_without_entries_still_is_a_calendar(registration):
    content = make_feed(registration.event, [], url=URL)

    assert find_faults(content) == []
    assert icalendar.Calendar.from_ical(content).walk("VEVENT") == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_in_their_place(registration, text):
    registration.first_name = registration.event.team.name = text

    content = _message(registration, title=text, place=text, description=text)

    calendar = icalendar.Calendar.from_ical(content)
    (entry,) = calendar.walk("VEVENT")
    assert str(entry["attendee"]) == "mailto:nuria@example.org"
    assert str(entry["organizer"]) == "mailto:jornades@example.org"
    assert find_faults(content) == []
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_person_has_said_yes_and_is_alone(registration):
    (entry,) = icalendar.Calendar.from_ical(_message(registration)).walk("VEVENT")

    assert entry["organizer"].params["CN"] == "Equip d’inclusió"
    assert dict(entry["attendee"].params) == {
        "CN": "Núria Pla",
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }


def test_entries_of_two_people_and_of_two_sessions_have_their_own_names(registration):
    other = factories.make_registration(registration.event, email="cleo@example.org", code="CLEO2345")

    uids = [make_uid(person, session_id, host="h") for person in (registration, other) for session_id in (0, 7, 8)]

    assert uids == [
        "registration-42-ABCD2345@h",
        "registration-42-ABCD2345-7@h",
        "registration-42-ABCD2345-8@h",
        "registration-42-CLEO2345@h",
        "registration-42-CLEO2345-7@h",
        "registration-42-CLEO2345-8@h",
    ]


def test_whole_event_tells_the_sessions_and_not_the_token(registration):
    (occasion,) = _occasions(registration)

    assert occasion.description == (
        "Les vostres sessions:\n10–11 h · Habitatge, salut i col·laboració (Sala d’actes)\n11–12 h · Cloenda\n\n"
        f"El vostre codi: ABCD2345\n\n{URL}"
    )
    assert registration.token not in occasion.description


def test_sessions_of_an_event_of_several_days_are_told_with_their_day(registration):
    registration.event.ends_at += timedelta(days=1)

    (occasion,) = _occasions(registration)

    assert "dijous 3 de desembre de 2026, 10–11 h · Habitatge" in occasion.description


def test_with_an_entry_for_each_session_those_for_all_are_there_and_breaks_are_not(registration):
    event = registration.event
    event.calendar_shape = CalendarShape.SESSIONS
    factories.make_session(event, "P", title="Benvinguda", kind=SessionKind.PLENARY, starts_at=event.starts_at)
    factories.make_session(event, "C", title="Cafè", kind=SessionKind.BREAK)
    factories.make_session(event, "V", title="Visita amb places", kind=SessionKind.PLENARY, capacity=10)
    factories.make_session(event, "X", title="No es fa", kind=SessionKind.PLENARY, cancelled_at=NOW)
    factories.make_session(event, "T3", title="No triada")

    occasions = _occasions(registration)

    assert [each.title for each in occasions] == ["Benvinguda", "Habitatge, salut i col·laboració", "Cloenda"]
    assert [each.place for each in occasions] == [
        "Centre cívic, carrer Gran, 1, Barcelona",
        "Sala d’actes, Centre cívic, carrer Gran, 1, Barcelona",
        "Centre cívic, carrer Gran, 1, Barcelona",
    ]


def test_who_has_no_session_gets_the_whole_event(registration):
    registration.event.calendar_shape = CalendarShape.SESSIONS

    occasions = list_occasions(registration, [], url=URL)

    assert [(each.session_id, each.title) for each in occasions] == [(0, "Jornada de treball: Besòs, 2a; «retorn»")]


@pytest.mark.parametrize("state", [state for state in RegistrationState if state is not RegistrationState.CONFIRMED])
def test_who_has_no_place_attends_nothing(registration, state):
    registration.state = state

    assert _occasions(registration) == []


def test_nobody_attends_an_event_that_is_cancelled(registration):
    registration.event.state = EventState.CANCELLED

    assert _occasions(registration) == []


def test_fingerprint_changes_with_what_is_told_and_not_with_the_language(registration):
    before = [each.fingerprint for each in _occasions(registration)]
    registration.language = "en"
    in_english = [each.fingerprint for each in _occasions(registration)]
    registration.sessions[0].room.name = "Sala 2"
    in_another_room = [each.fingerprint for each in _occasions(registration)]

    assert in_english == before
    assert in_another_room != before


@pytest.mark.parametrize("starts_at", [*CLOCK_CHANGES, datetime(2027, 7, 1, 7, 30, tzinfo=UTC)])
def test_links_to_calendars_on_the_web_carry_the_instant(starts_at):
    ends_at = starts_at + timedelta(hours=2)

    links = events_ical.web_links(
        title="Taller d’«eixos» & +1", starts_at=starts_at, ends_at=ends_at, place="Sala 1, Besòs", details=URL
    )

    told = {name: dict(parse_qsl(urlsplit(link).query)) for name, link in links}
    assert list(told) == ["Google Calendar", "Outlook.com", "Microsoft 365"]
    google, outlook = told["Google Calendar"], told["Outlook.com"]
    assert [datetime.strptime(each, "%Y%m%dT%H%M%S%z") for each in google["dates"].split("/")] == [starts_at, ends_at]
    assert [datetime.fromisoformat(outlook[key]) for key in ("startdt", "enddt")] == [starts_at, ends_at]
    assert told["Microsoft 365"] == outlook
    assert (google["text"], google["location"]) == ("Taller d’«eixos» & +1", "Sala 1, Besòs")
    assert (outlook["subject"], outlook["location"]) == ("Taller d’«eixos» & +1", "Sala 1, Besòs")
    assert not any("+" in link for _name, link in links)


def _occasions(registration):
    return list_occasions(registration, registration.sessions, url=URL)


def _entry(registration, **values):
    event = registration.event
    return Entry(
        **{
            "session_id": 0,
            "uid": "registration-42-ABCD2345@h",
            "sequence": 3,
            "stamp": NOW,
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
            "title": event.title,
            "place": "Centre cívic",
            "fingerprint": "",
            "description": "Amb accents, «cometes»; i comes",
            **values,
        }
    )


def _message(registration, **values):
    return make_message(_entry(registration, **values), registration, organiser=ORGANISER, url=URL).content.encode()
