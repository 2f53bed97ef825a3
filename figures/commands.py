"""`flask contributions figures|open-data`: the figures that add up from contributions, and what everybody may take."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from contributions.commands import OUTPUT, contributions, find_owner
from core.command_line import Refused, write_output
from events.models import Event
from events.processes import find_process
from figures import figure_lists, figures, open_data_archive
from figures.figures import FigureTable


@contributions.command("open-data")
@click.argument("slug")
@OUTPUT
@with_appcontext
def write_open_data(slug: str, output: Path | None) -> None:
    """Write the open data of the process SLUG (ZIP), public or not: what its page gives, for a portal."""
    process = find_process(slug)
    if process is None:
        raise Refused(_("There is no process “%(slug)s”.", slug=slug))
    write_output(output, lambda file: open_data_archive.write(process, file), then=lambda: None)


@contributions.command("figures")
@click.argument("slug")
@click.option("--format", "format_", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--of", type=click.Choice(["event", "process"]), help="Which of the two, when SLUG names both.")
@with_appcontext
def print_figures(slug: str, format_: str, of: str | None) -> None:
    """Print the figures of the event or process SLUG, per dimension and in all."""
    table = _compute(slug, of)
    if format_ == "csv":
        for part in figure_lists.to_csv(table):
            sys.stdout.buffer.write(part)
    else:
        click.echo(figure_lists.to_json(slug, table) if format_ == "json" else figure_lists.to_text(table))


def _compute(slug: str, of: str | None) -> FigureTable:
    owner = find_owner(slug, of)
    return figures.for_event(owner) if isinstance(owner, Event) else figures.for_process(owner)


COMMANDS: tuple[click.Command, ...] = ()  # both hang on the group of contributions
