"""What figures show on the pages of lower rooms."""

from typing import Any

from flask import render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may, staff
from contributions.labels import WITHOUT_DIMENSION
from core.web import fills_block
from events import pages
from events import services as events
from events.access import is_open_to
from events.labels import DIMENSIONS
from events.models import Process
from events.pages import Group, Page
from figures import charts, figure_reports, figures
from figures.chart_drawing import Drawing
from figures.figure_lists import describe
from figures.figure_reports import FigureReport
from figures.labels import DEFINITIONS, FIGURES
from figures.views.figure_links import FigureLinks

pages.add(Page(Group.RESULTS, 2, _l("Figures"), "event_figures.overview", Permission.VIEW_CONTRIBUTIONS))


@fills_block("process.figures")
def process_figures(process: Process) -> str:
    """The figures of a process: on its public page without drafts and links, in the workspace with both.

    In the workspace they are those of the events one may read, and say so when these are not all.
    """
    if not (request.blueprint or "").endswith("_workspace"):
        public = figure_reports.of_public(process)
        return _show_figures(process, public.report, public=public)
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    return _show_figures(
        process,
        FigureReport(figures.for_process(process, of_events=readable)),
        left_out=events.count_others(process, readable),
        links=FigureLinks(process) if may(Permission.VIEW_CONTRIBUTIONS) else None,
    )


def _show_figures(process: Process, report: FigureReport, **context: Any) -> str:
    return render_template(
        "figures/_of_process.html",
        process=process,
        table=report.table,
        hidden=report.hidden,
        tells_declared=report.tells_declared,
        charts=charts.draw(report),
        **context,
        **words(),
    )


def words() -> dict[str, object]:
    """Give what every table of figures is written with, and every chart drawn."""
    dimensions: dict[Any, LazyString] = {**DIMENSIONS, None: WITHOUT_DIMENSION}
    return {
        "dimensions": dimensions,
        "figure_names": FIGURES,
        "figure_definitions": DEFINITIONS,
        "describe": describe,
        "looks": charts.PATTERNS,
        "layout": Drawing,
    }
