"""Walls for the projector: what is said in a session or in several of an event, as it is written down."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, requires
from contributions import walls
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL
from contributions.views.notebooks import Answer, OpenNotebook, both_ways
from core.dates import utc_now
from core.languages import current_language
from events import services as events
from events.models import Event, Session

blueprint = Blueprint("contributions_wall", __name__, url_prefix="/gestio/jornades/<slug>/mur")

THEMES = ("light", "dark")


@both_ways("/mur")
def wall(opened: OpenNotebook) -> Answer:
    """The wall of one session: for staff, and for a computer that has opened a capture link."""
    return _show(opened.event, [opened.session], opened.address, has_way_back=True)


@both_ways("/mur/canvis")
def wall_changes(opened: OpenNotebook) -> Answer:
    """What stands on the wall of one session, if it is not what the page shows already."""
    return _tell(opened.event, [opened.session])


@blueprint.get("")
@requires(Permission.VIEW_CONTRIBUTIONS)
def event_wall(slug: str) -> Answer:
    """The wall of several sessions of an event: those chosen, or those that are on now."""
    event = events.get_event(slug)

    def address(page: str, **values: Any) -> str:
        endpoint = ".event_wall" if page == "wall" else ".event_wall_changes"
        return url_for(endpoint, slug=slug, session=_asked_codes(), **values)

    return _show(event, _choose(event), address)


@blueprint.get("/canvis")
@requires(Permission.VIEW_CONTRIBUTIONS)
def event_wall_changes(slug: str) -> Answer:
    """What stands on the wall of several sessions, if it is not what the page shows already."""
    event = events.get_event(slug)
    return _tell(event, _choose(event))


def _choose(event: Event) -> list[Session]:
    return walls.choose_sessions(event, _asked_codes(), now=utc_now())


def _asked_codes() -> list[str]:
    return request.args.getlist("session")


def _show(event: Event, sessions: list[Session], address: Callable[..., str], *, has_way_back: bool = False) -> str:
    theme = request.args.get("theme", "")
    return render_template(
        "contributions/wall.html",
        event=event,
        session=sessions[0] if has_way_back else None,
        all_sessions=walls.list_sessions(event),
        asked=_asked_codes(),
        wall=walls.read_wall(event, sessions),
        theme=theme if theme in THEMES else "",
        themes={name: address("wall", theme=name) for name in THEMES},
        changes=address("wall_changes"),
        back=address("page") if has_way_back else url_for("contributions_sessions.capture_sessions", slug=event.slug),
        **_words(),
    )


def _tell(event: Event, sessions: list[Session]) -> BaseResponse:
    """Give the wall anew, or nothing (204) when the page has this version of it."""
    if request.args.get("version") == f"{walls.find_version(sessions)}.{current_language()}":
        return Response(status=204)
    page = render_template("contributions/_wall.html", wall=walls.read_wall(event, sessions), **_words())
    return Response(page, mimetype="text/html")


def _words() -> dict[str, object]:
    return {"kinds": ENTRY_KINDS, "kinds_plural": ENTRY_KINDS_PLURAL}
