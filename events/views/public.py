"""What everybody sees: the list of events, a programme, its calendar, a process."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from core import config
from core.dates import utc_now
from core.web import conditional, external_url
from events import ical, labels, processes, services
from events.models import Event
from events.structured_data import describe_event
from events.timetable import arrange

SHOWN_PAST = 12
FEED_MEMORY = timedelta(days=366)

blueprint = Blueprint("events", __name__)


@blueprint.record_once
def add_labels(state: BlueprintSetupState) -> None:
    """Give every template, imported macros too, the words for the states and kinds of this room."""
    state.app.jinja_env.globals.update(
        dimension_labels=labels.DIMENSIONS,
        event_state_labels=labels.EVENT_STATES,
        session_kind_labels=labels.SESSION_KINDS,
        process_state_labels=labels.PROCESS_STATES,
        registration_status_labels=labels.REGISTRATION_STATUSES,
    )


@blueprint.get("/")
def home() -> Response:
    """Coming events first, then those that were held; with `?format=ics` all of them as a calendar to follow."""
    if request.args.get("format") == "ics":
        return feed()
    now = utc_now()
    shows_all = request.args.get("passades") == "totes"
    past = services.list_past(now, limit=None if shows_all else SHOWN_PAST + 1)
    return _page(
        "events/home.html",
        coming=services.list_coming(now),
        past=past if shows_all else past[:SHOWN_PAST],
        has_more=not shows_all and len(past) > SHOWN_PAST,
        now=now,
    )


@blueprint.get("/jornades.ics")
def feed() -> Response:
    """The calendar of all events of the last year and to come."""
    events = [(event, page_url(event)) for event in services.list_in_feed(utc_now() - FEED_MEMORY)]
    return _calendar(ical.feed(events, host=config.current().host, name=_("Events")), "jornades.ics")


@blueprint.get("/jornades/<slug>")
def programme(slug: str) -> Response:
    """The page of one event."""
    return _page("events/programme.html", **programme_context(services.get_published(slug), now=utc_now()))


@blueprint.get("/jornades/<slug>/calendari.ics")
def calendar(slug: str) -> Response:
    """The event as a calendar file."""
    event = services.get_published(slug)
    return _calendar(ical.event_calendar(event, host=config.current().host, url=page_url(event)), f"{event.slug}.ics")


@blueprint.get("/processos/<slug>")
def process(slug: str) -> Response:
    """A process: its events in order of time, its figures."""
    found = processes.get_public(slug)
    return _page("events/process.html", process=found, events=services.list_of_process(found), now=utc_now())


def programme_context(event: Event, *, now: datetime) -> dict[str, object]:
    """What the programme page shows, for the public and for the preview of staff."""
    status = event.registration_status(now)
    url = page_url(event)
    return {
        "event": event,
        "status": status.value,
        "days": arrange(event.sessions, event.zone),
        "page_url": url,
        "structured": describe_event(event, url=url, status=status),
    }


def page_url(event: Event) -> str:
    """The full address of an event's page."""
    return external_url("events.programme", slug=event.slug)


def _page(template: str, **context: object) -> Response:
    return conditional(make_response(render_template(template, **context)))


def _calendar(content: bytes, filename: str) -> Response:
    response = Response(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return conditional(response)
