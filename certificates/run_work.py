"""What the worker does for a run: issue to a few people at a time, then write to them or draw the file (docs/adr/0042).

What a batch did is noted in its own transaction, under the row of the run: killing the worker loses none and issues or
writes none twice. Whoever draws the file holds a lease, and begins anew where another's ran out.
"""

import io
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import IO
from zipfile import ZipFile

from sqlalchemy import or_, select, update
from sqlalchemy.orm import contains_eager

from certificates import archives, mails, papers, prints, run_files, services
from certificates.content import IssuedCertificate
from certificates.models import Certificate, CertificateRun, CertificateRunItem, Outcome, RunKind, RunState
from core import mail
from core.database import db, transaction
from core.jobs import jobs, sweep, work_off
from core.second_process import DoAll

BATCH = 50
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
FILES = frozenset({RunKind.DOCUMENT, RunKind.ARCHIVE})


class NotOursAnyMore(Exception):
    """Whoever draws the file need not go on: it was stopped, or took so long that another has begun anew."""


@mail.writes_mail
@sweep
def mail_certificates(now: datetime) -> int:
    """Issue certificates and write to their people, for one turn of the worker; how many there were."""
    return work_off(
        _list_under_way({RunKind.MAIL}), partial(_do_batch, now=now), wake_again=partial(wake, RunKind.MAIL)
    )


@sweep
def make_certificate_files(now: datetime) -> int:
    """Issue certificates and draw the files of them, for one turn of the worker; how many steps it took."""
    again = partial(wake, RunKind.DOCUMENT)
    return work_off(_list_under_way(FILES), partial(_do_step, now=now), wake_again=again)


def wake(kind: RunKind) -> None:
    """Have the worker go on with runs of this kind, soon."""
    jobs.wake((make_certificate_files if kind in FILES else mail_certificates).__name__)


def finish_now(run_id: int, now: datetime) -> None:
    """Do all of a short run at once, unless a worker has it in hand already."""
    while _do_step(run_id, now):
        pass


def _list_under_way(kinds: Collection[RunKind]) -> Sequence[int]:
    with transaction():
        query = select(CertificateRun.id).where(
            CertificateRun.state == RunState.UNDER_WAY, CertificateRun.kind.in_(kinds)
        )
        return db.session.scalars(query.order_by(CertificateRun.asked_at, CertificateRun.id)).all()


def _do_step(run_id: int, now: datetime) -> int:
    return _do_batch(run_id, now) or _make_file(run_id, now)


def _do_batch(run_id: int, now: datetime) -> int:
    """Issue the next few certificates of a run and, where that is its kind, write to their people; how many it were."""
    with transaction():
        run = _hold(run_id)
        if run is None:
            return 0
        items = _list_next(run_id)
        if not items and run.kind is RunKind.MAIL:
            run.state, run.finished_at = RunState.DONE, now
        if items:
            _issue(run, items, now)
        return len(items)


def _hold(run_id: int) -> CertificateRun | None:
    """Be alone with a run that is under way. A write that changes nothing: SQLite knows no other lock."""
    held = db.session.scalar(
        update(CertificateRun)
        .where(CertificateRun.id == run_id, CertificateRun.state == RunState.UNDER_WAY)
        .values(state=RunState.UNDER_WAY)
        .returning(CertificateRun.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.get_one(CertificateRun, run_id, populate_existing=True) if held else None


def _list_next(run_id: int) -> Sequence[CertificateRunItem]:
    """The next items to be done, in order; all of a person together, who gets one mail."""
    to_do = (CertificateRunItem.run_id == run_id) & CertificateRunItem.outcome.is_(None)
    first = select(CertificateRunItem.registration_id).where(to_do).order_by(CertificateRunItem.position).limit(BATCH)
    people = set(db.session.scalars(first))
    return db.session.scalars(
        select(CertificateRunItem)
        .where(to_do, CertificateRunItem.registration_id.in_(people))
        .order_by(CertificateRunItem.position)
        .execution_options(populate_existing=True)
    ).all()


def _issue(run: CertificateRun, items: Sequence[CertificateRunItem], now: datetime) -> None:
    people = {item.registration_id for item in items}
    certificates = services.issue_all(run.event, now=now, of=people, renews=run.renews)
    found = {(each.registration_id, each.role): each for each in certificates}
    issued = {item: found[key] for item in items if (key := (item.registration_id, item.role)) in found}
    for item in items:
        item.outcome = Outcome.ISSUED if item in issued else Outcome.LEFT_OUT
        item.certificate_id = issued[item].id if item in issued else None
    if run.kind is RunKind.MAIL:
        mails.write(issued, now=now)


@dataclass
class Attempt:
    """Somebody draws the file of a run, whose certificates are all issued; how far they are is noted as they go."""

    run_id: int
    number: int
    now: datetime
    drawn: int = 0
    _began: float = field(default_factory=time.monotonic)

    def note(self, **values: object) -> None:
        """Say in the transaction in progress how far it is, and hold the lease on. Raises NotOursAnyMore."""
        lasts = self.now + timedelta(seconds=time.monotonic() - self._began) + LEASE
        ours = db.session.scalar(
            update(CertificateRun)
            .where(
                CertificateRun.id == self.run_id,
                CertificateRun.attempts == self.number,
                CertificateRun.state == RunState.UNDER_WAY,
            )
            .values(**{"drawn": self.drawn, "leased_until": lasts, **values})
            .returning(CertificateRun.id)
            .execution_options(synchronize_session=False)
        )
        if ours is None:
            raise NotOursAnyMore

    def finish(self, size: int) -> None:
        """Say that the file is whole. Raises NotOursAnyMore."""
        finished_at = self.now + timedelta(seconds=time.monotonic() - self._began)
        self.note(state=RunState.DONE, size=size, finished_at=finished_at, leased_until=None)


def _make_file(run_id: int, now: datetime) -> int:
    """Draw the file of a run and keep it; 1 when that was done, 0 when there is nothing to draw or another does it."""
    attempt = _begin(run_id, now)
    if attempt is None:
        return 0
    with tempfile.TemporaryFile() as file:
        try:
            _draw(attempt, file)
            _keep(attempt, file)
        except NotOursAnyMore:
            return 0
    return 1


def _begin(run_id: int, now: datetime) -> Attempt | None:
    """Take the lease; a run whose file was begun three times and never ended is given up."""
    run = update(CertificateRun).where(
        CertificateRun.id == run_id, CertificateRun.state == RunState.UNDER_WAY, CertificateRun.kind.in_(FILES)
    )
    run = run.execution_options(synchronize_session=False)
    ran_out = CertificateRun.leased_until <= now
    is_free = or_(CertificateRun.leased_until.is_(None), ran_out)
    begun = {"attempts": CertificateRun.attempts + 1, "leased_until": now + LEASE, "drawn": 0}
    with transaction():
        was_last = CertificateRun.attempts % MOST_ATTEMPTS == 0
        db.session.execute(run.where(ran_out, was_last).values(state=RunState.FAILED, finished_at=now))
        number = db.session.scalar(run.where(is_free).values(begun).returning(CertificateRun.attempts))
        return Attempt(run_id, number, now) if number else None


def _draw(attempt: Attempt, file: IO[bytes]) -> None:
    run = db.session.get_one(CertificateRun, attempt.run_id, populate_existing=True)
    if run.kind is RunKind.ARCHIVE:
        with papers.drawing(run.total) as draw_all:
            _draw_archive(attempt, file, draw_all)
    else:
        papers.write_certificates(run.event, _read_papers(attempt), file)


def _draw_archive(attempt: Attempt, file: IO[bytes], draw_all: DoAll[IssuedCertificate, bytes]) -> None:
    last = -1
    with ZipFile(file, "w") as archive:
        while True:
            with transaction():
                found = _read_certificates(attempt.run_id, last)
                if not found:
                    return
                last = found[-1][0]
                _add_all(archive, [certificate for _position, certificate in found], draw_all)
                attempt.drawn += len(found)
                attempt.note()


def _add_all(archive: ZipFile, certificates: Sequence[Certificate], draw_all: DoAll[IssuedCertificate, bytes]) -> None:
    for certificate, document in zip(certificates, prints.give_out(certificates, draw_all), strict=True):
        archives.add(archive, certificate, document)


def _read_papers(attempt: Attempt) -> Iterator[IssuedCertificate]:
    """What is printed, a few at a time; between two batches nothing of the database is held."""
    last = -1
    while True:
        with transaction():
            attempt.note()
            found = _read_certificates(attempt.run_id, last)
            batch = papers.read_all([certificate for _position, certificate in found])
        if not found:
            return
        last = found[-1][0]
        for paper in batch:
            yield paper
            attempt.drawn += 1


def _read_certificates(run_id: int, after: int) -> list[tuple[int, Certificate]]:
    """The next certificates of a run that still stand, with their places, after this one."""
    rows = db.session.execute(
        select(CertificateRunItem.position, Certificate)
        .join(Certificate, Certificate.id == CertificateRunItem.certificate_id)
        .join(Certificate.registration)
        .options(contains_eager(Certificate.registration))
        .where(
            CertificateRunItem.run_id == run_id,
            CertificateRunItem.position > after,
            Certificate.replaced_at.is_(None),
            Certificate.revoked_at.is_(None),
        )
        .order_by(CertificateRunItem.position)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    )
    return [(position, certificate) for position, certificate in rows]


def _keep(attempt: Attempt, file: IO[bytes]) -> None:
    """Keep the file in the database, some pieces in each transaction."""
    size, number = file.seek(0, io.SEEK_END), 0
    file.seek(0)
    for part in run_files.read_parts(file):
        with transaction():
            attempt.note()
            if number == 0:
                run_files.delete_pieces(attempt.run_id)
            run_files.write_part(attempt.run_id, part, number)
        number += len(part)
    with transaction():
        attempt.finish(size)
