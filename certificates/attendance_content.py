"""What an attendance report says, as values: figures, who had signed up, by whom and where, and session by session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.text import fold
from figures.charts import Chart, Charts
from figures.figure_reports import FigureReport, Line
from registrations.models import AttendanceSource
from registrations.stays import Stays


class Purpose(StrEnum):
    """What a report is for: it names people, tells all numbers, or only those that point at nobody."""

    FILE = "file"
    FUNDER = "funder"
    PUBLIC = "public"

    @property
    def names_people(self) -> bool:
        return self is Purpose.FILE

    @property
    def is_public(self) -> bool:
        return self is Purpose.PUBLIC


@dataclass(frozen=True)
class SignUp:
    """How many had signed up, how many of them came, and how many came without it; None where that is not told."""

    signed_up: int
    came: int | None
    besides: int | None


@dataclass(frozen=True)
class Part:
    """The people who have something in common: an organisation, an answer. A number that is not told is None.

    `is_rest` are those of whom it is not known. `key` tells it apart from the others of its division; `organisations`
    are the keys of those that its people come from.
    """

    name: str
    signed_up: int | None
    came: int | None
    is_rest: bool = False
    key: str = field(default="", compare=False)
    organisations: frozenset[str] = field(default=frozenset(), compare=False)


class About(StrEnum):
    """By what a division tells people apart."""

    ORGANISATION = "organisation"
    NETWORK = "network"
    NEIGHBOURHOOD = "neighbourhood"
    ANSWER = "answer"


Heading = tuple[About, str]
"""What tells a division from the others of a report."""


@dataclass(frozen=True)
class Division:
    """People told apart by something: `title` heads it, `subject` heads its column of names.

    `is_partition` says that everybody is in one part only, so that the parts add up; where it is not, `overlap` says
    why, if there is more to say than that somebody belongs to several. `is_untold` says that its numbers are so few
    that none can be told.
    """

    about: About

    title: str
    subject: str
    parts: tuple[Part, ...]
    is_partition: bool
    is_untold: bool = False
    overlap: str = ""

    @property
    def heading(self) -> Heading:
        """What tells it from the others, in reports of other events too."""
        return (self.about, fold(self.title))

    @property
    def hides(self) -> bool:
        """Whether a number is not told."""
        return any(part.came is None for part in self.parts)


@dataclass(frozen=True)
class Person:
    """Somebody on the list of a session, the surname first, and how it is known that they were there.

    Where exits are recorded, `stays` are from when to when they were, and `hours` what of it counts; else None.
    """

    name: str
    organisation: str
    source: AttendanceSource
    stays: Stays = ()
    hours: timedelta | None = None


@dataclass(frozen=True)
class ReportSession:
    """One session. `signed_up` is None where nobody signs up for it alone, `declared` where nothing was declared.

    `people` are named only where the report names people and whoever asks may see them; `organisations` say from where
    those on the list came, and of how many of them that is known.
    """

    code: str
    title: str
    event: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    is_over: bool
    sign_up: SignUp | None
    listed: int
    declared: int | None
    sources: Mapping[AttendanceSource, int]
    organisations: tuple[tuple[str, int], ...]
    people: tuple[Person, ...] | None

    @property
    def tells_hours(self) -> bool:
        """Whether it is told from when to when people were there."""
        return any(person.hours is not None for person in self.people or ())

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class AttendanceReport:
    """The attendance of an event or a process, as it was recorded when the report was made.

    `sign_up` is None where they are so few that it is not told; `sign_ups` tell it of each event of a process.
    `to_come` sessions without a count have not ended yet. `warning` says what keeps the report from being whole.
    """

    language: str
    name: str
    facts: tuple[str, ...]
    author: str
    purpose: Purpose
    is_one_day: bool
    figures: FigureReport
    charts: Charts
    sign_up: SignUp | None
    sign_up_chart: Chart | None
    sign_ups: tuple[tuple[str, SignUp], ...]
    divisions: tuple[Division, ...]
    organisation_chart: Chart | None
    places: tuple[Line, ...]
    sessions: tuple[ReportSession, ...]
    to_come: int = 0
    warning: str = ""

    @property
    def sources(self) -> tuple[AttendanceSource, ...]:
        """Those from which any attendance is known."""
        return tuple(source for source in AttendanceSource if any(each.sources.get(source) for each in self.sessions))
