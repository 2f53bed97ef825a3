"""`flask organisations …`: the directory from a file."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from core.command_line import Refused
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import DomainError, InputError
from directory import organisation_files


@click.group("organisations")
def organisations() -> None:
    """The organisations of the directory."""


@organisations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@with_appcontext
def import_(file: Path, *, dry_run: bool) -> None:
    """Add the organisations of FILE (CSV, XLSX or ODS) or give them what they lack: all of them or none."""
    try:
        rows = organisation_files.read_file(file.read_bytes(), file.name)
        with transaction():
            summary = organisation_files.take_in(rows, by=None, now=utc_now()).describe()
            if dry_run:
                undo()
    except (InputError, DomainError) as error:
        raise Refused(str(error)) from error
    click.echo(_("Dry run, nothing was saved: %(summary)s", summary=summary) if dry_run else summary)


COMMANDS = (organisations,)
