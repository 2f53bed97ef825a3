"""What follows for acts at the door from what happens to registrations, in the same transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from core.database import db
from door.models import DoorAct, DoorActKind
from events.models import Event, Session
from registrations import signals
from registrations.import_batches import ATTENDED
from registrations.models import Registration


@signals.attendance_undone.connect
@signals.stays_stated.connect
def take_back(session: Session, *, registration_ids: Collection[int]) -> None:
    """Let the check-ins and leavings that are known now stand no longer, whatever arrives later."""
    db.session.execute(
        update(DoorAct)
        .where(
            DoorAct.session_id == session.id,
            DoorAct.registration_id.in_(registration_ids),
            DoorAct.kind != DoorActKind.UNDO,
        )
        .values(is_taken_back=True)
        .execution_options(synchronize_session=False)
    )


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, **_values: object) -> None:
    """Let what was done with the one be done with the other."""
    db.session.execute(
        update(DoorAct)
        .where(DoorAct.registration_id == gone.id)
        .values(registration_id=kept.id)
        .execution_options(synchronize_session=False)
    )


@signals.import_to_be_undone.connect
def find_attended(
    _event: Event, *, registration_ids: Select[int], done_at: datetime, **_values: object
) -> dict[int, Any]:
    """Name those of whom something was done at the door since."""
    acts = (DoorAct.registration_id.in_(registration_ids), DoorAct.received_at >= done_at)
    return {key: ATTENDED for key in db.session.scalars(select(DoorAct.registration_id).where(*acts)) if key}
