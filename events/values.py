"""What can be written of a process, an event, a session: the values that forms and files hand to the services.

A key that is left out stays as it is. Times are aware, texts already clean and within these lengths.
"""

import re
from datetime import datetime
from typing import TypedDict

from core.text import fold
from directory.models import Neighbourhood
from events.models import Access, CalendarShape, Dimension, Process, ProcessState, Promotion, Room, SessionKind

SLUG_LENGTH = 80
LINE_LENGTH = 300
TEXT_LENGTH = 20_000
CODE_LENGTH = 32
ROOM_LENGTH = 200
FACILITATORS_LENGTH = 500
URL_LENGTH = 500
MAX_NUMBER = 1_000_000
WEB_ADDRESS = re.compile(r"https?://[^\s/$.?#<>\"'][^\s<>\"]*", re.IGNORECASE)
CODE = re.compile(r"\w[\w.+:·-]*")
"""A session code stands in addresses, and in lists that separate codes by spaces, commas or semicolons."""


class ProcessValues(TypedDict, total=False):
    """What can be written of a process; a key that is left out stays as it is."""

    slug: str
    title: str
    summary: str
    description: str
    state: ProcessState
    is_public: bool


class EventValues(TypedDict, total=False):
    """What can be written of an event; a key that is left out stays as it is. Times are aware, texts already clean."""

    slug: str
    process: Process | None
    title: str
    summary: str
    description: str
    objectives: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: str
    address: str
    language: str
    capacity: int | None
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    changes_close_at: datetime | None
    access: Access
    has_waiting_list: bool
    promotion: Promotion
    offer_hours: int
    confirms_address: bool
    address_minutes: int
    calendar_shape: CalendarShape
    reminder_days: list[int]
    sends_thanks: bool
    writing_days: int
    records_exits: bool
    tolerance_minutes: int
    neighbourhoods: list[Neighbourhood]


class SessionValues(TypedDict, total=False):
    """What can be written of a session; a key that is left out stays as it is. Times are aware, texts already clean."""

    code: str
    title: str
    description: str
    kind: SessionKind
    dimension: Dimension | None
    starts_at: datetime
    ends_at: datetime
    room: Room | None
    facilitators: str
    capacity: int | None
    address: str
    district_code: str | None
    neighbourhood_code: str | None
    declared_participants: int | None
    declared_contributions: int | None
    declared_proposals: int | None
    source_url: str


def slugify(text: str) -> str:
    """Small letters, digits and single hyphens, nothing else; possibly nothing."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:SLUG_LENGTH].strip("-")
