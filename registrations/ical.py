"""A person's calendar (RFC 5545, 5546): what they attend, and the files that say so. Values in, bytes out.

Every file holds one VEVENT, because Outlook opens one with several as a new calendar; only what people subscribe to
holds them all. The token of the person's page stays out: calendars are shared with colleagues.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from core.mail import CalendarFile
from events import ical
from events.ical import Person
from events.models import CalendarShape, Event, EventState, Session, SessionKind
from registrations.models import Registration

if TYPE_CHECKING:
    import icalendar

WHOLE_EVENT = 0
"""Stands where the id of a session would."""
_REFRESH_HOURS = 4


@dataclass(frozen=True)
class Occasion:
    """Something that a person attends: the whole event, or one session of it; `facts` is all that may change in it."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    description: str = field(compare=False)
    facts: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What changes when anything changes that a calendar must learn of, and not with the language."""
        told = (_instant(self.starts_at), _instant(self.ends_at), self.title, self.place, *self.facts)
        return hashlib.sha256("\x1f".join(told).encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """An entry of a calendar as it should stand there; `stamp` is when it became so."""

    session_id: int
    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    fingerprint: str
    description: str = ""
    is_cancelled: bool = False


def list_occasions(registration: Registration, sessions: Iterable[Session], *, url: str) -> list[Occasion]:
    """What a person with a place attends, of which they hold `sessions`; nothing while they have none.

    With an entry for each session, those that all attend are among them and breaks are not; who has no session yet
    gets the event as a whole.
    """
    event = registration.event
    if not registration.is_confirmed or event.state is EventState.CANCELLED:
        return []
    held = [session for session in sessions if not session.is_cancelled]
    attended = _attended(event, held) if event.calendar_shape is CalendarShape.SESSIONS else []
    if not attended:
        return [_whole_event(registration, held, url)]
    return [_one_session(registration, session, url) for session in attended]


def make_uid(registration: Registration, session_id: int, *, host: str) -> str:
    """The name of an entry in every calendar it reaches: of the event and the person, and of the session if any."""
    uid = f"registration-{registration.event.id}-{registration.code}"
    return f"{uid}@{host}" if session_id == WHOLE_EVENT else f"{uid}-{session_id}@{host}"


def make_message(entry: Entry, registration: Registration, *, organiser: Person, url: str) -> CalendarFile:
    """What tells one person's calendar, and nobody else's, that an entry is new, has changed, or is there no longer.

    METHOD:REQUEST to who has already said yes, METHOD:CANCEL for an entry that is cancelled.
    """
    method = "CANCEL" if entry.is_cancelled else "REQUEST"
    attendee = Person(registration.email, registration.full_name)
    component = _make(entry, registration.event, url=url, title=entry.title, organiser=organiser, attendee=attendee)
    return CalendarFile(method, ical.calendar([component], method=method).decode())


def readdress(file: CalendarFile, email: str) -> CalendarFile:
    """The same message for the same person at another address."""
    import icalendar  # noqa: PLC0415 - 90 ms that only calendars should cost

    calendar = icalendar.Calendar.from_ical(file.content)
    for component in calendar.walk("VEVENT"):
        attendee = icalendar.vCalAddress(f"mailto:{email}")
        attendee.params = component["attendee"].params
        component["attendee"] = attendee
    return CalendarFile(file.method, calendar.to_ical().decode())


def make_download(event: Event, entries: Sequence[Entry], *, url: str) -> bytes:
    """METHOD:PUBLISH, to be kept; without ORGANIZER, or Outlook asks whether to accept (RFC 5545 §3.8.4.3)."""
    return ical.calendar(_publish(event, entries, url))


def make_feed(event: Event, entries: Sequence[Entry], *, url: str) -> bytes:
    """The same to be followed: what is cancelled stays and says so, since a program may keep what only disappears."""
    return ical.calendar(_publish(event, entries, url), name=event.title, refresh_hours=_REFRESH_HOURS)


def _attended(event: Event, held: Sequence[Session]) -> list[Session]:
    ids = {session.id for session in held}
    return [session for session in event.sessions if session.id in ids or _is_for_all(session)]


def _is_for_all(session: Session) -> bool:
    """Whether everybody is at the session, without choosing it."""
    return session.kind is SessionKind.PLENARY and not session.is_chosen and not session.is_cancelled


def _whole_event(registration: Registration, held: Sequence[Session], url: str) -> Occasion:
    event = registration.event
    paragraphs = [_("Your sessions:") + f"\n{ical.programme_lines(event, held)}"] if held else []
    lines = (
        f"{session.id} {_instant(session.starts_at)} {_instant(session.ends_at)} {session.title} "
        f"{session.room.name if session.room else ''}"
        for session in held
    )
    return Occasion(
        session_id=WHOLE_EVENT,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        title=event.title,
        place=ical.place_of(event),
        description=_describe(registration, paragraphs, url),
        facts=(event.timezone, registration.email, *lines),
    )


def _one_session(registration: Registration, session: Session, url: str) -> Occasion:
    event = registration.event
    return Occasion(
        session_id=session.id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=session.title,
        place=ical.place_of(event, session),
        description=_describe(registration, [event.title], url),
        facts=(event.timezone, registration.email),
    )


def _describe(registration: Registration, paragraphs: Sequence[str], url: str) -> str:
    return "\n\n".join([*paragraphs, _("Your code: %(code)s", code=registration.code), url])


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _publish(event: Event, entries: Sequence[Entry], url: str) -> list[icalendar.Event]:
    return [_make(entry, event, url=url, title=_headline(event, entry)) for entry in entries]


def _make(  # noqa: PLR0913 - what an entry says, and to whom
    entry: Entry,
    event: Event,
    *,
    url: str,
    title: str,
    organiser: Person | None = None,
    attendee: Person | None = None,
) -> icalendar.Event:
    return ical.event_component(
        uid=entry.uid,
        stamp=entry.stamp,
        sequence=entry.sequence,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        zone=event.zone,
        summary=title,
        location=entry.place,
        description=entry.description,
        url=url,
        is_cancelled=entry.is_cancelled,
        organizer=organiser,
        attendee=attendee,
    )


def _headline(event: Event, entry: Entry) -> str:
    """The title, which says what became of the entry for programs that show what is cancelled like all the rest."""
    if not entry.is_cancelled:
        return entry.title
    cancelled_sessions = {session.id for session in event.sessions if session.is_cancelled}
    if event.state is EventState.CANCELLED or entry.session_id in cancelled_sessions:
        return ical.called_off(entry.title)
    removed: str = _("Removed: %(title)s", title=entry.title)
    return removed
