"""What the team does to entries: a line in the trail for each, under its code."""

from collections.abc import Sequence
from datetime import datetime

from accounts import audit
from accounts.models import StaffMember
from contributions.models import Entry

KIND = "entry"


def note(act: str, entry: Entry, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Add the line of one act on one entry."""
    note_all(act, [entry], by=by, now=now, **details)


def note_all(act: str, entries: Sequence[Entry], *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Add the line of one act for each of these entries."""
    lines = ((entry.code, {"event": entry.session.event.slug, **details}) for entry in entries)
    audit.record_all(act, lines, subject_kind=KIND, by=by, now=now)
