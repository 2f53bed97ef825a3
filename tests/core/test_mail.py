"""A mail is a row first; the worker delivers it over real SMTP, and whatever happens on the way none is lost."""

import itertools
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from core import mail_delivery, mail_transport
from core.config import MailServer
from core.database import db, transaction
from core.mail import CalendarFile, MailState, OutgoingMail, build_message, count_by_state, enqueue
from core.mail_delivery import deliver, deliver_due_mail
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


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
            )
            for recipient in recipients
        ]


def rows():
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def states():
    return [row.state for row in rows()]


@pytest.mark.both_databases
def test_mails_of_a_batch_go_over_one_connection(app, sink):
    write("a@example.org", "b@example.org", "c@example.org")

    delivered = deliver_due_mail(NOW)

    assert delivered == 3
    assert sink.connections == 1
    assert sink.recipients == ["a@example.org", "b@example.org", "c@example.org"]
    assert [(row.state, row.attempts, row.sent_at, row.due_at, row.leased_until) for row in rows()] == [
        (MailState.SENT, 1, NOW, None, None)
    ] * 3


def test_more_than_a_batch_goes_in_one_run(app, sink, monkeypatch):
    monkeypatch.setattr(mail_delivery, "BATCH", 3)
    write(*[f"p{number}@example.org" for number in range(7)])

    delivered = deliver_due_mail(NOW)

    assert delivered == 7
    assert sink.connections == 1


def test_sent_mail_is_not_sent_again(app, sink):
    write("a@example.org")
    deliver_due_mail(NOW)

    assert deliver_due_mail(NOW + timedelta(days=1)) == 0
    assert sink.recipients == ["a@example.org"]


def test_mail_of_a_rolled_back_act_is_never_sent(app, sink):
    with pytest.raises(ZeroDivisionError), transaction():
        enqueue(kind="test", recipient="a@example.org", language="ca", subject="x", text="x", now=NOW)
        raise ZeroDivisionError

    assert deliver_due_mail(NOW) == 0
    assert rows() == []


def test_mail_that_is_not_yet_due_waits(app, sink):
    write("a@example.org", now=NOW + MINUTE)

    assert deliver_due_mail(NOW) == 0
    assert deliver_due_mail(NOW + MINUTE) == 1


def test_passing_refusal_is_tried_again_with_growing_pauses(app, sink):
    sink.answers["busy@example.org"] = "451 4.7.1 come back later"
    write("busy@example.org")
    pauses, now = [], NOW

    for _attempt in range(11):
        deliver_due_mail(now)
        (row,) = rows()
        pauses.append(row.due_at - now)
        now = row.due_at

    assert [pause // MINUTE for pause in pauses] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert (row.state, row.attempts, row.response) == (MailState.WAITING, 11, "451 4.7.1 come back later")


def test_refusal_for_good_keeps_the_words_of_the_server(app, sink):
    sink.answers["gone@example.org"] = "550 5.1.1 no such person"
    write("gone@example.org", "here@example.org")

    delivered = deliver_due_mail(NOW)

    assert delivered == 1
    assert [(row.state, row.response) for row in rows()] == [
        (MailState.REFUSED, "550 5.1.1 no such person"),
        (MailState.SENT, None),
    ]
    assert deliver_due_mail(NOW + timedelta(days=9)) == 0


def test_refused_sender_is_our_fault_and_loses_no_mail(app, sink):
    sink.sender_answer = "553 5.7.1 not your address"
    write("a@example.org")
    deliver_due_mail(NOW)

    sink.sender_answer = "250 OK"
    delivered = deliver_due_mail(NOW + MINUTE)

    assert delivered == 1


def test_server_away_loses_nothing(app, start_sink, deliver_to):
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    deliver_to(MailServer("127.0.0.1", probe.getsockname()[1]))
    write("a@example.org", "b@example.org")

    assert deliver_due_mail(NOW) == 0
    assert [(row.state, row.attempts, row.held_up_since, row.due_at, row.leased_until) for row in rows()] == [
        (MailState.WAITING, 0, NOW, NOW + MINUTE, None)
    ] * 2

    sink = start_sink()
    deliver_to(MailServer("127.0.0.1", sink.port))
    assert deliver_due_mail(NOW + MINUTE) == 2
    probe.close()


def test_server_that_hangs_costs_no_more_than_the_time_out(app, deliver_to, monkeypatch):
    monkeypatch.setattr(mail_transport, "SMTP_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deliver_to(MailServer("127.0.0.1", silent.getsockname()[1]))
        write("a@example.org")
        started = time.monotonic()

        deliver_due_mail(NOW)

        assert time.monotonic() - started < 2
    assert [(row.state, row.response) for row in rows()] == [
        (MailState.WAITING, "SMTPServerDisconnected: Connection unexpectedly closed: timed out")
    ]


def test_connection_dropped_in_the_middle_loses_nothing_and_holds_up_nobody(app, sink):
    sink.hang_up_on = "poison@example.org"
    write("a@example.org", "poison@example.org", "b@example.org", "c@example.org")

    first = deliver_due_mail(NOW)
    second = deliver_due_mail(NOW)
    third = deliver_due_mail(NOW + timedelta(days=1))

    assert (first, second, third) == (3, 0, 0)
    assert sink.connections == 3
    assert sink.recipients == ["a@example.org", "b@example.org", "c@example.org"]
    assert states() == [MailState.SENT, MailState.WAITING, MailState.SENT, MailState.SENT]


def test_self_signed_certificate_is_refused(app, start_sink, deliver_to, make_certificate):
    context, _path = make_certificate("127.0.0.1")
    sink = start_sink(ssl_context=context)
    deliver_to(MailServer("127.0.0.1", sink.port, "ada", "secret", implicit_tls=True))
    write("a@example.org")

    delivered = deliver_due_mail(NOW)

    assert delivered == 0
    assert (sink.logins, sink.messages) == ([], [])
    assert rows()[0].response.startswith("SSLCertVerificationError: ")


def test_self_signed_certificate_is_refused_on_starttls_too(app, start_sink, deliver_to, make_certificate):
    context, _path = make_certificate("127.0.0.1")
    sink = start_sink(tls_context=context)
    deliver_to(MailServer("127.0.0.1", sink.port, "ada", "secret"))
    write("a@example.org")

    delivered = deliver_due_mail(NOW)

    assert delivered == 0
    assert (sink.logins, sink.messages) == ([], [])


def test_certificate_of_another_name_is_refused(app, start_sink, deliver_to, make_certificate, monkeypatch):
    context, path = make_certificate("mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    sink = start_sink(ssl_context=context)
    deliver_to(MailServer("127.0.0.1", sink.port, implicit_tls=True))
    write("a@example.org")

    assert deliver_due_mail(NOW) == 0


def test_trusted_certificate_carries_login_and_mail(app, start_sink, deliver_to, make_certificate, monkeypatch):
    context, path = make_certificate("127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    sink = start_sink(ssl_context=context, auth_require_tls=False)  # it does not count TLS from the first byte
    deliver_to(MailServer("127.0.0.1", sink.port, "ada", "secret", implicit_tls=True))
    write("a@example.org")

    assert deliver_due_mail(NOW) == 1
    assert (sink.logins, sink.recipients) == (["ada:secret"], ["a@example.org"])


def test_starttls_is_used_where_it_is_offered(app, start_sink, deliver_to, make_certificate, monkeypatch):
    context, path = make_certificate("127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    sink = start_sink(tls_context=context)
    deliver_to(MailServer("127.0.0.1", sink.port, "ada", "secret"))
    write("a@example.org")

    assert deliver_due_mail(NOW) == 1
    assert (sink.logins, sink.encrypted) == (["ada:secret"], [True])


def test_password_is_not_sent_in_the_clear(app, start_sink, deliver_to):
    sink = start_sink(auth_require_tls=False)
    deliver_to(MailServer("127.0.0.1", sink.port, "ada", "secret"))
    write("a@example.org")

    delivered = deliver_due_mail(NOW)

    assert delivered == 0
    assert sink.logins == []
    assert rows()[0].response == ("the server offers no STARTTLS; the password is not sent in the clear")


def test_default_context_checks_name_and_chain():
    context = ssl.create_default_context()

    assert context.check_hostname is True
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_domain_with_accents_goes_out_in_its_ascii_form(app, sink):
    write("bob@associació.example.org")

    assert deliver_due_mail(NOW) == 1
    assert sink.recipients == ["bob@xn--associaci-e7a.example.org"]


def test_mailbox_with_accents_is_refused_and_said_so(app, sink):
    write("núria@example.org")

    assert deliver_due_mail(NOW) == 0
    assert [(row.state, row.response) for row in rows()] == [
        (
            MailState.REFUSED,
            "no message can be made of it: NonASCIILocalPartDefect: local-part contains non-ASCII characters)",
        )
    ]


ODD = [
    "",
    "nobody",
    "a@@b",
    "@",
    "a@",
    "@b",
    "a b@c.org",
    "a@b.org\r\nBcc: c@d.org",
    "a@b.org\x00",
    "<a@b.org>",
    '"',
    "(",
    "\ud800@b.org",
]


@pytest.mark.parametrize("recipient", ODD)
def test_odd_address_never_holds_up_the_next_mail(app, sink, recipient):
    if "\ud800" in recipient:
        recipient = recipient.replace("\ud800", "\ufffd")
    write(recipient, "b@example.org")

    deliver_due_mail(NOW)

    assert sink.recipients[-1] == "b@example.org"
    assert rows()[1].state is MailState.SENT
    assert rows()[0].state is MailState.REFUSED


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30))
def test_any_text_as_address_name_and_subject_is_sent_or_refused(app, text):
    write(text, "a@example.org", recipient_name=text, sender_name=text, subject=text)

    deliver_due_mail(NOW)

    assert set(states()) <= {MailState.SENT, MailState.REFUSED}
    assert rows()[-1].state is MailState.SENT


def test_headers_cannot_be_forged(app, sink):
    forged = "Hola\r\nBcc: eve@example.org\r\n\r\nText"
    write("b@example.org", subject=forged, recipient_name=forged, sender_name=forged)
    write("c@example.org", reply_to="d@example.org\r\nBcc: eve@example.org")

    deliver_due_mail(NOW)

    (message,) = sink.messages
    assert sink.recipients == ["b@example.org"]
    assert message["Bcc"] is None
    assert message["Subject"] == "Hola Bcc: eve@example.org Text"
    assert [address.display_name for address in message["To"].addresses] == ["Hola Bcc: eve@example.org Text"]
    assert states() == [MailState.SENT, MailState.REFUSED]


def test_message_holds_text_page_and_invitation(app):
    (row,) = write(
        "b@example.org",
        recipient_name="Núria Pla, «Xarxa»",
        sender_name="Equip d’inclusió",
        reply_to="equip@example.org",
        html="<p>Hi sou.</p>",
        calendars=[CalendarFile("REQUEST", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n")],
    )

    message = build_message(row, sender="jornades@example.org")

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    assert [part.get_param("method") for part in message.walk()][4:] == ["REQUEST", "REQUEST"]
    assert message["From"].addresses[0].display_name == "Equip d’inclusió"
    assert message["To"].addresses[0].display_name == "Núria Pla, «Xarxa»"
    assert message["Reply-To"] == "equip@example.org"
    assert message["Message-ID"] == row.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ca"
    assert message["Date"].datetime == NOW
    assert max(len(line) for line in message.as_bytes().splitlines()) <= 998


def test_long_names_are_cut_to_what_a_row_holds(app):
    (row,) = write("b@example.org", recipient_name="é" * 300, sender_name="x" * 300, subject="s" * 2000)

    assert (len(row.recipient_name), len(row.sender_name), len(row.subject)) == (255, 255, 998)


@pytest.mark.both_databases
def test_mail_leased_by_a_worker_that_died_is_sent_when_the_lease_is_over(app, sink):
    write("a@example.org", "b@example.org")
    mail_delivery._claim(NOW)

    during = deliver_due_mail(NOW + mail_delivery.LEASE - timedelta(seconds=1))
    after = deliver_due_mail(NOW + mail_delivery.LEASE)

    assert (during, after) == (0, 2)


@pytest.mark.both_databases
def test_deliverer_killed_while_it_sends_loses_nothing(own_app, empty_database, start_sink, tmp_path):
    sink = start_sink()
    sink.seconds = 0.3
    write("a@example.org", "b@example.org", "c@example.org", now=mail_clock())
    environ = {
        **os.environ,
        "JORNADA_INSTANCE_PATH": str(tmp_path),
        "JORNADA_DATABASE_URL": empty_database,
        "JORNADA_MAIL_URL": f"smtp://127.0.0.1:{sink.port}",
    }

    deliverer = subprocess.Popen(
        [sys.executable, "-m", "flask", "mail", "deliver"], cwd=Path(__file__).resolve().parents[2], env=environ
    )
    while not sink.messages:
        assert deliverer.poll() is None
        time.sleep(0.02)
    deliverer.send_signal(signal.SIGKILL)
    deliverer.wait()
    use_server(own_app, sink)
    leased = deliver_due_mail(mail_clock())
    freed = deliver_due_mail(mail_clock() + mail_delivery.LEASE)

    assert leased == 0
    assert freed in {2, 3}  # the one in hand may go twice, and never not at all
    assert states() == [MailState.SENT] * 3
    assert set(sink.recipients) == {"a@example.org", "b@example.org", "c@example.org"}


@pytest.mark.both_databases
def test_two_deliverers_at_once_send_each_mail_once(own_app, start_sink, monkeypatch):
    monkeypatch.setattr(mail_delivery, "BATCH", 4)
    sink = start_sink()
    sink.seconds = 0.002
    use_server(own_app, sink)
    recipients = [f"p{number:02}@example.org" for number in range(60)]
    write(*recipients)
    barrier = threading.Barrier(3)
    failures = []

    def deliver():
        with own_app.app_context():
            barrier.wait()
            try:
                deliver_due_mail(NOW)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(sink.recipients) == recipients
    assert states() == [MailState.SENT] * 60
    assert 1 < sink.connections <= 3


def test_long_run_claims_on_leases_that_still_run(app, sink, monkeypatch):
    monkeypatch.setattr(mail_delivery, "BATCH", 1)
    write("a@example.org", "b@example.org")
    clock = itertools.count(0, 100)  # a hundred seconds go by between two looks at the clock
    monkeypatch.setattr(mail_delivery, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    claims = []
    claim = mail_delivery._claim
    monkeypatch.setattr(mail_delivery, "_claim", lambda now: claims.append(now) or claim(now))

    deliver(NOW)

    assert [moment - NOW for moment in claims] == [timedelta(seconds=s) for s in (100, 500, 900)]


def test_folder_of_development_holds_each_mail_once(app, instance_path):
    (row,) = write("a@example.org")

    deliver_due_mail(NOW)
    db.session.execute(update(OutgoingMail).values(state=MailState.WAITING, due_at=NOW))
    db.session.commit()
    deliver_due_mail(NOW)

    name = row.message_id.strip("<>") + ".eml"
    assert [path.name for path in (instance_path / "mail").glob("*") if path.name == name] == [name]


def test_counts_by_state(app, sink):
    sink.answers["gone@example.org"] = "550 no"
    write("a@example.org", "gone@example.org")
    deliver_due_mail(NOW)
    write("b@example.org", now=NOW + MINUTE)

    assert count_by_state() == {
        MailState.WAITING: 1,
        MailState.SENT: 1,
        MailState.REFUSED: 1,
        MailState.WITHDRAWN: 0,
    }


def use_server(app, sink):
    from dataclasses import replace  # noqa: PLC0415

    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_server=MailServer("127.0.0.1", sink.port))


def mail_clock():
    from core.dates import utc_now  # noqa: PLC0415

    return utc_now()
