"""What contributions show on the pages of lower rooms."""

from typing import Any

from flask import render_template, request
from flask_babel import LazyString

from accounts.permissions import Permission, may
from contributions import figures
from contributions.figure_lists import describe_unknown
from contributions.labels import FIGURES, WITHOUT_DIMENSION
from core.web import fills_block
from events.labels import DIMENSIONS
from events.models import Event, Process


@fills_block("event.tabs")
def tabs(event: Event) -> str:
    """The tabs of contributions and figures of an event in the workspace."""
    return render_template("contributions/_tabs.html", event=event) if may(Permission.VIEW_CONTRIBUTIONS) else ""


@fills_block("process.figures")
def process_figures(process: Process) -> str:
    """The figures of a process: on its public page without drafts and links, in the workspace with both."""
    is_public = not (request.blueprint or "").endswith("_workspace")
    return render_template(
        "contributions/_process_figures.html",
        process=process,
        table=figures.for_process(process, is_public=is_public),
        has_links=not is_public and may(Permission.VIEW_CONTRIBUTIONS),
        **words(),
    )


def words() -> dict[str, object]:
    """Give what every table of figures is written with."""
    dimensions: dict[Any, LazyString] = {**DIMENSIONS, None: WITHOUT_DIMENSION}
    return {
        "dimensions": dimensions,
        "figure_names": FIGURES,
        "describe_unknown": describe_unknown,
    }
