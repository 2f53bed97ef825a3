"""Mail while the server misbehaves: nothing is lost, nothing goes twice by us, and what is urgent does not wait."""

import itertools
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from core import mail, mail_delivery, mail_transport
from core.config import MailServer
from core.database import db, transaction
from core.mail import MailState, OutgoingMail, copy_mail, enqueue, is_leaving
from core.mail_delivery import deliver, deliver_due_mail
from tests.core.conftest import free_port
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def no_questions(monkeypatch):
    """No room is asked whether a mail is still true."""
    monkeypatch.setattr(mail, "_QUESTIONS", [])


def write(*recipients, **values):
    with transaction():
        return [
            enqueue(
                **{
                    "kind": "test",
                    "recipient": recipient,
                    "language": "ca",
                    "subject": "Hi sou",
                    "text": "Fins aviat.",
                    "now": NOW,
                    **values,
                }
            ).id
            for recipient in recipients
        ]


def people(count, prefix="p"):
    return [f"{prefix}{number:04}@example.org" for number in range(count)]


def rows():
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def count(state):
    return db.session.scalar(select(func.count()).where(OutgoingMail.state == state))


def work_for(duration, now=NOW, each=MINUTE):
    """Let the worker's clock come round; give when it stands afterwards."""
    end = now + duration
    while now < end:
        deliver_due_mail(now)
        now += each
    return now


def test_200_reminders_leave_over_one_connection_and_a_confirmation_overtakes_them(app, sink, monkeypatch):
    write(*people(200), is_bulk=True)

    def confirm_meanwhile(mail_in_hand, now):
        if mail_in_hand.recipient == "p0123@example.org":
            enqueue(kind="test", recipient="b@example.org", language="ca", subject="x", text="x", now=now)

    monkeypatch.setattr(mail, "_QUESTIONS", [confirm_meanwhile])
    delivered = deliver(NOW)

    assert delivered == 201
    assert sink.connections == 1
    place = sink.recipients.index("b@example.org")
    assert place == 130  # those claimed already go first, ten at most
    assert [address for address in sink.recipients if address != "b@example.org"] == people(200)


@pytest.mark.both_databases
def test_two_workers_share_reminders_and_each_confirmation_overtakes_them(own_app, start_sink, no_questions):
    sink = start_sink()
    sink.seconds = 0.001
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], mail_server=MailServer("127.0.0.1", sink.port))
    write(*people(120), is_bulk=True)
    failures = []

    def work():
        with own_app.app_context():
            try:
                deliver(NOW)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    while len(sink.recipients) < 50 and any(worker.is_alive() for worker in workers):
        time.sleep(0.001)
    write("bob@example.org")
    written_after = len(sink.recipients)
    for worker in workers:
        worker.join()

    assert failures == []
    assert sorted(sink.recipients) == sorted([*people(120), "bob@example.org"])
    assert sink.connections == 2
    assert sink.recipients.index("bob@example.org") <= written_after + 2 * mail_delivery.BATCH + 2


def test_long_run_ends_after_its_turn_and_asks_for_another(app, sink, no_questions, monkeypatch):
    monkeypatch.setattr(mail_delivery, "TURN", timedelta(0))
    woken = []
    monkeypatch.setattr(mail_delivery, "wake", lambda: woken.append(True))
    write(*people(25), is_bulk=True)

    turns = [deliver_due_mail(NOW) for _ in range(4)]

    assert turns == [10, 10, 5, 0]
    assert len(woken) == 3


@pytest.mark.both_databases
def test_server_dead_for_an_hour(app, start_sink, deliver_to, no_questions):
    port = free_port()
    deliver_to(MailServer("127.0.0.1", port))
    write(*people(20, "reminder"), is_bulk=True)
    write(*people(15, "early"))

    now = work_for(HOUR / 2)
    write(*people(15, "late"), now=now)
    now = work_for(HOUR / 2, now)
    held = {(row.state, row.attempts, row.held_up_since, row.response) for row in rows() if row.created_at == NOW}
    sink = start_sink()
    deliver_to(MailServer("127.0.0.1", sink.port))
    delivered = deliver(now)

    assert held == {(MailState.WAITING, 0, NOW, "ConnectionRefusedError: [Errno 111] Connection refused")}
    assert delivered == 50
    assert sink.connections == 1
    assert sink.recipients == [*people(15, "early"), *people(15, "late"), *people(20, "reminder")]
    assert {(row.state, row.attempts, row.held_up_since) for row in rows()} == {(MailState.SENT, 1, None)}


def test_server_away_is_asked_once_a_minute_however_many_mails_are_written(app, deliver_to, no_questions, monkeypatch):
    deliver_to(MailServer("127.0.0.1", free_port()))
    tries = []
    open_transport = mail_delivery.open_transport
    monkeypatch.setattr(mail_delivery, "open_transport", lambda settings: tries.append(1) or open_transport(settings))

    for second in range(180):
        now = NOW + timedelta(seconds=second)
        write(f"p{second}@example.org", now=now)
        deliver_due_mail(now)

    assert len(tries) == 3
    assert count(MailState.WAITING) == 180


def test_server_that_hangs_over_a_mail(app, sink, no_questions, monkeypatch):
    monkeypatch.setattr(mail_transport, "SMTP_TIMEOUT_SECONDS", 0.05)
    sink.seconds = 0.5
    write(*people(6))

    now = work_for(20 * MINUTE)
    tried = sum(row.attempts for row in rows())
    time.sleep(0.6)  # what it was still busy with
    sink.seconds = 0
    sink.recipients.clear()
    work_for(HOUR, now)

    assert tried <= 20
    assert sorted(sink.recipients) == people(6)
    assert [row.state for row in rows()] == [MailState.SENT] * 6


def test_server_that_refuses_every_third(app, sink, no_questions):
    sink.every_third = "550 5.7.1 no"
    write(*people(30))

    delivered = deliver(NOW)
    work_for(HOUR, NOW + MINUTE)

    assert delivered == 20
    assert (count(MailState.SENT), count(MailState.REFUSED), count(MailState.WAITING)) == (20, 10, 0)
    assert Counter(sink.recipients).most_common(1)[0][1] == 1
    assert sink.connections == 1


def test_server_that_puts_off_every_third(app, sink, no_questions):
    sink.every_third = "451 4.7.1 later"
    write(*people(30))

    first = deliver(NOW)
    work_for(HOUR, NOW + MINUTE)

    assert first == 20
    assert (count(MailState.SENT), count(MailState.REFUSED), count(MailState.WAITING)) == (30, 0, 0)
    assert sorted(sink.recipients) == people(30)


def test_server_that_drops_the_connection_after_the_data(app, sink, no_questions):
    """It never said yes, so each of its no-answers is tried again, with pauses that grow."""
    sink.drops_after_data = {"p0001@example.org"}
    write(*people(4))

    first = deliver(NOW)
    (broken,) = [row for row in rows() if row.state is MailState.WAITING]
    pauses = []
    for _attempt in range(3):
        pauses.append(broken.due_at)
        deliver_due_mail(broken.due_at)
        db.session.expire_all()
    sink.drops_after_data = set()
    work_for(HOUR, broken.due_at)

    assert first == 3
    assert [due_at - NOW for due_at in pauses] == [MINUTE, 3 * MINUTE, 7 * MINUTE]
    assert sink.accepted == ["p0000@example.org", "p0002@example.org", "p0003@example.org", "p0001@example.org"]


def test_server_that_takes_few_mails_over_one_connection_is_asked_for_another(app, sink, no_questions):
    sink.mails_per_connection = 10
    write(*people(45))

    delivered = deliver(NOW)

    assert delivered == 45
    assert sink.connections == 5
    assert sink.recipients == people(45)
    assert {row.attempts for row in rows()} == {1}


def test_server_that_closes_for_good_says_so_once(app, sink, no_questions):
    sink.sender_answer = "421 4.3.2 going down"
    write(*people(30))

    assert deliver(NOW) == 0

    assert sink.connections == 1
    assert {(row.attempts, row.response) for row in rows()} == {(0, "421 4.3.2 going down")}


def test_mail_too_large_for_the_server_is_refused_and_the_rest_go(app, start_sink, deliver_to, no_questions):
    sink = start_sink(data_size_limit=20_000)
    deliver_to(MailServer("127.0.0.1", sink.port))
    write("large@example.org", text="x " * 20_000)
    write("b@example.org")

    assert deliver(NOW) == 1

    assert [(row.state, (row.response or "")[:3]) for row in rows()] == [
        (MailState.REFUSED, "552"),
        (MailState.SENT, ""),
    ]


def test_stamp_is_tried_again_while_the_database_is_away(app, sink, no_questions, monkeypatch):
    monkeypatch.setattr(mail_delivery, "STAMP_PAUSES", (0, 0, 0))
    write("a@example.org")
    failures = itertools.count()

    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE outgoing_mail SET") and sink.recipients and next(failures) < 2:
            raise OperationalError(statement, {}, Exception("the server closed the connection"))

    event.listen(db.engine, "before_cursor_execute", fail)
    try:
        delivered = deliver(NOW)
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)
    deliver(NOW + HOUR)

    assert delivered == 1
    assert sink.recipients == ["a@example.org"]
    assert count(MailState.SENT) == 1


@pytest.mark.both_databases
def test_no_connection_to_the_database_is_held_while_the_server_thinks(own_app, start_sink, no_questions, database):
    sink = start_sink()
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], mail_server=MailServer("127.0.0.1", sink.port))
    write("a@example.org")
    address = db.engine.url.render_as_string(hide_password=False)
    seen = []

    def look(_people):
        other = create_engine(address)
        with other.begin() as connection:
            if database == "postgresql":  # whoever is connected is cut off, and nobody notices
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            else:
                connection.execute(text("UPDATE outgoing_mail SET language = 'es'"))
        other.dispose()
        seen.append(True)

    sink.on_data = look
    deliver(NOW)

    assert seen == [True]
    assert count(MailState.SENT) == 1


@pytest.mark.both_databases
def test_address_corrected_while_the_mail_was_in_hand_still_gets_it(own_app, start_sink, no_questions):
    sink = start_sink()
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], mail_server=MailServer("127.0.0.1", sink.port))
    write("typo@example.org")
    desk = create_engine(db.engine.url.render_as_string(hide_password=False))

    def correct(_people):
        with desk.begin() as connection:
            connection.execute(text("UPDATE outgoing_mail SET recipient = 'right@example.org'"))

    sink.on_data = correct
    deliver(NOW)
    desk.dispose()

    assert sink.recipients == ["typo@example.org", "right@example.org"]
    assert [(row.recipient, row.state, row.attempts) for row in rows()] == [("right@example.org", MailState.SENT, 1)]


def test_mail_that_became_untrue_is_withdrawn(app, sink, monkeypatch):
    monkeypatch.setattr(mail, "_QUESTIONS", [lambda letter, now: letter.kind == "old" and now > NOW])
    write("a@example.org", kind="old")
    write("b@example.org")

    delivered = deliver(NOW + MINUTE)

    assert delivered == 1
    assert sink.recipients == ["b@example.org"]
    assert [(row.state, row.due_at, row.leased_until) for row in rows()] == [
        (MailState.WITHDRAWN, None, None),
        (MailState.SENT, None, None),
    ]


def test_copy_is_a_mail_of_its_own_and_there_is_only_one(app, sink, no_questions):
    write("a@example.org", html="<p>Hola</p>", reply_to="e@example.org", sender_name="Equip", is_bulk=True)
    deliver(NOW)
    (first,) = rows()

    with transaction():
        copy_mail(first, recipient="b@example.org", recipient_name="Bob", now=NOW + HOUR)
    deliver(NOW + HOUR)

    _first, second = rows()
    assert sink.recipients == ["a@example.org", "b@example.org"]
    assert sink.messages[0]["Message-ID"] != sink.messages[1]["Message-ID"]
    for name in ("kind", "subject", "text", "html", "reply_to", "sender_name", "language", "is_bulk"):
        assert getattr(second, name) == getattr(first, name)
    assert (second.copy_of_id, second.created_at) == (first.id, NOW + HOUR)


# What `/salut` says.


def test_mail_that_leaves_is_well(app, sink, no_questions):
    write(*people(3))
    deliver(NOW)

    assert is_leaving(NOW + HOUR)


def test_mail_that_no_worker_takes_is_noticed(app):
    write("a@example.org")

    assert is_leaving(NOW + 9 * MINUTE)
    assert not is_leaving(NOW + 10 * MINUTE)


def test_long_queue_that_moves_is_well(app, sink, no_questions):
    write(*people(15), is_bulk=True)
    deliver_due_mail_of_one_batch(NOW + 20 * MINUTE)

    assert is_leaving(NOW + 25 * MINUTE)
    assert not is_leaving(NOW + 31 * MINUTE)


def test_server_away_for_long_is_noticed_and_forgotten_as_soon_as_it_answers(app, start_sink, deliver_to, no_questions):
    deliver_to(MailServer("127.0.0.1", free_port()))
    write(*people(120))

    now = work_for(29 * MINUTE)
    at_first = is_leaving(now)
    now = work_for(2 * MINUTE, now)
    for_long = is_leaving(now)
    sink = start_sink()
    deliver_to(MailServer("127.0.0.1", sink.port))
    deliver_due_mail_of_one_batch(now)

    assert (at_first, for_long, is_leaving(now)) == (True, False, True)
    assert 0 < len(sink.recipients) < 120


def test_few_that_are_put_off_are_no_alarm(app, sink, no_questions):
    sink.answers |= {"p0000@example.org": "451 full", "p0001@example.org": "451 full"}
    write(*people(2))

    now = work_for(3 * HOUR, each=5 * MINUTE)

    assert is_leaving(now)


def test_server_that_puts_off_everybody_is_noticed(app, sink, no_questions):
    sink.answers |= dict.fromkeys(people(3), "451 later")
    write(*people(3))

    now = work_for(HOUR, each=5 * MINUTE)
    put_off = is_leaving(now)
    write("d@example.org", now=now)
    deliver(now)

    assert (put_off, is_leaving(now)) == (False, True)


def deliver_due_mail_of_one_batch(now):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail_delivery, "TURN", timedelta(0))
        deliver_due_mail(now)
