"""Marks: what is kept of rows in a process is good while their mark is the one it was made under.

A mark is drawn anew in the transaction that changes what it stands for, so every machine sees the change at once; and
at random, so that no mark comes a second time, not even in a copy of the data that is put back.
"""

import secrets

from sqlalchemy import ScalarSelect, String, event, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as DatabaseSession

from core.database import Model, insert_into

_CHANGED = "marks.changed"


class Mark(Model):
    """The mark of what `name` says; there is none before the first change."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32))


def present(name: str) -> ScalarSelect[str]:
    """The mark as a part of a query; NULL before the first change."""
    return select(Mark.value).where(Mark.name == name).scalar_subquery()


def note(session: DatabaseSession, name: str) -> None:
    """Draw another mark when this transaction commits."""
    session.info.setdefault(_CHANGED, set()).add(name)


def is_noted(session: DatabaseSession, name: str) -> bool:
    """Whether this transaction has changed what the mark stands for: nobody else can see that yet."""
    return name in session.info.get(_CHANGED, ())


@event.listens_for(DatabaseSession, "before_commit")
def _draw(session: DatabaseSession) -> None:
    """Write the marks last, in order, so that whoever holds such a row, which all writers share, waits for no other."""
    session.flush()
    if session.in_nested_transaction():
        return
    for name in sorted(session.info.pop(_CHANGED, ())):
        value = secrets.token_hex(16)
        statement = insert_into(Mark, session).values(name=name, value=value)
        session.execute(statement.on_conflict_do_update(index_elements=[Mark.name], set_={"value": value}))


@event.listens_for(DatabaseSession, "after_rollback")
def _forget(session: DatabaseSession) -> None:
    session.info.pop(_CHANGED, None)
