"""What a certificate says, as values: its content as it is frozen, and the certificate as it is printed."""

from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from accounts.models import CertificateFormula
from certificates.attended import AttendedSession
from certificates.models import CertifiedRole, PageSize
from core.dates import has_hours, time_covered
from registrations.stays import Periods, list_breaks, without_breaks


@dataclass(frozen=True)
class CertifiedSession:
    """One session that the person attended, as it is printed.

    `stays` are when they were there, where that is not all of it. `breaks` inside it do not count, and a break that
    comes into the programme later corrects nothing: what was certified is compared without the time of any.
    """

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    stays: Periods = ()
    breaks: Periods = field(default=(), compare=False)

    @classmethod
    def of(cls, attended: AttendedSession) -> Self:
        """What is certified of a session that somebody attended."""
        session = attended.session
        stays = () if attended.is_whole else attended.periods
        breaks = list_breaks(attended.whole)
        return cls(session.code, session.title, session.starts_at, session.ends_at, stays, breaks)

    @property
    def periods(self) -> Periods:
        """What of it counts."""
        whole = (self.starts_at, self.ends_at)
        return self.stays or (without_breaks(whole, self.breaks) if self.breaks else (whole,))

    @property
    def duration(self) -> timedelta:
        return sum((ends_at - starts_at for starts_at, ends_at in self.periods), timedelta())


@dataclass(frozen=True)
class CertificateContent:
    """Everything a certificate states. It is frozen when issued, and what is printed comes from here alone.

    `text` are the event's own words after the name, its fields filled; empty are ours. `organisation` is the person's,
    where those words state it. `logo` and `signature` are the marks of pictures that are kept; a `logo` of None is of
    before they were kept: the team's present one. What of it is fact and what wording, `corrections` says.
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
    organisation: str = ""

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
        return time_covered(period for session in self.timed for period in session.periods)

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
        values["sessions"] = [_without_empty(session) for session in values["sessions"]]
        return cast("dict[str, Any]", _jsonable(values))

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read back what `as_json` wrote."""
        sessions = tuple(_read_session(session) for session in values["sessions"])
        states = {key: kind(values[key]) for key, kind in _STATES.items() if key in values}
        return cls(**{**_with_instants(values), **states, "sessions": sessions})


_PERIODS = ("stays", "breaks")
_STATES = {"formula": CertificateFormula, "role": CertifiedRole, "page_size": PageSize}
_SINCE = {each.name: each.default for each in fields(CertificateContent) if each.default is not MISSING}


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


_INSTANTS = frozenset({"starts_at", "ends_at"})


def _with_instants(values: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key in _INSTANTS else value for key, value in values.items()}


def _without_empty(session: dict[str, Any]) -> dict[str, Any]:
    """A session without what it has come to state since the first certificates, where there is nothing to state."""
    return {key: value for key, value in session.items() if value or key not in _PERIODS}


def _read_session(values: dict[str, Any]) -> CertifiedSession:
    periods = {
        key: tuple((datetime.fromisoformat(one), datetime.fromisoformat(other)) for one, other in values.get(key, ()))
        for key in _PERIODS
    }
    return CertifiedSession(**{**_with_instants(values), **periods})


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
