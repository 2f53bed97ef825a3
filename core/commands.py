"""Commands of the foundation: deliver mail, run the worker, serve everything on one machine."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from core import config, mail_delivery, serving
from core.command_line import Refused
from core.database import alembic, db
from core.dates import utc_now
from core.mail import count_by_state, write_due_mail

UPGRADE_LOCK = 2016021309  # any number that nothing else in the database locks


@click.group("mail")
def mail() -> None:
    """Outgoing mail."""


@mail.command("status")
@with_appcontext
def status() -> None:
    """Print how many mails stand in each state."""
    for state, count in count_by_state().items():
        click.echo(f"{state.value}\t{count}")


@mail.command("deliver")
@with_appcontext
def deliver() -> None:
    """Write and deliver what is due now, once."""
    write_due_mail(utc_now())
    click.echo(f"{mail_delivery.deliver(utc_now())} delivered")


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run the worker until it is told to stop."""
    serving.run_worker()


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="PORT in the environment, or 8000.")
@click.option("--follow-parent", is_flag=True, help="End when the process that started this one is gone.")
@with_appcontext
def serve(host: str, port: int | None, *, follow_parent: bool) -> None:
    """Bring the schema up to date, load the demo into an empty database, and serve web and worker together."""
    parent = os.getppid() if follow_parent else None
    port = port or config.current().port
    try:
        door = serving.open_door(host, port)
    except OSError as error:
        raise Refused(f"cannot listen on {host}, port {port}: {error.strerror}; PORT= chooses another") from error
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's documented way to the app
    with app.app_context():  # of its own, so that no connection outlives the preparations
        check_database()
        upgrade_schema()
        lines = serving.prepare()
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    serving.serve(app, door=door, lines=[f"Jornada: {address}", *lines], parent=parent)


def check_database() -> None:
    """Refuse to go on when the configured database does not answer, or is one that each process would have alone."""
    if db.engine.dialect.name == "sqlite" and db.engine.url.database in {None, "", ":memory:"}:
        raise Refused("JORNADA_DATABASE_URL names no file; web and worker could not share it")
    try:
        db.engine.connect().close()
    except OperationalError as error:
        said = " ".join(str(error.orig).split())  # the driver's own words, which never hold the password
        raise Refused(f"the database of JORNADA_DATABASE_URL cannot be used: {said}") from error


def upgrade_schema() -> None:
    """Bring the schema to the newest revision; of several programs that start together, one at a time."""
    with _alone():
        alembic.upgrade()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold what only one program can hold: a lock in PostgreSQL, or of a file beside SQLite's."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection, connection.begin():
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever upgrades may take long
            connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
            yield
    else:
        with (config.current().instance_path / "upgrade.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


COMMANDS = (mail, worker, serve)
