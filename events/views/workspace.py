"""The desk of the organisers: its way in, and the home that shows every event one works at."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from accounts.labels import ROLES
from accounts.models import StaffMember, Team
from accounts.permissions import Permission, list_team_ids, may, requires, staff
from accounts.teams import default_team, list_teams
from core.database import transaction
from core.dates import utc_now
from core.web import fills_block
from events import members, pages, processes, services
from events.models import Event, EventState, Process
from events.pages import Group, Page

blueprint = Blueprint("events_workspace", __name__, url_prefix="/gestio")

Answer = str | Response | tuple[str, int]


def _own(*views: str) -> frozenset[str]:
    return frozenset(f"{blueprint.name}.{view}" for view in views)


@fills_block("workspace.navigation")
def navigation() -> str:
    """The way to the list of events."""
    return render_template("events/_navigation.html")


pages.add(
    Page(
        Group.EVENT,
        1,
        _l("Event"),
        "events_workspace.event",
        Permission.ENTER_WORKSPACE,
        holds=_own("event", "edit_event", "change_state"),
    ),
    Page(
        Group.EVENT,
        2,
        _l("Programme"),
        "events_workspace.programme",
        Permission.ENTER_WORKSPACE,
        holds=_own(
            "programme",
            "edit_timetable",
            "move",
            "create_session",
            "edit_session",
            "cancel_session",
            "delete_session",
            "create_room",
            "edit_room",
        )
        | {"historic_sessions"},
    ),
    Page(Group.EVENT, 4, _l("Team"), "events_workspace.people", Permission.EDIT_TEAM, holds=_own("people")),
)


@fills_block("event.pages")
def event_pages(event: Event) -> str:
    """The way between the pages of an event, with the present one marked."""
    groups = pages.list_groups(may)
    here = request.endpoint or "", request.blueprint or ""
    current = next((page for _, each in groups for page in each if page.is_at(*here)), None)
    return render_template("events/_pages.html", event=event, groups=groups, current=current)


@fills_block("account.roles")
def roles(person: StaffMember) -> str:
    """The events at which somebody has a role without being in the team."""
    return render_template("events/_roles.html", members=members.list_of_person(person), role_names=ROLES)


@blueprint.get("")
@requires(Permission.ENTER_WORKSPACE)
def home() -> str:
    """Every event one works at, what needs work first."""
    now = utc_now()
    events = services.list_open_to(staff())
    return render_template(
        "events/workspace_home.html",
        drafts=[event for event in events if event.state is EventState.DRAFT],
        coming=[each for each in reversed(events) if each.state is not EventState.DRAFT and not each.is_over(now)],
        past=[event for event in events if event.state is not EventState.DRAFT and event.is_over(now)],
        processes=processes.list_open_to(staff()),
        has_teams=len({event.team_id for event in events}) > 1,
        now=now,
    )


def own_teams() -> Sequence[Team]:
    """The teams in which whoever is logged in may write events and processes."""
    ids = list_team_ids(Permission.EDIT_PROGRAMME, staff())
    teams = list_teams(ids)
    if teams or ids is not None:
        return teams
    with transaction():  # an administrator comes before there is any
        return [default_team()]


def own_processes() -> Sequence[Process]:
    """The processes of those teams."""
    return processes.list_of_teams(list_team_ids(Permission.EDIT_PROGRAMME, staff()))
