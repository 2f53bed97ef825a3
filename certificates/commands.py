"""`flask certificates …`: everybody's certificate as one document, or one file each."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _
from flask_babel import ngettext

from certificates import archives, papers, prints, services
from certificates.content import IssuedCertificate
from certificates.due import Due, list_due
from core.command_line import Refused
from core.database import batches, transaction
from core.dates import utc_now
from core.second_process import DoAll
from events import owners
from events import services as events
from events.models import Event


@click.group("certificates")
def certificates() -> None:
    """Certificates of attendance."""


@certificates.command("issue")
@click.argument("slug")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A .pdf for all of them in one document, or a folder for one file each. [default: SLUG-certificats.pdf]",
)
@with_appcontext
def issue(slug: str, output: Path | None) -> None:
    """Issue the certificates of the event SLUG to everybody with attendance, in Catalan order."""
    event = events.find_event(slug)
    if event is None:
        raise Refused(_("There is no event “%(slug)s”.", slug=slug))
    target = output or Path(f"{slug}-certificats.pdf")
    _check(target)
    now = utc_now()
    with transaction():
        dues = list_due(event, now=now)
    issued = _issue(event, dues, now)
    _tell(event, dues, len(issued), absent=services.count_without_attendance(event, now=now))
    # Drawn after the commit: it takes seconds, in which nobody else could write to SQLite. Should the disk be full, the
    # same command prints the same certificates later.
    if issued:
        _write(event, issued, target)


def _issue(event: Event, dues: Sequence[Due], now: datetime) -> list[int]:
    """Issue some hundreds in each transaction, for nobody else can issue meanwhile; give the certificates' ids."""
    issued: list[int] = []
    for batch in batches(list(dict.fromkeys(due.registration.id for due in dues))):
        with transaction():
            issued += [certificate.id for certificate in services.issue_all(event, now=now, of=batch)]
    if issued:
        with transaction():
            owners.record("certificate.print", event, by=None, now=now, count=len(issued))
    return issued


def _check(target: Path) -> None:
    """Refuse, before anything is done, what could not be written."""
    folder = target if target.is_dir() else target.parent
    if _is_one_document(target) and target.is_dir():
        raise Refused(_("%(path)s is a folder.", path=target))
    if not _is_one_document(target) and target.exists() and not target.is_dir():
        raise Refused(_("%(path)s is neither a .pdf nor a folder.", path=target))
    if not folder.is_dir():
        raise Refused(_("There is no folder %(path)s.", path=folder))
    if not os.access(folder, os.W_OK):
        raise Refused(_("The folder %(path)s cannot be written to.", path=folder))


def _is_one_document(target: Path) -> bool:
    return target.suffix.lower() == ".pdf"


def _write(event: Event, issued: Sequence[int], target: Path) -> None:
    try:
        if _is_one_document(target):
            with _replacing(target) as file:
                papers.write_certificates(event, _read(issued), file)
        else:
            target.mkdir(exist_ok=True)
            with papers.drawing(len(issued)) as draw_all:
                for batch in batches(issued):
                    _write_each(batch, target, draw_all)
    except OSError as error:
        raise Refused(_("%(path)s could not be written: %(reason)s", path=target, reason=error.strerror)) from error
    click.echo(str(target))


def _read(issued: Sequence[int]) -> Iterator[IssuedCertificate]:
    """What is printed, so that not all of it is in memory at once."""
    for batch in batches(issued):
        with transaction():
            found = papers.read_all(services.list_issued(batch))
        yield from found


def _write_each(issued: Sequence[int], folder: Path, draw_all: DoAll[IssuedCertificate, bytes]) -> None:
    """A file for each, known from then on to whoever verifies it."""
    with transaction():
        certificates = services.list_issued(issued)
        for certificate, document in zip(certificates, prints.give_out(certificates, draw_all), strict=True):
            with _replacing(folder / archives.filename_of(certificate)) as file:
                file.write(document)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write the whole file or leave the one that was there."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            yield file
        except BaseException:
            Path(file.name).unlink()
            raise
    Path(file.name).chmod(0o600)  # personal data
    Path(file.name).replace(path)


def _tell(event: Event, dues: Sequence[Due], issued: int, *, absent: int) -> None:
    """Say how many there are, how many people have none, and whose name cannot be printed whole."""
    count = ngettext("%(num)d certificate", "%(num)d certificates", issued)
    without = ngettext("%(num)d registration without attendance", "%(num)d registrations without attendance", absent)
    click.echo(f"{event.slug}: {count}, {without}")
    for shortfall in papers.find_shortfalls(text for due in dues for text in due.content.texts):
        click.echo(
            _("The font has no signs for %(signs)s in “%(text)s”.", signs=shortfall.signs, text=shortfall.text),
            err=True,
        )


COMMANDS = (certificates,)
