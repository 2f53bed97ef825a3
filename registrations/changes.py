"""What becomes of a registration afterwards: other sessions, another name, organisation or language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError
from events.models import EventState, Session
from registrations import notifications, places, rules, trail, waiting_list
from registrations.models import ChosenSession, Registration, RegistrationState
from registrations.names import person_values

CHANGES_AN_HOUR = 10


class NothingToChange(DomainError):
    """A cancelled registration holds nothing that could change."""

    message = _l("This registration is cancelled. Sign up again instead.")


class ChangedTooOften(DomainError):
    """Somebody changes a registration over and over, and each time a mail goes to the address."""

    message = _l("This registration has been changed too often in the last hour. Try again in a while.")


@dataclass(frozen=True)
class Change:
    """A registration as it should be, cleaned and of the right lengths."""

    first_name: str
    last_name: str
    organisation: str
    language: str
    session_codes: Sequence[str]
    waiting_codes: Sequence[str] = ()


def change(
    registration: Registration,
    wanted: Change,
    *,
    over_capacity: bool = False,
    by: StaffMember | None = None,
    now: datetime,
) -> bool:
    """Make the registration what is wanted, and say whether anything was different; the person is told of it.

    New places are taken before old ones go, so that a refusal (`SessionFull`) leaves everything as it was; what goes is
    the next one's at once. Staff are not bound by the deadline, and may give places above capacity on purpose.
    """
    begin(registration, by=by, now=now)
    event = registration.event
    held = list(registration.sessions)
    wish = rules.read_wish(event, wanted.session_codes, wanted.waiting_codes, now, held=held)
    has_other_sessions = _change_sessions(registration, held, wish, over_capacity=over_capacity, now=now)
    has_other_values = _change_person(registration, wanted)
    if not (has_other_sessions or has_other_values):
        return False
    if by is None and notifications.count_recent(registration, {"changed"}, now) >= CHANGES_AN_HOUR:
        raise ChangedTooOften
    registration.updated_at = now
    db.session.flush()
    db.session.expire(registration, ["sessions"])
    waiting_for = waiting_list.list_sessions(registration)
    notifications.changed(registration, registration.sessions, waiting=waiting_for, now=now)
    trail.record(
        "registration.change",
        registration,
        by=by,
        now=now,
        sessions=[session.code for session in registration.sessions],
        over_capacity=over_capacity,
    )
    waiting_list.settle(event, reason=waiting_list.Reason.CHANGE, now=now, by=by)
    return True


def begin(registration: Registration, *, by: StaffMember | None, now: datetime) -> None:
    """Be alone with a registration that can be changed. Raises EventCancelled, ChangesClosed and NothingToChange."""
    places.hold_with(registration)
    if registration.event.state is EventState.CANCELLED:
        raise rules.EventCancelled
    if by is None and now >= registration.event.changes_until:
        raise rules.ChangesClosed
    if registration.state is RegistrationState.CANCELLED:
        raise NothingToChange


def may_change(registration: Registration, *, now: datetime) -> bool:
    """Whether the person may still change or cancel the registration by themselves."""
    event = registration.event
    is_open = event.state is not EventState.CANCELLED and now < event.changes_until
    return is_open and registration.state is not RegistrationState.CANCELLED


def _change_person(registration: Registration, wanted: Change) -> bool:
    values = {
        **person_values(wanted.first_name, wanted.last_name, registration.email, wanted.organisation),
        "language": wanted.language,
    }
    changed = {name for name, value in values.items() if getattr(registration, name) != value}
    for name in changed:
        setattr(registration, name, values[name])
    return bool(changed)


def _change_sessions(
    registration: Registration, held: Sequence[Session], wish: rules.Wish, *, over_capacity: bool, now: datetime
) -> bool:
    """Take what is new, stand on the lists wanted, give back the rest; whoever has no place only stands on lists."""
    entries = {entry.session: entry for entry in waiting_list.list_entries(registration) if entry.session}
    sessions, waiting = wish.sessions, wish.waiting
    if not holds_places(registration):
        sessions, waiting = (), rules.in_time([*sessions, *waiting])
    new = [session for session in sessions if session not in held]
    gone = [session for session in held if session not in sessions]
    offered = {session for session, entry in entries.items() if entry.offered_until and entry.offered_until > now}
    if over_capacity:
        places.take_on_purpose(None, [session for session in new if session not in offered])
    else:
        places.take(None, [session for session in new if session not in offered])
    places.give_back(None, gone)
    if gone:
        db.session.execute(
            delete(ChosenSession).where(
                ChosenSession.registration_id == registration.id,
                ChosenSession.session_id.in_([session.id for session in gone]),
            )
        )
    db.session.add_all(ChosenSession(registration=registration, session=session) for session in new)
    left = [session for session in entries if session not in waiting]
    for session in left:
        if session in new and session in offered:
            db.session.delete(entries[session])  # the place it was offered is the one that is now held
        else:
            waiting_list.withdraw(entries[session])
    joined = [session for session in waiting if session not in entries]
    for session in joined:
        waiting_list.join(registration, session, now=now)
    return bool(new or gone or left or joined)


def holds_places(registration: Registration) -> bool:
    """Whether the registration can have places in sessions: an offer of the event's place has to be taken first."""
    return registration.state is not RegistrationState.OFFERED and waiting_list.has_place(registration)
