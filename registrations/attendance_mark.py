"""The mark of who was where: another one after every commit that changes whom figures count as having been there.

That is who attended which session, and by which address they are known at other events. Whoever writes it need not
think of the mark: it watches what the database is sent. Many check in at once, so it is spread over rows that seldom
two commits want at the same time.
"""

from collections.abc import Sequence

from sqlalchemy import Table, event, inspect
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as DatabaseSession

from core import marks
from core.database import db
from registrations.models import Attendance, Registration

MARK = "attendance"
ROWS = 32
# Deleting a registration takes its attendance along. Who signs up is written by the unit of work; the few statements
# that write registrations (of a merge, of a file) are taken for changes, whatever they change.
_TABLES = {Attendance.__tablename__, Registration.__tablename__}


def read() -> Sequence[str]:
    """The mark; empty before the first change."""
    return marks.read(MARK, rows=ROWS)


def note(session: DatabaseSession) -> None:
    """Draw another mark when this transaction commits."""
    marks.note(session, MARK, rows=ROWS)


def has_changed() -> bool:
    """Whether the transaction in progress has changed who was where: nobody else can see that yet."""
    return marks.is_noted(db.session, MARK)


@event.listens_for(DatabaseSession, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    table = getattr(state.statement, "table", None)
    if isinstance(table, Table) and table.name in _TABLES:
        note(state.session)


@event.listens_for(DatabaseSession, "after_flush")
def _note_rows(session: DatabaseSession, _context: object) -> None:
    if marks.is_noted(session, MARK):
        return
    written = [*session.new, *session.dirty]
    is_other = any(_tells_otherwise(row) for row in written)
    if is_other or any(isinstance(row, Attendance | Registration) for row in session.deleted):
        note(session)


def _tells_otherwise(row: object) -> bool:
    """Whether a row was written that changes who was where: somebody who signs up has been nowhere yet."""
    if isinstance(row, Attendance):
        return True
    return (
        isinstance(row, Registration)
        and not inspect(row).pending
        and inspect(row).attrs.email_key.history.has_changes()
    )
