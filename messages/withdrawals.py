"""Mails of a message that must not leave any more (docs/adr/0021)."""

from datetime import datetime

from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from messages.models import Message, MessageRecipient, MessageState
from registrations.models import Registration
from registrations.notifications import MESSAGE
from registrations.withdrawals import asks, first_of


@asks(MESSAGE)
def is_no_message(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    """The organisers have stopped it, unless it is being sent again, or the person has cancelled."""
    message = db.session.scalar(
        select(Message)
        .join(MessageRecipient, MessageRecipient.message_id == Message.id)
        .where(MessageRecipient.mail_id == first_of(mail).id)
        .execution_options(populate_existing=True)
    )
    if message is None:
        return False
    is_stopped = message.state is MessageState.STOPPED and mail.copy_of_id is None
    return is_stopped or not message.is_for(registration)
