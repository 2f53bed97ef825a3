"""Who may do what, and where: the one place that says so, and the decorator that views wear.

An administrator may do everything everywhere. Everybody else has a role in each of their teams, which holds for the
team's settings, processes and events, and may have one at a single event of any team. `may` asks about the place that
the address of the request names; which place that is, each room says of its own addresses (`finds_place`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, has_request_context, request
from flask_security import auth_required, current_user

from accounts.models import StaffMember, StaffRole
from core.web import limiter

P = ParamSpec("P")
R = TypeVar("R")


class Permission(StrEnum):
    """An act in the workspace that not every role may do."""

    ENTER_WORKSPACE = "enter_workspace"
    EDIT_PROGRAMME = "edit_programme"
    VIEW_REGISTRATIONS = "view_registrations"
    RUN_LISTS = "run_lists"
    EXPORT_REGISTRATIONS = "export_registrations"
    EDIT_REGISTRATIONS = "edit_registrations"
    VIEW_SUPPORTS = "view_supports"
    WRITE_TO_PEOPLE = "write_to_people"
    RECORD_ATTENDANCE = "record_attendance"
    VIEW_CONTRIBUTIONS = "view_contributions"
    RECORD_CONTRIBUTIONS = "record_contributions"
    SORT_CONTRIBUTIONS = "sort_contributions"
    ISSUE_PAPERS = "issue_papers"
    EDIT_DIRECTORY = "edit_directory"
    EDIT_TEAM = "edit_team"
    EDIT_STAFF = "edit_staff"


Permissions = frozenset[Permission]

# Each role with all it may do, so that it can be read in one go; a new permission is nobody's until it stands here.
PERMISSIONS: dict[StaffRole, Permissions] = {
    StaffRole.ADMINISTRATOR: frozenset(Permission),
    StaffRole.ORGANISER: frozenset(
        {
            Permission.ENTER_WORKSPACE,
            Permission.EDIT_PROGRAMME,
            Permission.VIEW_REGISTRATIONS,
            Permission.RUN_LISTS,
            Permission.EXPORT_REGISTRATIONS,
            Permission.EDIT_REGISTRATIONS,
            Permission.VIEW_SUPPORTS,
            Permission.WRITE_TO_PEOPLE,
            Permission.RECORD_ATTENDANCE,
            Permission.VIEW_CONTRIBUTIONS,
            Permission.RECORD_CONTRIBUTIONS,
            Permission.SORT_CONTRIBUTIONS,
            Permission.ISSUE_PAPERS,
            Permission.EDIT_DIRECTORY,
            Permission.EDIT_TEAM,
        }
    ),
    # What was said, as it was said: what the team makes of it afterwards is not theirs. Of who signed up no more than
    # the lists that are for facilitators (`registrations.lists`).
    StaffRole.FACILITATOR: frozenset(
        {
            Permission.ENTER_WORKSPACE,
            Permission.RUN_LISTS,
            Permission.VIEW_CONTRIBUTIONS,
            Permission.RECORD_CONTRIBUTIONS,
        }
    ),
    # The list on the screen, to find people in it; to carry away only the lists that are for the door, and nobody's
    # health.
    StaffRole.DOOR: frozenset(
        {
            Permission.ENTER_WORKSPACE,
            Permission.VIEW_REGISTRATIONS,
            Permission.RUN_LISTS,
            Permission.RECORD_ATTENDANCE,
        }
    ),
    # Figures and contributions, and lists that name nobody; never a list of people.
    StaffRole.VIEWER: frozenset({Permission.ENTER_WORKSPACE, Permission.RUN_LISTS, Permission.VIEW_CONTRIBUTIONS}),
}

# What no role at a single event allows: who works with a team, at its events too, is the team's own business, and the
# directory is one for all of them.
OF_A_TEAM: Permissions = frozenset({Permission.EDIT_DIRECTORY, Permission.EDIT_TEAM})

# What a role at a part allows with the whole: whoever works at one event of a process sees its pages, with that event.
OF_A_WHOLE: Permissions = frozenset({Permission.ENTER_WORKSPACE, Permission.VIEW_CONTRIBUTIONS})

# What an account is enough for, without any role: one's own account, and a home that shows nothing.
OF_EVERYBODY: Permissions = frozenset({Permission.ENTER_WORKSPACE})


@dataclass(frozen=True)
class Place:
    """Where something is: in a team, and the roles a member has there besides the one in that team.

    `roles` are those at this one event; `roles_within` those at parts of it, in whatever team: at a process's events.
    """

    team_id: int
    roles: Collection[StaffRole] = ()
    roles_within: Collection[StaffRole] = ()


PlaceFinder = Callable[[StaffMember, Any], Place | None]

_FINDERS: dict[str, PlaceFinder] = {}


def finds_place(address: str) -> Callable[[PlaceFinder], PlaceFinder]:
    """Have the decorated function say which place `address`, and every address beneath it, is about.

    `address` ends with the placeholder that names the place: `/gestio/jornades/<slug>`. The function is given the
    member and what stands there, and answers None when there is no such place.
    """

    def register(find: PlaceFinder) -> PlaceFinder:
        _FINDERS[address] = find
        return find

    return register


def has_place(rule: str) -> bool:
    """Whether the addresses of this rule are about one place."""
    return _find_address(rule) is not None


def may(permission: Permission | str, member: StaffMember | None = None) -> bool:
    """Whether `member` (the one logged in, when not given) has the permission here.

    Here is the place that the request's address names; where it names none, it is enough to have it in some team.
    """
    person = member or current_user
    return _is_let_in(person) and Permission(permission) in _list_permissions_here(person)


def may_anywhere(permission: Permission | str) -> bool:
    """Whether the member logged in has the permission in some team, wherever the request is about."""
    return _is_let_in(current_user) and Permission(permission) in _list_permissions(current_user)


def may_at(permission: Permission, place: Place | None) -> bool:
    """Whether the member logged in has the permission at `place`; nobody has any where there is none."""
    return place is not None and _is_let_in(current_user) and permission in _list_permissions(current_user, place)


def works_as(roles: Collection[StaffRole]) -> bool:
    """Whether the member logged in works here in one of these roles, or administers everything.

    For what is kept for roles one by one, such as a list that says who may take it.
    """
    if not _is_let_in(current_user):
        return False
    here = _list_roles(current_user, _find_place_here(current_user))
    return bool(current_user.is_administrator) or not here.isdisjoint(roles)


def list_team_ids(permission: Permission, member: StaffMember) -> set[int] | None:
    """The teams in which the member has the permission by their role in the team; None means in all there are."""
    if member.is_administrator:
        return None
    return {each.team_id for each in member.memberships if permission in PERMISSIONS[each.role]}


def list_roles(permission: Permission, *, at_event: bool = False) -> list[StaffRole]:
    """The roles that have the permission: in a team, or at a single event."""
    if at_event and permission in OF_A_TEAM:
        return []
    return [role for role in StaffRole if permission in PERMISSIONS[role]]


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be called only by staff with `permission`: others get 403, who is not logged in the login page.

    Who has no role at all in the place that the address names gets 404, as if there were none.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(permission):
                abort(403 if may(Permission.ENTER_WORKSPACE) else 404)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined] # read by the test that every workspace route has one
        decorated: Callable[P, R] = auth_required("session")(guarded)
        return decorated

    return decorate


def staff() -> StaffMember:
    """The member of staff logged in; only inside a view that `requires` a permission."""
    member: StaffMember = current_user._get_current_object()  # noqa: SLF001 - Flask-Login's documented way to the object
    return member


invitation_limit = limiter.shared_limit(
    "30 per minute; 200 per hour", "invitations", methods=["POST"], key_func=lambda: str(staff().id)
)
"""How many mails somebody can have sent to addresses that they type, wherever they type them."""


def _is_let_in(person: Any) -> bool:
    return bool(person.is_authenticated and person.active)


def _list_permissions_here(member: StaffMember) -> Permissions:
    address = _find_address_here()
    if address is None:
        return _list_permissions(member)
    place = _find_place(address, member)
    return _list_permissions(member, place) if place else frozenset()


def _find_place_here(member: StaffMember) -> Place | None:
    address = _find_address_here()
    return _find_place(address, member) if address else None


def _list_roles(member: StaffMember, place: Place | None) -> set[StaffRole]:
    """The roles that the member has at `place`: in its team, and at itself."""
    if place is None:
        return set()
    return {*place.roles, *(each.role for each in member.memberships if each.team_id == place.team_id)}


def _find_address_here() -> str | None:
    return _find_address(request.url_rule.rule if has_request_context() and request.url_rule else "")


def _list_permissions(member: StaffMember, place: Place | None = None) -> Permissions:
    """All that the member may do at `place`; without one, all that they may do in any of their teams."""
    if member.is_administrator:
        return PERMISSIONS[StaffRole.ADMINISTRATOR]
    in_teams = [PERMISSIONS[each.role] for each in member.memberships if not place or each.team_id == place.team_id]
    if place is None:
        return OF_EVERYBODY.union(*in_teams)
    at_it = [PERMISSIONS[role] - OF_A_TEAM for role in place.roles]
    within = [PERMISSIONS[role] & OF_A_WHOLE for role in place.roles_within]
    return frozenset().union(*in_teams, *at_it, *within)


def _find_address(rule: str) -> str | None:
    return next((address for address in _FINDERS if rule == address or rule.startswith(f"{address}/")), None)


def _find_place(address: str, member: StaffMember) -> Place | None:
    """Ask once in a request, however many buttons of its page want to know."""
    name = address.rpartition("<")[2].rstrip(">").rpartition(":")[2]
    asked = (address, (request.view_args or {})[name], member.id)
    found: dict[object, Place | None] = g.setdefault("places", {})
    if asked not in found:
        found[asked] = _FINDERS[address](member, asked[1])
    return found[asked]
