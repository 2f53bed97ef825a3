"""The README names every setting and every command."""

from pathlib import Path

import click
import pytest

from accounts import commands as accounts_commands
from certificates import commands as certificates_commands
from contributions import commands as contributions_commands
from core import commands as core_commands
from core import config
from demo import commands as demo_commands
from events import commands as events_commands
from registrations import commands as registrations_commands

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
ROOMS = (
    core_commands,
    accounts_commands,
    events_commands,
    registrations_commands,
    contributions_commands,
    certificates_commands,
    demo_commands,
)


def names(command, before="flask"):
    """`flask mail status`, for every command under this one."""
    name = f"{before} {command.name}"
    if isinstance(command, click.Group):
        return [found for each in command.commands.values() for found in names(each, name)]
    return [name]


@pytest.mark.parametrize("key", config.KEYS)
def test_setting_is_documented(key):
    assert f"`{config.PREFIX}{key}`" in README


@pytest.mark.parametrize("name", [name for room in ROOMS for command in room.COMMANDS for name in names(command)])
def test_command_is_documented(name):
    assert name in README


@pytest.mark.parametrize("words", ["make run", "make test", "make check", "make bench", "flask db upgrade"])
def test_way_in_is_documented(words):
    assert words in README
