"""Outgoing mail: a row first, delivered by the worker afterwards (docs/adr/0004).

A row is written in the transaction of the act it tells of, so a rolled-back act sends nothing and a dead mail server
loses nothing. A crash between the server's yes and the stamp can send one mail twice, never none; the Message-ID is
kept with the row so that mail programs can tell.
"""

import logging
import secrets
import smtplib
import time
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import config
from core.config import Settings
from core.database import Model, UtcDateTime, db, on_commit, state_column, transaction
from core.jobs import jobs, sweep
from core.mail_transport import Transport, open_transport
from core.text import clean_line

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


class MailState(StrEnum):
    """Where an outgoing mail stands: to be delivered, accepted by the server, or refused by it for good."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class OutgoingMail(Model):
    """One mail to one person, rendered and ready."""

    __tablename__ = "outgoing_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[MailState] = mapped_column(state_column(MailState), default=MailState.WAITING)
    recipient: Mapped[str] = mapped_column(String(320))
    recipient_name: Mapped[str] = mapped_column(String(255), default="")
    sender_name: Mapped[str] = mapped_column(String(255), default="")
    reply_to: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(998))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    calendar: Mapped[bytes | None] = mapped_column(LargeBinary)
    calendar_method: Mapped[str | None] = mapped_column(String(16))
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response: Mapped[str | None] = mapped_column(Text)


def enqueue(  # noqa: PLR0913 - what a mail is made of
    *,
    kind: str,
    recipient: str,
    recipient_name: str = "",
    language: str,
    subject: str,
    text: str,
    html: str | None = None,
    calendar: bytes | None = None,
    calendar_method: str | None = None,
    sender_name: str = "",
    reply_to: str | None = None,
    now: datetime,
) -> OutgoingMail:
    """Write a mail into the transaction in progress; the worker is woken once that has been committed."""
    mail = OutgoingMail(
        kind=kind,
        state=MailState.WAITING,
        recipient=recipient,
        recipient_name=clean_line(recipient_name)[:255],
        sender_name=clean_line(sender_name)[:255],
        reply_to=reply_to,
        language=language,
        subject=clean_line(subject)[:998],
        text=text,
        html=html,
        calendar=calendar,
        calendar_method=calendar_method,
        message_id=f"<{secrets.token_hex(16)}@{config.current().host}>",
        created_at=now,
        due_at=now,
    )
    db.session.add(mail)
    on_commit(_wake)
    return mail


def sender_address() -> str:
    """The address that every mail comes from."""
    return config.current().mail_sender


def build_message(mail: OutgoingMail, *, sender: str) -> EmailMessage:
    """The MIME message of a row.

    An invitation stands twice: as the last alternative, which Gmail and Outlook read (RFC 6047 §2.4: the method is in
    the Content-Type), and as an attachment for clients that look only there.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = mail.subject
    message["From"] = Address(mail.sender_name, addr_spec=sender)
    message["To"] = Address(mail.recipient_name, addr_spec=_with_ascii_domain(mail.recipient))
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies stay at home
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    if mail.calendar:
        method = mail.calendar_method or "PUBLISH"
        message.add_alternative(mail.calendar.decode(), subtype="calendar", params={"method": method})
        message.add_attachment(mail.calendar, maintype="text", subtype="calendar", filename="invitacio.ics")
        attachment = list(message.iter_attachments())[-1]
        attachment.replace_header(
            "Content-Type", f'text/calendar; charset="utf-8"; method={method}; name="invitacio.ics"'
        )
    message["Content-Language"] = mail.language  # last: parts take along the Content- headers that stand there before
    return message


@sweep
def deliver_due_mail(now: datetime) -> int:
    """Deliver every mail that is due, in batches over one connection each; give how many were accepted.

    Two workers share the rows: each claims its batch by a lease that the other respects and that runs out if the
    holder dies.
    """
    settings = config.current()
    delivered = 0
    started = time.monotonic()
    while True:
        # Leases are counted from the real present: a long run must not claim rows on a lease that is already over.
        moment = now + timedelta(seconds=int(time.monotonic() - started))
        batch = _claim(moment)
        if not batch:
            return delivered
        accepted, connected = _deliver_batch(batch, settings, moment)
        delivered += accepted
        if not connected:
            return delivered


def count_by_state() -> dict[MailState, int]:
    """How many mails stand in each state; states without any are zero."""
    rows = db.session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state))
    return dict.fromkeys(MailState, 0) | {state: count for state, count in rows}  # noqa: C416 - a row is not a pair to the type checker


def find_oldest_due(now: datetime) -> datetime | None:
    """Since when the longest-waiting mail that nobody tried yet has been due."""
    return db.session.scalar(
        select(func.min(OutgoingMail.due_at)).where(
            OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now, OutgoingMail.attempts == 0
        )
    )


def _claim(now: datetime) -> list[int]:
    """Lease the next mails that are due; one statement, so that two workers never claim the same row."""
    due = (
        select(OutgoingMail.id)
        .where(
            OutgoingMail.state == MailState.WAITING,
            OutgoingMail.due_at <= now,
            (OutgoingMail.leased_until.is_(None)) | (OutgoingMail.leased_until <= now),
        )
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with transaction():
        claimed = db.session.scalars(
            update(OutgoingMail)
            .where(OutgoingMail.id.in_(due))
            .values(leased_until=now + LEASE)
            .returning(OutgoingMail.id)
            .execution_options(synchronize_session=False)
        ).all()
    return sorted(claimed)


def _deliver_batch(ids: list[int], settings: Settings, now: datetime) -> tuple[int, bool]:
    """Deliver the leased rows; give how many were accepted and whether the connection held to the end.

    A slow server may not outlast the lease, or another worker would send the rest a second time: what is left at half
    its length is given back. When the connection breaks, only the mail in hand waits longer: one that a server cannot
    stomach does not hold up those behind it.
    """
    accepted = 0
    waiting = list(ids)
    in_hand = waiting  # until there is a connection, all of them
    give_up_at = time.monotonic() + LEASE.total_seconds() / 2
    try:
        with open_transport(settings) as transport:
            while waiting and time.monotonic() < give_up_at:
                in_hand = waiting[:1]
                accepted += _deliver_one(waiting[0], transport, settings, now)
                waiting.pop(0)
        _release(waiting)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("mail server unreachable", extra={"error": type(error).__name__, "mails": len(waiting)})
        with transaction():
            for mail in db.session.scalars(select(OutgoingMail).where(OutgoingMail.id.in_(in_hand))):
                _defer(mail, f"{type(error).__name__}: {error}", now)
        _release([mail_id for mail_id in waiting if mail_id not in in_hand])
        return accepted, False
    return accepted, True


def _release(ids: list[int]) -> None:
    """Give leased rows back as they were."""
    if ids:
        with transaction():
            db.session.execute(update(OutgoingMail).where(OutgoingMail.id.in_(ids)).values(leased_until=None))


def _deliver_one(mail_id: int, transport: Transport, settings: Settings, now: datetime) -> int:
    """Send one mail and stamp it; a lost connection is raised, a no of the server is written on the row."""
    with transaction():
        mail = db.session.get_one(OutgoingMail, mail_id)
        try:
            message = build_message(mail, sender=settings.mail_sender)
        except Exception as error:  # noqa: BLE001 - email fails in many ways on odd addresses; none may stop the rest
            _refuse(mail, f"no message can be made of it: {type(error).__name__}: {error}")
            return 0
        try:
            transport.send(message)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            _stamp_answer(mail, error, now)
            return 0
        mail.state = MailState.SENT
        mail.sent_at = now
        mail.attempts += 1
        mail.due_at = mail.leased_until = None
        mail.response = None
        return 1


def _stamp_answer(mail: OutgoingMail, error: smtplib.SMTPException, now: datetime) -> None:
    """RFC 5321 §4.2.1: 4yz is a passing failure and tried again, 5yz is for good.

    A no to the sender is about our configuration and not about this mail: it waits until that is put right.
    """
    code, words = _answer(error)
    if code is not None and 500 <= code < 600 and not isinstance(error, smtplib.SMTPSenderRefused):
        _refuse(mail, words)
    else:
        _defer(mail, words, now)


def _answer(error: smtplib.SMTPException) -> tuple[int | None, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error  # type: ignore[assignment] # text or bytes
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return 550, str(error)
    else:
        return None, str(error)
    return code, f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"


def _refuse(mail: OutgoingMail, words: str) -> None:
    mail.state = MailState.REFUSED
    mail.attempts += 1
    mail.due_at = mail.leased_until = None
    mail.response = words


def _defer(mail: OutgoingMail, words: str, now: datetime) -> None:
    """Try again after a pause that doubles each time, up to six hours."""
    mail.due_at = now + min(FIRST_PAUSE * 2 ** min(mail.attempts, 16), LONGEST_PAUSE)
    mail.attempts += 1
    mail.leased_until = None
    mail.response = words


def _wake() -> None:
    jobs.wake(deliver_due_mail.__name__)


def _with_ascii_domain(address: str) -> str:
    """The address as every server takes it: a domain with accents in its ASCII form (RFC 5891)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.encode('idna').decode()}" if domain else address
