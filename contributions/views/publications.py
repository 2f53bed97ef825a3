"""What everybody may read of what was said: the entries that the team has published."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from contributions import entry_answers, publications
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL
from contributions.models import EntryKind
from contributions.publications import PublicFilter
from core.database import read_id
from core.web import conditional, fills_block, page_number, paginate
from events import processes
from events import services as events
from events.models import Event, EventState, Process
from events.owners import Owner, as_context
from registrations.models import Registration

blueprint = Blueprint("publications", __name__)


@blueprint.get("/processos/<slug>/propostes")
def of_process(slug: str) -> Response:
    """What is published of all events of a process."""
    return _show(processes.get_public(slug))


@blueprint.get("/jornades/<slug>/propostes")
def of_event(slug: str) -> Response:
    """What is published of an event."""
    return _show(events.get_published(slug))


@fills_block("process.documents")
def link_of_process(process: Process) -> str:
    """The way to what is published, on the page of a process."""
    return _render_link("publications.of_process", process) if publications.has_any(process) else ""


@fills_block("event.documents")
def link_of_event(event: Event) -> str:
    """The way to what is published, on the page of an event, of which copies are kept: it asks the event alone."""
    return _render_link("publications.of_event", event) if event.shows_contributions else ""


@fills_block("registration.actions")
def link_of_person(registration: Registration) -> str:
    """The way to what is published of the event, on the page of somebody who signed up to it."""
    event = registration.event
    if not event.shows_contributions or event.state is EventState.DRAFT:
        return ""
    return render_template("contributions/_published_button.html", event=event)


def _render_link(endpoint: str, owner: Owner) -> str:
    return render_template("contributions/_published_link.html", url=url_for(endpoint, slug=owner.slug))


def _show(owner: Owner) -> Response:
    kind = request.args.get("kind", "")
    chosen = PublicFilter(
        topic_id=read_id(request.args.get("topic", "")),
        kind=EntryKind(kind) if kind in list(EntryKind) else None,
    )
    page = paginate(publications.select_public(owner, chosen), page_number())
    context: dict[str, Any] = {
        **as_context(owner),
        "page": page,
        "by_topic": [(topic, list(entries)) for topic, entries in groupby(page.items, key=lambda entry: entry.topic)],
        "credits": publications.list_credits(page.items),
        "answers": entry_answers.read_for(page.items),
        "topics": publications.list_topics(owner),
        "chosen": chosen,
        "kinds": ENTRY_KINDS,
        "kinds_plural": ENTRY_KINDS_PLURAL,
    }
    return conditional(make_response(render_template("contributions/published.html", **context)))
