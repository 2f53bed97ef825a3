"""`flask demo`, and the demo of a first start."""

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from core import config, serving
from core.database import transaction
from core.dates import utc_now
from demo import loading
from events.processes import ProcessSlugTaken


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Load the processes of the demo; those that are there already are left as they are."""
    click.echo(_load() or _("The demo is there already; nothing was changed."))


@serving.prepares
def load_first_demo() -> list[str]:
    """Give somebody who tries the program something to look at: the demo, in a database without any event.

    Not in production, where invented events would stand on a public page.
    """
    if config.current().production or loading.has_events():
        return []
    said = _load()
    return [said] if said else []


def _load() -> str:
    """Load what is missing and say it in one line; nothing when nothing was."""
    try:
        with transaction():
            titles = [process.title for process in loading.load(now=utc_now())]
    except ProcessSlugTaken:  # by somebody who loads it at this moment
        return ""
    return _("Demo loaded: %(processes)s", processes=", ".join(titles)) if titles else ""


COMMANDS = (demo,)
