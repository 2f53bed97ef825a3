"""The audit trail: every export and every act on a person leaves a line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from accounts.models import AuditEntry, StaffMember
from core.database import db


def record(
    act: str, *, subject_kind: str, subject_key: str, by: StaffMember | None, now: datetime, **details: object
) -> None:
    """Add one line in the transaction in progress; `by=None` is the program itself or the person concerned.

    `act` is the noun and the verb: `event.publish`, `registration.cancel`.
    """
    db.session.add(
        AuditEntry(
            happened_at=now,
            staff_id=by.id if by else None,
            act=act,
            subject_kind=subject_kind,
            subject_key=subject_key,
            details=details,
        )
    )


def record_all(
    act: str,
    lines: Iterable[tuple[str, Mapping[str, object]]],
    *,
    subject_kind: str,
    by: StaffMember | None,
    now: datetime,
) -> None:
    """Add the line of one act for many subjects of a kind, in one statement: the key of each, and the details."""
    values = {"happened_at": now, "staff_id": by.id if by else None, "act": act, "subject_kind": subject_kind}
    rows = [{**values, "subject_key": key, "details": dict(details)} for key, details in lines]
    if rows:
        db.session.execute(insert(AuditEntry), rows)


def list_entries(subject_kind: str, *subject_keys: str) -> Sequence[AuditEntry]:
    """Everything that was done to one thing, under each of its keys, the latest first, with who did it."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == subject_kind, AuditEntry.subject_key.in_(subject_keys))
        .order_by(AuditEntry.happened_at.desc(), AuditEntry.id.desc())
        .options(joinedload(AuditEntry.staff))
    ).all()


_WORDS: dict[str, Any] = {}


def name_acts(words: Mapping[str, Any]) -> None:
    """Say in words what the acts of a room are; each room names its own."""
    _WORDS.update(words)


def say_act(act: str) -> str:
    """An act in words; one that no room knows any more by its name, for lines stay when code goes."""
    return str(_WORDS.get(act, act))


def list_named_acts() -> frozenset[str]:
    """The acts that have words."""
    return frozenset(_WORDS)
