"""One person of the attendee list, and what staff do for them: change it, give a place."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from events import services as events
from events.labels import DIMENSIONS
from registrations import attendees, changes, history, invitations, questions, services, supports, waiting_list
from registrations.forms import StaffChangeForm
from registrations.labels import ATTENDANCE_SOURCES, REGISTRATION_SOURCES, REGISTRATION_STATES, SUPPORTS, say_stays
from registrations.models import Registration, RegistrationState

blueprint = Blueprint("registrations_person", __name__, url_prefix="/gestio/jornades/<slug>/inscripcions")


@blueprint.get("/<int:registration_id>")
@requires(Permission.VIEW_REGISTRATIONS)
def show(slug: str, registration_id: int) -> str:
    """How one registration stands, what happened to it, and what can be done."""
    registration = attendees.get_registration(events.get_event(slug), registration_id)
    return _show(registration, _make_form(registration))


@blueprint.post("/<int:registration_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def change(slug: str, registration_id: int) -> Response | tuple[str, int]:
    """Change a registration for the person; they are told as if they had done it."""
    registration = attendees.get_registration(events.get_event(slug), registration_id)
    form = _make_form(registration)
    if not form.validate():
        return _show(registration, form), 422
    try:
        with transaction():
            outcome = changes.change(
                registration, form.change(), over_capacity=form.over_capacity.data, by=staff(), now=utc_now()
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(attendees.get_registration(events.get_event(slug), registration_id), form), 422
    flash(_say(outcome, registration), "good")
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


def _make_form(registration: Registration) -> StaffChangeForm:
    return StaffChangeForm.of(registration, with_supports=may(Permission.VIEW_SUPPORTS))


def _say(outcome: changes.Outcome, registration: Registration) -> str:
    if outcome is changes.Outcome.SAME:
        return str(_("Nothing was different."))
    is_told = outcome is changes.Outcome.TOLD and registration.email
    return str(_("Saved, and the person is told by mail.") if is_told else _("Saved."))


def _show(registration: Registration, form: StaffChangeForm) -> str:
    """The page; what somebody answered is for who may change it, and what they need for who prepares it."""
    event = registration.event
    said = questions.list_answers(registration) if may(Permission.EDIT_REGISTRATIONS) else []
    entries = waiting_list.list_entries(registration)
    return render_template(
        "registrations/workspace/registration.html",
        event=event,
        registration=registration,
        form=form,
        states=REGISTRATION_STATES,
        sources=REGISTRATION_SOURCES,
        marks=attendees.list_marks([registration]).get(registration.id, {}),
        say_stays=say_stays,
        signed_up=attendees.list_signed_up_by(registration),
        invitation=invitations.find_of(registration),
        attendance_sources=ATTENDANCE_SOURCES,
        dimensions=DIMENSIONS,
        stands=[(entry, waiting_list.find_position(entry)) for entry in entries],
        has_place=changes.holds_places(registration),
        is_waiting=registration.state is RegistrationState.WAITING,
        answers=[(question, questions.say(question, words)) for question, words in said],
        needs=supports.list_needs(registration) if may(Permission.VIEW_SUPPORTS) else [],
        support_words=SUPPORTS,
        supports_days=supports.KEPT_FOR.days,
        history=history.list_history(registration),
        now=utc_now(),
    )
