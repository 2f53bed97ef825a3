"""Moving: the whole event with all its sessions, or some sessions within it, by days and minutes on the wall clock."""

from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from accounts.models import StaffMember
from core.errors import DomainError
from events import services, sessions
from events.acts import followed
from events.models import Event, Session
from events.wall_clock import shift_period


class SessionToMoveOutside(DomainError):
    """A session would leave the times of its event."""

    message = _l(
        "Session %(code)s would be outside the times of the event. Move the whole event, or change its times first."
    )
    field = "days"


def move_event(event: Event, step: timedelta, *, by: StaffMember | None, now: datetime) -> bool:
    """Move the event and all its sessions, and say whether they moved; when registration opens and closes stays.

    Whom it concerns is told (`events.acts`).
    """
    starts_at, ends_at = shift_period(event.starts_at, event.ends_at, step, event.zone)
    return services.update_event(
        event, {"starts_at": starts_at, "ends_at": ends_at}, move_sessions=True, by=by, now=now
    )


def move_sessions(
    event: Event, chosen: Collection[Session], step: timedelta, *, by: StaffMember | None, now: datetime
) -> bool:
    """Move these sessions of the event, and say whether any moved; raises SessionToMoveOutside.

    Whom it concerns is told once, however many of their sessions move (`events.acts`).
    """
    has_moved = False
    with followed(event, by=by, now=now):
        for session in chosen:
            starts_at, ends_at = shift_period(session.starts_at, session.ends_at, step, event.zone)
            try:
                has_moved |= sessions.update_session(
                    session, {"starts_at": starts_at, "ends_at": ends_at}, by=by, now=now
                )
            except sessions.SessionOutsideEvent as error:
                raise SessionToMoveOutside(code=session.code) from error
    return has_moved
