"""Commands of this room: attendees in from a file and out to a file."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from core.command_line import Refused, write_output
from core.database import transaction
from core.dates import utc_now
from core.errors import InputError, NotFoundError
from core.tables import FORMATS
from events.models import Event, SessionKind
from events.services import get_event
from registrations import exports, imports
from registrations.exports import Export
from registrations.lists import Profile
from registrations.readers import read_attendees


@click.group("registrations")
def registrations() -> None:
    """Attendee lists."""


@registrations.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done and change nothing.")
@click.option("--over-capacity", is_flag=True, help="Give places in what is still to come even where none are left.")
@with_appcontext
def import_(slug: str, file: Path, *, dry_run: bool, over_capacity: bool) -> None:
    """Bring the people of FILE (CSV, XLSX or ODS) into the event SLUG: all of them or, if one row is bad, none."""
    event = _get_event(slug)
    now = utc_now()
    try:
        codes = [session.code for session in event.sessions if session.kind is not SessionKind.BREAK]
        rows = read_attendees(file.read_bytes(), file.name, codes)
        if dry_run:
            plan = imports.make_plan(event, rows, over_capacity=over_capacity, now=now)
        else:
            with transaction():
                plan = imports.carry_out(event, rows, over_capacity=over_capacity, filename=file.name, by=None, now=now)
    except InputError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from error
    summary = _(
        "%(added)d new, %(changed)d changed, %(unchanged)d as they were; "
        "%(places)d places in sessions, %(attendances)d attendances",
        added=plan.added,
        changed=plan.changed,
        unchanged=plan.unchanged,
        places=plan.places,
        attendances=plan.attendances,
    )
    click.echo(_("Dry run, nothing was saved: %(summary)s", summary=summary) if dry_run else summary)


@registrations.command("export")
@click.argument("slug")
@click.option("--format", "format_", type=click.Choice([*FORMATS, "json"]), required=True)
@click.option("--profile", type=click.Choice([profile.value for profile in Profile]), default=Profile.FULL.value)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, allow_dash=True), help="The file to write, else printed."
)
@click.option(
    "--supports", is_flag=True, help="Also the supports people need (full, catering); the trail keeps that they were."
)
@with_appcontext
def export(slug: str, format_: str, profile: str, output: Path | None, *, supports: bool) -> None:
    """Write the attendee list of the event SLUG for a purpose; the trail keeps that it was taken."""
    wanted = Export(_get_event(slug), format_, Profile(profile), with_supports=supports)
    write_output(output, lambda file: exports.write(wanted, file), then=lambda: _record(wanted))


def _record(wanted: Export) -> None:
    with transaction():
        exports.record(wanted, by=None, now=utc_now())


def _get_event(slug: str) -> Event:
    try:
        return get_event(slug)
    except NotFoundError as error:
        raise Refused(_("There is no event “%(slug)s”.", slug=slug)) from error


COMMANDS = (registrations,)
