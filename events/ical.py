"""Calendars (RFC 5545, 5546): values in, bytes out.

Public files are METHOD:PUBLISH without ORGANIZER or ATTENDEE; the personal invitation of `registrations` is made of the
same pieces. Nothing here asks for the clock: DTSTAMP is the time of the revision that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from core.markup import plain_text
from core.text import clean_line, clean_text
from events.models import Event, EventState, Session, SessionKind
from events.timetable import session_time

if TYPE_CHECKING:
    import icalendar

PRODID = "-//Jornada//Jornada//CA"
LONGEST_PROGRAMME = 40
"""How many sessions are told in the description of an event; beyond that the page is the better reading."""

# Written by hand in the form every calendar program reads right: RRULE and the wall clock before each change. The
# tables that libraries generate put summer an hour off in ical.js and Outlook. Other zones are written in UTC.
_OWN_ZONE = "Europe/Madrid"
_VTIMEZONE = b"""\
BEGIN:VTIMEZONE
TZID:Europe/Madrid
X-LIC-LOCATION:Europe/Madrid
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
""".replace(b"\n", b"\r\n")
_END = b"END:VCALENDAR\r\n"
# Addresses that open a new entry, filled in, in the calendars that people keep on the web.
_GOOGLE = "https://calendar.google.com/calendar/render"
_OUTLOOK = {
    "Outlook.com": "https://outlook.live.com/calendar/0/action/compose",
    "Microsoft 365": "https://outlook.office.com/calendar/0/action/compose",
}


@dataclass(frozen=True)
class Person:
    """Somebody named in an invitation."""

    email: str
    name: str = ""


def calendar(
    components: Iterable[icalendar.Event], *, method: str = "PUBLISH", name: str = "", refresh_hours: int = 0
) -> bytes:
    """The bytes of a VCALENDAR around `components`; `name` and `refresh_hours` (0: none) are for feeds.

    Without any component it holds the time zone alone, since it must hold something (RFC 5545 §3.6).
    """
    parts = list(components)
    zone = _VTIMEZONE if not parts or any(_tells_own_zone(part) for part in parts) else b""
    return b"".join([_head(method, name, refresh_hours), zone, *(part.to_ical() for part in parts), _END])


@lru_cache(maxsize=64)
def _head(method: str, name: str, refresh_hours: int) -> bytes:
    """What stands before the components: nearly every calendar begins with the same lines."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    whole = icalendar.Calendar()
    whole.add("prodid", PRODID)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    if name:
        whole.add("name", clean_line(name))
        whole.add("x-wr-calname", clean_line(name))
    if refresh_hours:
        whole.add("refresh-interval", timedelta(hours=refresh_hours), parameters={"VALUE": "DURATION"})
        whole.add("x-published-ttl", f"PT{refresh_hours}H")
    head: bytes = whole.to_ical()
    return head.removesuffix(_END)


def event_component(  # noqa: PLR0913 - the properties of a VEVENT, by keyword
    *,
    uid: str,
    stamp: datetime,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    summary: str,
    location: str = "",
    description: str = "",
    url: str = "",
    is_cancelled: bool = False,
    all_day: bool = False,
    organizer: Person | None = None,
    attendee: Person | None = None,
) -> icalendar.Event:
    """One VEVENT. An `attendee` has already said yes: nobody is asked to answer (RSVP=FALSE)."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    component = icalendar.Event()
    component.add("uid", uid)
    component.add("dtstamp", stamp)
    component.add("sequence", sequence)
    if all_day:
        component.add("dtstart", starts_at.astimezone(zone).date())
        component.add("dtend", (ends_at - timedelta(microseconds=1)).astimezone(zone).date() + timedelta(days=1))
        component.add("transp", "TRANSPARENT")
    else:
        for key, moment in zip(("dtstart", "dtend"), _written(starts_at, ends_at, zone), strict=True):
            component.add(key, moment)
        if is_cancelled:
            component.add("transp", "TRANSPARENT")  # the time is free again, in programs that go on showing it
    component.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    component.add("summary", clean_line(summary))
    for key, text in (("location", clean_line(location)), ("description", clean_text(description)), ("url", url)):
        if text:
            component.add(key, text)
    if organizer:
        component.add("organizer", _address(organizer))
    if attendee:
        role = {"cutype": "INDIVIDUAL", "role": "REQ-PARTICIPANT", "partstat": "ACCEPTED", "rsvp": "FALSE"}
        component.add("attendee", _address(attendee, **role))
    return component


def event_calendar(event: Event, *, host: str, url: str) -> bytes:
    """The public calendar of one event: itself when it takes one day, else each of its sessions."""
    sessions = _told_sessions(event)
    if event.is_one_day or not sessions:
        return calendar([_whole_event(event, host=host, url=url, all_day=not event.is_one_day)])
    return calendar([_one_session(event, session, host=host, url=url) for session in sessions])


def feed(events: Sequence[tuple[Event, str]], *, host: str, name: str) -> bytes:
    """The public calendar of many events, each with the address of its page; cancelled ones stay and say so."""
    return calendar(
        [_whole_event(event, host=host, url=url, all_day=not event.is_one_day) for event, url in events],
        name=name,
        refresh_hours=6,
    )


def web_links(*, title: str, starts_at: datetime, ends_at: datetime, place: str, details: str) -> list[tuple[str, str]]:
    """Names and addresses of calendars on the web that open with this entry filled in; both ends are told in UTC.

    Spaces are written `%20`: Outlook shows a `+` as it stands.
    """
    start, end = (moment.astimezone(UTC) for moment in (starts_at, ends_at))
    title, place = clean_line(title), clean_line(place)
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
        "details": details,
        "location": place,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "body": details,
        "location": place,
    }
    return [
        ("Google Calendar", f"{_GOOGLE}?{urlencode(google, quote_via=quote)}"),
        *((name, f"{address}?{urlencode(outlook, quote_via=quote)}") for name, address in _OUTLOOK.items()),
    ]


def event_uid(event: Event, *, host: str) -> str:
    """The UID of an event's public entry; the same for ever, whatever its title or address becomes."""
    return f"event-{event.id}@{host}"


def session_uid(session: Session, *, host: str) -> str:
    """The UID of a session's public entry."""
    return f"session-{session.id}@{host}"


def place_of(event: Event, session: Session | None = None) -> str:
    """Where to go, as one line: room, venue, address."""
    room = session.room.name if session and session.room else ""
    where = (session.address,) if session and session.address else (event.venue, event.address)
    return ", ".join(part for part in (room, *where) if part)


def programme_lines(event: Event, sessions: Iterable[Session]) -> str:
    """Sessions of an event that will be held as plain lines: `10–11 h · Taller (Sala 1)`."""
    return "\n".join(
        f"{session_time(event, session)} · {session.title}" + (f" ({session.room.name})" if session.room else "")
        for session in sessions
        if not session.is_cancelled
    )


def called_off(title: str) -> str:
    """The title of what will not be held, for programs that show it without saying so."""
    headline: str = _("CANCELLED: %(title)s", title=title)
    return headline


def _whole_event(event: Event, *, host: str, url: str, all_day: bool) -> icalendar.Event:
    paragraphs = [plain_text(event.summary)]
    if event.is_one_day and len(event.sessions) <= LONGEST_PROGRAMME:
        paragraphs.append(programme_lines(event, event.sessions))
    paragraphs.append(url)
    return event_component(
        uid=event_uid(event, host=host),
        stamp=event.updated_at,
        sequence=event.sequence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        summary=called_off(event.title) if event.state is EventState.CANCELLED else event.title,
        location=place_of(event),
        description="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        url=url,
        is_cancelled=event.state is EventState.CANCELLED,
        all_day=all_day,
    )


def _one_session(event: Event, session: Session, *, host: str, url: str) -> icalendar.Event:
    paragraphs = [event.title, plain_text(session.description), url]
    is_cancelled = session.is_cancelled or event.state is EventState.CANCELLED
    return event_component(
        uid=session_uid(session, host=host),
        stamp=event.updated_at,
        sequence=event.sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=event.zone,
        summary=called_off(session.title) if is_cancelled else session.title,
        location=place_of(event, session),
        description="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        url=url,
        is_cancelled=is_cancelled,
    )


def _told_sessions(event: Event) -> list[Session]:
    return [session for session in event.sessions if session.kind is not SessionKind.BREAK]


def _written(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Both ends on the wall clock of our own zone, or in UTC in other zones and in the hour that comes twice.

    When the clocks go back an hour has two instants under one name, which readers take for the first (RFC 5545
    §3.3.5), and the second could not be said.
    """
    local = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if zone.key == _OWN_ZONE and not any(_comes_twice(moment) for moment in local):
        return local
    return starts_at.astimezone(UTC), ends_at.astimezone(UTC)


def _comes_twice(moment: datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _tells_own_zone(component: icalendar.Event) -> bool:
    return bool(component["dtstart"].params.get("TZID") == _OWN_ZONE)


def _address(person: Person, **parameters: str) -> Any:
    """A calendar address; a double quote in a name would become `^'`, which Outlook shows as it stands (RFC 6868)."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    address = icalendar.vCalAddress(f"mailto:{clean_line(person.email)}")
    name = clean_line(person.name).replace('"', "’")
    address.params.update({"cn": name} if name else {}, **parameters)
    return address
