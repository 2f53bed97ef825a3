"""The figures of an event or of a process, and the rows behind each number."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, not_

from accounts.permissions import Permission, requires, staff
from contributions import topics
from contributions.entry_lists import NO_DIMENSION
from contributions.labels import WITHOUT_DIMENSION
from core import config
from core.text import clean_line
from core.web import page_number, paginate
from events import processes
from events import services as events
from events.access import is_open_to
from events.labels import DIMENSIONS
from events.models import Dimension, Event, Process
from figures import figure_rows, figures
from figures.figure_rows import Known, RowFilter
from figures.figures import Scope
from figures.labels import KNOWN
from figures.small_cells import TOTAL
from figures.views.blocks import words
from figures.views.figure_links import FigureLinks
from registrations.labels import ATTENDANCE_SOURCES

View = TypeVar("View", bound=Callable[..., Any])

of_event = Blueprint("event_figures", __name__, url_prefix="/gestio/jornades/<slug>/xifres")
of_process = Blueprint("process_figures", __name__, url_prefix="/gestio/processos/<slug>/xifres")
BLUEPRINTS = (of_event, of_process)


@dataclass(frozen=True)
class Asked:
    """Whose figures are asked for, and of which sessions: those of events one may read."""

    owner: Event | Process
    scope: Scope
    left_out: int = 0

    @property
    def is_event(self) -> bool:
        return isinstance(self.owner, Event)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its moments are told."""
        return self.owner.zone if isinstance(self.owner, Event) else config.current().timezone

    @cached_property
    def _names_people(self) -> ColumnElement[bool]:
        """The condition that one may see the people of an event."""
        return is_open_to(staff(), Permission.VIEW_REGISTRATIONS)

    @property
    def with_people(self) -> Scope:
        """Those of the sessions whose people one may see."""
        return self.scope.narrowed(self._names_people)

    @property
    def without_people(self) -> Scope:
        """Those of which one sees how many people there were, and not who."""
        return self.scope.narrowed(not_(self._names_people))


def for_both(rule: str, **options: Any) -> Callable[[View], View]:
    """Answer with this view for the figures of events and for those of processes."""

    def add(view: View) -> View:
        for blueprint in BLUEPRINTS:
            blueprint.add_url_rule(rule, view_func=view, **options)
        return view

    return add


@for_both("")
@requires(Permission.VIEW_CONTRIBUTIONS)
def overview(slug: str) -> str:
    """All the figures: by dimension, by topic, by session, and those of a process by event."""
    asked = ask(slug)
    by_topic = figures.compute_topics(asked.scope)
    table, by_event, _counts = figures.compute_events(asked.scope)
    rows = figure_rows.list_sessions(asked.scope, RowFilter())
    return render(
        asked,
        "overview",
        table=table,
        by_event={row.session.event: by_event[row.session.event_id].total for row in rows},
        rows=rows,
        by_topic=by_topic,
        topics=topics.read(by_topic),
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
    """Find whose figures the address is about: of the events of a process those that one may read."""
    if request.blueprint == of_event.name:
        event = events.get_event(slug)
        return Asked(event, figures.of_event(event))
    process = processes.get_process(slug)
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    return Asked(process, figures.of_process(process, of_events=readable), events.count_others(process, readable))


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
