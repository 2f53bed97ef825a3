"""What a device at the door sends, read and cleaned: everything in it was typed by somebody or made up by anybody."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.errors import InputError
from core.text import clean_line
from door.models import DoorActKind
from registrations.models import AttendanceSource

MAX_BYTES = 256 * 1024
MAX_ACTS = 200
MAX_NAMES = 50
DEVICE_LENGTH = 80
FIRST_NAME_LENGTH, LAST_NAME_LENGTH, ORGANISATION_LENGTH = 120, 160, 300
OLDEST = timedelta(days=7)
"""An act that claims to be older comes from a clock that is wrong by more than can be put right."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SOURCES = {source.value: source for source in (AttendanceSource.CODE, AttendanceSource.LIST)}


@dataclass(frozen=True)
class Newcomer:
    """Who came without signing up, as typed at the door."""

    first_name: str
    last_name: str
    organisation: str


@dataclass(frozen=True)
class Report:
    """One act as a device tells it, read and cleaned; `happened_at` by the server's clock."""

    client_id: str
    kind: DoorActKind
    person: str
    session_code: str
    happened_at: datetime
    source: AttendanceSource = AttendanceSource.LIST
    takes_back: Sequence[str] = ()
    newcomer: Newcomer | None = None


@dataclass(frozen=True)
class Batch:
    """What one device did: the acts that can be read, and the ids of those that cannot."""

    device: str
    reports: list[Report]
    unreadable: list[str]


def read_batch(data: bytes, *, now: datetime) -> Batch:
    """Read what a device sent. Raises InputError when it is no batch of acts at all.

    Each act says when it happened by the device's clock, and the batch what that clock shows now: however wrong it
    goes, the difference is how long ago it was.
    """
    sent = _parse(data)
    acts = sent.get("acts")
    clock = _number(sent.get("clock"))
    if not isinstance(acts, list) or len(acts) > MAX_ACTS or clock is None:
        raise InputError(["This is no batch of acts."])
    reports, unreadable = [], []
    for act in acts:
        client_id = act.get("id") if isinstance(act, dict) else None
        if not isinstance(client_id, str) or not _ID.fullmatch(client_id):
            continue
        report = _read(act, client_id, clock=clock, now=now)
        if report:
            reports.append(report)
        else:
            unreadable.append(client_id)
    return Batch(_line(sent.get("device"), DEVICE_LENGTH), reports, unreadable)


def split_name(text: str) -> tuple[str, str]:
    """First and last name of one line: `Pla Vila, Núria`, or the first word and the rest."""
    last, comma, first = (part.strip() for part in text.partition(","))
    if comma and first and last:
        return first, last
    first, _, last = text.partition(" ")
    return first, last


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise InputError(["This is too much at once."])
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(["This is no JSON."]) from error
    if not isinstance(sent, dict):
        raise InputError(["This is no batch of acts."])
    return sent


def _read(act: Mapping[str, Any], client_id: str, *, clock: float, now: datetime) -> Report | None:
    kind, source, at = _word(act.get("kind")), _word(act.get("source")), _number(act.get("at"))
    if kind not in list(DoorActKind) or at is None:
        return None
    newcomer = _read_newcomer(act) if kind == DoorActKind.WALK_IN else None
    if kind == DoorActKind.WALK_IN and newcomer is None:
        return None
    return Report(
        client_id=client_id,
        kind=DoorActKind(kind),
        person=_line(act.get("person"), 36),
        session_code=_line(act.get("session"), 32),
        happened_at=_instant(at, clock, now),
        source=_SOURCES.get(source, AttendanceSource.LIST),
        takes_back=_names(act.get("takes_back")),
        newcomer=newcomer,
    )


def _read_newcomer(act: Mapping[str, Any]) -> Newcomer | None:
    first, last = split_name(_line(act.get("name"), FIRST_NAME_LENGTH + LAST_NAME_LENGTH))
    if not first:
        return None
    organisation = _line(act.get("organisation"), ORGANISATION_LENGTH)
    return Newcomer(first[:FIRST_NAME_LENGTH], last[:LAST_NAME_LENGTH], organisation)


def _instant(at: float, clock: float, now: datetime) -> datetime:
    """When an act happened by our clock: as long ago as the device says, never in the future."""
    ago = timedelta(milliseconds=min(max(clock - at, 0), OLDEST / timedelta(milliseconds=1) + 1))
    return now if ago > OLDEST else now - ago


def _names(value: object) -> list[str]:
    names = value if isinstance(value, list) else []
    return [_line(name, 64) for name in names[:MAX_NAMES] if isinstance(name, str)]


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object, limit: int) -> str:
    return clean_line(_word(value)[: limit * 4])[:limit].strip()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15 or math.isnan(value):
        return None
    return float(value)
