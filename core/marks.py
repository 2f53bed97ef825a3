"""Marks: what is kept of rows in a process is good while their mark is the one it was made under.

A mark is drawn anew in the transaction that changes what it stands for, so every machine sees the change at once; and
at random, so that no mark comes a second time, not even in a copy of the data that is put back.

Whoever draws a mark holds its row until the commit. One that many commits draw at once is spread over several rows:
each commit replaces one of them, and the mark is all of them together (docs/adr/0050).
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import Insert, ScalarSelect, String, event, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as DatabaseSession

from core.database import Model, db, insert_into

_CHANGED = "marks.changed"


class Mark(Model):
    """The mark of what `name` says, or the part of it in one of its rows; there is none before the first change."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32))


def present(name: str) -> ScalarSelect[str]:
    """The mark of one row as a part of a query; NULL before the first change."""
    return select(Mark.value).where(Mark.name == name).scalar_subquery()


def read(name: str, *, rows: int) -> Sequence[str]:
    """The mark that is spread over so many rows: what stands in them, in order; empty before the first change."""
    names = [_name_row(name, number) for number in range(rows)]
    return db.session.scalars(select(Mark.value).where(Mark.name.in_(names)).order_by(Mark.name)).all()


def note(session: DatabaseSession, name: str, *, rows: int = 1) -> None:
    """Draw another mark when this transaction commits, in one of the rows that it is spread over."""
    session.info.setdefault(_CHANGED, {})[name] = rows


def is_noted(session: DatabaseSession, name: str) -> bool:
    """Whether this transaction has changed what the mark stands for: nobody else can see that yet."""
    return name in session.info.get(_CHANGED, ())


@event.listens_for(DatabaseSession, "before_commit")
def _draw(session: DatabaseSession) -> None:
    """Write the marks last, in order, so that whoever holds such a row, which all writers share, waits for no other."""
    session.flush()
    if session.in_nested_transaction():
        return
    noted: dict[str, int] = session.info.pop(_CHANGED, {})
    names = sorted(_name_row(name, secrets.randbelow(rows)) for name, rows in noted.items())
    if names:
        values = [{"name": name, "value": secrets.token_hex(16)} for name in names]
        session.connection().execute(_replacement(session), values)


def _name_row(name: str, number: int) -> str:
    return f"{name} {number}" if number else name


_replacements: dict[str, Insert] = {}


def _replacement(session: DatabaseSession) -> Insert:
    """Give the statement that writes marks, made once for each kind of database: making it takes longer than it."""
    dialect = session.get_bind().dialect.name
    if dialect not in _replacements:
        row = insert_into(Mark, session)
        replace = row.on_conflict_do_update(index_elements=[Mark.name], set_={"value": row.excluded.value})
        _replacements[dialect] = replace
    return _replacements[dialect]


@event.listens_for(DatabaseSession, "after_rollback")
def _forget(session: DatabaseSession) -> None:
    session.info.pop(_CHANGED, None)
