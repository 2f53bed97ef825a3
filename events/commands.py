"""`flask events …`: programmes, and sessions held before, from files."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from accounts.teams import NoSuchTeam, named_or_default
from core import config, serving
from core.command_line import Refused
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import DomainError, InputError
from directory import territory
from events import historic, services
from events.historic_rows import KINDS, read_file
from events.models import Dimension, SessionKind
from events.programme import read_programme
from events.programme_import import import_programme


@click.group("events")
def events() -> None:
    """Events and their programmes."""


@events.command("import")
@click.argument("programme", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--team", "team_name", help="The team that organises a new event; without it the oldest one.")
@with_appcontext
def import_(programme: Path, *, dry_run: bool, team_name: str | None) -> None:
    """Create or update an event and its sessions from the file PROGRAMME (TOML), by slug and session code."""
    settings = config.current()
    try:
        content = read_programme(programme.read_bytes(), default_timezone=settings.timezone.key)
        with transaction():
            outcome = import_programme(
                content,
                team=named_or_default(team_name),
                default_language=settings.default_language,
                may_write=lambda _thing: True,
                by=None,
                now=utc_now(),
            )
            summary = outcome.summary()
            if dry_run:
                undo()
    except InputError as error:
        raise Refused("\n".join(f"{programme}: {problem}" for problem in error.problems)) from error
    except NoSuchTeam as refusal:
        raise Refused(str(refusal)) from refusal
    click.echo(_("Dry run, nothing was saved: %(summary)s", summary=summary) if dry_run else summary)
    for each in outcome.consequences:
        names = ", ".join(person.name for person in each.people)
        click.echo(f"- {each.sentence} {names}".rstrip())


@events.command("import-sessions")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--kind", type=click.Choice([kind.value for kind in KINDS]), default="working", show_default=True)
@click.option("--dimension", type=click.Choice([each.value for each in Dimension]), help="Of rows that name none.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@with_appcontext
def import_sessions(slug: str, file: Path, *, kind: str, dimension: str | None, dry_run: bool) -> None:
    """Add sessions held before, with their declared figures, from FILE (CSV, XLSX, ODS) to the event SLUG."""
    event = services.find_event(slug)
    if event is None:
        raise Refused(_("There is no event “%(slug)s”.", slug=slug))
    try:
        of_all = Dimension(dimension) if dimension else None
        rows = read_file(file.read_bytes(), file.name, event.zone, kind=SessionKind(kind), dimension=of_all)
        with transaction():
            plan, _batch = historic.carry_out(event, rows, filename=file.name, by=None, now=utc_now())
            summary = plan.summary()
            if dry_run:
                undo()
    except (InputError, DomainError) as error:
        raise Refused(str(error)) from error
    click.echo(_("Dry run, nothing was saved: %(summary)s", summary=summary) if dry_run else summary)


@serving.prepares
def load_territory() -> list[str]:
    """Bring the official list of districts and neighbourhoods up to date before anything is served."""
    with transaction():
        territory.load()
    return []


COMMANDS = (events,)
