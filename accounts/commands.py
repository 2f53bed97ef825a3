"""`flask staff add`, and the first administrator of an empty system."""

import click
from flask.cli import with_appcontext

from accounts import members, passwords
from accounts.models import StaffMember, StaffRole, Team, TeamMember
from accounts.staff import AddressTaken, add_staff, has_staff
from accounts.teams import default_team, named_or_default
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
@click.option("--team", "team_name", help="The team in which; without it the oldest one.")
@click.option("--name", default="", help="Name and surname.")
@with_appcontext
def add(email: str, role: str, team_name: str | None, name: str) -> None:
    """Add a member of staff and print their password, this once."""
    password = passwords.make_password()
    try:
        with transaction():
            member = _add(email, StaffRole(role), named_or_default(team_name), name=name, password=password)
            address = member.email
    except DomainError as refusal:
        raise Refused(str(refusal)) from refusal
    click.echo(_login(address, password))


def _add(email: str, role: StaffRole, team: Team, *, name: str, password: str) -> StaffMember:
    now = utc_now()
    is_administrator = role is StaffRole.ADMINISTRATOR
    member = add_staff(email, name=name, is_administrator=is_administrator, password=password, now=now)
    if not is_administrator:
        members.add(TeamMember, team, member, role, by=None, now=now)
    return member


@serving.prepares
def add_first_administrator() -> list[str]:
    """Add an administrator to a system without staff; of two that start at once, one does and says so."""
    if has_staff():
        return []
    email = config.current().administrator_email
    password = passwords.make_password()
    try:
        with transaction():
            default_team()  # so that the first thing an administrator sees is a team to set up
            add_staff(email, is_administrator=True, password=password, now=utc_now())
    except AddressTaken:
        return []
    return [_login(email, password)]


def _login(email: str, password: str) -> str:
    return f"Staff login: {email} / password {password} (shown once)"


COMMANDS = (staff,)
