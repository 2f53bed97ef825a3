"""`flask certificates …`: everybody's certificate as one document, or one file each."""

import os
import re
import tempfile
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import audit
from certificates import papers, services
from certificates.content import IssuedCertificate
from core.command_line import Refused
from core.database import transaction
from core.dates import utc_now
from core.text import fold
from events import services as events
from events.models import Event
from registrations.models import Registration

_MOST_NAME_LETTERS = 60


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
        issued = services.issue_all(event, now=now)
        named = {_filename(certificate.registration): papers.read(certificate) for certificate in issued}
        _tell(event, list(named.values()), absent=services.count_without_attendance(event, now=now))
        if issued:
            audit.record(
                "certificate.print", subject_kind="event", subject_key=slug, by=None, now=now, count=len(issued)
            )
    # Drawn after the commit: it takes seconds, in which nobody else could write to SQLite. Should the disk be full, the
    # same command prints the same certificates later.
    if named:
        _write(event, named, target)


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


def _write(event: Event, named: dict[str, IssuedCertificate], target: Path) -> None:
    try:
        if _is_one_document(target):
            _replace(target, papers.draw_certificates(event, named.values()))
        else:
            target.mkdir(exist_ok=True)
            for filename, certificate in named.items():
                _replace(target / filename, papers.draw_certificate(certificate))
    except OSError as error:
        raise Refused(_("%(path)s could not be written: %(reason)s", path=target, reason=error.strerror)) from error
    click.echo(str(target))


def _replace(path: Path, document: bytes) -> None:
    """Write the whole file or leave the one that was there."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(document)
    Path(file.name).chmod(0o600)  # personal data
    Path(file.name).replace(path)


def _filename(registration: Registration) -> str:
    """Surname first and safe on every disk; the registration's code keeps two people of one name apart."""
    words = re.findall("[a-z0-9]+", fold(f"{registration.last_name} {registration.first_name}"))
    name = "-".join(words)[:_MOST_NAME_LETTERS].strip("-") or "certificat"
    return f"{name}-{registration.code}.pdf"


def _tell(event: Event, issued: list[IssuedCertificate], *, absent: int) -> None:
    """Say how many there are, how many people have none, and whose name cannot be printed whole."""
    count = ngettext("%(num)d certificate", "%(num)d certificates", len(issued))
    without = ngettext("%(num)d registration without attendance", "%(num)d registrations without attendance", absent)
    click.echo(f"{event.slug}: {count}, {without}")
    for shortfall in papers.find_shortfalls(text for certificate in issued for text in certificate.content.texts):
        click.echo(
            _("The font has no signs for %(signs)s in “%(text)s”.", signs=shortfall.signs, text=shortfall.text),
            err=True,
        )


COMMANDS = (certificates,)
