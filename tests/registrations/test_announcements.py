"""Announcements: every mail once, whoever is killed; what follows quickly is one mail, and calendars stay right."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from core.database import db, transaction
from core.mail import MailState, OutgoingMail
from events import services, sessions
from events.models import Event
from registrations import calendars, notifications, telling
from registrations.models import Announcement, CalendarEntry, Registration, RegistrationState
from registrations.services import cancel
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(minutes=5)
HOUR = timedelta(hours=1)


@pytest.fixture
def event(app):
    event = factories.make_event(title="Jornada")
    session = factories.make_session(event, "T1")
    bob = factories.make_registration(event, session, language="en")
    calendars.update(bob, bob.sessions, now=NOW - HOUR)
    db.session.flush()
    return event


@pytest.mark.both_databases
def test_two_moves_before_the_mail_is_written_are_one_that_knows_where_it_was_first(event):
    first = event.starts_at
    _put_off(event, HOUR)
    _put_off(event, HOUR)

    tell_announcements(LATER)

    (mail,) = _mails()
    (row,) = db.session.scalars(select(Announcement)).all()
    assert (mail.kind, mail.state, row.mail_id) == ("event_moved", MailState.WAITING, mail.id)
    assert row.details["event"]["starts_at"] == first.isoformat()


@pytest.mark.both_databases
def test_mail_that_has_not_left_is_replaced_and_the_calendar_hears_all_of_it(event):
    first = event.starts_at
    _put_off(event, HOUR)
    tell_announcements(NOW)

    _put_off(event, HOUR, now=LATER)
    tell_announcements(LATER)

    assert [(mail.kind, mail.state) for mail in _mails()] == [
        ("event_moved", MailState.WITHDRAWN),
        ("event_moved", MailState.WAITING),
    ]
    (row,) = db.session.scalars(select(Announcement)).all()
    assert row.details["event"]["starts_at"] == first.isoformat()
    assert [len(mail.calendars) for mail in _mails()] == [1, 1]
    assert db.session.scalars(select(CalendarEntry.sequence)).all() == [2]


def test_mail_that_has_left_is_followed_by_another(event):
    _put_off(event, HOUR)
    tell_announcements(NOW)
    _mails()[0].state = MailState.SENT
    moved_to = event.starts_at

    _put_off(event, HOUR, now=LATER)
    tell_announcements(LATER)

    (row,) = db.session.scalars(select(Announcement)).all()
    assert [mail.state for mail in _mails()] == [MailState.SENT, MailState.WAITING]
    assert row.details["event"]["starts_at"] == moved_to.isoformat()


def test_mail_in_the_hands_of_a_worker_leaves(event):
    _put_off(event, HOUR)
    tell_announcements(NOW)
    _mails()[0].leased_until = LATER + HOUR

    _put_off(event, HOUR, now=LATER)
    tell_announcements(LATER)

    assert [mail.state for mail in _mails()] == [MailState.WAITING, MailState.WAITING]


def test_what_is_where_it_was_is_not_told(event):
    _put_off(event, HOUR)
    _put_off(event, -HOUR)

    told = tell_announcements(LATER)

    assert (told, _mails()) == (1, [])


def test_event_and_session_moved_one_after_the_other_are_one_mail(event):
    sessions.update_session(event.sessions[0], _times(event.sessions[0], HOUR), by=None, now=NOW)
    _put_off(event, HOUR)

    tell_announcements(LATER)

    assert [mail.kind for mail in _mails()] == ["event_moved"]


def test_who_cancelled_meanwhile_is_told_nothing_more(event):
    bob = _bob(event)
    _put_off(event, HOUR)
    cancel(bob, now=NOW)

    tell_announcements(LATER)

    assert [mail.kind for mail in _mails()] == ["cancelled"]
    assert bob.state is RegistrationState.CANCELLED


def test_moves_of_an_event_that_was_then_cancelled_are_not_told(event):
    _put_off(event, HOUR)
    services.cancel(event, by=None, now=NOW)

    tell_announcements(LATER)

    assert [mail.kind for mail in _mails()] == ["event_cancelled"]


def test_two_sessions_cancelled_quickly_are_one_mail(event):
    other = factories.make_session(event, "T2", starts_at=event.sessions[0].ends_at)
    factories.make_registration(event, *event.sessions, email="cleo@example.org")
    for session in (event.sessions[0], other):
        sessions.cancel_session(session, by=None, now=NOW)

    tell_announcements(LATER)

    assert sorted(mail.recipient for mail in _mails()) == ["bob@example.org", "cleo@example.org"]
    rows = db.session.scalars(select(Announcement).order_by(Announcement.registration_id)).all()
    assert [len(row.details["sessions"]) for row in rows] == [1, 2]


@pytest.mark.both_databases
def test_batches_tell_everybody_once(event, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 3)
    for number in range(7):
        factories.make_registration(event, email=f"{number}@example.org")
    _put_off(event, HOUR)

    assert (tell_announcements(LATER), tell_announcements(LATER)) == (8, 0)
    assert db.session.scalar(select(func.count(OutgoingMail.recipient.distinct()))) == 8


@pytest.mark.both_databases
def test_worker_killed_half_way_loses_none_and_doubles_none(event, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 3)
    for number in range(7):
        factories.make_registration(event, email=f"{number}@example.org")
    _put_off(event, HOUR)
    db.session.commit()
    write, written = notifications.event_moved, []

    def die_at_the_fifth(*args, **kwargs):
        written.append(1)
        if len(written) == 5:
            raise SystemExit
        return write(*args, **kwargs)

    monkeypatch.setattr(notifications, "event_moved", die_at_the_fifth)
    with pytest.raises(SystemExit):
        tell_announcements(LATER)
    tell_announcements(LATER)

    assert sorted(mail.recipient for mail in _mails()) == sorted(
        ["bob@example.org", *(f"{number}@example.org" for number in range(7))]
    )


def test_as_many_queries_for_twenty_as_for_two(event, count_queries, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 25)

    def tell_of(people, slug):
        other = factories.make_event(slug)
        session = factories.make_session(other, "T1")
        for number in range(people):
            factories.make_registration(other, session, email=f"{number}@example.org")
        _put_off(other, HOUR)
        db.session.commit()
        return count_queries(lambda: tell_announcements(LATER))

    few, many = tell_of(2, "poca"), tell_of(20, "molta")

    assert many <= few + 4 * 18  # a mail, its bond, its row in the calendar: rows, not questions


def test_workers_at_once_and_somebody_who_cancels_write_each_mail_once(own_app, race):
    with own_app.app_context(), transaction():
        event = factories.make_event()
        people = [factories.make_registration(event, email=f"{n}@example.org").id for n in range(40)]
        _put_off(event, HOUR)
        event_id = event.id

    def leave():
        with transaction():
            event = db.session.get(Event, event_id)
            bob = db.session.scalars(select(Registration).where(Registration.event == event)).first()
            cancel(bob, now=NOW)

    results = race([partial(tell_announcements, LATER)] * 3 + [leave])

    assert [result for result in results if isinstance(result, Exception)] == []
    with own_app.app_context():
        counted = db.session.execute(
            select(OutgoingMail.recipient, func.count()).where(OutgoingMail.kind == "event_moved").group_by("recipient")
        ).all()
        assert {count for _recipient, count in counted} == {1}
        assert len(counted) in {len(people) - 1, len(people)}


def _bob(event):
    return db.session.scalars(select(Registration).where(Registration.event_id == event.id)).one()


def _times(row, step):
    return {"starts_at": row.starts_at + step, "ends_at": row.ends_at + step}


def _put_off(event, step, now=NOW):
    services.update_event(event, {**_times(event, step)}, move_sessions=True, by=None, now=now)


def _mails():
    return db.session.scalars(
        select(OutgoingMail).order_by(OutgoingMail.id).execution_options(populate_existing=True)
    ).all()
