"""The sessions of an event: written, changed, and deleted only while they hold nothing."""

import re
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events import signals
from events.acts import followed
from events.capacity import set_capacity
from events.models import Event, Session
from events.revisions import assign, revise_session
from events.values import CODE_LENGTH, SessionValues

_NUMBER = re.compile(r"(.*?)([0-9]{0,6})", re.DOTALL)


class CodeTaken(DomainError):
    """Another session of the event has this code."""

    message = _l("Another session of this event already has this code.")
    field = "code"


class SessionEndsBeforeStart(DomainError):
    """The end is not after the start."""

    message = _l("The session must end after it starts.")
    field = "ends"


class SessionOutsideEvent(DomainError):
    """The session is not within the times of its event."""

    message = _l("The session must be within the times of the event.")
    field = "starts"


class SessionOver(DomainError):
    """The session has been held, so that it cannot be called off any more."""

    message = _l("Session %(code)s has already been held.")


class SessionInUse(DomainError):
    """Somebody is registered for the session, or something was recorded in it."""

    message = _l(
        "Session %(code)s cannot be deleted: people chose it, or attendance or contributions were recorded in it."
    )


def find_session(event: Event, code: str) -> Session | None:
    """The session of this event with this code."""
    return next((session for session in event.sessions if session.code == code), None)


def get_session(event: Event, code: str) -> Session:
    """The session of this event with this code; raises NotFoundError."""
    session = find_session(event, code)
    if session is None:
        raise NotFoundError(code)
    return session


def suggest_code(event: Event) -> str:
    """Give the first free one of `S1`, `S2` and so on."""
    taken = {session.code for session in event.sessions}
    return next(code for code in (f"S{number}" for number in range(1, len(taken) + 2)) if code not in taken)


def suggest_next_code(event: Event, code: str) -> str:
    """Give the first free code after `code`: `T1` makes `T2`, `PAUSA` makes `PAUSA-2`."""
    stem, number = _NUMBER.fullmatch(code).groups()  # type: ignore[union-attr] # it matches every text
    if not number:
        stem, number = f"{code}-", "1"
    taken = {session.code.casefold() for session in event.sessions}
    following = int(number) + 1
    while (suggested := f"{stem}{following:0{len(number)}}").casefold() in taken:
        following += 1
    return suggested if len(suggested) <= CODE_LENGTH else suggest_code(event)


def create_session(event: Event, values: SessionValues, *, by: StaffMember | None, now: datetime) -> Session:
    """Add a session to the event. Raises CodeTaken, SessionEndsBeforeStart, SessionOutsideEvent."""
    with followed(event, by=by, now=now):
        session = Session(**values)
        _check_times(event, session)
        event.sessions.append(session)
        flush_or_refuse(CodeTaken)
        revise_session(event, {"starts_at"}, now=now)
        _record("session.create", event, session, by=by, now=now)
    return session


def update_session(session: Session, values: SessionValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is new in `values` and say whether anything was; whom it concerns is told (`events.acts`).

    Raises what `create_session` raises.
    """
    with followed(session.event, by=by, now=now):
        changed = {"capacity"} if "capacity" in values and set_capacity(session, values["capacity"]) else set()
        with db.session.no_autoflush:
            changed |= assign(session, {name: value for name, value in values.items() if name != "capacity"})
            _check_times(session.event, session)
        flush_or_refuse(CodeTaken)
        revise_session(session.event, changed, now=now)
        if changed:
            _record("session.update", session.event, session, by=by, now=now, changed=sorted(changed))
    return bool(changed)


def update_sessions(
    event: Event, rows: Iterable[tuple[Session, SessionValues]], *, by: StaffMember | None, now: datetime
) -> bool:
    """Write what is new in several sessions as one act, and say whether anything was. Raises what each would."""
    with followed(event, by=by, now=now):
        changed = [update_session(session, values, by=by, now=now) for session, values in rows]
    return any(changed)


def cancel_session(session: Session, *, by: StaffMember | None, now: datetime) -> bool:
    """Call a session off, and say whether it was still on. Raises SessionOver.

    It stays in the programme and says so. Who chose it or waits for it loses that and is told.
    """
    with followed(session.event, by=by, now=now) as consequences:
        if session.is_cancelled:
            return False
        if session.ends_at <= now:
            raise SessionOver(code=session.code)
        session.cancelled_at = now
        revise_session(session.event, {"cancelled_at"}, now=now)
        _record("session.cancel", session.event, session, by=by, now=now)
        consequences.extend(signals.send(signals.session_cancelled, session.event, session=session, by=by, now=now))
    return True


def restore_session(session: Session, *, by: StaffMember | None, now: datetime) -> bool:
    """Take a session up again, and say whether it was off. It is empty, and people choose it anew."""
    with followed(session.event, by=by, now=now):
        if not session.is_cancelled:
            return False
        session.cancelled_at = None
        revise_session(session.event, {"cancelled_at"}, now=now)
        _record("session.restore", session.event, session, by=by, now=now)
    return True


def delete_session(session: Session, *, by: StaffMember | None, now: datetime) -> None:
    """Take a session out of the programme. Raises SessionInUse when anybody chose it or anything was recorded in it.

    What upper rooms recorded holds on to the session by foreign keys, so the database has the last word.
    """
    event, code = session.event, session.code
    with followed(event, by=by, now=now):
        if session.places_taken or session.people_waiting:
            raise SessionInUse(code=code)
        event.sessions.remove(session)
        flush_or_refuse(SessionInUse(code=code))
        revise_session(event, {"starts_at"}, now=now)
        audit.record("session.delete", subject_kind="event", subject_key=event.slug, by=by, now=now, session=code)


def _check_times(event: Event, session: Session) -> None:
    if session.ends_at <= session.starts_at:
        raise SessionEndsBeforeStart
    if session.starts_at < event.starts_at or session.ends_at > event.ends_at:
        raise SessionOutsideEvent


def _record(
    act: str, event: Event, session: Session, *, by: StaffMember | None, now: datetime, **details: object
) -> None:
    audit.record(act, subject_kind="event", subject_key=event.slug, by=by, now=now, session=session.code, **details)
