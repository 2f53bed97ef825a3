"""Files of answers that wait to be confirmed: kept in the database, which every machine shares, for a day at most."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core.database import db, transaction
from core.errors import NotFoundError
from core.jobs import sweep
from core.text import clean_line
from decidim.models import AnswerFile
from events.owners import Owner, belongs_to, columns_of

KEPT_FOR = timedelta(days=1)
_NAME_LENGTH = 200


def keep(owner: Owner, filename: str, content: bytes, *, now: datetime) -> AnswerFile:
    """Keep an uploaded file until it is confirmed, left, or a day old."""
    name = clean_line(filename)[-_NAME_LENGTH:]
    file = AnswerFile(filename=name, content=content, uploaded_at=now, **columns_of(owner))
    db.session.add(file)
    db.session.flush()
    return file


def get(owner: Owner, file_id: int, *, now: datetime) -> AnswerFile:
    """Give the file that waits here under this number; raises `NotFoundError`."""
    waits = AnswerFile.uploaded_at > now - KEPT_FOR
    file = db.session.scalar(select(AnswerFile).where(AnswerFile.id == file_id, belongs_to(AnswerFile, owner), waits))
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
