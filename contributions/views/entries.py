"""The lists of contributions and proposals: of an event, and of a process."""

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Select

from accounts.permissions import Permission, requires, staff
from contributions import entry_answers, entry_lists, topics
from contributions.entry_lists import NO_DIMENSION, EntryFilter
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL, WITHOUT_DIMENSION
from contributions.models import Entry, EntryKind, EntrySource, EntryState
from core.database import read_id
from core.text import clean_line
from core.web import page_number, paginate
from events import processes
from events import services as events
from events.access import is_open_to
from events.labels import DIMENSIONS
from events.models import Dimension

NONE = "none"
"""In an address: those without any."""

blueprint = Blueprint("contributions_workspace", __name__, url_prefix="/gestio")


@blueprint.get("/jornades/<slug>/aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def entries(slug: str) -> str:
    """The contributions and proposals of an event."""
    event = events.get_event(slug)
    chosen = read_filter()
    return render_template(
        "contributions/entries.html",
        event=event,
        **_read_page(entry_lists.select_of_event(event, chosen)),
        topics=topics.list_for_event(event),
        **list_words(chosen),
    )


@blueprint.get("/processos/<slug>/aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def process_entries(slug: str) -> str:
    """The contributions and proposals of a process's events, of those one may read: the rows behind its figures."""
    process = processes.get_process(slug)
    chosen = read_filter()
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    return render_template(
        "contributions/process_entries.html",
        process=process,
        events=events.list_of_process(process, seen_by=staff()),
        **_read_page(entry_lists.select_of_process(process, chosen, of_events=readable)),
        topics=topics.list_for_process(process, of_events=readable),
        **list_words(chosen),
    )


def _read_page(query: Select[Entry]) -> dict[str, Any]:
    """Read a page of entries, and what was answered to those on it."""
    page = paginate(query, page_number())
    return {"page": page, "answers": entry_answers.read_for(page.items)}


def read_filter() -> EntryFilter:
    """Read the filters of the address; what none of them knows is no filter."""
    get = request.args.get
    dimension = get("dimension", "")
    kind, state, source = get("kind", ""), get("state", ""), get("source", "")
    return EntryFilter(
        words=clean_line(get("q"))[:200],
        event=clean_line(get("event")),
        session=clean_line(get("session")),
        kind=EntryKind(kind) if kind in list(EntryKind) else None,
        topic_id=read_id(get("topic", "")),
        dimension=dimension if dimension in [*Dimension, NO_DIMENSION] else None,
        is_deleted=get("deleted") == "1",
        lacks_topic=get("topic") == NONE,
        theme_id=read_id(get("theme", "")),
        lacks_theme=get("theme") == NONE,
        state=EntryState(state) if state in list(EntryState) else None,
        source=EntrySource(source) if source in list(EntrySource) else None,
        has_conflict=get("conflict") == "1",
        is_withheld=get("withheld") == "1",
        is_in_figures=get("counted") == "1",
    )


def list_words(chosen: EntryFilter) -> dict[str, Any]:
    """Give what every list of entries is written with."""
    return {
        "chosen": chosen,
        "is_filtered": chosen != EntryFilter(),
        "kinds": ENTRY_KINDS,
        "kinds_plural": ENTRY_KINDS_PLURAL,
        "dimensions": {**DIMENSIONS, NO_DIMENSION: WITHOUT_DIMENSION},
    }
