"""Delivery: the mails that are due leave over one connection, those that somebody waits for first (docs/adr/0012).

A mail is read and stamped in transactions of their own, and no database connection is held while the server thinks. A
crash between its yes and our stamp can send one mail twice, never none; the Message-ID is kept with the row so that
mail programs can tell.
"""

import logging
import smtplib
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Self

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.exc import OperationalError

from core import config
from core.config import Settings
from core.database import db, transaction
from core.jobs import sweep
from core.mail import MailState, OutgoingMail, build_message, is_outdated, wake
from core.mail_transport import Transport, open_transport

log = logging.getLogger(__name__)

BATCH = 10  # the longest that a confirmation waits behind reminders; what a killed worker keeps until its lease ends
LEASE = timedelta(minutes=5)
TURN = timedelta(seconds=45)  # then the worker's other sweeps have theirs
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
SERVER_PAUSE = timedelta(minutes=1)
CLOSING, SIZE = 421, 552  # RFC 5321 §4.2.2
STAMP_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15)  # seconds between tries, while the database is away


class ServerAway(Exception):
    """There is no server to talk to, or it talks to none of us; `mail_broke_it` when it went away over a mail."""

    def __init__(self, error: Exception, *, mail_broke_it: bool = False) -> None:
        super().__init__(_words(error))
        self.error = error
        self.mail_broke_it = mail_broke_it


class ConnectionLost(Exception):
    """The server went away over this mail, after it had answered about others: the mail may be why."""


@sweep
def deliver_due_mail(now: datetime) -> int:
    """Deliver what is due for one turn of the worker, and ask for another when that was not all."""
    return deliver(now, within=TURN)


def deliver(now: datetime, *, within: timedelta = timedelta.max) -> int:
    """Deliver every mail that is due, batch by batch over one connection; give how many were accepted.

    Several workers share the rows: each claims its batch by a lease that the others respect and that runs out if the
    holder dies. While the server is away nobody talks to it more than once a minute, however many mails are written.
    """
    started = time.monotonic()
    accepted = 0
    if _server_rests(now):
        return 0
    with _Line(config.current()) as line:
        while True:
            # Leases are counted from the real present: a long run must not claim rows on a lease that is already over.
            passed = timedelta(seconds=int(time.monotonic() - started))
            batch = _claim(now + passed)
            if not batch:
                return accepted
            delivered, is_there = _deliver_batch(batch, line, now + passed)
            accepted += delivered
            if not is_there:
                return accepted
            if timedelta(seconds=time.monotonic() - started) >= within:
                wake()
                return accepted


class _Line:
    """The connection of one run: opened for the first mail, and anew when the server has closed it.

    `has_answered` says that the server has said something about a mail on the present connection, whatever it was.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.has_answered = False
        self._stack = ExitStack()
        self._transport: Transport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport = None
        self.has_answered = False
        self._stack.close()

    def send(self, message: EmailMessage) -> None:
        """Hand one message over.

        Raises smtplib's error for a no to this mail, `ConnectionLost`, or `ServerAway`. A server that takes only so
        many mails over one connection is asked for another one; that is nobody's fault.
        """
        transport = self._open()
        try:
            transport.send(message)
        except (smtplib.SMTPException, OSError) as error:
            is_about_us = isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != SIZE
            if not is_about_us and not _is_gone(error):
                raise
            had_answered = self.has_answered
            self.close()
            if is_about_us and _is_gone(error) and had_answered:
                self.send(message)
            elif had_answered and not is_about_us:
                raise ConnectionLost(_words(error)) from error
            else:
                raise ServerAway(error, mail_broke_it=not is_about_us) from error

    def _open(self) -> Transport:
        if self._transport is not None and not self._transport.is_open():
            self.close()
        if self._transport is None:
            try:
                self._transport = self._stack.enter_context(open_transport(self.settings))
            except (smtplib.SMTPException, OSError) as error:
                raise ServerAway(error) from error
        return self._transport


@dataclass(frozen=True)
class _Letter:
    """A mail in hand, away from the database."""

    id: int
    recipient: str
    attempts: int
    message: EmailMessage


def _server_rests(now: datetime) -> bool:
    """Whether the server was found away less than a pause ago."""
    resting = select(OutgoingMail.id).where(
        OutgoingMail.state == MailState.WAITING, OutgoingMail.held_up_since.is_not(None), OutgoingMail.due_at > now
    )
    with transaction():
        return bool(db.session.scalar(select(resting.exists())))


def _claim(now: datetime) -> list[int]:
    """Lease the next mails that are due: what somebody waits for, and only when there is none of it, bulk."""
    return _lease(now, is_bulk=False) or _lease(now, is_bulk=True)


def _lease(now: datetime, *, is_bulk: bool) -> list[int]:
    """One statement, so that two workers never lease the same row."""
    due = (
        select(OutgoingMail.id)
        .where(
            OutgoingMail.state == MailState.WAITING,
            OutgoingMail.is_bulk == is_bulk,
            OutgoingMail.due_at <= now,
            or_(OutgoingMail.leased_until.is_(None), OutgoingMail.leased_until <= now),
        )
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with transaction():
        leased = db.session.scalars(
            update(OutgoingMail)
            .where(OutgoingMail.id.in_(due))
            .values(leased_until=now + LEASE)
            .returning(OutgoingMail.id)
            .execution_options(synchronize_session=False)
        ).all()
    return sorted(leased)


def _deliver_batch(ids: list[int], line: _Line, now: datetime) -> tuple[int, bool]:
    """Deliver the leased rows; give how many were accepted and whether there is a server to go on with.

    A slow server may not outlast the lease, or another worker would send the rest a second time: what is left at half
    its length is given back. When the connection breaks, only the mail in hand waits longer: one that a server cannot
    stomach does not hold up those behind it.
    """
    accepted = 0
    waiting = list(ids)
    give_up_at = time.monotonic() + LEASE.total_seconds() / 2
    while waiting and time.monotonic() < give_up_at:
        letter = _take_in_hand(waiting[0], line.settings, now)
        try:
            accepted += _deliver_one(letter, line, now) if letter else 0
        except ServerAway as away:
            log.warning("mail server away", extra={"error": type(away.error).__name__, "mails": len(waiting)})
            if letter and away.mail_broke_it:
                _stamp(letter, **_deferred(letter, str(away), now))
                waiting.pop(0)
            _hold_up(waiting, str(away), now)
            return accepted, False
        waiting.pop(0)
    _release(waiting)
    return accepted, True


def _take_in_hand(mail_id: int, settings: Settings, now: datetime) -> _Letter | None:
    """Read one leased mail; None when it is not to leave: withdrawn as untrue, or nothing can be made of it."""
    with transaction():
        mail = db.session.get(OutgoingMail, mail_id, populate_existing=True)
        if mail is None or mail.state is not MailState.WAITING:
            return None
        if is_outdated(mail, now):
            _close(mail, MailState.WITHDRAWN)
            return None
        try:
            message = build_message(mail, sender=settings.mail_sender)
        except Exception as error:  # noqa: BLE001 - email fails in many ways on odd addresses; none may stop the rest
            _close(mail, MailState.REFUSED)
            mail.attempts, mail.tried_at = mail.attempts + 1, now
            mail.response = f"no message can be made of it: {type(error).__name__}: {error}"
            return None
        return _Letter(mail.id, mail.recipient, mail.attempts, message)


def _deliver_one(letter: _Letter, line: _Line, now: datetime) -> int:
    """Send one mail and stamp what came of it; `ServerAway` is passed on. Gives 1 when it was accepted."""
    try:
        line.send(letter.message)
    except ConnectionLost as lost:
        log.warning("connection lost over a mail", extra={"mail": letter.id})
        _stamp(letter, **_deferred(letter, str(lost), now))
        return 0
    except smtplib.SMTPException as error:
        values = _judge(letter, error, now)
    else:
        values = {"state": MailState.SENT, "sent_at": now, "due_at": None, "response": None}
    is_first_answer, line.has_answered = not line.has_answered, True
    _stamp(letter, **{"attempts": letter.attempts + 1, "tried_at": now, **values})
    if is_first_answer:
        _take_up_again(now)
    return int(values.get("state") is MailState.SENT)


def _judge(letter: _Letter, error: smtplib.SMTPException, now: datetime) -> dict[str, Any]:
    """RFC 5321 §4.2.1: 4yz is a passing failure and tried again, 5yz is for good."""
    code, words = _answer(error)
    if code is not None and 500 <= code < 600:
        return {"state": MailState.REFUSED, "due_at": None, "response": words}
    return _deferred(letter, words, now)


def _is_gone(error: Exception) -> bool:
    """Whether nobody is at the other end any more; smtplib's errors are OSErrors too."""
    if isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException):
        return True
    return _answer(error)[0] == CLOSING


def _words(error: Exception) -> str:
    """What to say of an error: the server's own words, or what kind of failure it was."""
    words = _answer(error) if isinstance(error, smtplib.SMTPException) else (None, "")
    return words[1] if words[0] else f"{type(error).__name__}: {error}"


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


def _deferred(letter: _Letter, words: str, now: datetime) -> dict[str, Any]:
    """Try again after a pause that doubles each time, up to six hours."""
    pause = min(FIRST_PAUSE * 2 ** min(letter.attempts, 16), LONGEST_PAUSE)
    return {"due_at": now + pause, "attempts": letter.attempts + 1, "tried_at": now, "response": words}


def _stamp(letter: _Letter, **values: Any) -> None:
    """Write what became of a mail, again and again while the database is away: what was sent must not go twice.

    A mail whose address was corrected while it was in hand has gone to the wrong one: it goes on waiting.
    """
    stamp = (
        update(OutgoingMail)
        .where(OutgoingMail.id == letter.id, OutgoingMail.recipient == letter.recipient)
        .values(leased_until=None, held_up_since=None, **values)
        .returning(OutgoingMail.id)
        .execution_options(synchronize_session=False)
    )
    for pause in (*STAMP_PAUSES, None):
        try:
            with transaction():
                is_stamped = db.session.scalar(stamp) is not None
        except OperationalError:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return None if is_stamped else _release([letter.id])
    return None


def _close(mail: OutgoingMail, state: MailState) -> None:
    mail.state = state
    mail.due_at = mail.leased_until = mail.held_up_since = None


def _hold_up(ours: list[int], words: str, now: datetime) -> None:
    """Have everything that is due wait a pause for the server; none of it counts as tried."""
    free = or_(OutgoingMail.leased_until.is_(None), OutgoingMail.leased_until <= now, OutgoingMail.id.in_(ours))
    with transaction():
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now, free)
            .values(
                held_up_since=func.coalesce(OutgoingMail.held_up_since, now),
                due_at=now + SERVER_PAUSE,
                leased_until=None,
                response=words,
            )
            .execution_options(synchronize_session=False)
        )


def _take_up_again(now: datetime) -> None:
    """The server answers: what waited for it waits no longer."""
    with transaction():
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.WAITING, OutgoingMail.held_up_since.is_not(None))
            .values(held_up_since=None, due_at=case((OutgoingMail.due_at > now, now), else_=OutgoingMail.due_at))
            .execution_options(synchronize_session=False)
        )


def _release(ids: list[int]) -> None:
    """Give leased rows back as they were."""
    if ids:
        with transaction():
            db.session.execute(
                update(OutgoingMail)
                .where(OutgoingMail.id.in_(ids))
                .values(leased_until=None)
                .execution_options(synchronize_session=False)
            )
