"""Files of answers that wait to be confirmed: kept in the database, which every machine shares, for a day at most."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from core.database import db, transaction
from core.errors import NotFoundError
from core.jobs import sweep
from core.text import clean_line
from decidim.models import AnswerFile
from events.models import Event, Process

KEPT_FOR = timedelta(days=1)
_NAME_LENGTH = 200


def keep(owner: Event | Process, filename: str, content: bytes, *, now: datetime) -> AnswerFile:
    """Keep an uploaded file until it is confirmed, left, or a day old."""
    of = {"event_id": owner.id} if isinstance(owner, Event) else {"process_id": owner.id}
    file = AnswerFile(filename=clean_line(filename)[-_NAME_LENGTH:], content=content, uploaded_at=now, **of)
    db.session.add(file)
    db.session.flush()
    return file


def get(owner: Event | Process, file_id: int, *, now: datetime) -> AnswerFile:
    """Give the file that waits here under this number; raises `NotFoundError`."""
    waits = AnswerFile.uploaded_at > now - KEPT_FOR
    file = db.session.scalar(select(AnswerFile).where(AnswerFile.id == file_id, _belongs_to(owner), waits))
    if file is None:
        raise NotFoundError
    return file


def claim(file: AnswerFile) -> bool:
    """Take the file to be read for good; whether nobody has before. Who does it at the same time waits and is not."""
    gone = delete(AnswerFile).where(AnswerFile.id == file.id).returning(AnswerFile.id)
    return db.session.scalar(gone.execution_options(synchronize_session=False)) is not None


@sweep
def forget_old_answer_files(now: datetime) -> int:
    """Delete the files that nobody confirmed within a day, and count them."""
    with transaction():
        old = delete(AnswerFile).where(AnswerFile.uploaded_at <= now - KEPT_FOR).returning(AnswerFile.id)
        return len(db.session.scalars(old).all())


def _belongs_to(owner: Event | Process) -> ColumnElement[bool]:
    return AnswerFile.event_id == owner.id if isinstance(owner, Event) else AnswerFile.process_id == owner.id
