"""Files that wait to be confirmed: kept in the database, which every machine shares, for a day at most."""

from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select, update

from core.database import db, transaction
from core.errors import NotFoundError
from core.text import clean_line
from events.models import Event, WaitingFile

F = TypeVar("F", bound=WaitingFile)

KEPT_FOR = timedelta(days=1)
_NAME_LENGTH = 200


def keep(model: type[F], event: Event, filename: str, content: bytes, *, now: datetime) -> F:
    """Keep an uploaded file until it is confirmed, left, or a day old."""
    file = model(event_id=event.id, filename=clean_line(filename)[-_NAME_LENGTH:], content=content, uploaded_at=now)
    db.session.add(file)
    db.session.flush()
    return file


def get(model: type[F], event: Event, file_id: int, *, now: datetime) -> F:
    """Give the file of this event that waits under this number; raises NotFoundError."""
    file = db.session.scalar(
        select(model).where(model.id == file_id, model.event_id == event.id, model.uploaded_at > now - KEPT_FOR)
    )
    if file is None:
        raise NotFoundError
    return file


def claim(file: WaitingFile) -> bool:
    """Take the file to be imported; whether nobody has before. Who does it at the same time waits for the outcome."""
    model = type(file)
    mine = (
        update(model)
        .where(model.id == file.id, model.content != b"")
        .values(content=b"")
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(mine) is not None


def forget(file: WaitingFile) -> None:
    """Keep the file no longer; whoever confirms twice at once finds it gone, and that is well."""
    model = type(file)
    db.session.execute(delete(model).where(model.id == file.id))


def forget_old(model: type[WaitingFile], now: datetime) -> int:
    """Delete the files that nobody confirmed within a day, and count them."""
    with transaction():
        old = delete(model).where(model.uploaded_at <= now - KEPT_FOR).returning(model.id)
        return len(db.session.scalars(old).all())
