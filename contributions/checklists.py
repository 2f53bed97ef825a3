"""What is worth a look before a notebook is closed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from contributions import notebooks
from contributions.entry_lists import COUNTED
from contributions.models import Entry, EntryKind, ProposalOrigin
from core.database import db
from events.models import Session
from registrations.models import Attendance


@dataclass(frozen=True)
class Checklist:
    """What is missing in a notebook; a session whose people nobody counted has none counted, which is not zero."""

    people: int | None
    entries: int
    without_topic: int
    without_origin: int
    conflicts: int
    late: int

    @property
    def is_clear(self) -> bool:
        return self.people is not None and not (self.without_topic or self.without_origin or self.conflicts)


def check(session: Session, closed_at: datetime | None) -> Checklist:
    """Look through the notebook of a session."""
    listed = db.session.scalar(select(func.count()).where(Attendance.session_id == session.id)) or 0
    # A proposal has the contributions of those that were merged into it, too.
    same = aliased(Entry)
    has_origin = exists().where(
        ProposalOrigin.proposal_id == same.id, or_(same.id == Entry.id, same.merged_into_id == Entry.id)
    )
    counts = db.session.execute(
        select(
            func.count().label("entries"),
            _count_if(Entry.topic_id.is_(None)).label("without_topic"),
            _count_if(Entry.has_conflict.is_(True)).label("conflicts"),
            _count_if((Entry.kind == EntryKind.PROPOSAL) & ~has_origin).label("without_origin"),
        ).where(Entry.session_id == session.id, *COUNTED)
    ).one()
    return Checklist(
        people=listed or session.declared_participants,
        late=notebooks.count_late(session, closed_at),
        **counts._mapping,  # noqa: SLF001 - the documented way to a row's names
    )


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
