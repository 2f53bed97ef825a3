"""Door links: made, shown with their code to be scanned, revoked."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import external_url
from door import links
from door.forms import DoorLinkForm
from door.models import DoorLink
from events import services as events
from events.models import Event
from registrations.codes import draw_code

blueprint = Blueprint("registrations_door_links", __name__, url_prefix="/gestio/jornades/<slug>/porta/enllacos")


@blueprint.get("", endpoint="links")
@requires(Permission.EDIT_REGISTRATIONS)
def show_list(slug: str) -> tuple[str, int]:
    """Every door link, and the form for another."""
    event = events.get_event(slug)
    return _show(event, DoorLinkForm.of(event)), 200


@blueprint.post("")
@requires(Permission.EDIT_REGISTRATIONS)
def create(slug: str) -> Response | tuple[str, int]:
    """Make a new link."""
    event = events.get_event(slug)
    form = DoorLinkForm.of(event)
    if not form.validate():
        return _show(event, form), 422
    try:
        with transaction():
            made = links.create(event, form.label.data, form.moment, by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(events.get_event(slug), form), 422
    flash(_("The link is made. Send it, or let its code be scanned."), "good")
    return redirect(url_for(".links", slug=slug) + f"#l{made.id}", 303)


@blueprint.post("/<int:link_id>/revocacio")
@requires(Permission.EDIT_REGISTRATIONS)
def revoke(slug: str, link_id: int) -> Response:
    """Close the door to whoever has the link."""
    event = events.get_event(slug)
    with transaction():
        links.revoke(links.get_link(event, link_id), by=staff(), now=utc_now())
    flash(_("The link opens nothing any more, and devices that used it delete their list."), "good")
    return redirect(url_for(".links", slug=slug) + f"#l{link_id}", 303)


def _show(event: Event, form: DoorLinkForm) -> str:
    return render_template(
        "door/links.html",
        event=event,
        form=form,
        links=links.list_links(event),
        address=_address,
        draw=draw_code,
        now=utc_now(),
    )


def _address(link: DoorLink) -> str:
    return external_url("door.enter", token=link.token)
