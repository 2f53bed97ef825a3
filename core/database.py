"""The database: models' base, column types, engines, and the one place that commits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, String, TypeDecorator, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from core.errors import DomainError

db = SQLAlchemy()

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


alembic = Alembic(run_mkdir=False, metadatas=Model.metadata)

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


def insert_into(model: type[Model]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that can say ON CONFLICT, which both databases know and standard SQL does not."""
    if db.session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=20000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")


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
        "connect_args": {"connect_timeout": 5},
    }
