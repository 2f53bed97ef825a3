"""The rows that name registrations, whatever room they belong to: read as plain values, and put back (docs/adr/0027).

They are found by the database's own foreign keys, so that a room that comes later is asked too.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Enum, Table, and_, delete, insert, or_, select, update

from core.database import Model, UtcDateTime, db
from registrations.models import CalendarEntry, Registration, RegistrationMerge, SupportNeed

Row = dict[str, Any]
Rows = dict[str, list[Row]]

PEOPLE: Table = Registration.metadata.tables["registration"]
_APART = {PEOPLE.name, SupportNeed.__tablename__, RegistrationMerge.__tablename__}
TOLD = {"announcement", "registration_mail", "calendar_entry", "automatic_mail", "message_recipient"}
"""What is written to people, which goes on by itself: it is no reason not to undo a merge."""
FOUND = {"possible_duplicate"}
"""What is worked out anew by itself."""


def list_tables() -> list[tuple[Table, list[Column[Any]]]]:
    """Every table whose rows name registrations, those first that others lean on, with the columns that do."""
    return [
        (table, keys)
        for table in Model.metadata.sorted_tables
        if table.name not in _APART
        and (keys := [key.parent for key in table.foreign_keys if key.column.table is PEOPLE])
    ]


def read(registration_ids: Collection[int]) -> Rows:
    """Read all rows that name these registrations, and the registrations themselves, as JSON can keep them."""
    db.session.flush()
    rows = {PEOPLE.name: _read(PEOPLE, PEOPLE.c.id.in_(registration_ids))}
    for table, keys in list_tables():
        found = _read(table, or_(*(key.in_(registration_ids) for key in keys)))
        if found:
            rows[table.name] = found
    signed_up = select(PEOPLE.c.id, PEOPLE.c.signed_up_by_id).where(PEOPLE.c.signed_up_by_id.in_(registration_ids))
    rows["signed_up"] = [dict(row) for row in db.session.execute(signed_up.order_by(PEOPLE.c.id)).mappings()]
    merges = RegistrationMerge.__table__.c
    earlier = select(merges.id, merges.registration_id).where(
        merges.registration_id.in_(registration_ids), merges.undone_at.is_(None)
    )
    rows["merges"] = [dict(row) for row in db.session.execute(earlier.order_by(merges.id)).mappings()]
    return rows


def read_needs(registration_ids: Collection[int]) -> list[Row]:
    """Read what these people said about supports, which is kept apart from everything else."""
    table = SupportNeed.metadata.tables[SupportNeed.__tablename__]
    return _read(table, table.c.registration_id.in_(registration_ids))


def count_left(registration_id: int) -> dict[str, int]:
    """How many rows still name a registration, by table."""
    rows = read([registration_id])
    needs = read_needs([registration_id])
    counts = {name: len(found) for name, found in {**rows, "support_need": needs}.items()}
    return {name: count for name, count in counts.items() if count and name != PEOPLE.name}


def is_like(one: Rows, other: Rows) -> bool:
    """Whether nothing has happened between the two, but for what goes on by itself.

    `one` may have been read before the tables had all their columns of now.
    """
    known = {name: found[0].keys() for name, found in one.items() if found}
    present = {
        name: [{column: row[column] for column in row if column in known.get(name, row)} for row in found]
        for name, found in other.items()
    }
    return _compared(one) == _compared(present)


def _compared(rows: Rows) -> dict[str, list[Row]]:
    left_out = TOLD | FOUND
    kept = {name: found for name, found in rows.items() if found and name not in left_out}
    return {name: [{**row, "updated_at": None} for row in found] for name, found in kept.items()}


def put_back(before: Rows, after: Rows, present: Rows) -> None:
    """Have every row that names the registrations be what it was; what has been written to people since stays.

    The registrations themselves stand already. What is worked out anew by itself is left to that.
    """
    tables = [table for table, _keys in list_tables() if table.name not in FOUND]
    for table in reversed(tables):
        name = table.name
        is_new = _keys(table, after, name) - _keys(table, before, name)
        for row in present.get(name, ()):
            if _key(table, row) in is_new:
                db.session.execute(delete(table).where(_is(table, row)))
    for table in tables:
        if table.name != CalendarEntry.__tablename__:
            _put_back(table, before, after, present)
    _put_calendars_back(before, present)
    for row in before["signed_up"]:
        _set(PEOPLE, {"id": row["id"]}, {"signed_up_by_id": row["signed_up_by_id"]})
    for row in before["merges"]:
        _set(
            RegistrationMerge.metadata.tables[RegistrationMerge.__tablename__],
            {"id": row["id"]},
            {"registration_id": row["registration_id"]},
        )


def put_needs_back(before: Iterable[Row], after: Iterable[Row]) -> None:
    """Have people need what they had said before."""
    table = SupportNeed.metadata.tables[SupportNeed.__tablename__]
    for row in after:
        db.session.execute(delete(table).where(_is(table, row)))
    for row in before:
        add(table, row)


def add(table: Table, row: Row) -> None:
    """Write a row anew; a number that has been given away meanwhile becomes another."""
    values = decode(table, row)
    key = _key_columns(table)
    is_numbered = [column.name for column in key] == ["id"] and table is not PEOPLE
    if is_numbered and db.session.execute(select(table.c.id).where(table.c.id == row["id"])).first():
        del values["id"]
    db.session.execute(insert(table).values(values))


def decode(table: Table, row: Mapping[str, Any]) -> Row:
    """The values that the columns take."""
    return {name: _decode(table.c[name], value) for name, value in row.items()}


def write_person(row: Row) -> None:
    """Have a registration be what it was."""
    values = decode(PEOPLE, row)
    db.session.execute(update(PEOPLE).where(PEOPLE.c.id == row["id"]).values(values))


def _put_back(table: Table, before: Rows, after: Rows, present: Rows) -> None:
    """Change those rows back that the merge changed, ones that changed hands first, and then add those it took away."""
    name = table.name
    was, became, stands = (_by_key(table, rows.get(name, ())) for rows in (before, after, present))
    changed = [
        (key, differing)
        for key, row in was.items()
        if key in became
        and key in stands
        and (differing := {column: row[column] for column in row if row[column] != became[key][column]})
    ]
    owners = {column.name for column in _owners(table)}
    for key, differing in sorted(changed, key=lambda item: owners.isdisjoint(item[1])):
        _set(table, was[key], differing)
    since = {_identity(table, row): row for key, row in stands.items() if key not in was}
    for key, row in was.items():
        if key not in became:
            now = since.get(_identity(table, row), {})
            keys = {column.name for column in _key_columns(table)} | owners
            add(table, {**row, **{column: value for column, value in now.items() if column not in keys}})


def _put_calendars_back(before: Rows, present: Rows) -> None:
    """Have each calendar's entries be its own again; a SEQUENCE only grows, so what was told since stays told."""
    table = CalendarEntry.metadata.tables[CalendarEntry.__tablename__]
    name = table.name
    stands = {row["uid"]: row for row in present.get(name, ())}
    for row in before.get(name, ()):
        mine = and_(table.c.uid == row["uid"])
        db.session.execute(delete(table).where(mine))
        told = stands.get(row["uid"], row)
        is_newer = told["sequence"] > row["sequence"] and told["fingerprint"]  # without one it never left
        owner = {"registration_id": row["registration_id"], "session_id": row["session_id"]}
        add(table, {**(told if is_newer else row), **owner})


def _owners(table: Table) -> list[Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table is PEOPLE]


def _identity(table: Table, row: Row) -> tuple[object, ...]:
    """What a row is, whosever it is."""
    owners = {column.name for column in _owners(table)}
    return tuple(row[column.name] for column in _key_columns(table) if column.name not in owners)


def _read(table: Table, which: Any) -> list[Row]:
    query = select(table).where(which).order_by(*_key_columns(table))
    return [{name: _encode(value) for name, value in row.items()} for row in db.session.execute(query).mappings().all()]


def _encode(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else getattr(value, "value", value)


def _decode(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Enum) and column.type.enum_class:
        return column.type.enum_class(value)
    return value


def _key_columns(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _key(table: Table, row: Row) -> tuple[object, ...]:
    return tuple(row[column.name] for column in _key_columns(table))


def _keys(table: Table, rows: Rows, name: str) -> set[tuple[object, ...]]:
    return {_key(table, row) for row in rows.get(name, ())}


def _by_key(table: Table, rows: Iterable[Row]) -> dict[tuple[object, ...], Row]:
    return {_key(table, row): row for row in rows}


def _is(table: Table, row: Mapping[str, Any]) -> Any:
    return and_(*(column == _decode(column, row[column.name]) for column in _key_columns(table)))


def _set(table: Table, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    db.session.execute(update(table).where(_is(table, row)).values(decode(table, values)))
