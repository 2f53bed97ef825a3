"""Files of attendees that wait to be confirmed: kept in the database, which every machine shares, for a day at most."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from core.database import db, transaction
from core.errors import NotFoundError
from core.jobs import sweep
from core.text import clean_line
from events.models import Event
from registrations.mappings import Mapping
from registrations.models import AttendeeFile, ImportBatch

KEPT_FOR = timedelta(days=1)
_NAME_LENGTH = 200


def keep(event: Event, filename: str, content: bytes, *, now: datetime) -> AttendeeFile:
    """Keep an uploaded file until it is confirmed, left, or a day old."""
    file = AttendeeFile(
        event_id=event.id, filename=clean_line(filename)[-_NAME_LENGTH:], content=content, uploaded_at=now
    )
    db.session.add(file)
    db.session.flush()
    return file


def get(event: Event, file_id: int, *, now: datetime) -> AttendeeFile:
    """Give the file of this event that waits under this number; raises NotFoundError."""
    file = db.session.scalar(
        select(AttendeeFile).where(
            AttendeeFile.id == file_id, AttendeeFile.event_id == event.id, AttendeeFile.uploaded_at > now - KEPT_FOR
        )
    )
    if file is None:
        raise NotFoundError
    return file


def keep_mapping(file: AttendeeFile, mapping: Mapping) -> None:
    """Note what the columns of the file hold."""
    file.mapping = mapping.as_json()
    db.session.flush()


def claim(file: AttendeeFile) -> bool:
    """Take the file to be imported; whether nobody has before. Who does it at the same time waits for the outcome."""
    mine = (
        update(AttendeeFile)
        .where(AttendeeFile.id == file.id, AttendeeFile.batch_id.is_(None), AttendeeFile.content != b"")
        .values(content=b"")
        .returning(AttendeeFile.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(mine) is not None


def become(file: AttendeeFile, batch: ImportBatch) -> None:
    """Note what the file was imported as, and keep nothing else of it."""
    file.content, file.mapping, file.batch_id = b"", None, batch.id
    db.session.flush()


def forget(file: AttendeeFile) -> None:
    """Keep the file no longer; whoever confirms twice at once finds it gone, and that is well."""
    db.session.execute(delete(AttendeeFile).where(AttendeeFile.id == file.id))


@sweep
def forget_old_attendee_files(now: datetime) -> int:
    """Delete the files that nobody confirmed within a day, and count them."""
    with transaction():
        old = delete(AttendeeFile).where(AttendeeFile.uploaded_at <= now - KEPT_FOR).returning(AttendeeFile.id)
        return len(db.session.scalars(old).all())
