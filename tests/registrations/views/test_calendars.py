"""A person's calendar over HTTP: the file, the feed, and the links on their page."""

from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest

from core.database import db
from core.dates import utc_now
from events.models import CalendarShape, EventState, SessionKind
from registrations import calendars
from registrations.models import RegistrationState
from tests import factories
from tests.calendar_programs import find_faults, read_feed

PAGE = "/inscripcions/" + "t" * 32


@pytest.fixture
def event(app):
    starts_at = utc_now().replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
    event = factories.make_event(starts_at=starts_at)
    factories.make_session(event, "P", title="Benvinguda", kind=SessionKind.PLENARY, starts_at=starts_at)
    factories.make_session(event, "T1", title="Taller d’eixos", starts_at=starts_at + timedelta(hours=1))
    factories.make_session(event, "T2", title="Un altre", starts_at=starts_at + timedelta(hours=1))
    return event


@pytest.fixture
def registration(event):
    registration = factories.make_registration(event, event.sessions[1], token="t" * 32, code="ABCD2345")
    calendars.update(registration, registration.sessions, now=utc_now())
    db.session.flush()
    return registration


def test_file_is_the_whole_event(client, registration):
    answer = client.get(f"{PAGE}/calendari.ics")

    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"] == "attachment; filename=jornada.ics"
    assert _entries(answer) == [("CONFIRMED", "Jornada de treball")]
    for word in ("ATTENDEE", "ORGANIZER", "t" * 32):
        assert word not in answer.text


def test_file_of_one_session(client, event, registration):
    event.calendar_shape = CalendarShape.SESSIONS

    whole = client.get(f"{PAGE}/calendari.ics")
    one = client.get(f"{PAGE}/calendari.ics?sessio=T1")

    assert _entries(whole) == [("CONFIRMED", "Benvinguda"), ("CONFIRMED", "Taller d’eixos")]
    assert _entries(one) == [("CONFIRMED", "Taller d’eixos")]
    assert one.headers["Content-Disposition"] == "attachment; filename=jornada-T1.ics"


@pytest.mark.parametrize("code", ["T2", "X", 'T1"', "%0d%0aX: 1", "T1' OR 1=1"])
def test_file_of_a_session_that_is_not_theirs_is_not_found(client, event, registration, code):
    event.calendar_shape = CalendarShape.SESSIONS

    assert client.get(f"{PAGE}/calendari.ics?sessio={code}").status_code == 404


def test_file_of_who_cancelled_says_so(client, registration):
    registration.state = RegistrationState.CANCELLED

    assert _entries(client.get(f"{PAGE}/calendari.ics")) == [("CANCELLED", "Retirada: Jornada de treball")]


def test_who_waits_finds_no_file_and_an_empty_feed(client, event):
    factories.make_registration(event, token="t" * 32, state=RegistrationState.WAITING)

    assert client.get(f"{PAGE}/calendari.ics").status_code == 404
    assert _entries(client.get(f"{PAGE}/agenda.ics")) == []


def test_feed_is_for_one_program_alone(client, registration):
    answer = client.get(f"{PAGE}/agenda.ics")

    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in answer.text
    assert [fault for fault in find_faults(answer.data) if "ORGANIZER" not in fault] == []
    for word in ("ATTENDEE", "ORGANIZER", "t" * 32):
        assert word not in answer.text


def test_feed_that_has_not_changed_is_not_sent_again(client, event, registration):
    etag = client.get(f"{PAGE}/agenda.ics").headers["ETag"]

    same = client.get(f"{PAGE}/agenda.ics", headers={"If-None-Match": etag})
    event.state = EventState.CANCELLED
    other = client.get(f"{PAGE}/agenda.ics", headers={"If-None-Match": etag})

    assert (same.status_code, same.data) == (304, b"")
    assert _entries(other) == [("CANCELLED", "CANCEL·LADA: Jornada de treball")]
    assert read_feed(other.data) == []


@pytest.mark.parametrize("token", ["x" * 32, "short", "x" * 500, "..%2f" * 6])
@pytest.mark.parametrize("address", ["calendari.ics", "agenda.ics"])
def test_wrong_token_is_not_found(client, registration, token, address):
    assert client.get(f"/inscripcions/{token}/{address}").status_code == 404


def test_page_links_to_every_calendar_with_the_right_instant(client, event, registration):
    page = client.get(PAGE).text

    assert f'href="{PAGE}/calendari.ics"' in page
    assert f'href="webcal://jornades.example.org{PAGE}/agenda.ics"' in page
    (google,) = _links(page, "calendar.google.com")
    assert _instants(google["dates"][0].split("/")) == [event.starts_at, event.ends_at]
    for host in ("outlook.live.com", "outlook.office.com"):
        (outlook,) = _links(page, host)
        assert _instants([outlook["startdt"][0], outlook["enddt"][0]]) == [event.starts_at, event.ends_at]


def test_page_links_to_each_session_when_each_is_an_entry(client, event, registration):
    event.calendar_shape = CalendarShape.SESSIONS

    page = client.get(PAGE).text

    assert [link["text"] for link in _links(page, "calendar.google.com")] == [["Benvinguda"], ["Taller d’eixos"]]
    assert f'href="{PAGE}/calendari.ics?sessio=P"' in page
    assert f'href="{PAGE}/calendari.ics?sessio=T1"' in page
    assert f'href="{PAGE}/calendari.ics"' not in page


def test_page_of_who_has_no_place_has_no_calendar(client, event, registration):
    registration.state = RegistrationState.CANCELLED

    page = client.get(PAGE).text

    assert "webcal:" not in page
    assert "calendari.ics" not in page


def _entries(answer):
    assert answer.status_code == 200
    entries = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    return [(str(each["status"]), str(each["summary"])) for each in entries]


def _links(page, host):
    addresses = [unescape(part.partition('"')[0]) for part in page.split('href="')[1:]]
    return [parse_qs(urlsplit(each).query) for each in addresses if urlsplit(each).hostname == host]


def _instants(texts):
    return [datetime.fromisoformat(text) for text in texts]
