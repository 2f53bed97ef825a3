"""The pages of contributions, and what they show on the pages of events and processes."""

from flask import Blueprint

from contributions import answer_files, event_copies, reactions, trail_words
from contributions.views import (
    blocks,
    capture,
    decidim,
    downloads,
    entries,
    figures,
    imports,
    links,
    open_data,
    publications,
    sessions,
    snapshots,  # noqa: F401 - hangs its pages on the blueprints of figures
    sorted_entries,
    sorting,
    topics,
    walls,
    written,
)

__all__ = ["BLUEPRINTS", "answer_files", "blocks", "event_copies", "reactions", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = (
    entries.blueprint,
    capture.workspace,
    capture.public,
    sessions.blueprint,
    links.blueprint,
    walls.blueprint,
    written.public,
    written.workspace,
    *figures.BLUEPRINTS,
    imports.blueprint,
    *topics.BLUEPRINTS,
    sorting.blueprint,
    sorted_entries.blueprint,
    publications.blueprint,
    downloads.blueprint,
    *open_data.BLUEPRINTS,
    *decidim.BLUEPRINTS,
)
