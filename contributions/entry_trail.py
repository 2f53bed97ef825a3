"""What the team does to entries: a line in the trail for each, under its code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from accounts.models import AuditEntry, StaffMember
from contributions.models import Entry
from core.database import db

KIND = "entry"


def note(act: str, entry: Entry, *, by: StaffMember, now: datetime, **details: object) -> None:
    """Add the line of one act on one entry."""
    note_all(act, [entry], by=by, now=now, **details)


def note_all(act: str, entries: Sequence[Entry], *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Add the line of one act for each of these entries."""
    rows = [
        {
            "happened_at": now,
            "staff_id": by.id if by else None,
            "act": act,
            "subject_kind": KIND,
            "subject_key": entry.code,
            "details": {"event": entry.session.event.slug, **details},
        }
        for entry in entries
    ]
    if rows:
        db.session.execute(insert(AuditEntry), rows)
