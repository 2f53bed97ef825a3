"""`flask staff add`, and the first administrator of an empty system."""

import click
from flask.cli import with_appcontext

from accounts import passwords
from accounts.models import StaffRole
from accounts.staff import AddressTaken, add_staff, has_staff
from accounts.teams import default_team
from core import config, serving
from core.command_line import Refused
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError


@click.group("staff")
def staff() -> None:
    """The people who work in the workspace."""


@staff.command("add")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in StaffRole]),
    default=StaffRole.ORGANISER.value,
    show_default=True,
    help="What the person is there for.",
)
@click.option("--name", default="", help="Name and surname.")
@with_appcontext
def add(email: str, role: str, name: str) -> None:
    """Add a member of staff and print their password, this once."""
    password = passwords.make_password()
    try:
        with transaction():
            member = add_staff(email, StaffRole(role), name=name, team=default_team(), password=password, now=utc_now())
            address = member.email
    except DomainError as refusal:
        raise Refused(str(refusal)) from refusal
    click.echo(_login(address, password))


@serving.prepares
def add_first_administrator() -> list[str]:
    """Add an administrator to a system without staff; of two that start at once, one does and says so."""
    if has_staff():
        return []
    email = config.current().administrator_email
    password = passwords.make_password()
    try:
        with transaction():
            add_staff(email, StaffRole.ADMINISTRATOR, team=default_team(), password=password, now=utc_now())
    except AddressTaken:
        return []
    return [_login(email, password)]


def _login(email: str, password: str) -> str:
    return f"Staff login: {email} / password {password} (shown once)"


COMMANDS = (staff,)
