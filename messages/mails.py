"""The mails of a message: made for a person, tried on oneself, and written to everybody a few at a time, each once.

A recipient is stamped in the transaction that writes the mail, under the row of the message: killing the worker loses
none and doubles none, and who stops the message finds either the mail or nothing (docs/adr/0021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from accounts.models import StaffMember
from core import mail
from core.database import db, transaction
from core.dates import format_period
from core.jobs import jobs, sweep, work_off
from core.languages import use_language
from core.mail import MailState, OutgoingMail
from core.web import external_url
from events.timetable import session_time
from messages import notifications, texts
from messages.models import Message, MessageRecipient, MessageState
from messages.texts import Field, Value
from registrations import calendars
from registrations.models import Registration
from registrations.notifications import Draft, post
from registrations.recipients import read_people

BATCH = 25


@dataclass(frozen=True)
class Progress:
    """How far a message has come: how many mails are to be written, wait, have gone, were refused, or will not go."""

    to_write: int = 0
    waiting: int = 0
    sent: int = 0
    refused: int = 0
    withdrawn: int = 0
    left_out: int = 0

    @property
    def left(self) -> int:
        return self.to_write + self.waiting

    @property
    def gone(self) -> int:
        return self.sent + self.refused

    @property
    def total(self) -> int:
        return self.left + self.gone + self.withdrawn + self.left_out


def compose(message: Message, registration: Registration, *, now: datetime) -> Draft | None:
    """Make the mail for one person, which is not written yet; in their language when there is a text in it."""
    language = pick_language(message, registration)
    words = message.texts[language]
    with use_language(language):
        values = _read_values(registration)
    subject = texts.fill_line(words["subject"], values)
    paragraphs = texts.fill(words["text"], values)
    return notifications.message(registration, subject, paragraphs, language=language, now=now)


def pick_language(message: Message, registration: Registration) -> str:
    """The language in which the person gets the message: theirs, else that of the event."""
    for language in (registration.language, message.event.language):
        if language in message.texts:
            return language
    return next(iter(message.texts))


def send_test(message: Message, registration: Registration, *, by: StaffMember, now: datetime) -> OutgoingMail | None:
    """Send oneself the mail as this person would get it.

    It leads to the event's page instead of theirs: nobody cancels for somebody else by trying a link.
    """
    draft = compose(message, registration, now=now)
    if draft is None:
        return None
    made = draft.mail.mail
    own_url, event_url = _own_url(registration), calendars.page_url(message.event)
    with use_language(made.language):
        mark = _("test")
    return mail.enqueue(
        kind="message_test",
        recipient=by.email,
        recipient_name=by.name,
        sender_name=made.sender_name,
        reply_to=made.reply_to,
        language=made.language,
        subject=f"[{mark}] {made.subject}",
        text=made.text.replace(own_url, event_url),
        html=made.html and made.html.replace(own_url, event_url),
        now=now,
    )


def count_progress(shown: Sequence[Message]) -> dict[int, Progress]:
    """How far each of these messages has come."""
    rows = db.session.execute(
        select(
            MessageRecipient.message_id,
            MessageRecipient.written_at.is_(None).label("to_write"),
            MessageRecipient.left_out,
            OutgoingMail.state,
            func.count().label("people"),
        )
        .join(OutgoingMail, OutgoingMail.id == MessageRecipient.mail_id, isouter=True)
        .where(MessageRecipient.message_id.in_([message.id for message in shown]))
        .group_by(
            MessageRecipient.message_id,
            MessageRecipient.written_at.is_(None),
            MessageRecipient.left_out,
            OutgoingMail.state,
        )
    )
    counts: dict[int, dict[str, int]] = {message.id: {} for message in shown}
    for row in rows:
        name = "to_write" if row.to_write else "left_out" if row.left_out else _PLACES[row.state]
        counts[row.message_id][name] = counts[row.message_id].get(name, 0) + row.people
    return {message_id: Progress(**of_message) for message_id, of_message in counts.items()}


@mail.writes_mail
@sweep
def write_messages(now: datetime) -> int:
    """Write the mails of the messages that are on their way, for one turn of the worker; how many people there were."""
    return work_off(_list_under_way(), partial(_write_batch, now=now), wake_again=wake)


def wake() -> None:
    """Have the worker write the mails, soon."""
    jobs.wake(write_messages.__name__)


_PLACES = {
    MailState.WAITING: "waiting",
    MailState.SENT: "sent",
    MailState.REFUSED: "refused",
    MailState.WITHDRAWN: "withdrawn",
    None: "sent",  # the mail is not kept any more
}


def _list_under_way() -> Sequence[int]:
    with transaction():
        query = select(Message.id).where(Message.state == MessageState.SENDING)
        return db.session.scalars(query.order_by(Message.sent_at, Message.id)).all()


def _write_batch(message_id: int, now: datetime) -> int:
    """Write the mails of the first few people who have none yet; how many people there were."""
    with transaction():
        if not _hold(message_id):
            return 0
        message = db.session.get_one(Message, message_id, populate_existing=True)
        rows = db.session.scalars(
            select(MessageRecipient)
            .where(MessageRecipient.message_id == message_id, MessageRecipient.written_at.is_(None))
            .order_by(MessageRecipient.registration_id)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            message.state = MessageState.SENT
        people = read_people([row.registration_id for row in rows])
        written = [(row, _write(message, people[row.registration_id], now=now)) for row in rows]
        db.session.flush()
        for row, written_mail in written:
            row.written_at, row.left_out = now, written_mail is None
            row.mail_id = written_mail.id if written_mail else None
        return len(rows)


def _hold(message_id: int) -> bool:
    """Be alone with a message that is on its way. A write that changes nothing: SQLite knows no other lock."""
    held = db.session.scalar(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.SENDING)
        .values(state=MessageState.SENDING)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return held is not None


def _write(message: Message, registration: Registration, *, now: datetime) -> OutgoingMail | None:
    """Write to one person, unless they have cancelled since the message was sent."""
    return post(compose(message, registration, now=now)) if message.is_for(registration) else None


def _own_url(registration: Registration) -> str:
    return external_url("registrations.registration", token=registration.token)


def _read_values(registration: Registration) -> Mapping[Field, Value]:
    """What each field becomes for one person, in the language in force."""
    event = registration.event
    sessions = tuple(
        f"{session_time(event, session)} · {session.title}" + (f" ({session.room.name})" if session.room else "")
        for session in registration.sessions
    )
    page_url = calendars.page_url(event)
    own_url = _own_url(registration)
    return {
        Field.FIRST_NAME: Value(registration.first_name),
        Field.LAST_NAME: Value(registration.last_name),
        Field.ORGANISATION: Value(registration.organisation),
        Field.SESSIONS: Value("; ".join(sessions) or _("no session"), items=sessions),
        Field.LINK: Value(own_url, address=own_url, label=_("My registration")),
        Field.CODE: Value(registration.code if registration.is_confirmed else _("none yet")),
        Field.EVENT: Value(event.title),
        Field.WHEN: Value(format_period(event.starts_at, event.ends_at, event.zone)),
        Field.PLACE: Value(event.where),
        Field.PROGRAMME: Value(page_url, address=page_url, label=_("The programme")),
    }
