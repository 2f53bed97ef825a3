"""Attendee lists by purpose: which people and columns each takes, and a record as cells or as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from core.dates import format_duration
from core.tables import Cell
from events.labels import DIMENSIONS
from events.models import Dimension, Session
from registrations.attendance import attended_duration
from registrations.labels import ATTENDANCE_SOURCES, REGISTRATION_SOURCES, REGISTRATION_STATES, SUPPORTS
from registrations.models import (
    AttendanceSource,
    Question,
    QuestionKind,
    RegistrationSource,
    RegistrationState,
    SupportKind,
)
from registrations.questions import say
from registrations.supports import NeedCount

Words = Mapping[type[StrEnum], Mapping[StrEnum, str]]

_WORDS: Mapping[type[StrEnum], Mapping[Any, object]] = {
    Dimension: DIMENSIONS,
    RegistrationState: REGISTRATION_STATES,
    RegistrationSource: REGISTRATION_SOURCES,
    AttendanceSource: ATTENDANCE_SOURCES,
}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its words as they were given, and as one text."""

    words: Sequence[str]
    text: str
    is_several: bool = False


Value = str | int | Sequence[str] | StrEnum | datetime | timedelta | Said | None
Record = Mapping[str, Value]


class Profile(StrEnum):
    """What an attendee list is for; each shows no more than its purpose needs."""

    FULL = "full"
    DOOR = "door"
    ROOM = "room"
    CATERING = "catering"
    CERTIFICATES = "certificates"
    JUSTIFICATION = "justification"


PROFILES: Mapping[Profile, object] = {
    Profile.FULL: _l("everything"),
    Profile.DOOR: _l("the door: who is expected, with codes"),
    Profile.ROOM: _l("the rooms: who is expected in each session"),
    Profile.CATERING: _l("catering: how many, without names"),
    Profile.CERTIFICATES: _l("certificates: who came, to what, how long"),
    Profile.JUSTIFICATION: _l("justification: each attendance and how it was recorded"),
}

COLUMNS: Mapping[Profile, tuple[str, ...]] = {
    Profile.FULL: (
        "first_name",
        "last_name",
        "email",
        "organisation",
        "dimension",
        "state",
        "sessions",
        "waiting",
        "position",
        "attended",
        "code",
        "source",
        "image_consent_at",
        "created_at",
        "cancelled_at",
    ),
    Profile.DOOR: ("last_name", "first_name", "organisation", "code"),
    Profile.ROOM: ("session", "title", "room", "last_name", "first_name", "organisation"),
    Profile.CATERING: ("session", "title", "starts_at", "registered", "came"),
    Profile.CERTIFICATES: ("last_name", "first_name", "attended", "hours"),
    Profile.JUSTIFICATION: (
        "last_name",
        "first_name",
        "organisation",
        "session",
        "title",
        "attendance_source",
        "recorded_by",
        "recorded_at",
    ),
}

HEADINGS: Mapping[str, object] = {
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "email": _l("E-mail"),
    "organisation": _l("Organisation"),
    "dimension": _l("Dimension"),
    "state": _l("State"),
    "sessions": _l("Sessions"),
    "waiting": _l("Waits for"),
    "position": _l("Position in line"),
    "attended": _l("Sessions attended"),
    "code": _l("Code"),
    "source": _l("Source"),
    "image_consent_at": _l("Image consent"),
    "created_at": _l("Registered on"),
    "cancelled_at": _l("Cancelled on"),
    "session": _l("Session"),
    "title": _l("Title"),
    "room": _l("Room"),
    "starts_at": _l("Starts"),
    "registered": _l("Registered"),
    "came": _l("Came"),
    "hours": _l("Hours"),
    "attendance_source": _l("Recorded by means of"),
    "recorded_by": _l("Recorded by"),
    "recorded_at": _l("Recorded on"),
    "supports": _l("Supports"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One attendance of an attendee."""

    session: str
    source: AttendanceSource
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Attendee:
    """One registration as lists show it: sessions by their codes, in order of time."""

    first_name: str
    last_name: str
    email: str
    organisation: str
    dimension: Dimension | None
    state: RegistrationState
    source: RegistrationSource
    code: str
    image_consent_at: datetime | None
    created_at: datetime
    cancelled_at: datetime | None
    sessions: tuple[str, ...]
    marks: tuple[Mark, ...]
    waiting: tuple[str, ...] = ()
    position: int | None = None
    words: Mapping[int, Sequence[str]] = field(default_factory=dict)
    needs: Sequence[tuple[SupportKind, str]] = ()

    @property
    def attended(self) -> tuple[str, ...]:
        return tuple(mark.session for mark in self.marks)


@dataclass(frozen=True)
class Count:
    """How many are expected and came: to a session, or to the whole event when `session` is None."""

    session: Session | None
    title: str
    starts_at: datetime
    registered: int
    came: int


def make_header(profile: Profile, asked: Sequence[Question] = (), *, with_supports: bool = False) -> list[str]:
    """Give the headings of a list in the language in force; a question is the heading of its answers."""
    headings = [str(HEADINGS[column]) for column in COLUMNS[profile]]
    if profile is not Profile.FULL:
        return headings
    return [*headings, *(question.text for question in asked), *([str(HEADINGS["supports"])] if with_supports else [])]


def make_full_records(
    attendees: Iterable[Attendee], asked: Sequence[Question] = (), *, with_supports: bool = False
) -> Iterator[Record]:
    """List everything about everybody: what they answered to `asked` too, and only on purpose what they need."""
    for attendee in attendees:
        record: dict[str, Value] = {column: getattr(attendee, column) for column in COLUMNS[Profile.FULL]}
        for question in asked:
            record[f"question-{question.id}"] = _say(question, attendee.words.get(question.id))
        if with_supports:
            record["supports"] = name_needs(attendee.needs)
        yield record


def make_door_records(attendees: Iterable[Attendee]) -> Iterator[Record]:
    """List who is expected, for those who stand at the door."""
    return ({column: getattr(attendee, column) for column in COLUMNS[Profile.DOOR]} for attendee in attendees)


def make_room_records(session: Session, attendees: Iterable[Attendee]) -> Iterator[Record]:
    """List who is expected in one session, for its facilitator."""
    for attendee in attendees:
        yield {
            "session": session.code,
            "title": session.title,
            "room": session.room.name if session.room else "",
            "last_name": attendee.last_name,
            "first_name": attendee.first_name,
            "organisation": attendee.organisation,
        }


def make_catering_records(counts: Iterable[Count], needs: Iterable[NeedCount] = ()) -> Iterator[Record]:
    """Count heads, and on purpose supports, and name nobody."""
    for count in counts:
        yield {
            "session": count.session.code if count.session else "",
            "title": count.title,
            "starts_at": count.starts_at,
            "registered": count.registered,
            "came": count.came,
        }
    for need in needs:
        title = name_needs([(need.kind, need.details)])
        yield {"session": "", "title": title, "starts_at": None, "registered": need.people, "came": None}


def name_needs(needs: Iterable[tuple[SupportKind, str]]) -> str:
    """Give supports as one text in the language in force, each with the words that belong to it."""
    return " · ".join(f"{SUPPORTS[kind]}: {details}" if details else str(SUPPORTS[kind]) for kind, details in needs)


def make_certificate_records(sessions: Mapping[str, Session], attendees: Iterable[Attendee]) -> Iterator[Record]:
    """List who attended what, and for how long."""
    for attendee in attendees:
        yield {
            "last_name": attendee.last_name,
            "first_name": attendee.first_name,
            "attended": attendee.attended,
            "hours": attended_duration(sessions[code] for code in attendee.attended),
        }


def make_justification_records(
    sessions: Mapping[str, Session], attendees: Iterable[Attendee], *, only: str | None = None
) -> Iterator[Record]:
    """List each attendance, or those of one session, with how, by whom and when it was recorded, for whoever pays."""
    for attendee in attendees:
        for mark in attendee.marks:
            if only not in {None, mark.session}:
                continue
            yield {
                "last_name": attendee.last_name,
                "first_name": attendee.first_name,
                "organisation": attendee.organisation,
                "session": mark.session,
                "title": sessions[mark.session].title,
                "attendance_source": mark.source,
                "recorded_by": mark.recorded_by,
                "recorded_at": mark.recorded_at,
            }


def speak() -> Words:
    """Give every word that a list may need, in the language in force: looked up once, not for each of many rows."""
    return {kind: {value: str(word) for value, word in words.items()} for kind, words in _WORDS.items()}


def as_cells(record: Record, zone: ZoneInfo, words: Words) -> list[Cell]:
    """Give a record as the cells of a row, with times as clocks in `zone` show them."""
    return [_as_cell(value, zone, words) for value in record.values()]


def as_json(record: Record) -> dict[str, object]:
    """Give a record in JSON's own types: instants in UTC, hours as a number."""
    return {name: _as_json(value) for name, value in record.items()}


def _say(question: Question, words: Sequence[str] | None) -> Said | None:
    return Said(words, say(question, words), question.kind is QuestionKind.SEVERAL) if words else None


def _as_cell(value: Value, zone: ZoneInfo, words: Words) -> Cell:
    if value is None:
        return ""
    if isinstance(value, Said):
        value = value.text
    if isinstance(value, StrEnum):
        return words[type(value)][value]
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, timedelta):
        return format_duration(value)
    return " ".join(value)


def _as_json(value: Value) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Said):
        return list(value.words) if value.is_several else value.words[0]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return round(value.total_seconds() / 3600, 2)
    if value is None or isinstance(value, (str, int)):
        return value
    return list(value)
