"""Messages of the organisers to the people of a list: drafted, sent once, stopped, taken up again (docs/adr/0021).

Sending notes everybody it goes to in one statement; `mails` writes the mails afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember
from core import mail
from core.database import MAX_ID, db, on_commit
from core.errors import DomainError, NotFoundError
from core.mail import MailState, OutgoingMail
from events.models import Event, EventState
from messages import audiences, mails
from messages.models import Message, MessageRecipient, MessageState
from registrations.attendees import Filter
from registrations.concerns import select_written
from registrations.reminders import Kind

Texts = Mapping[str, Mapping[str, str]]
"""A `subject` and a `text` for each language."""


class EventIsDraft(DomainError):
    """Nobody knows of the event yet."""

    message = _l("The event is still a draft. Publish it before you write to people.")


class NotADraft(DomainError):
    """A double click, or two organisers at once."""

    message = _l("This message has been sent already. It is sent only once.")


class TextChanged(DomainError):
    """Somebody else has edited the draft."""

    message = _l("Somebody has changed this message meanwhile. Look at it again.")


class TextMissing(DomainError):
    """The event has another language now."""

    message = _l("There is no text in the language of the event. Write it first.")


class ListChanged(DomainError):
    """Somebody has signed up, cancelled or been given an address."""

    message = _l("The list has changed since you looked at it. It is %(people)d now: look again and confirm.")


class NobodyToWriteTo(DomainError):
    """The list is empty, or nobody of it can be written to."""

    message = _l("There is nobody on this list to write to.")


class NothingToStop(DomainError):
    """Everything has gone, or somebody was quicker."""

    message = _l("There is nothing left to stop.")


class NotStopped(DomainError):
    """Somebody was quicker."""

    message = _l("This message is not stopped.")


@dataclass(frozen=True)
class Confirmed:
    """What somebody has looked at before they say yes: the people (the mark of their audience) and the text."""

    mark: str
    revision: int


def list_messages(event: Event) -> Sequence[Message]:
    """The messages of an event, the newest first."""
    query = select(Message).where(Message.event_id == event.id).options(joinedload(Message.author))
    return db.session.scalars(query.order_by(Message.created_at.desc(), Message.id.desc())).all()


def select_mails(message: Message) -> Select[int | None]:
    """Make the query for the mails that were written of a message, by their ids."""
    return select(MessageRecipient.mail_id).where(MessageRecipient.message_id == message.id)


def count_stopped(event: Event) -> int:
    """Count the messages that were stopped on their way."""
    query = select(func.count()).where(Message.event_id == event.id, Message.state == MessageState.STOPPED)
    return db.session.scalar(query) or 0


def has_told_since(event: Event) -> bool:
    """Whether people were written to since the event was over, by a message or by the clock, which says thanks."""
    told = select(Message.id).where(Message.event_id == event.id, Message.sent_at > event.ends_at).exists()
    return bool(db.session.scalar(select(told | select_written(event, Kind.THANKS).exists())))


def get_message(event: Event, message_id: int) -> Message:
    """Give the message of this event with this id; raises NotFoundError."""
    query = select(Message).where(Message.event_id == event.id, Message.id == message_id)
    message = db.session.scalar(query.options(joinedload(Message.author))) if 0 < message_id <= MAX_ID else None
    if message is None:
        raise NotFoundError
    return message


def create(  # noqa: PLR0913 - to whom, what, by whom and when
    event: Event,
    texts: Texts,
    wanted: Mapping[str, str],
    *,
    with_cancelled: bool = False,
    by: StaffMember,
    now: datetime,
) -> Message:
    """Write a draft to the people of a list; `wanted` is the filter as the address of the list says it."""
    message = Message(
        event_id=event.id,
        author_id=by.id,
        state=MessageState.DRAFT,
        wanted=dict(wanted),
        with_cancelled=with_cancelled,
        texts={language: dict(words) for language, words in texts.items()},
        created_at=now,
        updated_at=now,
    )
    db.session.add(message)
    db.session.flush()
    return message


def change(message: Message, texts: Texts, *, with_cancelled: bool, revision: int, now: datetime) -> None:
    """Edit a draft as it was at this revision. Raises NotADraft and TextChanged."""
    _claim(message, revision, {"revision": revision + 1})
    message.texts = {language: dict(words) for language, words in texts.items()}
    message.with_cancelled, message.updated_at = with_cancelled, now


def discard(message: Message) -> None:
    """Throw a draft away. Raises NotADraft."""
    _claim(message, message.revision, {"revision": message.revision})
    db.session.delete(message)


def copy(message: Message, *, by: StaffMember, now: datetime) -> Message:
    """Begin a new draft with the texts and the list of a message, those who cancelled left out."""
    return create(message.event, message.texts, message.wanted, by=by, now=now)


def send(message: Message, wanted: Filter, confirmed: Confirmed, *, by: StaffMember, now: datetime) -> int:
    """Have a draft written to everybody of its list, as somebody has looked at it; how many they are.

    Raises EventIsDraft, NotADraft, TextChanged, TextMissing, NobodyToWriteTo and ListChanged.
    """
    event = message.event
    if event.state is EventState.DRAFT:
        raise EventIsDraft
    _claim(message, confirmed.revision, {"state": MessageState.SENDING})
    if event.language not in message.texts:
        raise TextMissing
    people, mark = audiences.freeze(message.id, event, wanted, with_cancelled=message.with_cancelled)
    if not people:
        raise NobodyToWriteTo
    if mark != confirmed.mark:
        raise ListChanged(people=people)
    audience = audiences.count_audience(event, wanted, with_cancelled=message.with_cancelled)
    message.people, message.without_address = people, audience.without_address
    message.sent_at, message.author_id = now, by.id
    _record(
        "message.send",
        message,
        by=by,
        now=now,
        people=people,
        with_cancelled=message.with_cancelled,
        wanted=wanted.as_details(),
    )
    on_commit(mails.wake)
    return people


def stop(message: Message, *, by: StaffMember, now: datetime) -> int:
    """Let nothing more of a message leave; how many mails were taken back or will not be written.

    What a worker has in its hands at this moment may still go; the rest of what it has leased does not
    (`withdrawals`). Raises NothingToStop.
    """
    _move(message, {MessageState.SENDING, MessageState.SENT}, MessageState.STOPPED, NothingToStop)
    recipients = MessageRecipient.message_id == message.id
    unwritten = db.session.scalars(
        select(MessageRecipient.registration_id).where(recipients, MessageRecipient.written_at.is_(None))
    ).all()
    waiting = select(OutgoingMail.id).where(
        OutgoingMail.id.in_(select(MessageRecipient.mail_id).where(recipients)),
        OutgoingMail.state == MailState.WAITING,
    )
    in_hand = len(db.session.scalars(waiting).all())
    taken_back = mail.take_back(select(MessageRecipient.mail_id).where(recipients), now=now)
    if not unwritten and not in_hand:
        raise NothingToStop
    message.stopped_at = now
    stopped = len(unwritten) + len(taken_back)
    _record("message.stop", message, by=by, now=now, people=stopped)
    return stopped


def resume(message: Message, *, by: StaffMember, now: datetime) -> None:
    """Go on with a message that was stopped: to those who have no mail of it. Raises NotStopped."""
    _move(message, {MessageState.STOPPED}, MessageState.SENDING, NotStopped)
    withdrawn = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WITHDRAWN)
    db.session.execute(
        update(MessageRecipient)
        .where(MessageRecipient.message_id == message.id, MessageRecipient.mail_id.in_(withdrawn))
        .values(written_at=None, mail_id=None)
        .execution_options(synchronize_session=False)
    )
    message.stopped_at = None
    _record("message.resume", message, by=by, now=now)
    on_commit(mails.wake)


def _claim(message: Message, revision: int, values: Mapping[str, object]) -> None:
    """Be the only one to do something with a draft, as it was at this revision."""
    claimed = db.session.scalar(
        update(Message)
        .where(Message.id == message.id, Message.state == MessageState.DRAFT, Message.revision == revision)
        .values(**values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(message)
    if claimed is None:
        raise TextChanged if message.state is MessageState.DRAFT else NotADraft


def _move(message: Message, before: set[MessageState], after: MessageState, refusal: type[DomainError]) -> None:
    """Bring a message from one state into another; its row is held from then on, so no batch is written meanwhile."""
    moved = db.session.scalar(
        update(Message)
        .where(Message.id == message.id, Message.state.in_(before))
        .values(state=after)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise refusal
    db.session.refresh(message)


def _record(act: str, message: Message, *, by: StaffMember, now: datetime, **details: object) -> None:
    """Leave a line in the trail: how many and by which filter, never who or what was written."""
    slug = message.event.slug
    audit.record(act, subject_kind="event", subject_key=slug, by=by, now=now, message=message.id, **details)
