"""Whether the open data of a process are public, and how much is in them (docs/adr/0031)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from accounts import audit
from accounts.models import StaffMember
from contributions.entry_lists import COUNTED
from contributions.models import Entry, EntryKind, EntryState
from core.database import db
from events.models import Process, Session
from figures.models import OpenData
from figures.open_data_tables import of_public_events

LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Contents:
    """How much of a process is in its open data, and how much is not (yet)."""

    contributions: int
    proposals: int
    not_published: int
    withheld: int


def find(process: Process) -> OpenData | None:
    """Find since when the open data of a process are public."""
    return db.session.get(OpenData, process.id)


def publish(process: Process, *, by: StaffMember | None, now: datetime) -> None:
    """Let everybody take the open data of a process, as they are whenever somebody does."""
    if find(process):
        return
    db.session.add(OpenData(process_id=process.id, published_at=now, published_by_id=by.id if by else None))
    db.session.flush()
    audit.record("open_data.publish", subject_kind="process", subject_key=process.slug, by=by, now=now)


def withdraw(process: Process, *, by: StaffMember | None, now: datetime) -> None:
    """Let nobody take them any more."""
    row = find(process)
    if row is None:
        return
    db.session.delete(row)
    db.session.flush()
    audit.record("open_data.withdraw", subject_kind="process", subject_key=process.slug, by=by, now=now)


def count(process: Process) -> Contents:
    """Count what is in the open data of a process, and what is left out."""
    query = (
        select(Entry.kind, Entry.state, Entry.withheld_at.is_not(None), func.count())
        .join(Entry.session)
        .join(Session.event)
        .where(of_public_events(process), *COUNTED)
        .group_by(Entry.kind, Entry.state, Entry.withheld_at.is_not(None))
    )
    public = dict.fromkeys(EntryKind, 0)
    not_published = withheld = 0
    for kind, state, is_withheld, number in db.session.execute(query):
        if is_withheld:
            withheld += number
        elif state is EntryState.PUBLISHED:
            public[kind] += number
        else:
            not_published += number
    return Contents(public[EntryKind.CONTRIBUTION], public[EntryKind.PROPOSAL], not_published, withheld)
