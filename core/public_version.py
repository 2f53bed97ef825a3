"""The mark of what public pages show: another one after every commit that changes it, for all machines to see."""

from typing import TypeVar

from sqlalchemy import ScalarSelect, event
from sqlalchemy.orm import Session as DatabaseSession

from core import marks
from core.database import Model

M = TypeVar("M", bound=type[Model])

MARK = "public"
_SHOWN: set[type[Model]] = set()


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
    return marks.present(MARK)


def note_change(session: DatabaseSession) -> None:
    """Draw another mark when this transaction commits: for statements that pass by the unit of work."""
    marks.note(session, MARK)


@event.listens_for(DatabaseSession, "after_flush")
def _note_rows(session: DatabaseSession, _context: object) -> None:
    if marks.is_noted(session, MARK):
        return
    written = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if any(type(row) in _SHOWN for row in written):
        note_change(session)
