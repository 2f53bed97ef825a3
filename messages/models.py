"""Messages of the organisers, and whom each goes to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import StaffMember
from core.database import Model, UtcDateTime, state_column
from events.models import Event
from registrations.models import Awaited, Registration, RegistrationState


class MessageState(StrEnum):
    """How far a message has come: being written, on its way to everybody, stopped, or written to everybody."""

    DRAFT = "draft"
    SENDING = "sending"
    STOPPED = "stopped"
    SENT = "sent"


class Message(Model):
    """What the organisers write to the people of a filtered list, in their own words.

    `wanted` is the filter as the address of the attendee list says it. `texts` holds a subject and a text for each
    language, that of the event among them. `revision` grows with every change of a draft, so that what is sent is what
    somebody has looked at. `people` is how many it goes to, `without_address` how many of the list had no address.
    """

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_event_id_created_at", "event_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    state: Mapped[MessageState] = mapped_column(state_column(MessageState), default=MessageState.DRAFT, index=True)
    wanted: Mapped[dict[str, str]] = mapped_column(JSON)
    with_cancelled: Mapped[bool] = mapped_column(default=False)
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=1)
    people: Mapped[int] = mapped_column(default=0)
    without_address: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship()
    author: Mapped[StaffMember | None] = relationship()

    def is_for(self, registration: Registration) -> bool:
        """Whether it may go to this person as they stand now: who cancelled gets it only when that was chosen."""
        is_welcome = self.with_cancelled or registration.state is not RegistrationState.CANCELLED
        return is_welcome and bool(registration.email) and registration.awaits is not Awaited.ADDRESS


class MessageRecipient(Model):
    """One of the people a message goes to: a row for each from the moment it is sent, whose mail is written afterwards.

    While `written_at` is None the mail is still to be written. Who was `left_out` had cancelled by then.
    """

    __tablename__ = "message_recipient"
    __table_args__ = (Index("ix_message_recipient_message_id_written_at", "message_id", "written_at"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    written_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_out: Mapped[bool] = mapped_column(default=False)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"), index=True)
