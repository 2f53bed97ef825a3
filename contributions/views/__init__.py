"""The pages of contributions, and what they show on the pages of events and processes."""

from flask import Blueprint

from contributions import event_copies, reactions, trail_words
from contributions.views import (
    blocks,
    capture,
    downloads,
    entries,
    imports,
    links,
    publications,
    sessions,
    sorted_entries,
    sorting,
    topics,
    walls,
    written,
)

__all__ = ["BLUEPRINTS", "blocks", "event_copies", "reactions", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = (
    entries.blueprint,
    capture.workspace,
    capture.public,
    sessions.blueprint,
    links.blueprint,
    walls.blueprint,
    written.public,
    written.workspace,
    imports.blueprint,
    *topics.BLUEPRINTS,
    sorting.blueprint,
    sorted_entries.blueprint,
    publications.blueprint,
    downloads.blueprint,
)
