"""The pages of figures and open data, and what they show on the pages of events and processes."""

from flask import Blueprint

from figures import trail_words
from figures.views import (
    blocks,
    figures,
    open_data,
    snapshots,  # noqa: F401 - hangs its pages on the blueprints of figures
)

__all__ = ["BLUEPRINTS", "blocks", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = (*figures.BLUEPRINTS, *open_data.BLUEPRINTS)
