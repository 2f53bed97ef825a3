"""What contributions show on the pages of lower rooms."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may, staff
from contributions import figures, public_figures, snapshots
from contributions.figure_lists import describe
from contributions.figures import FigureTable
from contributions.labels import FIGURES, WITHOUT_DIMENSION
from contributions.views.figure_links import FigureLinks
from core.web import fills_block
from events import pages
from events import services as events
from events.access import is_open_to
from events.desk import Stage, Step, tells_steps
from events.labels import DIMENSIONS
from events.models import Event, Process, Session, SessionKind
from events.pages import Group, Page

pages.add(
    Page(
        Group.RESULTS,
        1,
        _l("Contributions"),
        "contributions_workspace.entries",
        Permission.VIEW_CONTRIBUTIONS,
        holds=frozenset(
            {
                "contributions_workspace.entries",
                "contributions_sessions.capture_sessions",
                "contributions_capture.page",
                "contributions_capture.edit",
                "contributions_capture.history",
                "contributions_capture.closing",
                "contributions_links.links",
                "contributions_import.import_file",
                "contributions_written.settings",
            }
        ),
    ),
    Page(
        Group.RESULTS,
        2,
        _l("Figures"),
        "event_figures.overview",
        Permission.VIEW_CONTRIBUTIONS,
    ),
)


@fills_block("process.figures")
def process_figures(process: Process) -> str:
    """The figures of a process: on its public page without drafts and links, in the workspace with both.

    In the workspace they are those of the events one may read, and say so when these are not all.
    """
    if not (request.blueprint or "").endswith("_workspace"):
        frozen = snapshots.find_shown(process)
        if frozen:
            table, hidden = snapshots.read_table(frozen), snapshots.read_hidden(frozen)
            is_told = snapshots.tells_declared(frozen)
            return _show_figures(process, table, hidden=hidden, frozen=frozen, tells_declared=is_told)
        public = public_figures.for_process(process)
        return _show_figures(process, public.process, hidden=public.hidden_parts, tells_declared=public.tells_declared)
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    return _show_figures(
        process,
        figures.for_process(process, of_events=readable),
        left_out=events.count_others(process, readable),
        tells_declared=True,
        links=FigureLinks(process) if may(Permission.VIEW_CONTRIBUTIONS) else None,
    )


def _show_figures(process: Process, table: FigureTable, **context: Any) -> str:
    return render_template("contributions/_process_figures.html", process=process, table=table, **context, **words())


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """What was said, written down in every working session, or at least declared of one held before."""
    if not may(Permission.VIEW_CONTRIBUTIONS):
        return
    working = [each for each in event.sessions if each.kind is SessionKind.WORKING and not each.is_cancelled]
    if not working:
        return
    counts = figures.count_entries(Session.event_id == event.id)
    written = sum(1 for session in working if session.id in counts or session.has_declared_figures)
    yield Step(
        Stage.CONTRIBUTIONS,
        _("Write down what was said"),
        is_done=written == len(working) and event.is_over(now),
        is_due=event.starts_at <= now,
        note=_("%(written)d of %(all)d working sessions", written=written, all=len(working)) if written else "",
        act=_("Go to the sessions"),
        url=url_for("contributions_sessions.capture_sessions", slug=event.slug)
        if may(Permission.RECORD_CONTRIBUTIONS)
        else "",
    )


def words() -> dict[str, object]:
    """Give what every table of figures is written with."""
    dimensions: dict[Any, LazyString] = {**DIMENSIONS, None: WITHOUT_DIMENSION}
    return {
        "dimensions": dimensions,
        "figure_names": FIGURES,
        "describe": describe,
    }
