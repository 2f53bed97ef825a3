"""What the papers say, as values: a certificate's content, a signature sheet, an attendance report."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from accounts.models import CertificateFormula
from core.dates import has_hours, time_covered
from events.models import Dimension
from registrations.models import Registration


@dataclass(frozen=True)
class CertifiedSession:
    """One session that the person attended, as it is printed."""

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True)
class CertificateContent:
    """Everything a certificate states. It is frozen when issued, and what is printed comes from here alone."""

    language: str
    formula: CertificateFormula
    signatory_name: str
    signatory_post: str
    organiser: str
    place: str
    name: str
    event: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: str
    address: str
    sessions: tuple[CertifiedSession, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def timed(self) -> tuple[CertifiedSession, ...]:
        """The sessions whose hours are told: nobody can certify how long another one took."""
        return tuple(
            session
            for session in self.sessions
            if has_hours(session.starts_at.astimezone(self.zone), session.ends_at.astimezone(self.zone))
        )

    @property
    def duration(self) -> timedelta:
        """The time attended; two sessions at the same hour are one hour of a person's time."""
        return time_covered((session.starts_at, session.ends_at) for session in self.timed)

    @property
    def has_overlap(self) -> bool:
        return self.duration != sum((session.duration for session in self.timed), timedelta())

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything in it that somebody typed, the person's name first."""
        typed = (self.name, self.event, self.organiser, self.signatory_name, self.signatory_post)
        return (*typed, self.place, self.venue, self.address, *(session.title for session in self.sessions))

    @property
    def is_signed(self) -> bool:
        return bool(self.signatory_name)

    def as_json(self) -> dict[str, Any]:
        """The content in JSON's own types: equal contents give equal values."""
        values: dict[str, Any] = _jsonable(asdict(self))
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read back what `as_json` wrote."""
        sessions = tuple(CertifiedSession(**_with_instants(session)) for session in values["sessions"])
        formula = CertificateFormula(values["formula"])
        return cls(**{**_with_instants(values), "formula": formula, "sessions": sessions})


@dataclass(frozen=True)
class Picture:
    """A PNG and its measures in points of its own."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate ready to be printed: what it states, how to verify it, and the present logo of who issues it."""

    content: CertificateContent
    code: str
    verification_url: str
    issued_at: datetime
    logo: Picture | None = None


@dataclass(frozen=True)
class SheetRow:
    """A person in a list, the surname first: lists are in its order and people look for it."""

    name: str
    organisation: str

    @classmethod
    def of(cls, registration: Registration) -> Self:
        """The row of a registration."""
        name = ", ".join(filter(None, (registration.last_name, registration.first_name)))
        return cls(name, registration.organisation)


@dataclass(frozen=True)
class PrivacyNotice:
    """The first layer: who is responsible, why, on what basis, which rights, where the rest stands."""

    responsible_body: str
    purpose: str
    legal_basis: str
    rights: str
    url: str


@dataclass(frozen=True)
class SignatureSheet:
    """The paper list of one session, its rows in Catalan order."""

    language: str
    organiser: str
    event: str
    code: str
    session: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    room: str
    venue: str
    rows: tuple[SheetRow, ...]
    privacy: PrivacyNotice

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything in its rows that somebody typed."""
        return tuple(text for row in self.rows for text in (row.name, row.organisation))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class ListGroup:
    """The rows of a list that stand together, under a title or none."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PrintedList:
    """An attendee list for a purpose."""

    language: str
    organiser: str
    event: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    name: str
    purpose: str
    printed_at: datetime
    header: tuple[str, ...]
    groups: tuple[ListGroup, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class LabelText:
    """What stands on one label: `code` as it is typed at the door, and the address that its QR leads to."""

    name: str
    organisation: str
    code: str
    address: str


@dataclass(frozen=True)
class Turnout:
    """How many took part in a set of sessions, as the figures of the product define it.

    `people` are distinct people on the lists; `declared` the heads counted where no list was kept; `entries` pairs of
    person and session. Of `unknown_sessions` there is neither list nor headcount, which is not zero.
    """

    sessions: int
    people: int
    declared: int
    entries: int
    unknown_sessions: int

    @property
    def participants(self) -> int:
        return self.people + self.declared

    @property
    def attendances(self) -> int:
        return self.entries + self.declared

    @property
    def is_known(self) -> bool:
        """Whether anything is known at all; when not, its zeros are not zero."""
        return self.unknown_sessions < self.sessions


@dataclass(frozen=True)
class ReportSession:
    """One session of the attendance report. `declared` is None when no headcount was declared, which is not zero."""

    code: str
    title: str
    dimension: Dimension | None
    starts_at: datetime
    ends_at: datetime
    registered: int | None
    declared: int | None
    is_over: bool
    people: tuple[SheetRow, ...]


@dataclass(frozen=True)
class AttendanceReport:
    """The attendance of an event: figures, and who was in each session."""

    language: str
    organiser: str
    event: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: str
    address: str
    made_at: datetime
    registered: int
    registered_attended: int
    turnout: Turnout
    by_dimension: tuple[tuple[Dimension | None, Turnout], ...]
    sessions: tuple[ReportSession, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


_INSTANTS = frozenset({"starts_at", "ends_at"})


def _with_instants(values: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key in _INSTANTS else value for key, value in values.items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, CertificateFormula):
        return value.value
    if isinstance(value, dict):
        return {key: _jsonable(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_jsonable(part) for part in value]
    return value
