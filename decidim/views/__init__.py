"""The pages of the bridge to Decidim, of an event and of a process."""

from flask import Blueprint

from decidim import trail_words
from decidim.views import answers, closing_figures, exports, page

__all__ = ["BLUEPRINTS", "answers", "closing_figures", "exports", "trail_words"]

BLUEPRINTS: tuple[Blueprint, ...] = page.BLUEPRINTS
