"""The file of a run: kept for a day in the database, in pieces, and given one piece after the other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import IO

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from certificates.models import CertificateRun, CertificateRunPiece, RunKind, RunState
from core.database import db, transaction
from core.jobs import sweep

KEPT_FOR = timedelta(days=1)
MEDIA_TYPES = {RunKind.DOCUMENT: "application/pdf", RunKind.ARCHIVE: "application/zip"}
_ENDINGS = {RunKind.DOCUMENT: "pdf", RunKind.ARCHIVE: "zip"}
_PIECE_BYTES = 256 * 1024
_PIECES_TOGETHER = 16
"""How many are written in one transaction: nobody waits long for a large file."""


class FileGone(RuntimeError):
    """The file was deleted while somebody read it: what they have is not whole, and they must see that."""


def filename_of(run: CertificateRun) -> str:
    """What the file of a run is called."""
    return f"{run.event.slug}-certificats.{_ENDINGS[run.kind]}"


def read_parts(file: IO[bytes]) -> Iterator[list[bytes]]:
    """The pieces of a file, as many at a time as are written together."""
    pieces = iter(lambda: file.read(_PIECE_BYTES), b"")
    while part := [piece for _number, piece in zip(range(_PIECES_TOGETHER), pieces, strict=False)]:
        yield part


def write_part(run_id: int, part: list[bytes], first: int) -> None:
    """Write pieces into the transaction in progress, of which the first has this number."""
    for number, content in enumerate(part, first):
        db.session.execute(insert(CertificateRunPiece).values(run_id=run_id, number=number, content=content))


def delete_pieces(run_id: int) -> None:
    """Delete what there is of the file of a run."""
    db.session.execute(delete(CertificateRunPiece).where(CertificateRunPiece.run_id == run_id))


def read(run: CertificateRun) -> Iterator[bytes]:
    """The bytes of the file, between two pieces of which nothing of the database is held. Raises FileGone.

    There may be no application context any more when they are read.
    """
    return _read(run.id, ceil((run.size or 0) / _PIECE_BYTES), db.sessionmaker)


def _read(run_id: int, count: int, make_session: sessionmaker[Session]) -> Iterator[bytes]:
    for number in range(count):
        query = select(CertificateRunPiece.content)
        query = query.where(CertificateRunPiece.run_id == run_id, CertificateRunPiece.number == number)
        with make_session() as session:
            piece = session.scalar(query)
        if piece is None:
            raise FileGone
        yield piece


@sweep
def forget_certificate_files(now: datetime) -> int:
    """Delete the files that are a day old, and what there is of those that nobody draws on; how many there were."""
    with transaction():
        old = db.session.scalars(
            update(CertificateRun)
            .where(CertificateRun.size.is_not(None), CertificateRun.finished_at <= now - KEPT_FOR)
            .values(size=None)
            .returning(CertificateRun.id)
            .execution_options(synchronize_session=False)
        ).all()
        for run_id in {*old, *_list_given_up()}:
            delete_pieces(run_id)
        return len(old)


def _list_given_up() -> Sequence[int]:
    """The runs that have pieces of a file which will never be whole: stopped or given up while it was kept."""
    query = select(CertificateRun.id).where(CertificateRun.size.is_(None), CertificateRun.state != RunState.UNDER_WAY)
    has_pieces = exists().where(CertificateRunPiece.run_id == CertificateRun.id)
    return db.session.scalars(query.where(has_pieces)).all()
