"""The registrations of an event on the desk, and the way to them."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from accounts.permissions import Permission
from events import pages
from events.pages import Group, Page

blueprint = Blueprint("registrations_workspace", __name__, url_prefix="/gestio/jornades/<slug>/inscripcions")

Answer = str | Response | tuple[str, int]


pages.add(
    Page(
        Group.PEOPLE,
        1,
        _l("Registrations"),
        "registrations_workspace.attendees",
        Permission.VIEW_REGISTRATIONS,
        holds=frozenset({"registrations_workspace", "registrations_person", "registrations_trail"}),
    ),
    Page(
        Group.PEOPLE,
        2,
        _l("Sign-up settings"),
        "registrations_settings.settings",
        Permission.EDIT_PROGRAMME,
        holds=frozenset(
            f"registrations_{each}" for each in ("settings", "questions", "supports", "invitations", "approvals")
        ),
    ),
    Page(
        Group.PEOPLE,
        3,
        _l("Lists"),
        "registrations_lists.page",
        Permission.RUN_LISTS,
        holds=frozenset({"registrations_lists", "certificates_lists"}),
    ),
    Page(Group.PEOPLE, 5, _l("Mails"), "registrations_mails.mails", Permission.EDIT_REGISTRATIONS),
)
