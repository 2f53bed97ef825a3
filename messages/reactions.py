"""What follows for messages from what happens to registrations, in the same transaction."""

from typing import Any

from sqlalchemy import Select, delete, select, update

from core.database import db
from events.models import Event
from messages.models import MessageRecipient
from registrations import signals
from registrations.import_batches import WRITTEN_TO
from registrations.models import Registration


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, **_values: object) -> None:
    """Let who stays be the one to whom the messages went; to both of them a message went once, if it went to either."""
    has_got = select(MessageRecipient.message_id).where(MessageRecipient.registration_id == kept.id)
    of_gone = MessageRecipient.registration_id == gone.id
    was_written = select(MessageRecipient.message_id).where(of_gone, MessageRecipient.written_at.is_not(None))
    of_kept = (MessageRecipient.registration_id == kept.id) & MessageRecipient.written_at.is_(None)
    for statement in (
        delete(MessageRecipient).where(of_kept, MessageRecipient.message_id.in_(was_written)),
        delete(MessageRecipient).where(of_gone, MessageRecipient.message_id.in_(has_got)),
        update(MessageRecipient).where(of_gone).values(registration_id=kept.id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


@signals.import_to_be_undone.connect
def find_written_to(_event: Event, *, new_ids: Select[int], **_values: object) -> dict[int, Any]:
    """Name the new ones to whom a message goes; to somebody who was there before it is no reason."""
    found = select(MessageRecipient.registration_id).where(MessageRecipient.registration_id.in_(new_ids))
    return dict.fromkeys(db.session.scalars(found), WRITTEN_TO)
