"""What the other papers say, as values: signature sheets, lists, labels, figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from certificates.content import Picture
from figures.charts import Charts
from figures.figure_reports import FigureReport
from registrations.models import Registration


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
    """The paper list of one session, its rows in Catalan order; `with_hours`, with room for coming and leaving."""

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
    with_hours: bool = False

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
    """An attendee list for a purpose; one that `is_ticked` has a square to tick in each row."""

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
    is_ticked: bool = False

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
