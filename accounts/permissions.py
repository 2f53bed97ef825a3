"""Who may do what: the one place that says so, and the decorator that views wear."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_security import auth_required, current_user

from accounts.models import StaffMember, StaffRole

P = ParamSpec("P")
R = TypeVar("R")


class Permission(StrEnum):
    """An act in the workspace that not every role may do."""

    ENTER_WORKSPACE = "enter_workspace"
    EDIT_PROGRAMME = "edit_programme"
    VIEW_REGISTRATIONS = "view_registrations"
    EXPORT_REGISTRATIONS = "export_registrations"
    EDIT_REGISTRATIONS = "edit_registrations"
    VIEW_SUPPORTS = "view_supports"
    RECORD_ATTENDANCE = "record_attendance"
    VIEW_CONTRIBUTIONS = "view_contributions"
    RECORD_CONTRIBUTIONS = "record_contributions"
    ISSUE_PAPERS = "issue_papers"
    EDIT_TEAM = "edit_team"
    EDIT_STAFF = "edit_staff"


# Each role with all it may do, so that it can be read in one go; a new permission is nobody's until it stands here.
PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.ADMINISTRATOR: frozenset(Permission),
    StaffRole.ORGANISER: frozenset(
        {
            Permission.ENTER_WORKSPACE,
            Permission.EDIT_PROGRAMME,
            Permission.VIEW_REGISTRATIONS,
            Permission.EXPORT_REGISTRATIONS,
            Permission.EDIT_REGISTRATIONS,
            Permission.VIEW_SUPPORTS,
            Permission.RECORD_ATTENDANCE,
            Permission.VIEW_CONTRIBUTIONS,
            Permission.RECORD_CONTRIBUTIONS,
            Permission.ISSUE_PAPERS,
            Permission.EDIT_TEAM,
        }
    ),
    # What was said, never who signed up.
    StaffRole.FACILITATOR: frozenset(
        {Permission.ENTER_WORKSPACE, Permission.VIEW_CONTRIBUTIONS, Permission.RECORD_CONTRIBUTIONS}
    ),
    # The list on the screen, to find people in it; no file of it to carry away, and nobody's health.
    StaffRole.DOOR: frozenset(
        {Permission.ENTER_WORKSPACE, Permission.VIEW_REGISTRATIONS, Permission.RECORD_ATTENDANCE}
    ),
    # Figures and contributions, which name nobody; never the list of people.
    StaffRole.VIEWER: frozenset({Permission.ENTER_WORKSPACE, Permission.VIEW_CONTRIBUTIONS}),
}


def may(permission: Permission | str, member: StaffMember | None = None) -> bool:
    """Whether `member` (the one logged in, when not given) has the permission."""
    person = member or current_user
    return bool(person.is_authenticated and person.active and Permission(permission) in PERMISSIONS[person.role])


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be called only by staff with `permission`: others get 403, who is not logged in the login page."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(permission):
                abort(403)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined] # read by the test that every workspace route has one
        decorated: Callable[P, R] = auth_required("session")(guarded)
        return decorated

    return decorate


def staff() -> StaffMember:
    """The member of staff logged in; only inside a view that `requires` a permission."""
    member: StaffMember = current_user._get_current_object()  # noqa: SLF001 - Flask-Login's documented way to the object
    return member
