"""A question to the database that is asked so often that it may cost nothing but the asking."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, PoolProxiedConnection, Select

_CURSOR = "jornada.question.cursor"
"""Where a connection keeps the one cursor for its questions, which knows how to write the values it has written."""


class Question:
    """A query of one row with values to be given, compiled once for one kind of database.

    What the values are is known by their types, as in every other query; all that is left out is what SQLAlchemy does
    anew for each execution, which takes longer than a database on the same machine.
    """

    def __init__(self, query: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        self._statement = str(compiled)
        self._order: list[str] | None = getattr(compiled, "positiontup", None)
        self._prepare = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self.names = {name for name, value in compiled.params.items() if value is None}
        known = {name: value for name, value in compiled.params.items() if value is not None}
        self._known = {name: self._bound(name, value) for name, value in known.items()}

    def ask(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The row, or None; raises the errors of the database's own driver."""
        bound = {**self._known, **{name: self._bound(name, value) for name, value in values.items()}}
        cursor = connection.info.get(_CURSOR) or connection.info.setdefault(_CURSOR, connection.cursor())
        cursor.execute(self._statement, [bound[name] for name in self._order] if self._order else bound)
        row = next(iter(cursor.fetchall()), None)  # to the end, or SQLite would go on reading the data of this moment
        return tuple(row) if row else None

    def _bound(self, name: str, value: Any) -> Any:
        prepare = self._prepare[name]
        return prepare(value) if prepare else value
