"""The pages of the room: the door itself, for staff and with a link, and the links."""

from flask import Blueprint

# Connected to the trail and to what happens to registrations, in whatever process.
from door import reactions, trail_words  # noqa: F401
from door.views import blocks, door, links  # noqa: F401 - the blocks stand on other rooms' pages

BLUEPRINTS: tuple[Blueprint, ...] = (door.workspace, links.blueprint, door.public)
