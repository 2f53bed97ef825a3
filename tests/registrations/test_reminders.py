"""Reminders and thanks: when, to whom, once each, whoever sweeps and however it ends."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import jobs
from core.database import db, transaction
from core.dates import utc_now
from core.mail import MailState, OutgoingMail
from events.models import EventState
from registrations import notifications, reminders
from registrations.models import AutomaticMail, RegistrationMail, RegistrationState
from registrations.reminders import Kind, list_plans, write_reminders
from tests import factories
from tests.factories import EVENT_START, NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The event is on Thursday 3 December at 9.30 h in Barcelona, an hour ahead of UTC.
DAY_BEFORE = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
WEEK_BEFORE = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
DAY_AFTER = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def event(app):
    return factories.make_event(reminder_days=[7, 1])


def sign_up(event, *names, **values):
    return [
        factories.make_registration(event, first_name=name, email=f"{name.lower()}@example.org", **values)
        for name in names
    ]


def mails():
    db.session.expire_all()
    return [
        (mail.recipient, mail.subject) for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    ]


def recipients():
    return [recipient for recipient, _subject in mails()]


@pytest.mark.both_databases
def test_everybody_with_a_place_is_reminded_on_each_chosen_day(event):
    sign_up(event, "Ada", "Bob")

    counts = [write_reminders(now) for now in (WEEK_BEFORE, WEEK_BEFORE + HOUR, DAY_BEFORE, DAY_BEFORE + HOUR)]

    assert counts == [2, 0, 2, 0]
    assert mails() == [
        ("ada@example.org", "D’aquí a 7 dies: Jornada de treball"),
        ("bob@example.org", "D’aquí a 7 dies: Jornada de treball"),
        ("ada@example.org", "Demà a les 9.30 h: Jornada de treball"),
        ("bob@example.org", "Demà a les 9.30 h: Jornada de treball"),
    ]
    assert db.session.scalar(select(func.count()).select_from(RegistrationMail)) == 4


@pytest.mark.parametrize(("local_hour", "count"), [(0, 0), (8, 0), (9, 1), (12, 1), (19, 1), (20, 0), (23, 0)])
def test_reminders_go_out_by_day(event, local_hour, count):
    sign_up(event, "Ada")

    assert write_reminders(datetime(2026, 12, 2, local_hour, 59, tzinfo=UTC) - HOUR) == count


def test_hours_are_those_of_the_event(app):
    event = factories.make_event(reminder_days=[1], timezone="America/Bogota")
    sign_up(event, "Ada")

    assert write_reminders(datetime(2026, 12, 2, 13, 59, tzinfo=UTC)) == 0
    assert write_reminders(datetime(2026, 12, 2, 14, 0, tzinfo=UTC)) == 1


def test_reminder_that_was_missed_goes_later_and_says_what_is_so_then(event):
    sign_up(event, "Ada")

    write_reminders(WEEK_BEFORE + 2 * DAY)

    assert mails() == [("ada@example.org", "D’aquí a 5 dies: Jornada de treball")]


def test_of_several_missed_reminders_only_the_last_goes(event):
    sign_up(event, "Ada")

    write_reminders(DAY_BEFORE)
    write_reminders(DAY_BEFORE + HOUR)

    assert mails() == [("ada@example.org", "Demà a les 9.30 h: Jornada de treball")]


def test_nobody_is_reminded_of_what_has_begun(event):
    sign_up(event, "Ada")

    assert write_reminders(EVENT_START) == 0


def test_reminder_on_the_day_itself(app):
    event = factories.make_event(reminder_days=[0], starts_at=EVENT_START + 3 * HOUR)
    sign_up(event, "Ada")

    write_reminders(EVENT_START)

    assert mails() == [("ada@example.org", "Avui a les 12.30 h: Jornada de treball")]


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED, EventState.CLOSED])
def test_nobody_is_reminded_of_an_event_that_is_not_on(event, state):
    sign_up(event, "Ada")
    event.state = state

    assert write_reminders(DAY_BEFORE) == 0


def test_event_without_reminders(event):
    sign_up(event, "Ada")
    event.reminder_days = []

    assert write_reminders(DAY_BEFORE) == 0


@pytest.mark.parametrize("state", [state for state in RegistrationState if state is not RegistrationState.CONFIRMED])
def test_only_who_has_a_place_is_reminded(event, state):
    sign_up(event, "Ada", state=state)

    assert write_reminders(DAY_BEFORE) == 0


def test_who_gave_no_address_is_not_reminded(event):
    factories.make_registration(event, email="")

    assert write_reminders(DAY_BEFORE) == 0


@pytest.mark.parametrize(("hours_before", "count"), [(13, 1), (11, 0), (-2, 0)])
def test_who_was_written_to_just_before_needs_no_reminder(event, hours_before, count):
    (ada,) = sign_up(event, "Ada")
    notifications.place_confirmed(ada, [], now=DAY_BEFORE - hours_before * HOUR)

    assert write_reminders(DAY_BEFORE + 3 * HOUR) == count


def test_mail_that_was_refused_told_nobody_anything(event):
    (ada,) = sign_up(event, "Ada")
    notifications.place_confirmed(ada, [], now=DAY_BEFORE - HOUR)
    db.session.scalars(select(OutgoingMail)).one().state = MailState.REFUSED

    assert write_reminders(DAY_BEFORE) == 1


def test_event_that_moves_to_another_day_has_reminders_again(event):
    sign_up(event, "Ada")
    write_reminders(DAY_BEFORE)
    event.starts_at, event.ends_at = event.starts_at + 10 * DAY, event.ends_at + 10 * DAY

    counts = [write_reminders(now) for now in (DAY_BEFORE + DAY, WEEK_BEFORE + 10 * DAY, DAY_BEFORE + 10 * DAY)]

    assert counts == [0, 1, 1]


def test_event_that_moves_within_the_day_has_no_second_reminder(event):
    sign_up(event, "Ada")
    write_reminders(DAY_BEFORE)
    event.starts_at += HOUR

    assert write_reminders(DAY_BEFORE + HOUR) == 0


def test_reminder_is_in_the_persons_language(event):
    sign_up(event, "Ada", language="es")

    write_reminders(DAY_BEFORE)

    assert mails() == [("ada@example.org", "Mañana a las 9:30 h: Jornada de treball")]


def test_many_are_written_in_small_transactions(event, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 3)
    sign_up(event, *[f"P{number}" for number in range(8)])
    sizes = []
    write_batch = reminders._write_batch
    monkeypatch.setattr(
        reminders, "_write_batch", lambda *args, **when: sizes.append(write_batch(*args, **when)) or sizes[-1]
    )

    assert write_reminders(DAY_BEFORE) == 8
    assert sizes == [3, 3, 2, 0]


def test_long_run_ends_after_its_turn_and_the_next_goes_on(event, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 3)
    monkeypatch.setattr(jobs, "TURN", timedelta(0))
    sign_up(event, *[f"P{number}" for number in range(8)])

    assert [write_reminders(DAY_BEFORE) for _ in range(4)] == [3, 3, 2, 0]


def test_reminding_many_takes_no_more_queries_for_each_than_few(event, count_queries):
    sign_up(event, *[f"P{number}" for number in range(10)])
    ten = count_queries(lambda: write_reminders(DAY_BEFORE))
    sign_up(event, *[f"Q{number}" for number in range(20)])
    twenty = count_queries(lambda: write_reminders(DAY_BEFORE))

    assert twenty <= ten + 10 * 4


# Thanks.


@pytest.fixture
def thankful(app):
    event = factories.make_event(reminder_days=[], sends_thanks=True)
    factories.make_session(event, "T1")
    return event


@pytest.mark.both_databases
def test_who_came_is_thanked_once_the_day_after(thankful):
    ada, _bob, cleo = sign_up(thankful, "Ada", "Bob", "Cleo")
    for person in (ada, cleo):
        factories.make_attendance(person, thankful.sessions[0])
    cleo.state = RegistrationState.CANCELLED  # and came all the same

    counts = [write_reminders(now) for now in (thankful.ends_at, DAY_AFTER - HOUR, DAY_AFTER, DAY_AFTER + HOUR)]

    assert counts == [0, 0, 2, 0]
    assert mails() == [
        ("ada@example.org", "Gràcies per venir: Jornada de treball"),
        ("cleo@example.org", "Gràcies per venir: Jornada de treball"),
    ]


def test_whose_attendance_is_typed_in_later_is_thanked_then(thankful):
    (ada,) = sign_up(thankful, "Ada")
    write_reminders(DAY_AFTER)
    factories.make_attendance(ada, thankful.sessions[0])

    assert write_reminders(DAY_AFTER + 5 * DAY) == 1


def test_nobody_is_thanked_for_what_is_long_over(thankful):
    (ada,) = sign_up(thankful, "Ada")
    factories.make_attendance(ada, thankful.sessions[0])

    assert write_reminders(DAY_AFTER + 30 * DAY) == 0


def test_event_that_sends_no_thanks(thankful):
    (ada,) = sign_up(thankful, "Ada")
    factories.make_attendance(ada, thankful.sessions[0])
    thankful.sends_thanks = False

    assert write_reminders(DAY_AFTER) == 0


def test_closed_event_still_thanks_and_a_cancelled_one_does_not(thankful):
    (ada,) = sign_up(thankful, "Ada")
    factories.make_attendance(ada, thankful.sessions[0])

    thankful.state = EventState.CANCELLED
    assert write_reminders(DAY_AFTER) == 0
    thankful.state = EventState.CLOSED
    assert write_reminders(DAY_AFTER) == 1


# What will be sent.


def test_plans_say_what_goes_when_and_to_how_many(event):
    event.sends_thanks = True
    sign_up(event, "Ada", "Bob")
    sign_up(event, "Cleo", state=RegistrationState.WAITING)

    plans = list_plans(event, NOW)

    assert [(plan.occasion.kind, plan.occasion.days, plan.occasion.due_at, plan.people) for plan in plans] == [
        (Kind.REMINDER, 7, WEEK_BEFORE, 2),
        (Kind.REMINDER, 1, DAY_BEFORE, 2),
        (Kind.THANKS, 0, DAY_AFTER, 0),
    ]


def test_plans_leave_out_what_has_gone(event):
    sign_up(event, "Ada")
    write_reminders(WEEK_BEFORE)

    plans = list_plans(event, WEEK_BEFORE + HOUR)

    assert [(plan.occasion.days, plan.people) for plan in plans] == [(7, 0), (1, 1)]
    assert [plan.occasion.days for plan in list_plans(event, DAY_BEFORE - HOUR)] == [7, 1]
    assert [plan.occasion.days for plan in list_plans(event, DAY_BEFORE)] == [1]
    assert list_plans(event, EVENT_START) == []


def test_plans_do_not_name_thanks_that_all_have_had(thankful):
    (ada,) = sign_up(thankful, "Ada")
    factories.make_attendance(ada, thankful.sessions[0])
    before = [plan.people for plan in list_plans(thankful, DAY_AFTER)]
    write_reminders(DAY_AFTER)

    assert (before, list_plans(thankful, DAY_AFTER + HOUR)) == ([1], [])


def test_cancelled_event_plans_nothing(event):
    event.state = EventState.CANCELLED

    assert list_plans(event, NOW) == []


# Races, on databases of their own.


def test_two_workers_write_each_reminder_once(own_app, race):
    event_id = fill(own_app, 60)

    counts = race([lambda: write_reminders(DAY_BEFORE)] * 3)

    assert sum(counts) == 60
    assert sorted(recipients()) == [f"p{number:03}@example.org" for number in range(60)]
    assert db.session.scalar(select(func.count()).select_from(AutomaticMail)) == 60
    assert event_id


@pytest.mark.both_databases
def test_worker_killed_while_it_writes_loses_none_and_doubles_none(own_app, empty_database, tmp_path):
    now = utc_now()
    zone = f"Etc/GMT{now.hour - 12:+d}"  # where it is noon now
    fill(own_app, 300, starts_at=now + DAY, timezone=zone)
    environ = {**os.environ, "JORNADA_INSTANCE_PATH": str(tmp_path), "JORNADA_DATABASE_URL": empty_database}
    command = [sys.executable, "-m", "flask", "mail", "deliver"]
    root = Path(__file__).resolve().parents[2]

    worker = subprocess.Popen(command, cwd=root, env=environ)
    while worker.poll() is None and not written():
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    before = written()
    write_reminders(utc_now())

    assert 0 < before < 300
    assert sorted(recipients()) == [f"p{number:03}@example.org" for number in range(300)]
    assert written() == 300


def written():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AutomaticMail))


def fill(own_app, count, **values):
    with transaction():
        event = factories.make_event(**{"reminder_days": [1], **values})
        for number in range(count):
            factories.make_registration(event, email=f"p{number:03}@example.org")
        return event.id
