"""What a person's calendar has been told, and what it must be told now (docs/adr/0013).

One comparison serves every act: whoever changes what a person attends, or when and where it is, asks `update` for the
messages and sends them with the mail about that act.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import update as update_rows

from core import config
from core.database import db
from core.languages import use_language
from core.mail import CalendarFile, sender_address
from core.web import external_url
from events.ical import Person
from events.models import Event, Session
from registrations.ical import Entry, Occasion, list_occasions, make_message, make_uid
from registrations.models import CalendarEntry, Registration


@dataclass(frozen=True)
class News:
    """What a calendar must be told: the entries that are new or different, and for each the message that says so."""

    entries: Sequence[Entry]
    files: Sequence[CalendarFile]


NO_NEWS = News((), ())


def update(registration: Registration, sessions: Iterable[Session], *, now: datetime) -> Sequence[CalendarFile]:
    """Give the messages that make the person's calendar say what is true, and note that it has been told.

    They must be sent in the same transaction.
    """
    news = find_news(registration, sessions, now=now)
    note(registration, news)
    return news.files


def find_news(registration: Registration, sessions: Iterable[Session], *, now: datetime) -> News:
    """Compare what the person attends, holding `sessions`, with what their calendar was told; nothing is noted yet.

    Each message holds one entry: REQUEST for what is new or different, then CANCEL for what is no longer so; none when
    nothing changed, nor for who never had a place. What is over stays as it was told. `places.hold` comes first, or two
    acts at once would tell one sequence twice; a registration that is not in the database yet costs no query.
    """
    event = registration.event
    url, organiser = page_url(event), Person(sender_address(), event.team.name)
    with use_language(registration.language):
        told = {entry.session_id: entry for entry in registration.calendar_entries}
        occasions = list_occasions(registration, sessions, url=url)
        news = [
            _attended(registration, told.get(occasion.session_id), occasion, now)
            for occasion in occasions
            if _is_news(told.get(occasion.session_id), occasion, now)
        ]
        attended = {occasion.session_id for occasion in occasions}
        news += [
            _given_up(entry, now)
            for entry in sorted(told.values(), key=attrgetter("starts_at", "session_id"))
            if entry.session_id not in attended and not entry.is_cancelled and entry.ends_at > now
        ]
        return News(news, [make_message(entry, registration, organiser=organiser, url=url) for entry in news])


def find_doubled(registration: Registration, *, now: datetime) -> News:
    """What stands twice since two registrations were merged: the entries under numbers of no session, cancelled."""
    url, organiser = page_url(registration.event), Person(sender_address(), registration.event.team.name)
    with use_language(registration.language):
        entries = [
            _given_up(entry, now)
            for entry in sorted(registration.calendar_entries, key=attrgetter("starts_at", "session_id"))
            if entry.session_id < 0 and not entry.is_cancelled and entry.ends_at > now
        ]
        return News(entries, [make_message(entry, registration, organiser=organiser, url=url) for entry in entries])


def note(registration: Registration, news: News) -> None:
    """Note that the person's calendar is told this news, whose messages are being sent."""
    told = {entry.session_id: entry for entry in registration.calendar_entries}
    for entry in news.entries:
        row = told.get(entry.session_id)
        if row is None:
            row = CalendarEntry(session_id=entry.session_id, uid=entry.uid)
            registration.calendar_entries.append(row)
        row.sequence, row.is_cancelled, row.told_at = entry.sequence, entry.is_cancelled, entry.stamp
        row.starts_at, row.ends_at = entry.starts_at, entry.ends_at
        row.title, row.place, row.fingerprint = entry.title, entry.place, entry.fingerprint


def list_attended(registration: Registration, sessions: Iterable[Session]) -> list[Occasion]:
    """What the person attends, in order of time and in their language; whatever their calendar was told."""
    with use_language(registration.language):
        return list_occasions(registration, sessions, url=page_url(registration.event))


def list_shown(registration: Registration, sessions: Iterable[Session]) -> list[Entry]:
    """What the person's calendar should show, in order of time: what they attend, and what they no longer do.

    The sequences are those that were told or, where something has changed since, that the next message will have: it
    may still be on its way, or never go out to who gave no address.
    """
    changed_at = max(registration.updated_at, registration.event.updated_at)
    told = {entry.session_id: entry for entry in registration.calendar_entries}
    occasions = list_attended(registration, sessions)
    shown = [_attended(registration, told.pop(each.session_id, None), each, changed_at) for each in occasions]
    shown += [_given_up(entry, changed_at) for entry in told.values()]
    return sorted(shown, key=attrgetter("starts_at", "session_id"))


def take_back(registration_ids: Iterable[int], told_at: datetime) -> None:
    """Take what these people's calendars were to be told then for untold: the mails were taken back (`core.mail`).

    The next message says it anew, under a sequence of its own.
    """
    db.session.execute(
        update_rows(CalendarEntry)
        .where(CalendarEntry.registration_id.in_(registration_ids), CalendarEntry.told_at == told_at)
        .values(fingerprint="", is_cancelled=False)
        .execution_options(synchronize_session=False)
    )


def forget(registration: Registration) -> None:
    """Take it that the person's calendar knows nothing: the next message says all of it anew, under the same names."""
    for entry in registration.calendar_entries:
        if not entry.is_cancelled:
            entry.fingerprint = ""


def page_url(event: Event) -> str:
    """The address that entries lead to: the programme, which anybody may see."""
    return external_url("events.programme", slug=event.slug)


def _is_news(told: CalendarEntry | None, occasion: Occasion, now: datetime) -> bool:
    if told is None:
        return occasion.ends_at > now
    return _differs(told, occasion) and max(told.ends_at, occasion.ends_at) > now


def _differs(told: CalendarEntry, occasion: Occasion) -> bool:
    return told.is_cancelled or told.fingerprint != occasion.fingerprint


def _attended(registration: Registration, told: CalendarEntry | None, occasion: Occasion, moment: datetime) -> Entry:
    """Any difference from what was told makes the sequence grow: RFC 5546 §2.1.4 asks for times and allows the rest."""
    is_new = told is None or _differs(told, occasion)
    return Entry(
        session_id=occasion.session_id,
        uid=told.uid if told else make_uid(registration, occasion.session_id, host=config.current().host),
        sequence=told.sequence + is_new if told else 0,
        stamp=moment if told is None or is_new else told.told_at,
        starts_at=occasion.starts_at,
        ends_at=occasion.ends_at,
        title=occasion.title,
        place=occasion.place,
        fingerprint=occasion.fingerprint,
        description=occasion.description,
    )


def _given_up(told: CalendarEntry, moment: datetime) -> Entry:
    """An entry as it was last told, cancelled."""
    is_new = not told.is_cancelled
    return Entry(
        session_id=told.session_id,
        uid=told.uid,
        sequence=told.sequence + is_new,
        stamp=moment if is_new else told.told_at,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        title=told.title,
        place=told.place,
        fingerprint=told.fingerprint,
        is_cancelled=True,
    )
