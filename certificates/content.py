"""What the papers say, as values: a certificate's content, a signature sheet, a list."""

from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from accounts.models import CertificateFormula
from certificates.models import CertifiedRole, PageSize
from core.dates import has_hours, time_covered
from figures.charts import Charts
from figures.figure_reports import FigureReport
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
    """Everything a certificate states. It is frozen when issued, and what is printed comes from here alone.

    `text` are the event's own words after the name, its fields filled; empty are ours. `logo` and `signature` are the
    marks of pictures that are kept; a `logo` of None is of before they were kept: the team's present one.
    """

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
    role: CertifiedRole = CertifiedRole.ATTENDEE
    text: str = ""
    approver_name: str = ""
    approver_post: str = ""
    identity: str = ""
    page_size: PageSize = PageSize.A4
    logo: str | None = None
    signature: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def where(self) -> str:
        """Venue and address on one line, as far as they are known."""
        return ", ".join(filter(None, (self.venue, self.address)))

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
        signed = (self.signatory_name, self.signatory_post, self.approver_name, self.approver_post)
        typed = (self.name, self.event, self.organiser, *signed, self.text)
        return (*typed, self.place, self.venue, self.address, *(session.title for session in self.sessions))

    @property
    def is_signed(self) -> bool:
        return bool(self.signatory_name)

    def as_json(self) -> dict[str, Any]:
        """The content in JSON's own types: equal contents give equal values, whenever they were written.

        What certificates have come to state since the first ones is left out where there is nothing to state.
        """
        values = {key: value for key, value in asdict(self).items() if _SINCE.get(key, ...) != value}
        return cast("dict[str, Any]", _jsonable(values))

    def says_the_same(self, other: "CertificateContent") -> bool:
        """Whether the two state the same; another logo, signature image or sheet states nothing else."""
        return replace(self, **_LOOK) == replace(other, **_LOOK)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read back what `as_json` wrote."""
        sessions = tuple(CertifiedSession(**_with_instants(session)) for session in values["sessions"])
        states = {key: kind(values[key]) for key, kind in _STATES.items() if key in values}
        return cls(**{**_with_instants(values), **states, "sessions": sessions})


_STATES = {"formula": CertificateFormula, "role": CertifiedRole, "page_size": PageSize}
_SINCE = {each.name: each.default for each in fields(CertificateContent) if each.default is not MISSING}
_LOOK: dict[str, Any] = {"logo": None, "signature": "", "page_size": PageSize.A4}


@dataclass(frozen=True)
class Picture:
    """A PNG and its measures in points of its own."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate ready to be printed: what it states, how to verify it, its number and its pictures.

    One of before they were numbered has no number. A specimen has no code, for it certifies nothing.
    """

    content: CertificateContent
    code: str
    verification_url: str
    issued_at: datetime
    logo: Picture | None = None
    signature: Picture | None = None
    number: int | None = None
    year: int = 0
    is_specimen: bool = False


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
    logo: Picture | None = None

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
class FigurePaper:
    """Figures as they are printed: whose they are, how they stand, all that is told of them and the charts of it.

    What is frozen has a title, a note and a checksum; `warning` says what keeps them from being what they seem.
    """

    language: str
    name: str
    facts: tuple[str, ...]
    author: str
    report: FigureReport
    charts: Charts
    title: str = ""
    note: str = ""
    checksum: str = ""
    warning: str = ""


_INSTANTS = frozenset({"starts_at", "ends_at"})


def _with_instants(values: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key in _INSTANTS else value for key, value in values.items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {key: _jsonable(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_jsonable(part) for part in value]
    return value
