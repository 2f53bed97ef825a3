"""The acts on a registration: sign up, cancel, send the person's own link, give or withdraw image consent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from accounts import audit
from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError, NotFoundError
from core.mail import OutgoingMail
from core.text import address_key, fold, sort_key
from events.models import Event, EventState, Session
from registrations import attendance, notifications, places, rules
from registrations.codes import check_token, make_code, make_token
from registrations.models import (
    Attendance,
    AttendanceSource,
    ChosenSession,
    Registration,
    RegistrationMail,
    RegistrationSource,
    RegistrationState,
)

OWN_LINK_MAILS_AN_HOUR = 3
CONFIRMATIONS_AN_HOUR = 5


class AlreadyRegistered(DomainError):
    """The address holds an active registration for this event."""

    message = _l("There is already a registration with this address.")
    field = "email"


class SignedUpTooOften(DomainError):
    """Somebody signs up and cancels over and over, and each time a mail goes to the address."""

    message = _l("This address has signed up and cancelled too often in the last hour. Try again in a while.")
    field = "email"


@dataclass(frozen=True)
class Answers:
    """What a person wrote on the form, cleaned and of the right lengths."""

    first_name: str
    last_name: str
    email: str
    organisation: str = ""
    session_codes: Sequence[str] = ()
    image_consent: bool = False


def get_registration(token: str) -> Registration:
    """The registration whose page has this token, with its event, team, chosen sessions and their rooms."""
    registration = db.session.scalar(
        select(Registration)
        .options(
            joinedload(Registration.event).joinedload(Event.team),
            selectinload(Registration.sessions).joinedload(Session.room),
        )
        .where(Registration.token == check_token(token))
    )
    if registration is None:
        raise NotFoundError
    return registration


def list_attended_sessions(registration: Registration) -> list[Session]:
    """The sessions this person was at, in order of time."""
    return list(
        db.session.scalars(
            select(Session)
            .join(Attendance, Attendance.session_id == Session.id)
            .where(Attendance.registration_id == registration.id)
            .order_by(Session.starts_at, Session.code)
        )
    )


def register(  # noqa: PLR0913 - what was written, and who, whence, when
    event: Event,
    answers: Answers,
    *,
    source: RegistrationSource,
    language: str,
    now: datetime,
    by: StaffMember | None = None,
) -> Registration:
    """Give the person a place in the event and in the sessions chosen, all or nothing, and write the confirmation.

    Raises the named error of the first rule that refuses; `AlreadyRegistered` comes last, so that a refusal never tells
    whether an address is known. A cancelled registration is taken up again on its own row with a new token. Two at once
    with one address meet the unique constraint, and the second raises `AlreadyRegistered`.
    """
    refusal = rules.find_refusal(event, now)
    if refusal:
        raise refusal
    sessions = rules.choose_sessions(event, answers.session_codes, now)
    for session in sessions:
        if session.is_full:
            raise places.SessionFull(session=session.title)
    previous = find_by_address(event, answers.email)
    if previous and previous.state is not RegistrationState.CANCELLED:
        raise AlreadyRegistered
    if previous and _count_mails(previous, notifications.place_confirmed, now) >= CONFIRMATIONS_AN_HOUR:
        raise SignedUpTooOften
    with db.session.no_autoflush:  # counters are written first, and the mail is rendered before anybody waits for them
        sequence = previous.calendar_sequence if previous else None
        registration = previous or Registration(event=event, code=make_code())
        _fill(registration, answers, source=source, language=language, now=now)
        registration.calendar_sequence = 0 if sequence is None else sequence + 1
        db.session.add_all(ChosenSession(registration=registration, session=session) for session in sessions)
        notifications.place_confirmed(registration, sessions, now=now)
        places.take(event, sessions)
        if previous and not _is_still_cancelled(previous, sequence):
            raise AlreadyRegistered
    if by:
        _record("registration.create", registration, by=by, now=now)
    _flush_unique_address()
    return registration


def add(  # noqa: PLR0913 - what was written, what is so, and who, whence, when
    event: Event,
    answers: Answers,
    *,
    has_come: bool,
    over_capacity: bool,
    language: str,
    by: StaffMember,
    now: datetime,
) -> Registration:
    """Add a person on behalf of staff: one who is late, or who has come without signing up and is recorded as there.

    Dates do not bind staff, and places above capacity are theirs to give, on purpose. Whoever has come is not asked
    whether sessions overlap or are over. A person who is not there yet and gave an address is sent the confirmation.
    """
    if event.state is EventState.CANCELLED:
        raise rules.EventCancelled
    codes = answers.session_codes
    sessions = rules.find_sessions(event, codes) if has_come else rules.choose_sessions(event, codes, now)
    places.hold(event)
    previous = find_by_address(event, answers.email) if answers.email else None
    if previous and previous.state is not RegistrationState.CANCELLED:
        raise AlreadyRegistered
    (places.take_on_purpose if over_capacity else places.take)(event, sessions)
    registration = previous or Registration(event=event, code=make_code(), calendar_sequence=-1)
    source = RegistrationSource.DOOR if has_come else RegistrationSource.STAFF
    _fill(registration, answers, source=source, language=language, now=now)
    registration.calendar_sequence += 1
    db.session.add_all(ChosenSession(registration=registration, session=session) for session in sessions)
    _record("registration.create", registration, by=by, now=now)
    _flush_unique_address()
    if has_come:
        pairs = [(registration.id, session.id) for session in sessions]
        attendance.record_all(pairs, source=AttendanceSource.LIST, by=by, now=now)
    elif not event.is_over(now):
        notifications.place_confirmed(registration, sessions, now=now)
    return registration


def cancel(registration: Registration, *, now: datetime, by: StaffMember | None = None) -> None:
    """Free the places at once and write the mail that takes the event out of the person's calendar.

    Cancelling what is cancelled changes nothing and writes nothing; of two at once the database lets one through. What
    was attended stays.
    """
    event = registration.event
    if event.is_over(now):
        raise rules.EventOver
    places.hold(event)
    is_first = db.session.scalar(
        update(Registration)
        .where(Registration.id == registration.id, Registration.state == RegistrationState.CONFIRMED)
        .values(
            state=RegistrationState.CANCELLED,
            cancelled_at=now,
            updated_at=now,
            calendar_sequence=Registration.calendar_sequence + 1,
        )
        .returning(Registration.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(registration)
    if is_first is None:
        return
    sessions = list(registration.sessions)
    places.give_back(event, sessions)
    db.session.execute(delete(ChosenSession).where(ChosenSession.registration_id == registration.id))
    notifications.cancelled(registration, sessions, now=now)
    _record("registration.cancel", registration, by=by, now=now)
    db.session.flush()
    db.session.expire(registration, ["sessions"])


def send_own_link(event: Event, email: str, *, now: datetime) -> None:
    """Write to whoever holds an active registration with this address the link to it; to nobody else anything.

    At most a few such mails an hour reach one person, however often somebody else types their address.
    """
    registration = find_by_address(event, email)
    if registration is None or registration.state is RegistrationState.CANCELLED:
        return
    if _count_mails(registration, notifications.own_link, now) < OWN_LINK_MAILS_AN_HOUR:
        notifications.own_link(registration, now=now)
        db.session.flush()


def set_image_consent(registration: Registration, *, is_given: bool, now: datetime) -> None:
    """Note that the person lets pictures of them be used, or no longer does."""
    if is_given is (registration.image_consent_at is not None):
        return
    registration.image_consent_at = now if is_given else None
    registration.updated_at = now
    act = "registration.give_image_consent" if is_given else "registration.withdraw_image_consent"
    _record(act, registration, by=None, now=now)
    db.session.flush()


def find_by_address(event: Event, email: str) -> Registration | None:
    """The registration of this address for the event, whatever its state."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.email_key == address_key(email))
        .execution_options(populate_existing=True)
    )


def person_values(first_name: str, last_name: str, email: str, organisation: str) -> dict[str, str | None]:
    """The columns that say who a registration's person is, with the keys they are ordered and found by."""
    return {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "email_key": address_key(email) or None,
        "organisation": organisation,
        "organisation_key": sort_key(organisation),
        "sort_key": sort_key(last_name, first_name),
        "search_key": fold(f"{first_name} {last_name} {email} {organisation}"),
    }


def _fill(
    registration: Registration, answers: Answers, *, source: RegistrationSource, language: str, now: datetime
) -> None:
    """Write the answers on a new row or on a cancelled one taken up again: its code stays, its token is a new one."""
    names = person_values(answers.first_name, answers.last_name, answers.email, answers.organisation)
    for name, value in names.items():
        setattr(registration, name, value)
    registration.token = make_token()
    registration.state = RegistrationState.CONFIRMED
    registration.source = source
    registration.language = language
    registration.image_consent_at = now if answers.image_consent else None
    registration.created_at = registration.updated_at = now
    registration.cancelled_at = None


def _is_still_cancelled(previous: Registration, sequence: int | None) -> bool:
    """Win the cancelled row against another tab that takes it up at the same time."""
    return (
        db.session.scalar(
            update(Registration)
            .where(
                Registration.id == previous.id,
                Registration.state == RegistrationState.CANCELLED,
                Registration.calendar_sequence == sequence,
            )
            .values(state=RegistrationState.CONFIRMED)
            .returning(Registration.id)
            .execution_options(synchronize_session=False)
        )
        is not None
    )


def _flush_unique_address() -> None:
    """Send the rows to the database, whose unique constraint decides when one address signs up twice at once."""
    try:
        db.session.flush()
    except IntegrityError as error:
        if "email_key" in str(error.orig):  # both databases name the column; a code met twice is another matter
            raise AlreadyRegistered from error
        raise


def _count_mails(registration: Registration, kind: Callable[..., None], now: datetime) -> int:
    """Count the mails of one kind that were written to the person within the last hour."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RegistrationMail)
            .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
            .where(
                RegistrationMail.registration_id == registration.id,
                OutgoingMail.kind == kind.__name__,
                OutgoingMail.created_at > now - timedelta(hours=1),
            )
        )
        or 0
    )


def _record(act: str, registration: Registration, *, by: StaffMember | None, now: datetime) -> None:
    key = f"{registration.event.slug}/{registration.code}"
    audit.record(act, subject_kind="registration", subject_key=key, by=by, now=now)
