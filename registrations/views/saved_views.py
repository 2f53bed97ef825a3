"""Saved views of the attendee list: the list as it stands under a name, and where one begins."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from events import services as events
from registrations import saved_views
from registrations.filter_addresses import read_filter
from registrations.views.attendees import keep_view, to_list
from registrations.views.workspace import blueprint
from registrations.workspace_forms import SavedViewForm


@blueprint.post("/vistes")
@requires(Permission.EDIT_REGISTRATIONS)
def save_view(slug: str) -> Response:
    """Keep the list as the address asks for it, for the whole team."""
    event = events.get_event(slug)
    read_filter(event, request.args)
    form = SavedViewForm()
    if not form.validate():
        flash(" ".join(str(message) for messages in form.errors.values() for message in messages), "bad")
        return to_list(slug)
    try:
        with transaction():
            view = saved_views.save(event, form.name.data, keep_view(), by=staff(), now=utc_now())
            if form.is_first.data:
                saved_views.begin_with(event, staff(), view)
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("The view “%(name)s” is saved for everybody of this event.", name=form.name.data), "good")
    return to_list(slug)


@blueprint.post("/vistes/<int:view_id>/supressio")
@requires(Permission.EDIT_REGISTRATIONS)
def remove_view(slug: str, view_id: int) -> Response:
    """Forget a saved view; the people in it stay."""
    event = events.get_event(slug)
    with transaction():
        view = saved_views.get_view(event, view_id)
        name = view.name
        saved_views.remove(view)
    flash(_("The view “%(name)s” is deleted. Nobody in it has changed.", name=name), "good")
    return to_list(slug)


@blueprint.post("/vistes/<int:view_id>/inici")
@requires(Permission.VIEW_REGISTRATIONS)
def begin_with_view(slug: str, view_id: int) -> Response:
    """Have oneself find the list with this view."""
    event = events.get_event(slug)
    with transaction():
        view = saved_views.get_view(event, view_id)
        name = view.name
        saved_views.begin_with(event, staff(), view)
    flash(_("From now on you find the list as “%(name)s”.", name=name), "good")
    return to_list(slug)


@blueprint.post("/vistes/inici")
@requires(Permission.VIEW_REGISTRATIONS)
def begin_with_everybody(slug: str) -> Response:
    """Have oneself find the whole list."""
    event = events.get_event(slug)
    with transaction():
        saved_views.begin_with(event, staff(), None)
    flash(_("From now on you find the whole list."), "good")
    return redirect(url_for("registrations_workspace.attendees", slug=slug), 303)
