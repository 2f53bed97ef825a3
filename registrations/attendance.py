"""Who was there: recorded per person and session, taken back, and added up. Signing up is not taking part."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from accounts.models import StaffMember
from core.database import batches, db, insert_into
from core.dates import time_covered
from core.errors import DomainError, NotFoundError
from events.models import Event, Session, SessionKind
from registrations import signals, stays, trail
from registrations.models import Attendance, AttendanceSource, Registration
from registrations.stays import Period, Periods, Stays


class NobodyAttendsBreaks(DomainError):
    """A break keeps no attendance."""

    message = _l("Attendance is not recorded at breaks.")


class NotRecorded(DomainError):
    """Whoever was not there neither came nor left."""

    message = _l("No attendance is recorded there: record first that they came.")


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
        .returning(
            Attendance.registration_id,
            Attendance.source,
            Attendance.recorded_at,
            Attendance.recorded_by_id,
            Attendance.stays,
        )
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
                **({"stays": row.stays} if row.stays else {}),
            },
        )
        for row in taken_back
    ]
    trail.record_all("attendance.undo", session.event, lines, by=by, now=now)
    return len(taken_back)


def find(registration: Registration, session: Session) -> Attendance | None:
    """The record that the person was at the session, if there is one, as the database has it now."""
    query = select(Attendance).where(Attendance.registration_id == registration.id, Attendance.session_id == session.id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def state_stays(
    registration: Registration, session: Session, stated: Stays, *, by: StaffMember | None, now: datetime
) -> bool:
    """Say from when to when the person was at the session, whatever was known; False when it was known so.

    What the door does later goes on from there. Raises NotRecorded.
    """
    row, after = find(registration, session), stays.write(stated)
    if row is None:
        raise NotRecorded
    if row.stays == after:
        return False
    # As the door does: whoever is quicker writes first, and the other goes on from there. On SQLite the writer is alone
    # from the first statement that writes, which is what follows from the signal.
    db.session.scalars(
        select(Registration.id).where(Registration.id == registration.id).with_for_update(key_share=True)
    ).all()
    signals.stays_stated.send(session, registration_ids=[registration.id])
    row = find(registration, session)
    if row is None:
        raise NotRecorded
    before = row.stays
    # No act at the door stands for it any more: the record is the workspace's, until an undo names it.
    db.session.execute(
        update(Attendance)
        .where(Attendance.id == row.id)
        .values(stays=after, stated_stays=after, door_act_id=None)
        .execution_options(synchronize_session=False)
    )
    trail.record("attendance.stays", registration, session=session, by=by, now=now, before=before, after=after)
    return True


class Hours:
    """What of the sessions of an event counts for whoever was there; its programme is looked at once for all."""

    def __init__(self, event: Event) -> None:
        self._records_exits = event.records_exits
        self._tolerance = timedelta(minutes=event.tolerance_minutes)
        self._breaks = [
            (each.starts_at, each.ends_at)
            for each in event.sessions
            if each.kind is SessionKind.BREAK and not each.is_cancelled
        ]
        self._whole: dict[int, Periods] = {}

    def count(self, session: Session, known: Stays = ()) -> Periods:
        """What counts for who was there in these stays: all but breaks where the event records no exits."""
        if known and self._records_exits:
            return stays.count(_period(session), self._breaks, known, self._tolerance)
        if session.id not in self._whole:
            self._whole[session.id] = stays.without_breaks(_period(session), self._breaks)
        return self._whole[session.id]

    def add_up(self, attended: Iterable[tuple[Session, Stays]]) -> timedelta:
        """Add up the time of sessions attended; where two overlap the time counts once."""
        return time_covered(period for session, known in attended for period in self.count(session, known))


def _period(session: Session) -> Period:
    return session.starts_at, session.ends_at
