"""Reminders before an event and thanks after it: when they are due, to whom, and that each is written once.

They are written by day, a few at a time, alone with the event: each with a row whose key the database keeps unique, in
the transaction that writes the mail, so that killing the worker loses none and doubles none (docs/adr/0012).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from enum import StrEnum
from functools import partial

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from core import mail
from core.database import db, transaction
from core.dates import at_local_time
from core.jobs import jobs, sweep, work_off
from core.mail import MailState, OutgoingMail
from events.models import Event, EventState, Session
from registrations import notifications, places, recipients
from registrations.models import Attendance, AutomaticMail, Registration, RegistrationMail, RegistrationState
from registrations.notifications import MESSAGE

DAY_BEGINS, DAY_ENDS = 9, 20  # local hours between which nobody minds a mail
TOLD_LATELY = timedelta(hours=12)
THANKS_WITHIN = timedelta(days=30)
BATCH = 25  # people who sign up wait for one batch at most: about 0.1 s


class Kind(StrEnum):
    """What the clock writes."""

    REMINDER = "reminder"
    THANKS = "thanks"


@dataclass(frozen=True)
class Occasion:
    """A mail to everybody concerned, due from a moment on; `days` before the event, 0 for thanks."""

    kind: Kind
    due_at: datetime
    name: str
    days: int = 0


@dataclass(frozen=True)
class Plan:
    """What will be written when, and to how many as things stand."""

    occasion: Occasion
    people: int


@mail.writes_mail
@sweep
def write_reminders(now: datetime) -> int:
    """Write the reminders and thanks that are due, for one turn of the worker; how many there were."""
    wake_again = partial(jobs.wake, write_reminders.__name__)
    return work_off(_list_events(now), partial(_write_batch, now=now), wake_again=wake_again)


def list_occasions(event: Event) -> list[Occasion]:
    """All that the clock writes about an event, in order of time."""
    starts_on = event.starts_at.astimezone(event.zone).date()
    occasions = [
        Occasion(Kind.REMINDER, _morning(event, starts_on - timedelta(days=days)), f"reminder {days} {starts_on}", days)
        for days in sorted(set(event.reminder_days), reverse=True)
    ]
    if event.sends_thanks:
        ends_on = event.ends_at.astimezone(event.zone).date()
        occasions.append(Occasion(Kind.THANKS, _morning(event, ends_on + timedelta(days=1)), "thanks"))
    return occasions


def find_due(event: Event, now: datetime) -> Occasion | None:
    """What is to be written now, if anything: of several reminders the last, none once the event has begun.

    Attendance may be typed in from paper days later: thanks are due for a month.
    """
    if event.state not in {EventState.PUBLISHED, EventState.CLOSED}:
        return None
    due = [
        occasion for occasion in list_occasions(event) if occasion.due_at <= now and _is_timely(event, occasion, now)
    ]
    return due[-1] if due else None


def list_plans(event: Event, now: datetime) -> list[Plan]:
    """What is still to be written about an event, and to how many as things stand; thanks that all have had are not."""
    if event.state not in {EventState.PUBLISHED, EventState.CLOSED}:
        return []
    occasions = [occasion for occasion in list_occasions(event) if _is_timely(event, occasion, now)]
    due = find_due(event, now)
    plans = [
        Plan(occasion, _count(event, occasion)) for occasion in occasions if occasion == due or occasion.due_at > now
    ]
    return [plan for plan in plans if plan.people or plan.occasion.kind is Kind.REMINDER or plan.occasion.due_at > now]


def days_until(event: Event, now: datetime) -> int:
    """How many days before the event `now` is, counted as people do: 0 is today, 1 tomorrow."""
    return (event.starts_at.astimezone(event.zone).date() - now.astimezone(event.zone).date()).days


def _morning(event: Event, day: date) -> datetime:
    return at_local_time(datetime.combine(day, clock(DAY_BEGINS)), event.zone)


def _is_day(event: Event, now: datetime) -> bool:
    return DAY_BEGINS <= now.astimezone(event.zone).hour < DAY_ENDS


def _is_timely(event: Event, occasion: Occasion, now: datetime) -> bool:
    """Whether it is not too late for it."""
    if occasion.kind is Kind.REMINDER:
        return event.state is EventState.PUBLISHED and now < event.starts_at
    return now < event.ends_at + THANKS_WITHIN


def _list_events(now: datetime) -> Sequence[int]:
    """The events about which something is due; the rest of the question is asked again alone with each of them."""
    with transaction():
        events = db.session.scalars(
            select(Event)
            .where(
                Event.state.in_((EventState.PUBLISHED, EventState.CLOSED)),
                (Event.starts_at > now) | (Event.sends_thanks & Event.ends_at.between(now - THANKS_WITHIN, now)),
            )
            .order_by(Event.starts_at, Event.id)
        ).all()
        due = [(event, find_due(event, now)) for event in events if _is_day(event, now)]
        return [event.id for event, occasion in due if occasion and _exists(event, occasion)]


def _write_batch(event_id: int, now: datetime) -> int:
    """Write the next few mails about an event as one act; how many there were."""
    with transaction():
        event = db.session.get(Event, event_id)
        if event is None:
            return 0
        places.hold(event)
        occasion = find_due(event, now)
        if occasion is None:
            return 0
        people = db.session.scalars(
            recipients.select_people().where(*_conditions(event, occasion)).order_by(Registration.id).limit(BATCH)
        ).all()
        attended = _read_attended(people) if occasion.kind is Kind.THANKS else {}
        for registration in people:
            db.session.add(AutomaticMail(registration_id=registration.id, occasion=occasion.name, written_at=now))
            if occasion.kind is Kind.REMINDER:
                notifications.reminder(registration, days=days_until(event, now), now=now)
            else:
                notifications.thanks(registration, attended[registration.id], now=now)
        return len(people)


def _conditions(event: Event, occasion: Occasion) -> Iterator[ColumnElement[bool]]:
    """Whom the mail goes to: who was told of the event just before needs no reminder, a message apart."""
    yield Registration.event_id == event.id
    yield Registration.email != ""
    written = AutomaticMail.registration_id == Registration.id
    yield ~select(AutomaticMail.occasion).where(written, AutomaticMail.occasion == occasion.name).exists()
    if occasion.kind is Kind.THANKS:
        yield select(Attendance.id).where(Attendance.registration_id == Registration.id).exists()
        return
    yield Registration.state == RegistrationState.CONFIRMED
    yield ~(
        select(RegistrationMail.mail_id)
        .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
        .where(
            RegistrationMail.registration_id == Registration.id,
            OutgoingMail.created_at > occasion.due_at - TOLD_LATELY,
            OutgoingMail.state.in_((MailState.WAITING, MailState.SENT)),
            OutgoingMail.kind != MESSAGE,
        )
        .exists()
    )


def _exists(event: Event, occasion: Occasion) -> bool:
    return bool(db.session.scalar(select(select(Registration.id).where(*_conditions(event, occasion)).exists())))


def _count(event: Event, occasion: Occasion) -> int:
    return db.session.scalar(select(func.count(Registration.id)).where(*_conditions(event, occasion))) or 0


def _read_attended(people: Sequence[Registration]) -> dict[int, list[Session]]:
    attended: defaultdict[int, list[Session]] = defaultdict(list)
    for registration_id, session in db.session.execute(
        select(Attendance.registration_id, Session)
        .join(Session, Session.id == Attendance.session_id)
        .where(Attendance.registration_id.in_([each.id for each in people]))
        .order_by(Session.starts_at, Session.code)
        .options(joinedload(Session.room))
    ):
        attended[registration_id].append(session)
    return attended
