"""The rows of attendee lists: what each list tells of whom, as cells or as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.dates import format_duration
from core.tables import Cell
from events.labels import DIMENSIONS
from events.models import Dimension, Session
from registrations.attendance import Hours
from registrations.labels import ATTENDANCE_SOURCES, REGISTRATION_SOURCES, REGISTRATION_STATES, SUPPORTS, say_stays
from registrations.lists import name_column
from registrations.models import (
    AttendanceSource,
    Question,
    QuestionKind,
    RegistrationSource,
    RegistrationState,
    SupportKind,
)
from registrations.questions import say
from registrations.stays import Stays
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


class Mark(NamedTuple):
    """One attendance of an attendee."""

    session: str
    source: AttendanceSource
    recorded_by: str
    recorded_at: datetime
    stays: Stays = ()


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


def make_certificate_records(
    sessions: Mapping[str, Session], attendees: Iterable[Attendee], hours: Hours, *, zone: ZoneInfo | None = None
) -> Iterator[Record]:
    """List who attended what, and for how long; where exits are recorded, in the zone, from when to when."""
    for attendee in attendees:
        yield {
            "last_name": attendee.last_name,
            "first_name": attendee.first_name,
            "attended": attendee.attended,
            **({"stays": say_all_stays(attendee.marks, zone)} if zone else {}),
            "hours": hours.add_up((sessions[mark.session], mark.stays) for mark in attendee.marks),
        }


def make_justification_records(
    sessions: Mapping[str, Session],
    attendees: Iterable[Attendee],
    *,
    only: str | None = None,
    hours: Hours | None = None,
) -> Iterator[Record]:
    """List each attendance, or those of one session, with how, by whom and when it was recorded, for whoever pays.

    Where exits are recorded, with `hours`: when they came first and left last, and what of it counts.
    """
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
                **(_tell_hours(sessions[mark.session], mark, hours) if hours else {}),
                "attendance_source": mark.source,
                "recorded_by": mark.recorded_by,
                "recorded_at": mark.recorded_at,
            }


def _tell_hours(session: Session, mark: Mark, hours: Hours) -> Record:
    return {
        "came_at": mark.stays[0][0] if mark.stays else None,
        "left_at": mark.stays[-1][1] if mark.stays else None,
        "hours": hours.add_up([(session, mark.stays)]),
    }


def say_all_stays(marks: Iterable[Mark], zone: ZoneInfo) -> str:
    """From when to when somebody was at each session, as far as it is known, as one text."""
    return " · ".join(f"{mark.session} {say_stays(mark.stays, zone)}" for mark in marks if mark.stays)


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
