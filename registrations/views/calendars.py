"""A person's own calendar: files to keep, links to calendars on the web, and an address to follow."""

from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from core.dates import utc_now
from core.errors import NotFoundError
from core.web import external_url, fills_block
from events.ical import web_links
from events.models import CalendarShape, Event, Session
from events.timetable import session_time
from registrations import calendars, services
from registrations.ical import Occasion, make_download, make_feed
from registrations.models import Registration

blueprint = Blueprint("registration_calendars", __name__)


@dataclass(frozen=True)
class Way:
    """How one entry gets into a calendar by hand: names and addresses of the ways there are."""

    title: str
    time: str
    links: list[tuple[str, str]]


@blueprint.get("/inscripcions/<token>/calendari.ics")
def download(token: str) -> Response:
    """What the person attends, to be opened or kept; with `?sessio=T1` that session alone.

    Who no longer attends anything gets what was cancelled, and who never had a place finds nothing.
    """
    found = services.get_registration(token)
    shown = calendars.list_shown(found, found.sessions)
    code = request.args.get("sessio")
    if code:
        ids = {session.id for session in found.event.sessions if session.code == code}
        shown = [entry for entry in shown if entry.session_id in ids]
    shown = [entry for entry in shown if not entry.is_cancelled] or shown
    if not shown:
        raise NotFoundError
    name = f"{found.event.slug}-{code}" if code else found.event.slug
    response = _calendar(make_download(found.event, shown, url=calendars.page_url(found.event)))
    names = {"filename": f"{name}.ics"} if name.isascii() else {"filename*": f"UTF-8''{quote(name)}.ics"}
    response.headers.set("Content-Disposition", "attachment", **names)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/inscripcions/<token>/agenda.ics")
def feed(token: str) -> Response:
    """The same to be followed by a calendar program, which asks again every few hours whether anything changed."""
    found = services.get_registration(token)
    shown = calendars.list_shown(found, found.sessions)
    response = _calendar(make_feed(found.event, shown, url=calendars.page_url(found.event)))
    response.headers["Cache-Control"] = "private, no-cache"  # kept by its own program alone, and asked for each time
    response.add_etag()
    response.make_conditional(request)
    return response


@fills_block("registration.calendar")
def ways(registration: Registration) -> str:
    """Every way into a calendar for what the person attends and is still to come."""
    now, event = utc_now(), registration.event
    occasions = calendars.list_attended(registration, registration.sessions)
    coming = [occasion for occasion in occasions if occasion.ends_at > now]
    if not coming:
        return ""
    feed_url = external_url("registration_calendars.feed", token=registration.link_token)
    return render_template(
        "registrations/_calendar.html",
        ways=[_find_ways(registration, occasion) for occasion in coming],
        is_each_session=event.calendar_shape is CalendarShape.SESSIONS,
        follow_url=f"webcal:{feed_url.partition(':')[2]}",
    )


def _find_ways(registration: Registration, occasion: Occasion) -> Way:
    event = registration.event
    session = _find_session(event, occasion) if occasion.session_id else None
    links = web_links(
        title=occasion.title,
        starts_at=occasion.starts_at,
        ends_at=occasion.ends_at,
        place=occasion.place,
        details=calendars.page_url(event),
    )
    if event.calendar_shape is CalendarShape.SESSIONS:  # the file of the whole event has a button of its own
        code = session.code if session else None
        address = url_for("registration_calendars.download", token=registration.link_token, sessio=code)
        links = [(_("Calendar file"), address), *links]
    return Way(occasion.title, session_time(event, session) if session else "", links)


def _find_session(event: Event, occasion: Occasion) -> Session | None:
    return next((session for session in event.sessions if session.id == occasion.session_id), None)


def _calendar(content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8; method=PUBLISH"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
