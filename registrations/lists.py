"""Attendee lists by purpose: which people and columns each takes, and a record as cells or as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from accounts.models import StaffRole
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


Filled = str | int | Sequence[str] | StrEnum | datetime | timedelta | Said
Value = Filled | None
Record = Mapping[str, Value]


class Profile(StrEnum):
    """What an attendee list is for; each shows no more than its purpose needs."""

    DOOR = "door"
    ROOM = "room"
    CATERING = "catering"
    CERTIFICATES = "certificates"
    JUSTIFICATION = "justification"
    FULL = "full"


@dataclass(frozen=True)
class Purpose:
    """A list, what it is for, its columns, and the roles that may take it besides administrators: who needs to know."""

    name: object
    purpose: object
    columns: tuple[str, ...]
    roles: tuple[StaffRole, ...]


# Who takes a list is who does the work it is for. At the door no more is carried away than its screen shows anyhow;
# facilitators learn who comes to a room, one room at a time; numbers name nobody.
PROFILES: Mapping[Profile, Purpose] = {
    Profile.DOOR: Purpose(
        _l("Door"),
        _l("To let in who is expected, also without a network: on paper, with the code of each."),
        ("last_name", "first_name", "organisation", "code"),
        (StaffRole.ORGANISER, StaffRole.DOOR),
    ),
    Profile.ROOM: Purpose(
        _l("Room"),
        _l("For whoever facilitates a session: who is expected in it."),
        ("session", "title", "room", "last_name", "first_name", "organisation"),
        (StaffRole.ORGANISER, StaffRole.FACILITATOR),
    ),
    Profile.CATERING: Purpose(
        _l("Catering"),
        _l("To order coffee and chairs: how many people, without anybody’s name."),
        ("session", "title", "starts_at", "registered", "came"),
        (StaffRole.ORGANISER, StaffRole.FACILITATOR, StaffRole.DOOR, StaffRole.VIEWER),
    ),
    Profile.CERTIFICATES: Purpose(
        _l("Certificates"),
        _l("To answer for the certificates: who came, to what, how long."),
        ("last_name", "first_name", "attended", "hours"),
        (StaffRole.ORGANISER,),
    ),
    Profile.JUSTIFICATION: Purpose(
        _l("Justification"),
        _l("For whoever funds the event: each attendance, and how and by whom it was recorded."),
        (
            "last_name",
            "first_name",
            "organisation",
            "session",
            "title",
            "attendance_source",
            "recorded_by",
            "recorded_at",
        ),
        (StaffRole.ORGANISER,),
    ),
    Profile.FULL: Purpose(
        _l("Everything"),
        _l("To move the registrations to another program or keep a copy. For anything else take one of the others."),
        (
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
        (StaffRole.ORGANISER,),
    ),
}

LABELS = Purpose(
    _l("Labels, badges and table cards"),
    _l(
        "To stick on folders, to wear and to stand on tables: each name, or each session, on the sheets that shops"
        " sell."
    ),
    ("first_name", "last_name", "organisation", "code"),
    (StaffRole.ORGANISER,),
)
"""What is printed on sheets of labels, which is no table (`certificates.label_sheets`)."""

PERSON_COLUMNS = PROFILES[Profile.FULL].columns
"""What an own list may show of a person, besides what they answered; supports are never among it."""
ASKED = "question-"
"""What stands before the id of a question in the name of its column."""

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


class Mark(NamedTuple):
    """One attendance of an attendee."""

    session: str
    source: AttendanceSource
    recorded_by: str
    recorded_at: datetime


class Attendee(NamedTuple):
    """One registration as lists show it: sessions by their codes, in order of time.

    A tuple, because a list may make a hundred thousand of them.
    """

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
    words: Mapping[int, Sequence[str]] = MappingProxyType({})
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


def make_header(columns: Sequence[str], asked: Sequence[Question] = ()) -> list[str]:
    """Give the headings of a list in the language in force; a question is the heading of its answers."""
    texts = {name_column(question): question.text for question in asked}
    return [texts.get(column) or str(HEADINGS[column]) for column in columns]


def name_column(question: Question) -> str:
    """Give the name of the column of a question."""
    return f"{ASKED}{question.id}"


def make_person_records(
    attendees: Iterable[Attendee], columns: Sequence[str], asked: Sequence[Question] = ()
) -> Iterator[Record]:
    """List these columns of everybody, with what they answered to `asked` where a column is of a question."""
    makers = [_make_reader(column, {name_column(question): question for question in asked}) for column in columns]
    for attendee in attendees:
        yield dict(zip(columns, [make(attendee) for make in makers], strict=True))


def _make_reader(column: str, asked: Mapping[str, Question]) -> Callable[[Attendee], Value]:
    question = asked.get(column)
    if question:
        return lambda attendee: _say(question, attendee.words.get(question.id))
    if column == "supports":
        return lambda attendee: name_needs(attendee.needs)
    return attrgetter(column)


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
    # Nearly all are plain texts or nothing; a state is a text too, but of a type of its own.
    return [
        value if type(value) is str else "" if value is None else _as_cell(value, zone, words)
        for value in record.values()
    ]


def as_json(record: Record) -> dict[str, object]:
    """Give a record in JSON's own types: instants in UTC, hours as a number."""
    return {name: _as_json(value) for name, value in record.items()}


def _say(question: Question, words: Sequence[str] | None) -> Said | None:
    return Said(words, say(question, words), question.kind is QuestionKind.SEVERAL) if words else None


def _as_cell(value: Filled, zone: ZoneInfo, words: Words) -> Cell:
    if isinstance(value, int):
        return value
    if isinstance(value, StrEnum):
        return words[type(value)][value]
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(" ", "minutes")[:16]
    if isinstance(value, timedelta):
        return format_duration(value)
    return value.text if isinstance(value, Said) else " ".join(value)


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
