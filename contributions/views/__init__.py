"""The pages of contributions, and what they show on the pages of events and processes."""

from flask import Blueprint

from contributions import event_copies, trail_words
from contributions.views import blocks, workspace

__all__ = ["BLUEPRINTS", "blocks", "event_copies", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = (workspace.blueprint,)
