"""Outgoing mail: a row first, which `core.mail_delivery` delivers afterwards (docs/adr/0004, docs/adr/0012).

A row is written in the transaction of the act it tells of, so a rolled-back act sends nothing and a dead mail server
loses nothing. A mail that is no longer true when its turn comes is withdrawn: the rooms that write mails say which.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, String, Text, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core import config
from core.database import Model, UtcDateTime, db, on_commit, state_column
from core.jobs import jobs
from core.text import clean_line

UNTOUCHED = timedelta(minutes=10)
TOO_LONG = timedelta(minutes=30)
SEVERAL = 3
_FILE_NAMES = {"REQUEST": "invitacio", "CANCEL": "cancellacio"}


class MailState(StrEnum):
    """Where an outgoing mail stands.

    To be delivered, accepted by the server, refused by it for good, or withdrawn because it had become untrue.
    """

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class CalendarFile:
    """A calendar as it travels: what it asks of the program that reads it (RFC 5546: REQUEST, CANCEL), and its text."""

    method: str
    content: str


class OutgoingMail(Model):
    """One mail to one person, rendered and ready.

    A bulk mail, one of many that are alike, lets those go first that somebody is waiting for. `attempts` and `tried_at`
    count what the server said about this mail; `held_up_since` is when the server was first found away while it waited.
    A mail is sent again as a copy, which is a mail of its own; at most one, so that a double click sends one.
    `calendars` are the values of its `CalendarFile`s.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        # Few are refused, and only for a time are any held up; the desk asks for them among all.
        Index(
            "ix_outgoing_mail_refused",
            "id",
            sqlite_where=text("state = 'refused'"),
            postgresql_where=text("state = 'refused'"),
        ),
        Index(
            "ix_outgoing_mail_held_up",
            "id",
            sqlite_where=text("held_up_since IS NOT NULL"),
            postgresql_where=text("held_up_since IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[MailState] = mapped_column(state_column(MailState), default=MailState.WAITING)
    is_bulk: Mapped[bool] = mapped_column(default=False)
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    recipient_name: Mapped[str] = mapped_column(String(255), default="")
    sender_name: Mapped[str] = mapped_column(String(255), default="")
    reply_to: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(998))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    calendars: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_up_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response: Mapped[str | None] = mapped_column(Text)


class MailValues(TypedDict):
    """What a mail is made of."""

    kind: str
    recipient: str
    recipient_name: NotRequired[str]
    language: str
    subject: str
    text: str
    html: NotRequired[str | None]
    calendars: NotRequired[Sequence[CalendarFile]]
    sender_name: NotRequired[str]
    reply_to: NotRequired[str | None]
    is_bulk: NotRequired[bool]
    now: datetime


def compose(**values: Unpack[MailValues]) -> OutgoingMail:
    """Make a mail with which nothing has been done yet: `post` it, or drop it."""
    now = values["now"]
    return OutgoingMail(
        kind=values["kind"],
        state=MailState.WAITING,
        is_bulk=values.get("is_bulk", False),
        recipient=values["recipient"],
        recipient_name=clean_line(values.get("recipient_name"))[:255],
        sender_name=clean_line(values.get("sender_name"))[:255],
        reply_to=values.get("reply_to"),
        language=values["language"],
        subject=clean_line(values["subject"])[:998],
        text=values["text"],
        html=values.get("html"),
        calendars=[asdict(file) for file in values.get("calendars", ())],
        message_id=_make_message_id(),
        created_at=now,
        due_at=now,
    )


def post(mail: OutgoingMail) -> None:
    """Write a mail into the transaction in progress; the worker is woken once that has been committed."""
    db.session.add(mail)
    on_commit(wake)


def enqueue(**values: Unpack[MailValues]) -> OutgoingMail:
    """Make a mail and write it into the transaction in progress."""
    mail = compose(**values)
    post(mail)
    return mail


def copy_mail(mail: OutgoingMail, *, recipient: str, recipient_name: str, now: datetime) -> OutgoingMail:
    """Write the same mail anew, with a Message-ID of its own, or mail programs would show only the first.

    The database lets one mail be copied once: `IntegrityError` at the next flush when it has been already.
    """
    copy = enqueue(
        kind=mail.kind,
        recipient=recipient,
        recipient_name=recipient_name,
        language=mail.language,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        calendars=[CalendarFile(**file) for file in mail.calendars],
        sender_name=mail.sender_name,
        reply_to=mail.reply_to,
        is_bulk=mail.is_bulk,
        now=now,
    )
    copy.copy_of_id = mail.id
    return copy


def take_back(mail_ids: Iterable[int] | Select[Any], *, now: datetime) -> dict[int, datetime]:
    """Withdraw those of these mails that have not left and are in no worker's hands; when each of them was written.

    They are given by their ids, or by a query for them. One statement, so that a mail is either taken back or leaves.
    """
    rows = db.session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.id.in_(mail_ids),
            OutgoingMail.state == MailState.WAITING,
            or_(OutgoingMail.leased_until.is_(None), OutgoingMail.leased_until <= now),
        )
        .values(state=MailState.WITHDRAWN, due_at=None, leased_until=None, held_up_since=None)
        .returning(OutgoingMail.id, OutgoingMail.created_at)
        .execution_options(synchronize_session=False)
    )
    return {row.id: row.created_at for row in rows}


def sender_address() -> str:
    """The address that every mail comes from."""
    return config.current().mail_sender


def build_message(mail: OutgoingMail, *, sender: str) -> EmailMessage:
    """The MIME message of a row.

    Each calendar is a file attached, with its method in the Content-Type (RFC 6047 §2.4). The first stands a second
    time as the last alternative, which is where Gmail and Outlook look; there can be only one.
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
    files = [CalendarFile(**values) for values in mail.calendars]
    for file in files[:1]:
        message.add_alternative(file.content, subtype="calendar", params={"method": file.method})
    for number, file in enumerate(files, 1):
        _attach(message, file, "" if len(files) == 1 else f"-{number}")
    message["Content-Language"] = mail.language  # last: parts take along the Content- headers that stand there before
    return message


def count_by_state() -> dict[MailState, int]:
    """How many mails stand in each state; states without any are zero."""
    rows = db.session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state))
    return dict.fromkeys(MailState, 0) | {state: count for state, count in rows}  # noqa: C416 - a row is not a pair to the type checker


def is_leaving(now: datetime) -> bool:
    """Whether mail gets away: a worker takes it, and the server takes some of it.

    One address whose server is busy for hours says nothing about ours, so a few that are put off are no alarm; several
    while none at all is accepted are.
    """
    waiting = OutgoingMail.state == MailState.WAITING
    waits_untouched = waiting & (OutgoingMail.due_at <= now - UNTOUCHED) & (OutgoingMail.attempts == 0)
    is_worked = OutgoingMail.tried_at > now - UNTOUCHED
    if _exists(waits_untouched) and not _exists(is_worked):
        return False
    if _exists(waiting & (OutgoingMail.held_up_since <= now - TOO_LONG)):
        return False
    put_off = waiting & (OutgoingMail.attempts > 0) & (OutgoingMail.created_at <= now - TOO_LONG)
    people = db.session.scalar(select(func.count(OutgoingMail.recipient.distinct())).where(put_off)) or 0
    return people < SEVERAL or _exists(OutgoingMail.sent_at > now - TOO_LONG)


def withdraws_mail(is_outdated: Callable[[OutgoingMail, datetime], bool]) -> Callable[[OutgoingMail, datetime], bool]:
    """Have `is_outdated` asked about every mail just before it leaves; one it says yes to is withdrawn."""
    if is_outdated not in _QUESTIONS:
        _QUESTIONS.append(is_outdated)
    return is_outdated


def writes_mail(sweep: Callable[[datetime], Any]) -> Callable[[datetime], Any]:
    """Have `flask mail deliver` run this sweep first, so that what is due now leaves now."""
    if sweep not in _WRITERS:
        _WRITERS.append(sweep)
    return sweep


def write_due_mail(now: datetime) -> None:
    """Run every sweep that writes mail."""
    for write in _WRITERS:
        write(now)


def is_outdated(mail: OutgoingMail, now: datetime) -> bool:
    """Whether some room says that this mail is no longer true."""
    return any(ask(mail, now) for ask in _QUESTIONS)


def wake() -> None:
    """Have the worker deliver what is due, soon."""
    jobs.wake("deliver_due_mail")


_QUESTIONS: list[Callable[[OutgoingMail, datetime], bool]] = []
_WRITERS: list[Callable[[datetime], Any]] = []


def _exists(condition: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(select(OutgoingMail.id).where(condition).exists())))


def _attach(message: EmailMessage, file: CalendarFile, suffix: str) -> None:
    name = f"{_FILE_NAMES[file.method]}{suffix}.ics"
    message.add_attachment(file.content.encode(), maintype="text", subtype="calendar", filename=name)
    attachment = list(message.iter_attachments())[-1]
    attachment.replace_header("Content-Type", f'text/calendar; charset="utf-8"; method={file.method}; name="{name}"')


def _make_message_id() -> str:
    return f"<{secrets.token_hex(16)}@{config.current().host}>"


def _with_ascii_domain(address: str) -> str:
    """The address as every server takes it: a domain with accents in its ASCII form (RFC 5891)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.encode('idna').decode()}" if domain else address
