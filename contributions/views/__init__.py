"""The pages of contributions, and what they show on the pages of events and processes."""

from flask import Blueprint

from contributions import event_copies, reactions, trail_words
from contributions.views import (
    blocks,
    capture,
    capture_links,
    closing,
    corrections,
    devices,
    downloads,
    entries,
    imports,
    notebooks,
    publications,
    sessions,
    sorted_entries,
    sorting,
    topics,
    walls,
    written,
)

# Those of capture hang their pages on the blueprints of notebooks.
__all__ = [
    "BLUEPRINTS",
    "blocks",
    "capture",
    "closing",
    "corrections",
    "devices",
    "event_copies",
    "reactions",
    "trail_words",
]

BLUEPRINTS: tuple[Blueprint, ...] = (
    entries.blueprint,
    notebooks.workspace,
    notebooks.public,
    sessions.blueprint,
    capture_links.blueprint,
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
