"""What everybody sees: the list of events, a programme, its calendar, a process."""

import re
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from markupsafe import Markup

from core import config, copies
from core.copies import CopiedPage
from core.dates import utc_now
from core.web import conditional, external_url
from directory import territory
from events import declared, ical, labels, live, processes, services
from events.models import Event, Session
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
        live=live_places,
        say_declared=labels.say_declared,
    )


copies.serves(
    CopiedPage(
        rule="/",
        path=re.compile("/"),
        question=live.ask_for_coming,
        numbers=live.numbers_of,
    )
)
copies.serves(
    CopiedPage(
        rule="/jornades/<slug>",
        path=re.compile("/jornades/(?P<slug>[a-z0-9-]{1,80})"),
        question=live.ask_for_event,
        numbers=live.numbers_of,
    )
)


def live_places(macro: str, row: Event | Session, *values: Hashable) -> Markup:
    """What this macro of `events/_live.html` says of the places of a row, right even on a page that is kept."""
    return copies.live(live.slot(macro, row, *values), live.places_of(row))


@blueprint.get("/")
def home() -> Response:
    """Coming events first, then those that were held; with `?format=ics` all of them as a calendar to follow."""
    if request.args.get("format") == "ics":
        return feed()
    now = utc_now()
    shows_all = request.args.get("passades") == "totes"
    past = services.list_past(now, limit=None if shows_all else SHOWN_PAST + 1)
    coming = services.list_coming(now)
    instants = [live.next_instant(event, now, with_sessions=False) for event in coming]
    return copies.respond(
        "events/home.html",
        until=min((each for each in instants if each), default=None),
        coming=coming,
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
    event, now = services.get_published(slug), utc_now()
    choose = live.choose_for_event(event, now)
    return copies.respond(
        "events/programme.html",
        # What is declared stands until a list or an entry tells: those are rows of rooms above, which no mark is for.
        until=now if declared.is_declared_of(event) else live.next_instant(event, now),
        variant=choose(live.numbers_as_loaded(event)),
        choose=choose,
        **programme_context(event, now=now),
    )


@blueprint.get("/jornades/<slug>/calendari.ics")
def calendar(slug: str) -> Response:
    """The event as a calendar file."""
    event = services.get_published(slug)
    return _calendar(ical.event_calendar(event, host=config.current().host, url=page_url(event)), f"{event.slug}.ics")


@blueprint.get("/processos/<slug>")
def process(slug: str) -> Response:
    """A process: its events in order of time, its figures."""
    found = processes.get_public(slug)
    events = services.list_of_process(found)
    return conditional(
        make_response(render_template("events/process.html", process=found, events=events, now=utc_now()))
    )


def programme_context(event: Event, *, now: datetime) -> dict[str, Any]:
    """What the programme page shows, for the public and for the preview of staff."""
    status = event.registration_status(now)
    url = page_url(event)
    structured = describe_event(event, url=url, status=status)
    if event.capacity is not None:
        structured["remainingAttendeeCapacity"] = int(live_places("number_left", event))
    return {
        "event": event,
        "status": status.value,
        "days": arrange(event.sessions, event.zone),
        "standing": declared.list_standing(event),
        "areas": territory.name_areas((each.district_code, each.neighbourhood_code) for each in event.sessions),
        "page_url": url,
        "structured": structured,
    }


def page_url(event: Event) -> str:
    """The full address of an event's page."""
    return external_url("events.programme", slug=event.slug)


def _calendar(content: bytes, filename: str) -> Response:
    response = Response(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return conditional(response)
