"""Files of attendees that wait to be confirmed (`events.waiting_files`)."""

from datetime import datetime

from core.database import db
from core.jobs import sweep
from events import waiting_files
from events.models import Event
from events.waiting_files import claim, forget
from registrations.mappings import Mapping
from registrations.models import AttendeeFile, ImportBatch

__all__ = ["become", "claim", "forget", "forget_old_attendee_files", "get", "keep", "keep_mapping"]


def keep(event: Event, filename: str, content: bytes, *, now: datetime) -> AttendeeFile:
    """Keep an uploaded file until it is confirmed, left, or a day old."""
    return waiting_files.keep(AttendeeFile, event, filename, content, now=now)


def get(event: Event, file_id: int, *, now: datetime) -> AttendeeFile:
    """Give the file of this event that waits under this number; raises NotFoundError."""
    return waiting_files.get(AttendeeFile, event, file_id, now=now)


def keep_mapping(file: AttendeeFile, mapping: Mapping) -> None:
    """Note what the columns of the file hold."""
    file.mapping = mapping.as_json()
    db.session.flush()


def become(file: AttendeeFile, batch: ImportBatch) -> None:
    """Note what the file was imported as, and keep nothing else of it."""
    file.content, file.mapping, file.batch_id = b"", None, batch.id
    db.session.flush()


@sweep
def forget_old_attendee_files(now: datetime) -> int:
    """Delete the files that nobody confirmed within a day, and count them."""
    return waiting_files.forget_old(AttendeeFile, now)
