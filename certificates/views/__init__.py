"""The pages of certificates and papers, and what they show on the pages of registrations and events."""

from flask import Blueprint

from certificates import trail_words
from certificates.views import blocks, lists, public, workspace

__all__ = ["BLUEPRINTS", "blocks", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = (public.blueprint, workspace.blueprint, lists.blueprint)
