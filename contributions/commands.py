"""`flask contributions …`: contributions and proposals from files and into files."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import true

from contributions import entry_counts, entry_files, entry_lists
from contributions.entry_files import EntryExport
from contributions.entry_lists import EntryFilter
from contributions.imports import import_entries
from contributions.models import EntryKind
from core.command_line import Refused, write_output
from core.database import db, transaction
from core.dates import utc_now
from core.errors import InputError
from events import services as events
from events.models import Event
from events.owners import Owner
from events.processes import find_process

OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path, allow_dash=True), help="The file to write, else printed."
)


@click.group("contributions")
def contributions() -> None:
    """Contributions, proposals and figures."""


@contributions.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--kind", type=click.Choice([kind.value for kind in EntryKind]), required=True)
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@with_appcontext
def import_(slug: str, file: Path, *, kind: str, dry_run: bool) -> None:
    """Record the rows of FILE (CSV, XLSX or ODS) in the sessions of the event SLUG: all of them or none."""
    event = events.find_event(slug)
    if event is None:
        raise Refused(_("There is no event “%(slug)s”.", slug=slug))
    try:
        with transaction():
            outcome = import_entries(event, file.read_bytes(), file.name, kind=EntryKind(kind), by=None, now=utc_now())
            if dry_run:
                db.session.rollback()
    except InputError as error:
        raise Refused(str(error)) from error
    summary = outcome.describe()
    click.echo(_("Dry run, nothing was saved: %(summary)s", summary=summary) if dry_run else summary)


@contributions.command("export")
@click.argument("slug")
@click.option("--format", "format_", type=click.Choice(list(entry_files.MEDIA_TYPES)), required=True)
@click.option("--kind", type=click.Choice([kind.value for kind in EntryKind]), help="Only these.")
@click.option("--of", type=click.Choice(["event", "process"]), help="Which of the two, when SLUG names both.")
@OUTPUT
@with_appcontext
def export(slug: str, format_: str, kind: str | None, of: str | None, output: Path | None) -> None:
    """Write the contributions and proposals of the event or process SLUG; the trail keeps that they were taken."""
    owner = find_owner(slug, of)
    chosen = EntryFilter(kind=EntryKind(kind) if kind else None)
    if isinstance(owner, Event):
        query = entry_lists.select_of_event(owner, chosen)
    else:
        query = entry_lists.select_of_process(owner, chosen, of_events=true())
    wanted = EntryExport(owner, format_, query, {"kind": kind} if kind else {})

    def record() -> None:
        with transaction():
            entry_files.record(wanted, by=None, now=utc_now())

    write_output(output, lambda file: entry_files.write(wanted, file), then=record)


@contributions.command("recount")
@with_appcontext
def recount() -> None:
    """Count all entries again, session by session, and name the sessions of which something else was kept."""
    astray = entry_counts.list_astray()
    counted = entry_counts.list_notebooks()
    for session_id in counted:
        with transaction():
            entry_counts.recount([session_id])
    click.echo(ngettext("%(num)d session counted.", "%(num)d sessions counted.", len(counted)))
    if astray:
        names = entry_counts.name_sessions(astray)
        click.echo(_("Something else had been kept of: %(sessions)s", sessions=", ".join(names)))


def find_owner(slug: str, of: str | None) -> Owner:
    """Find what the slug names, an event first. Raises `Refused`."""
    event = events.find_event(slug) if of != "process" else None
    process = find_process(slug) if of != "event" else None
    if event and process:
        note = _("“%(slug)s” is an event and a process: this is about the event.", slug=slug)
        click.echo(f"{note} --of process", err=True)
    found = event or process
    if found is None:
        raise Refused(_("There is neither an event nor a process “%(slug)s”.", slug=slug))
    return found


COMMANDS = (contributions,)
