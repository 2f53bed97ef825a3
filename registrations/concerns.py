"""What the registrations of an event ask of its organisers, and how far things have come: each counted in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, literal, select

from core.database import db
from core.mail import MailState, OutgoingMail
from events.models import Event, EventState
from registrations import approvals, mails, reminders
from registrations.models import (
    Attendance,
    AutomaticMail,
    Awaited,
    Registration,
    RegistrationMail,
    RegistrationState,
    SupportNeed,
    WaitingListEntry,
)

OFFERS_END_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Concerns:
    """How many people and mails there are to look after."""

    mails_refused: int
    mails_held_up: int
    awaiting: int
    offers_ending: int
    sessions_offered: int
    needing_support: int


@dataclass(frozen=True)
class EventConcerns:
    """What of one event cannot wait."""

    event: Event
    awaiting: int
    mails_refused: int


@dataclass(frozen=True)
class Progress:
    """How many have a place and were reminded."""

    confirmed: int
    reminded: int


def count_concerns(event: Event, now: datetime) -> Concerns:
    """Count whom and what somebody has to look after."""
    until = now + OFFERS_END_WITHIN
    row = db.session.execute(
        select(
            mails.count_refused(event).scalar_subquery(),
            _count_held_up(event).scalar_subquery(),
            approvals.select_awaiting(event)
            .order_by(None)
            .with_only_columns(func.count(Registration.id))
            .scalar_subquery(),
            _count(event)
            .where(Registration.state == RegistrationState.OFFERED, Registration.held_until <= until)
            .scalar_subquery(),
            select(func.count(WaitingListEntry.id))
            .where(WaitingListEntry.event_id == event.id, WaitingListEntry.offered_until <= until)
            .scalar_subquery(),
            _count(event)
            .where(
                Registration.state == RegistrationState.CONFIRMED,
                _has(SupportNeed),
            )
            .scalar_subquery(),
        )
    ).one()
    return Concerns(*row)


def count_by_event(of_events: ColumnElement[bool], now: datetime) -> list[EventConcerns]:
    """Count what cannot wait at each of these events that is not over, in two queries however many there are."""
    coming = (of_events, Event.ends_at > now, Event.state != EventState.CANCELLED)
    awaiting = (
        select(Registration.event_id, func.count(Registration.id))
        .join(Registration.event)
        .where(*coming, Registration.state == RegistrationState.PENDING, Registration.awaits == Awaited.APPROVAL)
        .group_by(Registration.event_id)
    )
    refused = (
        select(Registration.event_id, func.count(OutgoingMail.id))
        .join(Registration.event)
        .join(RegistrationMail, RegistrationMail.registration_id == Registration.id)
        .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
        .where(*coming, *mails.is_to_send_again())
        .group_by(Registration.event_id)
    )
    people, letters = (dict(db.session.execute(query).all()) for query in (awaiting, refused))
    ids = people.keys() | letters.keys()
    if not ids:
        return []
    events = db.session.scalars(select(Event).where(Event.id.in_(ids)).order_by(Event.starts_at, Event.id))
    return [EventConcerns(event, people.get(event.id, 0), letters.get(event.id, 0)) for event in events]


def count_progress(event: Event) -> Progress:
    """Count what has been done with the people of the event."""
    row = db.session.execute(
        select(
            _count(event).where(Registration.state == RegistrationState.CONFIRMED).scalar_subquery(),
            select_written(event, reminders.Kind.REMINDER).with_only_columns(func.count()).scalar_subquery(),
        )
    ).one()
    return Progress(*row)


def _count(event: Event) -> Select[int]:
    return select(func.count(Registration.id)).where(Registration.event_id == event.id)


def _count_held_up(event: Event) -> Select[int]:
    """The mails that wait for a mail server which is away."""
    return (
        select(func.count())
        .select_from(OutgoingMail)
        .join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id)
        .join(Registration, Registration.id == RegistrationMail.registration_id)
        .where(
            Registration.event_id == event.id,
            OutgoingMail.state == MailState.WAITING,
            OutgoingMail.held_up_since.is_not(None),
        )
    )


def count_came(event: Event) -> tuple[int, int]:
    """Count how many people came, and how many have a place."""
    came = _count(event).where(_has(Attendance)).scalar_subquery()
    expected = _count(event).where(Registration.state == RegistrationState.CONFIRMED).scalar_subquery()
    row = db.session.execute(select(came, expected)).one()
    return row[0], row[1]


def select_written(event: Event, kind: reminders.Kind) -> Select[int]:
    """Make the query for those to whom the clock has written a mail of this kind, by their ids.

    The name of each occasion begins with its kind.
    """
    written = _has(AutomaticMail, AutomaticMail.occasion.startswith(kind.value))
    return select(Registration.id).where(Registration.event_id == event.id, written)


def _has(row: type[Attendance | AutomaticMail | SupportNeed], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(literal(1)).where(row.registration_id == Registration.id, *conditions).correlate(Registration).exists()
    )
