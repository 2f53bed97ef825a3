"""Mails that must not leave because they are no longer true (docs/adr/0012).

Only what would mislead is kept back. A mail that tells a calendar something always leaves: its SEQUENCE puts it in
order, and without it the calendar would lack what no later mail says again.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, select

from core.database import db
from core.mail import MailState, OutgoingMail, withdraws_mail
from events.models import EventState
from registrations.models import (
    Announcement,
    Attendance,
    Awaited,
    Registration,
    RegistrationMail,
    RegistrationState,
    WaitingListEntry,
)
from registrations.notifications import MESSAGE
from registrations.reminders import days_until

Question = Callable[[OutgoingMail, Registration, datetime], bool]


def asks(kind: str) -> Callable[[Question], Question]:
    """Have a room above asked whether a mail of its kind is no longer so of the registration it is about."""

    def note(question: Question) -> Question:
        _QUESTIONS[kind] = question
        return question

    return note


@withdraws_mail
def is_outdated(mail: OutgoingMail, now: datetime) -> bool:
    """Whether a mail says what is no longer so of the registration it is about."""
    question = _QUESTIONS.get(mail.kind)
    if question is None or mail.calendars:
        return False
    registration = db.session.scalar(
        select(Registration)
        .join(RegistrationMail, RegistrationMail.registration_id == Registration.id)
        .where(RegistrationMail.mail_id == mail.id)
        .execution_options(populate_existing=True)
    )
    return registration is None or question(mail, registration, now)


def _is_no_reminder(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:
    """The place is gone, the day it speaks of is another, or something newer has been written to the person."""
    event = registration.event
    if not registration.is_confirmed or event.state is not EventState.PUBLISHED or event.starts_at <= now:
        return True
    first = first_of(mail)
    if days_until(event, now) != days_until(event, first.created_at):
        return True
    is_announced = (Announcement.registration_id == registration.id) & (Announcement.announced_at > first.created_at)
    is_newer = (
        (RegistrationMail.registration_id == registration.id)
        & (OutgoingMail.id > first.id)
        & OutgoingMail.kind.not_in((mail.kind, MESSAGE))
        & (OutgoingMail.state != MailState.WITHDRAWN)
    )
    newer = select(OutgoingMail.id).join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id).where(is_newer)
    return _exists(select(Announcement.id).where(is_announced).exists()) or _exists(newer.exists())


def _is_no_thanks(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    """Their attendance was taken back."""
    return not _exists(select(Attendance.id).where(Attendance.registration_id == registration.id).exists())


def _is_no_offer(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    """Nothing is offered to them any more: it was answered on their page, or the time is over."""
    if registration.state is RegistrationState.OFFERED and registration.held_until and registration.held_until > now:
        return False
    entry = (WaitingListEntry.registration_id == registration.id) & (WaitingListEntry.offered_until > now)
    return not _exists(select(WaitingListEntry.id).where(entry).exists())


def _waits_no_more(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    return registration.state is not RegistrationState.WAITING


def _is_address_confirmed(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    return registration.awaits is not Awaited.ADDRESS


def _is_decided(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    return registration.awaits is not Awaited.APPROVAL


def _is_held_after_all(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    """One sent again to a corrected address would call off what has been taken up again."""
    return registration.event.state is not EventState.CANCELLED


def _is_called_off(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    return registration.event.state is EventState.CANCELLED


_QUESTIONS: dict[str, Question] = {
    "event_cancelled": _is_held_after_all,
    "event_restored": _is_called_off,
    "reminder": _is_no_reminder,
    "thanks": _is_no_thanks,
    "offered": _is_no_offer,
    "waiting": _waits_no_more,
    "address_to_confirm": _is_address_confirmed,
    "awaiting_approval": _is_decided,
}


def first_of(mail: OutgoingMail) -> OutgoingMail:
    """The mail as it was first written: one sent again says what was so then."""
    while mail.copy_of_id is not None:
        mail = db.session.get_one(OutgoingMail, mail.copy_of_id)
    return mail


def _exists(question: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(question)))
