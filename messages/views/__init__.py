"""The pages of the room: messages to the people of a list."""

from flask import Blueprint

# Connected to mails that leave, to the trail and to what happens to registrations, in whatever process.
from messages import reactions, trail_words, withdrawals  # noqa: F401
from messages.views import blocks, messages  # noqa: F401 - the blocks stand on other rooms' pages

BLUEPRINTS: tuple[Blueprint, ...] = (messages.blueprint,)
