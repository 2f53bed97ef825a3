"""The mark of what public pages show: another one after every commit that changes it, for all machines to see."""

import secrets
from typing import TypeVar

from sqlalchemy import ScalarSelect, String, event, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as DatabaseSession

from core.database import Model, insert_into

M = TypeVar("M", bound=type[Model])

_ONLY_ROW = 1
_HAS_CHANGED = "public_version.has_changed"
_SHOWN: set[type[Model]] = set()


class PublicVersion(Model):
    """One row, or none before the first change: its mark is drawn anew, so that no restored copy of the data has it."""

    __tablename__ = "public_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32))


def shown(model: M) -> M:
    """Say that public pages show the rows of this model, so that every write of one draws another mark.

    Counters that move by statements of their own are no such writes: pages have holes for them (`core.copies`).
    """
    _SHOWN.add(model)
    return model


def is_shown(model: type[Model]) -> bool:
    """Whether a write of this model's rows draws another mark."""
    return model in _SHOWN


def present_mark() -> ScalarSelect[str]:
    """The mark as a part of a query; NULL before the first change."""
    return select(PublicVersion.mark).where(PublicVersion.id == _ONLY_ROW).scalar_subquery()


def note_change(session: DatabaseSession) -> None:
    """Draw another mark when this transaction commits: for statements that pass by the unit of work."""
    session.info[_HAS_CHANGED] = True


@event.listens_for(DatabaseSession, "after_flush")
def _note_rows(session: DatabaseSession, _context: object) -> None:
    if session.info.get(_HAS_CHANGED):
        return
    written = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if any(type(row) in _SHOWN for row in written):
        note_change(session)


@event.listens_for(DatabaseSession, "before_commit")
def _draw_mark(session: DatabaseSession) -> None:
    """Write the mark last, so that whoever holds this row, which all writers share, waits for no other any more."""
    session.flush()
    if session.in_nested_transaction() or not session.info.pop(_HAS_CHANGED, False):
        return
    mark = secrets.token_hex(16)
    statement = insert_into(PublicVersion).values(id=_ONLY_ROW, mark=mark)
    session.execute(statement.on_conflict_do_update(index_elements=[PublicVersion.id], set_={"mark": mark}))


@event.listens_for(DatabaseSession, "after_rollback")
def _forget(session: DatabaseSession) -> None:
    session.info.pop(_HAS_CHANGED, None)
