"""Calendars (RFC 5545, 5546): values in, bytes out.

Public files are METHOD:PUBLISH without ORGANIZER or ATTENDEE; the personal invitation of `registrations` is made of the
same pieces. Nothing here asks for the clock: DTSTAMP is the time of the revision that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
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
_VTIMEZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Madrid
X-LIC-LOCATION:Europe/Madrid
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Person:
    """Somebody named in an invitation."""

    email: str
    name: str = ""


def calendar(
    components: Iterable[icalendar.Event], *, method: str = "PUBLISH", name: str = "", refresh_hours: int = 0
) -> bytes:
    """The bytes of a VCALENDAR around `components`; `name` and `refresh_hours` (0: none) are for feeds."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    parts = list(components)
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
    if any(_tells_own_zone(part) for part in parts):
        whole.add_component(icalendar.Timezone.from_ical(_VTIMEZONE))
    for part in parts:
        whole.add_component(part)
    content: bytes = whole.to_ical()
    return content


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
        component.add("dtstart", _written(starts_at, zone))
        component.add("dtend", _written(ends_at, zone))
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


def event_uid(event: Event, *, host: str) -> str:
    """The UID of an event's public entry; the same for ever, whatever its title or address becomes."""
    return f"event-{event.id}@{host}"


def session_uid(session: Session, *, host: str) -> str:
    """The UID of a session's public entry."""
    return f"session-{session.id}@{host}"


def place_of(event: Event, session: Session | None = None) -> str:
    """Where to go, as one line: room, venue, address."""
    room = session.room.name if session and session.room else ""
    return ", ".join(part for part in (room, event.venue, event.address) if part)


def programme_lines(event: Event, sessions: Iterable[Session]) -> str:
    """Sessions of an event as plain lines: `10–11 h · Taller (Sala 1)`."""
    return "\n".join(
        f"{session_time(event, session)} · {session.title}" + (f" ({session.room.name})" if session.room else "")
        for session in sessions
    )


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
        summary=_summary(event, event.title),
        location=place_of(event),
        description="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        url=url,
        is_cancelled=event.state is EventState.CANCELLED,
        all_day=all_day,
    )


def _one_session(event: Event, session: Session, *, host: str, url: str) -> icalendar.Event:
    paragraphs = [event.title, plain_text(session.description), url]
    return event_component(
        uid=session_uid(session, host=host),
        stamp=event.updated_at,
        sequence=event.sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=event.zone,
        summary=_summary(event, session.title),
        location=place_of(event, session),
        description="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        url=url,
        is_cancelled=event.state is EventState.CANCELLED,
    )


def _summary(event: Event, title: str) -> str:
    return _("CANCELLED: %(title)s", title=title) if event.state is EventState.CANCELLED else title


def _told_sessions(event: Event) -> list[Session]:
    return [session for session in event.sessions if session.kind is not SessionKind.BREAK]


def _written(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone if zone.key == _OWN_ZONE else ZoneInfo("UTC"))


def _tells_own_zone(component: icalendar.Event) -> bool:
    return bool(component["dtstart"].params.get("TZID") == _OWN_ZONE)


def _address(person: Person, **parameters: str) -> Any:
    """A calendar address; a double quote in a name would become `^'`, which Outlook shows as it stands (RFC 6868)."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    address = icalendar.vCalAddress(f"mailto:{clean_line(person.email)}")
    name = clean_line(person.name).replace('"', "’")
    address.params.update({"cn": name} if name else {}, **parameters)
    return address
