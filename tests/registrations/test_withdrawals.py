"""A mail that became untrue before it left does not go; one that tells a calendar something always does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import MailState, OutgoingMail, copy_mail
from core.mail_delivery import deliver
from events.models import EventState
from registrations import notifications
from registrations.models import (
    Announcement,
    AnnouncementKind,
    Awaited,
    RegistrationMail,
    RegistrationState,
    WaitingListEntry,
)
from tests import factories
from tests.factories import EVENT_START, NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAY_BEFORE = EVENT_START - DAY


@pytest.fixture
def registration(app):
    event = factories.make_event()
    session = factories.make_session(event, "T1")
    return factories.make_registration(event, session)


def states():
    db.session.flush()
    db.session.expire_all()
    return [(mail.kind, mail.state) for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))]


def leaves(now):
    """Deliver; whether the first mail has gone."""
    db.session.commit()
    deliver(now)
    return states()[0][1] is MailState.SENT


def cancel(registration):
    registration.state = RegistrationState.CANCELLED


def call_off(registration):
    registration.event.state = EventState.CANCELLED


def begin_earlier(registration):
    registration.event.starts_at = DAY_BEFORE - HOUR


def announce(registration):
    db.session.add(
        Announcement(
            event_id=registration.event_id,
            registration_id=registration.id,
            kind=AnnouncementKind.MOVED,
            details={},
            announced_at=DAY_BEFORE + HOUR / 2,
        )
    )


def change(registration):
    notifications.changed(registration, registration.sessions, now=DAY_BEFORE + HOUR / 2)


def leave_as_it_is(_registration):
    pass


@pytest.mark.parametrize(
    ("meanwhile", "is_true"),
    [
        (leave_as_it_is, True),
        (cancel, False),
        (call_off, False),
        (begin_earlier, False),
        (announce, False),
        (change, False),
    ],
)
def test_reminder(registration, meanwhile, is_true):
    notifications.reminder(registration, days=1, now=DAY_BEFORE)
    db.session.flush()
    meanwhile(registration)

    assert leaves(DAY_BEFORE + HOUR) is is_true


def test_reminder_of_tomorrow_does_not_leave_on_the_day(registration):
    notifications.reminder(registration, days=1, now=DAY_BEFORE)

    assert not leaves(EVENT_START - HOUR)


def test_reminder_sent_again_on_the_day_does_not_say_tomorrow(registration):
    mail = notifications.reminder(registration, days=1, now=DAY_BEFORE)
    mail.state, mail.due_at = MailState.REFUSED, None
    db.session.flush()
    copy = copy_mail(mail, recipient="b@example.org", recipient_name="", now=EVENT_START - HOUR)
    db.session.add(RegistrationMail(registration=registration, mail=copy))

    leaves(EVENT_START - HOUR)

    assert states() == [("reminder", MailState.REFUSED), ("reminder", MailState.WITHDRAWN)]


def test_one_reminder_does_not_withdraw_another(registration):
    notifications.reminder(registration, days=1, now=DAY_BEFORE)
    notifications.reminder(registration, days=1, now=DAY_BEFORE)

    assert leaves(DAY_BEFORE)


@pytest.mark.parametrize("was_there", [True, False])
def test_thanks(registration, was_there):
    attendance = factories.make_attendance(registration, registration.sessions[0])
    notifications.thanks(registration, registration.sessions, now=NOW)
    if not was_there:
        db.session.delete(attendance)

    assert leaves(NOW) is was_there


@pytest.mark.parametrize(
    ("state", "hours", "is_true"),
    [
        (RegistrationState.OFFERED, 2, True),
        (RegistrationState.OFFERED, 0, False),
        (RegistrationState.CONFIRMED, 2, False),
        (RegistrationState.CANCELLED, 2, False),
    ],
)
def test_offer_of_a_place(registration, state, hours, is_true):
    until = NOW + hours * HOUR
    _write_offer(registration, None)
    registration.state, registration.held_until = state, until

    assert leaves(NOW + HOUR) is is_true


@pytest.mark.parametrize(("hours", "is_true"), [(2, True), (0, False), (None, False)])
def test_offer_of_a_place_in_a_session(registration, hours, is_true):
    session = factories.make_session(registration.event, "T2")
    _write_offer(registration, session)
    entry = WaitingListEntry(
        event_id=registration.event_id, registration=registration, session=session, joined_at=NOW, offered_until=None
    )
    entry.offered_until = None if hours is None else NOW + hours * HOUR
    db.session.add(entry)

    assert leaves(NOW + HOUR) is is_true


@pytest.mark.parametrize(
    ("state", "is_true"), [(RegistrationState.WAITING, True), (RegistrationState.CONFIRMED, False)]
)
def test_stand_on_the_waiting_list(registration, state, is_true):
    registration.state = RegistrationState.WAITING
    notifications.waiting(registration, [], now=NOW)
    registration.state = state

    assert leaves(NOW) is is_true


@pytest.mark.parametrize("awaits", [Awaited.ADDRESS, Awaited.APPROVAL])
@pytest.mark.parametrize("is_awaited", [True, False])
def test_what_is_awaited(registration, awaits, is_awaited):
    registration.state, registration.awaits, registration.held_until = RegistrationState.PENDING, awaits, NOW + HOUR
    notifications.post(notifications.signed_up(registration, [], now=NOW))
    if not is_awaited:
        registration.state, registration.awaits = RegistrationState.CONFIRMED, None

    assert leaves(NOW) is is_awaited


def test_what_calendars_are_told_always_leaves(registration):
    notifications.place_confirmed(registration, registration.sessions, now=NOW)
    registration.state = RegistrationState.CANCELLED
    notifications.cancelled(registration, registration.sessions, had_place=True, now=NOW)

    leaves(NOW)

    assert states() == [("place_confirmed", MailState.SENT), ("cancelled", MailState.SENT)]


def test_mail_of_a_registration_that_is_gone_does_not_leave(registration):
    notifications.reminder(registration, days=1, now=DAY_BEFORE)
    db.session.flush()
    db.session.delete(db.session.scalars(select(RegistrationMail)).one())

    assert not leaves(DAY_BEFORE)


@pytest.mark.parametrize(("state", "is_true"), [(EventState.CANCELLED, True), (EventState.PUBLISHED, False)])
def test_event_cancelled(registration, state, is_true):
    registration.state = RegistrationState.WAITING
    registration.event.state = EventState.CANCELLED
    notifications.event_cancelled(registration, now=NOW)
    registration.event.state = state

    assert leaves(NOW + HOUR) is is_true


@pytest.mark.parametrize(("state", "is_true"), [(EventState.PUBLISHED, True), (EventState.CANCELLED, False)])
def test_event_restored(registration, state, is_true):
    registration.state = RegistrationState.WAITING
    notifications.event_restored(registration, [], now=NOW)
    registration.event.state = state

    assert leaves(NOW + HOUR) is is_true


def _write_offer(registration, session):
    offer = notifications.Offer(session, NOW + 2 * HOUR, "https://example.org/si", "https://example.org/no")
    notifications.offered(registration, [offer], now=NOW)
