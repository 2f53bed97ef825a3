"""What becomes of a registration afterwards: other sessions, answers, supports, another name or language."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError
from events.models import EventState, Session
from registrations import notifications, places, promotions, questions, rules, supports, trail, waiting_list
from registrations.models import ChosenSession, Question, Registration, RegistrationState
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
    words: questions.Words = field(default_factory=dict)
    asked: Sequence[Question] = ()
    needs: supports.Needs | None = None  # None: whoever writes is not asked for them, and they stay


class Outcome(StrEnum):
    """What came of a change: nothing was different, only answers were, or the person is told by mail."""

    SAME = "same"
    ANSWERED = "answered"
    TOLD = "told"


def change(
    registration: Registration,
    wanted: Change,
    *,
    over_capacity: bool = False,
    by: StaffMember | None = None,
    now: datetime,
) -> Outcome:
    """Make the registration what is wanted, and say what came of it; the person is told of all but other answers.

    Only the answers to the questions `asked` are replaced. New places are taken before old ones go, so that a refusal
    (`SessionFull`) leaves everything as it was; what goes is the next one's at once. Staff are not bound by the
    deadline, and may give places above capacity on purpose.
    """
    begin(registration, by=by, now=now)
    event = registration.event
    held = list(registration.sessions)
    wish = rules.read_wish(event, wanted.session_codes, wanted.waiting_codes, now, held=held)
    has_other_sessions = _change_sessions(registration, held, wish, over_capacity=over_capacity, now=now)
    has_other_values = _change_person(registration, wanted)
    has_other_answers = _change_answers(registration, wanted, by=by, now=now)
    has_other_needs = wanted.needs is not None and _change_needs(registration, wanted.needs, by=by, now=now)
    if not (has_other_sessions or has_other_values):
        return Outcome.ANSWERED if has_other_answers or has_other_needs else Outcome.SAME
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
    promotions.settle(event, reason=promotions.Reason.CHANGE, now=now, by=by)
    return Outcome.TOLD


def change_needs(registration: Registration, needs: supports.Needs, *, now: datetime) -> None:
    """Write which supports the person needs now. No mail goes out. Raises what `begin` raises."""
    begin(registration, by=None, now=now)
    _change_needs(registration, needs, by=None, now=now)


def leave_list(registration: Registration, session: Session, *, now: datetime) -> None:
    """Leave the list of a session; leaving one where the person does not stand changes nothing."""
    event = registration.event
    places.hold(event)
    entry = waiting_list.find_entry(registration, session)
    if entry is None:
        return
    waiting_list.withdraw(entry)
    trail.record("registration.leave", registration, session=session, by=None, now=now)
    promotions.settle(event, reason=promotions.Reason.REFUSAL, now=now, joined=[session])


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


def wanted_codes(registration: Registration) -> Collection[str]:
    """The codes of the sessions the person has or waits for."""
    waited = waiting_list.list_sessions(registration)
    return {session.code for session in [*registration.sessions, *waited]}


def _change_answers(registration: Registration, wanted: Change, *, by: StaffMember | None, now: datetime) -> bool:
    if not wanted.asked:
        return False
    asked = {question.id for question in wanted.asked}
    before = {question.id: [*said] for question, said in questions.list_answers(registration) if question.id in asked}
    if before == {question_id: [*said] for question_id, said in wanted.words.items()}:
        return False
    questions.keep_answers(registration, wanted.words, wanted.asked)
    registration.updated_at = now
    trail.record("registration.answer", registration, by=by, now=now)
    db.session.flush()
    return True


def _change_needs(registration: Registration, needs: supports.Needs, *, by: StaffMember | None, now: datetime) -> bool:
    if {need.kind: need.details for need in supports.list_needs(registration)} == needs:
        return False
    supports.keep_needs(registration, needs, now=now)
    registration.updated_at = now
    trail.record("registration.change_supports", registration, by=by, now=now)
    db.session.flush()
    return True


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
