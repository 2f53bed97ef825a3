"""The figures that a meeting of Decidim is closed with: to be copied from, and for a program that calls its API."""

import json

from flask import Response, render_template

from accounts.permissions import Permission, requires
from core.downloads import give_pieces
from decidim import closing_figures
from decidim.views.page import of_event, read_choice
from events import services as events


@of_event.get("/tancament")
@requires(Permission.SORT_CONTRIBUTIONS)
def closing(slug: str) -> str:
    """Show what Decidim asks for when a meeting is closed, to be copied from."""
    event = events.get_event(slug)
    closings = closing_figures.list_closings(event)
    return render_template("decidim/closing.html", event=event, closings=closings)


@of_event.get("/tancament.json")
@requires(Permission.SORT_CONTRIBUTIONS)
def closing_json(slug: str) -> Response:
    """Give the same for a program."""
    event = events.get_event(slug)
    content = closing_figures.as_json(event, closing_figures.list_closings(event), read_choice().language)
    pieces = iter([f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()])
    return give_pieces(pieces, f"{slug}-decidim-closing.json", "application/json")
