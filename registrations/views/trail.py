"""The trail of an event: who did what to whom, and when; filtered, and as a file."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request, stream_with_context

from accounts import audit
from accounts.permissions import Permission, requires, staff
from core.database import MAX_ID, transaction
from core.dates import at_local_time, utc_now
from core.tables import FORMATS
from core.text import clean_line
from core.web import paginate
from events import services as events
from events.models import Event
from registrations import trail_search
from registrations.trail_search import Wanted
from registrations.views.attendees import make_query_string

blueprint = Blueprint("registrations_trail", __name__, url_prefix="/gestio/jornades/<slug>/historial")


@blueprint.get("", endpoint="trail")
@requires(Permission.EDIT_REGISTRATIONS)
def show(slug: str) -> str:
    """The lines as filtered, fifty at a time."""
    event = events.get_event(slug)
    wanted = _read_wanted(event)
    page = paginate(trail_search.select_lines(event, wanted), request.args.get("page", 1, type=int))
    acts = {act: audit.say_act(act) for act in trail_search.list_acts(event)}
    return render_template(
        "registrations/workspace/trail.html",
        event=event,
        wanted=wanted,
        page=page,
        lines=trail_search.read_lines(event, page.items),
        doers=trail_search.list_doers(event),
        acts=sorted(acts.items(), key=lambda item: item[1].casefold()),
        since=request.args.get("since", ""),
        until=request.args.get("until", ""),
        query_string=make_query_string(),
    )


@blueprint.get("/fitxer")
@requires(Permission.EXPORT_REGISTRATIONS)
def file(slug: str) -> Response:
    """The lines as filtered as a file; that it was taken is a line too."""
    event = events.get_event(slug)
    wanted = _read_wanted(event)
    with transaction():
        trail_search.record_export(event, wanted, by=staff(), now=utc_now())
    response = Response(stream_with_context(trail_search.stream_csv(event, wanted)), content_type=FORMATS["csv"])
    response.headers.set("Content-Disposition", "attachment", filename=f"{event.slug}-historial.csv")
    return response


def _read_wanted(event: Event) -> Wanted:
    """Read what the address asks for; what makes no sense is not asked for."""
    who = request.args.get("who", type=int)
    return Wanted(
        staff_id=who if who is not None and 0 <= who <= MAX_ID else None,
        act=clean_line(request.args.get("act"))[:64],
        search=clean_line(request.args.get("q")),
        since=_read_day(event, "since"),
        until=_read_day(event, "until", days=1),
    )


def _read_day(event: Event, name: str, days: int = 0) -> datetime | None:
    """The moment a day begins where the event is; so many days later."""
    try:
        day = date.fromisoformat(request.args.get(name, "")) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    if not date.min + timedelta(days=1) < day < date.max - timedelta(days=1):
        return None
    return at_local_time(datetime.combine(day, time()), event.zone)
