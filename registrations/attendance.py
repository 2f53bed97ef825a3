"""Who was there: recorded per person and session, taken back, and added up. Signing up is not taking part."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from accounts.models import StaffMember
from core.database import batches, db, insert_into
from core.dates import time_covered
from core.errors import DomainError, NotFoundError
from events.models import Session, SessionKind
from registrations import signals, trail
from registrations.models import Attendance, AttendanceSource, Registration


class NobodyAttendsBreaks(DomainError):
    """A break keeps no attendance."""

    message = _l("Attendance is not recorded at breaks.")


def is_offered(session: Session, now: datetime) -> bool:
    """Whether staff are offered to record who comes: from the day of the session on, where it takes place."""
    zone = session.event.zone
    return session.starts_at.astimezone(zone).date() <= now.astimezone(zone).date()


def check_in(
    registration: Registration,
    session: Session,
    *,
    source: AttendanceSource,
    by: StaffMember | None,
    now: datetime,
) -> bool:
    """Record that the person was at the session; False when it was recorded before, and that record stays.

    Any registration of the event will do, a cancelled one too: whoever came, came. Leans on the unique constraint, so
    that two doors at once make one record.
    """
    if registration.event_id != session.event_id:
        raise NotFoundError
    return check_in_all([registration.id], session, source=source, by=by, now=now) == 1


def check_in_all(
    registration_ids: Iterable[int],
    session: Session,
    *,
    source: AttendanceSource,
    by: StaffMember | None,
    now: datetime,
) -> int:
    """Record that these registrations of the session's event were at it, and count those that had not been recorded."""
    if session.kind is SessionKind.BREAK:
        raise NobodyAttendsBreaks
    pairs = [(registration_id, session.id) for registration_id in registration_ids]
    return record_all(pairs, source=source, by=by, now=now)


def record_all(
    pairs: Sequence[tuple[int, int]], *, source: AttendanceSource, by: StaffMember | None, now: datetime
) -> int:
    """Record attendance for pairs of registration and session ids, and count those that had not been recorded."""
    if not pairs:
        return 0
    recorded = {"source": source, "recorded_by_id": by.id if by else None, "recorded_at": now}
    statement = (
        insert_into(Attendance)
        .on_conflict_do_nothing(index_elements=[Attendance.registration_id, Attendance.session_id])
        .returning(Attendance.id)
    )
    # In order: two who record the same people at once wait for each other and never both.
    rows = [{"registration_id": one, "session_id": other, **recorded} for one, other in sorted(pairs)]
    return len(db.session.scalars(statement, rows).all())


def undo(registration_ids: Iterable[int], session: Session, *, by: StaffMember | None, now: datetime) -> int:
    """Take back that these registrations were at the session, leave a line for each in the trail, and count them."""
    return sum(_undo_batch(batch, session, by=by, now=now) for batch in batches(list(registration_ids)))


def _undo_batch(registration_ids: Sequence[int], session: Session, *, by: StaffMember | None, now: datetime) -> int:
    taken_back = db.session.execute(
        delete(Attendance)
        .where(Attendance.session_id == session.id, Attendance.registration_id.in_(registration_ids))
        .returning(Attendance.registration_id, Attendance.source, Attendance.recorded_at, Attendance.recorded_by_id)
        .execution_options(synchronize_session=False)
    ).all()
    signals.attendance_undone.send(session, registration_ids=registration_ids)
    codes = dict(
        db.session.execute(
            select(Registration.id, Registration.code).where(Registration.id.in_(registration_ids))
        ).all()
    )
    lines = [
        (
            codes[row.registration_id],
            {
                "session": session.code,
                "source": row.source.value,
                "recorded_at": row.recorded_at.isoformat(),
                "recorded_by": row.recorded_by_id,
            },
        )
        for row in taken_back
    ]
    trail.record_all("attendance.undo", session.event, lines, by=by, now=now)
    return len(taken_back)


def attended_duration(sessions: Iterable[Session]) -> timedelta:
    """Add up the time of sessions attended; where two overlap the time counts once."""
    return time_covered((session.starts_at, session.ends_at) for session in sessions)
