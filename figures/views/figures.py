"""The figures of an event or of a process, and the rows behind each number."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from accounts.permissions import Permission, requires, staff
from contributions.entry_lists import NO_DIMENSION
from contributions.labels import WITHOUT_DIMENSION
from core.text import clean_line
from core.web import answers_in, page_number, paginate
from events.labels import DIMENSIONS
from events.models import Dimension
from figures import charts, figure_rows
from figures.asked import Asked
from figures.asked import of_event as ask_event
from figures.asked import of_process as ask_process
from figures.figure_reports import Breakdown
from figures.figure_rows import Known, RowFilter
from figures.labels import KNOWN
from figures.small_cells import TOTAL
from figures.views.blocks import words
from figures.views.figure_links import FigureLinks
from registrations.labels import ATTENDANCE_SOURCES

of_event = Blueprint("event_figures", __name__, url_prefix="/gestio/jornades/<slug>/xifres")
of_process = Blueprint("process_figures", __name__, url_prefix="/gestio/processos/<slug>/xifres")
BLUEPRINTS = (of_event, of_process)
for_both = answers_in(*BLUEPRINTS)


@for_both("")
@requires(Permission.VIEW_CONTRIBUTIONS)
def overview(slug: str) -> str:
    """All the figures: by dimension, by topic, by session, and those of a process by event."""
    asked = ask(slug)
    found = Breakdown.read(asked.scope)
    return render(
        asked,
        "overview",
        table=found.table,
        by_event=found.by_event,
        rows=found.rows,
        by_topic=found.by_topic,
        topics=found.topics,
        charts=charts.draw(found.report()),
    )


@for_both("/sessions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def sessions(slug: str) -> str:
    """The sessions that are counted."""
    asked, chosen = ask(slug), _read_filter()
    return render(asked, "sessions", chosen=chosen, rows=figure_rows.list_sessions(asked.scope, chosen))


@for_both("/participants")
@requires(Permission.VIEW_CONTRIBUTIONS)
def participants(slug: str) -> str:
    """The people who are counted; for who may not see them, how many they were at each session."""
    asked, chosen = ask(slug), _read_filter()
    page = paginate(figure_rows.select_people(asked.with_people, chosen), page_number())
    people = figure_rows.read_people(asked.with_people, chosen, page.items)
    return render(asked, "people", chosen=chosen, page=page, people=people, **_beside_lists(asked, chosen))


@for_both("/assistencies")
@requires(Permission.VIEW_CONTRIBUTIONS)
def attendances(slug: str) -> str:
    """Who was at which session; for who may not see them, how many they were at each."""
    asked, chosen = ask(slug), _read_filter()
    page = paginate(figure_rows.select_attendances(asked.with_people, chosen), page_number())
    return render(asked, "attendances", chosen=chosen, page=page, **_beside_lists(asked, chosen))


def ask(slug: str) -> Asked:
    """Find whose figures the address is about."""
    find = ask_event if request.blueprint == of_event.name else ask_process
    return find(slug, by=staff())


def _beside_lists(asked: Asked, chosen: RowFilter) -> dict[str, Any]:
    """Read what stands for people beside the lists: headcounts, and sessions whose people one may not see."""
    headcounts = figure_rows.list_headcounts(asked.with_people, chosen)
    return {
        "headcounts": headcounts,
        "declared": figure_rows.add_up(headcounts),
        "nameless": figure_rows.list_sessions(asked.without_people, chosen),
    }


def render(asked: Asked, body: str, **context: Any) -> str:
    """Show a page of figures within the pages of its event, or beneath its process."""
    owner = {"event": asked.owner} if asked.is_event else {"process": asked.owner}
    return render_template(
        f"figures/{'event' if asked.is_event else 'process'}.html",
        **owner,
        body=f"figures/_{body}.html",
        asked=asked,
        links=FigureLinks(asked.owner),
        known_labels=KNOWN,
        attendance_sources=ATTENDANCE_SOURCES,
        place_names={**DIMENSIONS, NO_DIMENSION: WITHOUT_DIMENSION, TOTAL: _("total")},
        **context,
        **words(),
    )


def _read_filter() -> RowFilter:
    """Read which part of the figures the address is about; what none of it knows is no filter."""
    get = request.args.get
    dimension, known = get("dimension", ""), get("known", "")
    return RowFilter(
        dimension=dimension if dimension in [*Dimension, NO_DIMENSION] else None,
        event=clean_line(get("event")),
        session=clean_line(get("session")),
        known=Known(known) if known in list(Known) else None,
    )
