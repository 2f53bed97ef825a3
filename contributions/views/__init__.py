"""The pages of contributions, and what they show on the pages of events and processes."""

from flask import Blueprint

from contributions.views import blocks, workspace

__all__ = ["BLUEPRINTS", "blocks"]

BLUEPRINTS: tuple[Blueprint, ...] = (workspace.blueprint,)
