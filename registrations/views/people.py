"""One person of the attendee list, and what staff do for them: everything that they could do themselves, and more."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from events import services as events
from registrations import attendees, changes, history, services, waiting_list
from registrations.forms import StaffChangeForm
from registrations.labels import REGISTRATION_SOURCES, REGISTRATION_STATES
from registrations.models import Registration, RegistrationState

blueprint = Blueprint("registrations_person", __name__, url_prefix="/gestio/jornades/<slug>/inscripcions")


@blueprint.get("/<int:registration_id>")
@requires(Permission.VIEW_REGISTRATIONS)
def show(slug: str, registration_id: int) -> str:
    """How one registration stands, what happened to it, and what can be done."""
    registration = attendees.get_registration(events.get_event(slug), registration_id)
    return _show(registration, StaffChangeForm.of(registration))


@blueprint.post("/<int:registration_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def change(slug: str, registration_id: int) -> Response | tuple[str, int]:
    """Change a registration for the person; they are told as if they had done it."""
    registration = attendees.get_registration(events.get_event(slug), registration_id)
    form = StaffChangeForm.of(registration)
    if not form.validate():
        return _show(registration, form), 422
    try:
        with transaction():
            is_different = changes.change(
                registration, form.change(), over_capacity=form.over_capacity.data, by=staff(), now=utc_now()
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(attendees.get_registration(events.get_event(slug), registration_id), form), 422
    flash(_("Saved, and the person is told by mail.") if is_different else _("Nothing was different."), "good")
    return redirect(url_for(".show", slug=slug, registration_id=registration_id), 303)


@blueprint.post("/<int:registration_id>/placa")
@requires(Permission.EDIT_REGISTRATIONS)
def admit(slug: str, registration_id: int) -> Response:
    """Give a place on purpose to somebody who waits, before the others and above capacity if need be."""
    registration = attendees.get_registration(events.get_event(slug), registration_id)
    try:
        with transaction():
            services.admit(registration, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("%(name)s has a place and is told by mail.", name=registration.full_name), "good")
    return redirect(url_for(".show", slug=slug, registration_id=registration_id), 303)


def _show(registration: Registration, form: StaffChangeForm) -> str:
    event = registration.event
    entries = waiting_list.list_entries(registration)
    return render_template(
        "registrations/workspace/registration.html",
        event=event,
        registration=registration,
        form=form,
        states=REGISTRATION_STATES,
        sources=REGISTRATION_SOURCES,
        attended=services.list_attended_sessions(registration),
        stands=[(entry, waiting_list.find_position(entry)) for entry in entries],
        has_place=changes.holds_places(registration),
        is_waiting=registration.state is RegistrationState.WAITING,
        history=history.list_history(registration),
        now=utc_now(),
    )
