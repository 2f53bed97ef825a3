"""What a note-taker's device sends, read and cleaned: everything in it was typed by somebody or made up by anybody."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from contributions import entry_texts, topics
from contributions.models import EntryActKind, EntryKind
from core.errors import DomainError, InputError
from core.text import clean_line

MAX_BYTES = 1024 * 1024
MAX_ACTS = 200
MAX_SEEN = 2_000
MAX_CHANGE = 1_000
DEVICE_LENGTH = 100
OLDEST = timedelta(days=60)
"""An act that claims to be older comes from a clock that is wrong by more than can be put right."""
_KEY = re.compile(r"[0-9a-f]{32}")
_ABOUT_ANOTHER = {EntryActKind.LINK, EntryActKind.UNLINK, EntryActKind.MERGE}
_SETTING = {EntryActKind.WRITE, EntryActKind.EDIT}


class Unreadable(DomainError):
    """What no page of ours sends."""

    message = _l("This could not be read.")


@dataclass(frozen=True)
class Report:
    """One act as a device or a form tells it, read and cleaned; `happened_at` by the server's clock.

    `sets` holds those of `text`, `kind`, `topic` (its name) and `is_of_several` that the act sets, and no other.
    """

    key: str
    kind: EntryActKind
    entry: str
    happened_at: datetime
    sets: Mapping[str, Any] = field(default_factory=dict)
    seen: Sequence[str] = ()
    other: str | None = None
    change: int = 0


@dataclass(frozen=True)
class Batch:
    """What one device did: the acts that can be, and of those that cannot be why not."""

    device: str
    since: int
    reports: list[Report]
    refused: dict[str, str]


def read_batch(data: bytes, *, now: datetime) -> Batch:
    """Read what a device sent. Raises `InputError` when it is no batch of acts at all.

    Each act says when it happened by the device's clock, and the batch what that clock shows now: however wrong it
    goes, the difference is how long ago it was.
    """
    sent = _parse(data)
    acts, clock = sent.get("acts"), _moment(sent.get("clock"))
    if not isinstance(acts, list) or len(acts) > MAX_ACTS or clock is None:
        raise InputError(["This is no batch of acts."])
    reports, refused = [], {}
    for act in acts:
        key = _key(act.get("key")) if isinstance(act, dict) else None
        if key is None:
            continue
        try:
            reports.append(_read(act, key, clock=clock, now=now))
        except DomainError as refusal:
            refused[key] = str(refusal)
    return Batch(_line(sent.get("device"), DEVICE_LENGTH), read_since(sent.get("since")), reports, refused)


def read_since(value: object) -> int:
    """The revision up to which a device knows everything; 0, which is nothing, for what cannot be one."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0


def _parse(data: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(["This is no JSON."]) from error
    if not isinstance(sent, dict):
        raise InputError(["This is no batch of acts."])
    return sent


def _read(act: Mapping[str, Any], key: str, *, clock: datetime, now: datetime) -> Report:
    """Read one act. Raises what is wrong with it, in words for who wrote it."""
    kind, at = act.get("kind"), _moment(act.get("at"))
    entry, other = _key(act.get("entry")), _key(act.get("other"))
    if not isinstance(kind, str) or kind not in list(EntryActKind) or at is None or entry is None:
        raise Unreadable
    kind = EntryActKind(kind)
    is_write = kind is EntryActKind.WRITE
    if is_write is not (key == entry) or (kind in _ABOUT_ANOTHER and other in {None, entry}):
        raise Unreadable
    sets = _read_sets(act.get("sets"), is_write=is_write) if kind in _SETTING else {}
    return Report(
        key=key,
        kind=kind,
        entry=entry,
        happened_at=_instant(at, clock, now),
        sets=sets,
        seen=_read_seen(act.get("seen")),
        other=other if kind in _ABOUT_ANOTHER else None,
        change=_read_change(act.get("change")) if kind is EntryActKind.SUPPORT else 0,
    )


def _read_sets(value: object, *, is_write: bool) -> dict[str, Any]:
    sets = value if isinstance(value, dict) else {}
    read: dict[str, Any] = {}
    if is_write or "text" in sets:
        read["text"] = entry_texts.check(_word(sets.get("text")))
    if is_write or "kind" in sets:
        read["kind"] = _read_kind(sets.get("kind"))
    if "topic" in sets:
        read["topic"] = clean_line(_word(sets["topic"])[: 4 * topics.MAX_NAME_LENGTH])
        if read["topic"]:
            topics.name_key(read["topic"])
    if "is_of_several" in sets:
        read["is_of_several"] = sets["is_of_several"] is True
    if not read:
        raise Unreadable
    return read


def _read_kind(value: object) -> EntryKind:
    if not isinstance(value, str) or value not in list(EntryKind):
        raise Unreadable
    return EntryKind(value)


def _read_seen(value: object) -> tuple[str, ...]:
    """The last of them, if somebody sends more than any entry has: what is left out stands, and nothing is lost."""
    seen = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(key for each in seen[-MAX_SEEN:] if (key := _key(each))))


def _read_change(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < abs(value) <= MAX_CHANGE:
        raise Unreadable
    return value


def _key(value: object) -> str | None:
    return value if isinstance(value, str) and _KEY.fullmatch(value) else None


def _moment(value: object) -> datetime | None:
    """Read an ISO time; one without a zone is taken as UTC, in which devices tell it."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _instant(at: datetime, clock: datetime, now: datetime) -> datetime:
    """When an act happened by our clock: as long ago as the device says, never in the future."""
    ago = max(clock - at, timedelta())
    return now if ago > OLDEST else now - ago


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object, limit: int) -> str:
    return clean_line(_word(value)[: limit * 4])[:limit].strip()
