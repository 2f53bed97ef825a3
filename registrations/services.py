"""The acts on a registration: sign up, cancel, send the person's own link, give or withdraw image consent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, case, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defaultload, joinedload

from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError, NotFoundError
from core.text import address_key
from events.models import Access, Dimension, Event, EventState, Session
from registrations import (
    aliases,
    allotment,
    attendance,
    invitations,
    notifications,
    parts,
    places,
    promotions,
    questions,
    rules,
    supports,
    trail,
    waiting_list,
)
from registrations.codes import check_token, make_code, make_token
from registrations.models import (
    Attendance,
    AttendanceSource,
    Awaited,
    ChosenSession,
    Invitation,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from registrations.names import person_values

OWN_LINK_MAILS_AN_HOUR = 3
CONFIRMATIONS_AN_HOUR = 5
SIGN_UP_MAILS = ("place_confirmed", "waiting", "address_to_confirm", "awaiting_approval")


class AlreadyRegistered(DomainError):
    """The address holds an active registration for this event."""

    message = _l("There is already a registration with this address.")
    field = "email"


class FormChanged(DomainError):
    """A question was deleted while it was being answered."""

    message = _l("The form has changed in the meantime. Look through it and send it again.")


class NotWaiting(DomainError):
    """The person does not wait for a place."""

    message = _l("This person is not on the waiting list any more.")


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
    waiting_codes: Sequence[str] = ()
    dimension: Dimension | None = None
    image_consent: bool = False
    words: questions.Words = field(default_factory=dict)
    needs: supports.Needs = field(default_factory=dict)
    invitation: str = ""
    signed_up_by: str = ""


def get_registration(token: str) -> Registration:
    """The registration whose page has this token, with its event, team, chosen sessions and their rooms."""
    registration = db.session.scalar(_registration_by_token(), {"token": check_token(token)})
    if registration is None:
        raise NotFoundError
    return _opened(registration, token)


def get_with_parts(token: str) -> tuple[Registration, parts.PageParts]:
    """The same, and what else there is for it, in the same query."""
    row = db.session.execute(_registration_with_parts(), {"token": check_token(token)}).one_or_none()
    if row is None:
        raise NotFoundError
    registration, *there = row
    return _opened(registration, token), parts.PageParts(*there)


def _opened(registration: Registration, token: str) -> Registration:
    registration.opened_with = "" if token == registration.token else token
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


def register(
    event: Event,
    answers: Answers,
    *,
    source: RegistrationSource,
    language: str,
    now: datetime,
) -> Registration:
    """Sign the person up and write the one mail that says how they stand.

    They get a place in the event and in the sessions chosen, and stand on the list of what is full; without a waiting
    list it is all or nothing. Raises the named error of the first rule that refuses; `AlreadyRegistered` comes last, so
    that a refusal never tells whether an address is known. A cancelled registration is taken up again on its own row
    with a new token. Two at once with one address meet the unique constraint, and the second raises
    `AlreadyRegistered`.
    """
    refusal = rules.find_refusal(event, now)
    if refusal:
        raise refusal
    invitation = invitations.check(event, answers.invitation, now=now)
    known = event.sequence
    wish = rules.read_wish(event, answers.session_codes, answers.waiting_codes, now)
    if not event.has_waiting_list:
        allotment.refuse_full(wish)
    previous = find_by_address(event, answers.email)
    if previous and previous.state is not RegistrationState.CANCELLED:
        raise AlreadyRegistered
    if previous and notifications.count_recent(previous, SIGN_UP_MAILS, now) >= CONFIRMATIONS_AN_HOUR:
        raise SignedUpTooOften
    with db.session.no_autoflush:  # counters are written first, and the mail is rendered before anybody waits for them
        cancelled_at = previous.cancelled_at if previous else None
        registration = previous or Registration(event=event, code=make_code())
        _fill(registration, answers, source=source, language=language, now=now)
        _come_with(registration, invitation)
        registration.awaits = _awaited(event)
        foreseen = allotment.foresee(registration, wish)
        allotment.say_how_it_stands(registration, foreseen, now=now)
        draft = allotment.compose_mail(registration, foreseen, now=now)
        if invitation:
            places.hold(event)
            invitations.check(event, answers.invitation, now=now)  # alone now: nobody else can use up the quota
        given = allotment.allot(registration, wish, revision=known)
        if previous and not _is_still_cancelled(previous, cancelled_at):
            raise AlreadyRegistered
        if given != foreseen:
            allotment.say_how_it_stands(registration, given, now=now)
            draft = allotment.compose_mail(registration, given, now=now)
        notifications.post(draft)
        db.session.add(registration)
        allotment.write(registration, given, now=now)
        questions.keep_answers(registration, answers.words)
        supports.keep_needs(registration, answers.needs, now=now)
    _flush_unique_address()
    if not given.has_place or given.waiting:
        promotions.settle(event, reason=promotions.Reason.SIGN_UP, now=now, joined=given.waiting)
    return registration


def add(  # noqa: PLR0913 - what was written, what is so, and who, whence, when
    event: Event,
    answers: Answers,
    *,
    has_come: bool,
    over_capacity: bool,
    language: str,
    by: StaffMember | None,
    now: datetime,
) -> Registration:
    """Add a person on behalf of staff: one who is late, or who has come without signing up and is recorded as there.

    Dates do not bind staff, and places above capacity are theirs to give, on purpose. Whoever has come is not asked
    whether sessions overlap or are over. A person who is not there yet and gave an address is sent the confirmation.
    """
    if event.state is EventState.CANCELLED:
        raise rules.EventCancelled
    places.hold(event)
    codes = answers.session_codes
    sessions = rules.find_sessions(event, codes) if has_come else rules.choose_sessions(event, codes, now)
    previous = find_by_address(event, answers.email) if answers.email else None
    if previous and previous.state is not RegistrationState.CANCELLED:
        raise AlreadyRegistered
    (places.take_on_purpose if over_capacity else places.take)(event, sessions)
    registration = previous or Registration(event=event, code=make_code())
    source = RegistrationSource.DOOR if has_come else RegistrationSource.STAFF
    _fill(registration, answers, source=source, language=language, now=now)
    db.session.add_all(ChosenSession(registration=registration, session=session) for session in sessions)
    questions.keep_answers(registration, answers.words)
    supports.keep_needs(registration, answers.needs, now=now)
    trail.record("registration.create", registration, by=by, now=now, over_capacity=over_capacity)
    _flush_unique_address()
    if has_come:
        pairs = [(registration.id, session.id) for session in sessions]
        attendance.record_all(pairs, source=AttendanceSource.LIST, by=by, now=now)
    elif not event.is_over(now):
        notifications.place_confirmed(registration, sessions, now=now)
    return registration


def cancel(registration: Registration, *, now: datetime, by: StaffMember | None = None) -> None:
    """Free all that the registration holds, for the next in line at once, and tell the person and their calendar.

    Cancelling what is cancelled changes nothing and writes nothing; of two at once the event's row lets one through.
    What was attended stays.
    """
    event = registration.event
    if event.is_over(now):
        raise rules.EventOver
    if by is None and now >= event.changes_until:
        raise rules.ChangesClosed
    places.hold_with(registration)
    if registration.state is RegistrationState.CANCELLED:
        return
    had_place = registration.is_confirmed
    sessions = waiting_list.release(registration, now=now)
    tell = notifications.cancelled_by_organiser if by else notifications.cancelled
    tell(registration, sessions, had_place=had_place, now=now)
    trail.record("registration.cancel", registration, by=by, now=now)
    promotions.settle(event, reason=promotions.Reason.CANCELLATION, now=now, by=by)


def admit(registration: Registration, *, by: StaffMember, now: datetime) -> None:
    """Give a place of the event on purpose, above capacity if need be, to somebody who waits for one."""
    event = registration.event
    places.hold_with(registration)
    rules.check_still_to_come(event, now)
    if registration.state is not RegistrationState.WAITING:
        raise NotWaiting
    promotions.admit_on_purpose(registration, by=by, now=now)


def send_own_link(event: Event, email: str, *, now: datetime) -> None:
    """Write to whoever holds an active registration with this address the link to it; to nobody else anything.

    At most a few such mails an hour reach one person, however often somebody else types their address.
    """
    registration = find_by_address(event, email)
    if registration is None or registration.state is RegistrationState.CANCELLED:
        return
    if notifications.count_recent(registration, {"own_link"}, now) < OWN_LINK_MAILS_AN_HOUR:
        notifications.own_link(registration, now=now)
        db.session.flush()


def set_image_consent(registration: Registration, *, is_given: bool, now: datetime) -> None:
    """Note that the person lets pictures of them be used, or no longer does."""
    if is_given is (registration.image_consent_at is not None):
        return
    registration.image_consent_at = now if is_given else None
    registration.updated_at = now
    act = "registration.give_image_consent" if is_given else "registration.withdraw_image_consent"
    trail.record(act, registration, by=None, now=now)
    db.session.flush()


def find_by_address(event: Event, email: str) -> Registration | None:
    """The registration of this address for the event, whatever its state, or the one that it was merged into."""
    return db.session.scalar(_registration_by_address(), {"event_id": event.id, "email_key": address_key(email)})


@cache
def _registration_by_token() -> Select[Registration]:
    """Made once, like the next: every sign-up asks both."""
    return (
        select(Registration)
        .options(
            joinedload(Registration.event).joinedload(Event.team),
            defaultload(Registration.sessions).joinedload(Session.room),
        )
        .where(or_(Registration.token == bindparam("token"), Registration.id == aliases.select_by_token()))
    )


@cache
def _registration_with_parts() -> Select[Any]:
    return _registration_by_token().add_columns(*parts.page_columns())


@cache
def _registration_by_address() -> Select[Registration]:
    """Make the query for who has the address, before whom one that had it was merged into."""
    has_it = Registration.email_key == bindparam("email_key")
    return (
        select(Registration)
        .where(
            Registration.event_id == bindparam("event_id"), or_(has_it, Registration.id == aliases.select_by_address())
        )
        .order_by(case((has_it, 0), else_=1))
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _fill(
    registration: Registration, answers: Answers, *, source: RegistrationSource, language: str, now: datetime
) -> None:
    """Write the answers on a new row or on a cancelled one taken up again: its code stays, its token is a new one."""
    names = person_values(answers.first_name, answers.last_name, answers.email, answers.organisation)
    for name, value in names.items():
        setattr(registration, name, value)
    registration.dimension = answers.dimension or registration.dimension
    registration.signed_up_by_name, registration.signed_up_by_id = answers.signed_up_by, None
    registration.invitation_id = None
    registration.token = make_token()
    registration.state = RegistrationState.CONFIRMED
    registration.awaits = registration.held_until = registration.promoted_at = None
    registration.has_reserved_place = False
    registration.source = source
    registration.language = language
    registration.image_consent_at = now if answers.image_consent else None
    registration.created_at = registration.updated_at = now
    registration.cancelled_at = None


def _come_with(registration: Registration, invitation: Invitation | None) -> None:
    """Note the invitation, which knows better than the person where they come from."""
    if invitation is not None:
        registration.invitation_id = invitation.id
        registration.dimension = invitation.dimension or registration.dimension


def _awaited(event: Event) -> Awaited | None:
    if event.access is Access.APPROVAL:
        return Awaited.APPROVAL
    return Awaited.ADDRESS if event.confirms_address else None


def _is_still_cancelled(previous: Registration, cancelled_at: datetime | None) -> bool:
    """Win the cancelled row against another tab that takes it up at the same time."""
    return (
        db.session.scalar(
            update(Registration)
            .where(
                Registration.id == previous.id,
                Registration.state == RegistrationState.CANCELLED,
                Registration.cancelled_at == cancelled_at,
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
        if "foreign key" in str(error.orig).lower():
            raise FormChanged from error
        raise
