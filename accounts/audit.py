"""The audit trail: every export and every act on a person leaves a line."""

from datetime import datetime

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
