"""The database: models' base, column types, engines, and the one place that commits."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Any, Literal, TypeVar

import psycopg
from flask import Flask
from flask.typing import TeardownCallable
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, Enum, MetaData, String, TypeDecorator, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as DatabaseSession

from core.errors import DomainError
from core.postgresql import connect

log = logging.getLogger(__name__)

T = TypeVar("T")

db = SQLAlchemy()


def init_app(app: Flask) -> None:
    """Set up the engines, and close the session of every application context.

    Flask-SQLAlchemy-Lite would close asynchronous sessions too, which costs a thread for each request; there are none.
    """
    db.init_app(app)
    app.teardown_appcontext_funcs[:] = [
        _closing(call) for call in app.teardown_appcontext_funcs if not iscoroutinefunction(call)
    ]


def _closing(close: TeardownCallable) -> TeardownCallable:
    """Close sessions, also those of a database that has gone since: what was answered stands, and nothing is open."""

    def run(error: BaseException | None) -> None:
        try:
            close(error)
        except SQLAlchemyError as failure:
            if not is_away(failure):
                raise
            log.warning("database away", extra={"error": type(failure).__name__})

    return run


SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
}

POSTGRESQL_LIMITS = {
    "lock_timeout": "'20s'",
    "idle_in_transaction_session_timeout": "'10min'",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_BATCH = 500

MAX_ID = 2**31 - 1  # the largest number that a key column holds on both databases

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of every table; the naming convention lets migrations name what they change."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Migrations(Alembic):
    """Migrations that lose no row and stop nowhere half-way, on SQLite too.

    SQLite alters a table by copying it and dropping the old one, which with foreign keys in force would count as
    deleting every row, and cascade: they are off meanwhile and checked before each commit
    (https://www.sqlite.org/lang_altertable.html, section 7). Python begins no transaction before a table is altered,
    so this does.
    """

    def run_migrations(self, fn: Any, **kwargs: Any) -> None:
        connection = self.migration_context.connection
        if connection is not None and connection.dialect.name == "sqlite":
            _prepare_for_copying(connection)
        super().run_migrations(fn, **kwargs)


def _prepare_for_copying(connection: Connection) -> None:
    """Set one connection, which is not used again for anything else, to copy tables safely."""
    if event.contains(connection, "begin", _begin):
        return
    driver: Any = connection.connection.driver_connection
    driver.isolation_level = None
    driver.execute("PRAGMA foreign_keys=OFF")
    event.listen(connection, "begin", _begin)
    event.listen(connection, "commit", _check_foreign_keys)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _check_foreign_keys(connection: Connection) -> None:
    astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if astray is not None:
        raise RuntimeError(f"a migration left a row of {astray[0]} that points to none of {astray[2]}")


alembic = Migrations(run_mkdir=False, metadatas=Model.metadata)

# Doubled signs: alembic reads its options through configparser.
ALEMBIC = {
    "file_template": "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s",
    "timezone": "UTC",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's own signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's own signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _render_in_migration(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """Write our own column type as the plain one it stores, so that a migration does not lean on today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UtcDateTime) else False


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The queue keeps tables of its own beside ours on PostgreSQL."""
    return not (kind == "table" and (name or "").startswith("huey_"))


ALEMBIC_CONTEXT = {
    "render_as_batch": True,  # SQLite alters a table by copying it
    "render_item": _render_in_migration,
    "include_name": _is_ours,
}

# Compared by code point on both databases, so that a stored sort key orders the same everywhere.
SortKey = String().with_variant(String(collation="C"), "postgresql")


def state_column(states: type[StrEnum]) -> Enum:
    """A column type for a `StrEnum`, stored as its text so that a state can be added without a migration."""
    return Enum(
        states, native_enum=False, length=32, values_callable=lambda members: [member.value for member in members]
    )


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, as one act, or roll all of it back. Only the edge opens one; never nested.

    What `on_commit` collected runs after the commit and only then.
    """
    session = db.session
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() inside transaction(): the inner one would commit half an act")
    session.info["in_transaction"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.info.pop("on_commit", None)
        session.rollback()
        raise
    finally:
        del session.info["in_transaction"]
    for call in session.info.pop("on_commit", {}):
        call()


def undo() -> None:
    """Take back all that the transaction in progress has done so far: the act was tried to see what it comes to."""
    db.session.info.pop("on_commit", None)
    db.session.rollback()


def on_commit(call: Callable[[], None]) -> None:
    """Run `call` once after the transaction in progress has been committed; asking twice runs it once."""
    db.session.info.setdefault("on_commit", {})[call] = None


def flush_or_refuse(refusal: DomainError | type[DomainError]) -> None:
    """Send the rows to the database now; `refusal` is raised when one of its constraints says no.

    The constraint decides, and not a look before: two people may want the same thing at once.
    """
    try:
        db.session.flush()
    except IntegrityError as error:
        raise refusal from error


def read_id(text: str) -> int | None:
    """Read the id of a row as an address, a form or a file has it; None for what can be none."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))):
        return None
    return int(text) if int(text) <= MAX_ID else None


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Part a long list so that one statement never has more values than a database takes."""
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


def insert_into(model: type[Model], session: DatabaseSession | None = None) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that can say ON CONFLICT, which both databases know and standard SQL does not."""
    if (session or db.session).get_bind().dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=20000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "connect")
def _set_postgresql_limits(connection: Any, _record: object) -> None:
    """Let nobody wait for ever, neither for a lock nor for somebody who holds one and whose machine is gone."""
    if isinstance(connection, psycopg.Connection):
        was, connection.autocommit = connection.autocommit, True
        connection.execute(";".join(f"SET {name} = {value}" for name, value in POSTGRESQL_LIMITS.items()))
        connection.autocommit = was


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, _record: object, arguments: Any, options: Any) -> Any:
    return connect(*arguments, **options) if dialect.name == "postgresql" else None


def is_away(error: SQLAlchemyError) -> bool:
    """Whether the database is away, or too busy to answer: nothing is wrong with what it was asked."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout)
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in SQLITE_AWAY  # the rest of the code only says more
    return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)


READING = "reading"
"""The engine for single questions outside any transaction, asked once for every public page."""
MOST_CONNECTIONS = 8
"""How many of them a process keeps: as many as it has threads."""


def reading_options(url: str) -> dict[str, Any]:
    """The options of the engine `READING`: nothing is sent but the question itself."""
    options = {**engine_options(url), "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    if not url.startswith("sqlite"):
        options |= {"pool_pre_ping": False, "pool_size": MOST_CONNECTIONS, "max_overflow": 0}
    return options


def engine_options(url: str) -> dict[str, Any]:
    """The options of the engine at `url`: connections are checked before use, so that a restarted server is survived.

    What people typed never stands in an error's text (`hide_parameters`).
    """
    if url.startswith("sqlite"):
        return {"url": url, "hide_parameters": True, "connect_args": {"timeout": 20}}
    return {
        "url": url,
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 10,
        "connect_args": {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
    }
