"""The rooms of an event, written under its programme."""

from datetime import datetime

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.models import StaffMember
from accounts.permissions import Permission, requires
from core.database import transaction
from core.errors import DomainError
from core.forms import form_page
from events import rooms, services
from events.forms import RoomForm
from events.views import consequences
from events.views.sessions import programme_parts
from events.views.workspace import Answer, blueprint


@blueprint.post("/jornades/<slug>/sales")
@requires(Permission.EDIT_PROGRAMME)
def create_room(slug: str) -> Answer:
    """Add a room."""
    found = services.get_event(slug)
    form = RoomForm()
    if form.validate_on_submit():
        try:
            with transaction():
                rooms.create_room(found, form.name.data, capacity=form.capacity.data)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(_rooms_of(slug), 303)
    return form_page("events/sessions.html", form, event=found, **programme_parts(found))


@blueprint.route("/jornades/<slug>/sales/<int:room_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_room(slug: str, room_id: int) -> Answer:
    """Rename or resize a room."""
    found = services.get_event(slug)
    room = rooms.get_room(found, room_id)
    form = RoomForm(data={"name": room.name, "capacity": room.capacity})

    def save(by: StaffMember, now: datetime) -> None:
        rooms.update_room(room, name=form.name.data, capacity=form.capacity.data, by=by, now=now)

    return consequences.edit("events/room_form.html", form, found, save, then=lambda: _rooms_of(slug), room=room)


@blueprint.post("/jornades/<slug>/sales/<int:room_id>/supressio")
@requires(Permission.EDIT_PROGRAMME)
def delete_room(slug: str, room_id: int) -> Response:
    """Take a room away in which nothing takes place."""
    found = services.get_event(slug)
    room = rooms.get_room(found, room_id)
    with transaction():
        rooms.delete_room(room)
    flash(_("The room is deleted."), "good")
    return redirect(_rooms_of(slug), 303)


def _rooms_of(slug: str) -> str:
    return url_for(".programme", slug=slug, _anchor="sales")
