"""The event in the person's own calendar (RFC 5545, 5546): values in, bytes out.

One VEVENT for the whole event, because Outlook opens a file with several as a new calendar; the sessions chosen stand
in its description. The UID is the registration's for ever, also when it is cancelled and taken up again; the SEQUENCE
is the sum of two counters that only grow, the registration's own and that of the event's times and places. The token
of the person's page stays out: calendars are shared with colleagues.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext as _

from events import ical
from events.ical import Person
from events.models import EventState, Session
from registrations.models import Registration


@dataclass(frozen=True)
class CalendarFile:
    """A calendar as it travels: what it asks of the program that reads it, and its bytes."""

    method: str
    content: bytes


def make_invitation(
    registration: Registration, sessions: Sequence[Session], *, organiser: Person, url: str
) -> CalendarFile:
    """METHOD:REQUEST for one person who has already said yes; also the way to tell a calendar of a change."""
    return _make("REQUEST", registration, sessions, url=url, organiser=organiser)


def make_cancellation(
    registration: Registration, sessions: Sequence[Session], *, organiser: Person, url: str
) -> CalendarFile:
    """METHOD:CANCEL, which takes the event out of this person's calendar and nobody else's."""
    return _make("CANCEL", registration, sessions, url=url, organiser=organiser)


def make_download(registration: Registration, sessions: Sequence[Session], *, url: str) -> CalendarFile:
    """METHOD:PUBLISH, to be kept; without ORGANIZER, or Outlook asks whether to accept (RFC 5545 §3.8.4.3)."""
    return _make("PUBLISH", registration, sessions, url=url, organiser=None)


def make_uid(registration: Registration, *, host: str) -> str:
    """The name of this registration's entry in every calendar it reaches."""
    return f"registration-{registration.event.id}-{registration.code}@{host}"


def _make(
    method: str, registration: Registration, sessions: Sequence[Session], *, url: str, organiser: Person | None
) -> CalendarFile:
    event = registration.event
    component = ical.event_component(
        uid=make_uid(registration, host=urlsplit(url).hostname or "localhost"),
        stamp=max(registration.updated_at, event.updated_at),
        sequence=registration.calendar_sequence + event.sequence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        summary=event.title,
        location=ical.place_of(event),
        description=_describe(registration, sessions, url),
        url=url,
        is_cancelled=not registration.is_confirmed or event.state is EventState.CANCELLED,
        organizer=organiser,
        attendee=Person(registration.email, registration.full_name) if organiser else None,
    )
    return CalendarFile(method, ical.calendar([component], method=method))


def _describe(registration: Registration, sessions: Sequence[Session], url: str) -> str:
    paragraphs = []
    if sessions:
        paragraphs.append(f"{_('Your sessions:')}\n{ical.programme_lines(registration.event, sessions)}")
    paragraphs += [_("Your code: %(code)s", code=registration.code), url]
    return "\n\n".join(paragraphs)
