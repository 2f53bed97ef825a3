"""The supports: which the form offers, how many people need each, and who, for those who prepare them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from events import services as events
from registrations import supports
from registrations.labels import SUPPORTS
from registrations.workspace_forms import SupportsForm

blueprint = Blueprint("registrations_supports", __name__, url_prefix="/gestio/jornades/<slug>/inscripcio/suports")


@blueprint.get("", endpoint="supports")
@requires(Permission.VIEW_SUPPORTS)
def show(slug: str) -> str:
    """What is offered, how many need what, and who does."""
    event = events.get_event(slug)
    offered = supports.list_offered(event)
    return render_template(
        "registrations/settings/supports.html",
        event=event,
        form=SupportsForm(data={"offered": [kind.value for kind in offered]}),
        counts=supports.count_needs(event),
        people=supports.list_people(event),
        words=SUPPORTS,
        days=supports.KEPT_FOR.days,
    )


@blueprint.post("")
@requires(Permission.EDIT_PROGRAMME)
def offer(slug: str) -> Response:
    """Choose what the form offers."""
    event = events.get_event(slug)
    form = SupportsForm()
    if form.validate():
        with transaction():
            supports.offer(event, form.kinds(), by=staff(), now=utc_now())
        flash(_("Saved."), "good")
    else:
        flash(_("One of the supports does not exist. Choose again."), "bad")
    return redirect(url_for(".supports", slug=slug), 303)
