"""People put on the attendee list by hand, and taken off it."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import services as events
from events.models import Event, SessionKind
from registrations import attendance, attendees, services, supports
from registrations.forms import PersonForm
from registrations.views.workspace import Answer, blueprint


@blueprint.get("/<int:registration_id>/cancellacio")
@requires(Permission.EDIT_REGISTRATIONS)
def cancellation(slug: str, registration_id: int) -> str:
    """Ask once before a registration is cancelled, saying what will happen."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    return render_template("registrations/workspace/cancellation.html", event=event, registration=registration)


@blueprint.post("/<int:registration_id>/cancellacio")
@requires(Permission.EDIT_REGISTRATIONS)
def cancel(slug: str, registration_id: int) -> Response:
    """Cancel a registration: its places are free at once and the person is told."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    try:
        with transaction():
            services.cancel(registration, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("The registration of %(name)s is cancelled.", name=registration.full_name), "good")
    return redirect(url_for(".attendees", slug=slug, _anchor=f"r{registration_id}"), 303)


@blueprint.route("/alta", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def add(slug: str) -> Answer:
    """Add a person by hand: one who is late, or who has come without signing up."""
    event = events.get_event(slug)
    form = PersonForm.of(event, with_supports=may(Permission.VIEW_SUPPORTS))
    if not form.validate_on_submit():
        return _show(event, form)
    try:
        with transaction():
            registration = services.add(
                event,
                form.answers(),
                has_come=form.has_come.data,
                over_capacity=form.over_capacity.data,
                language=event.language,
                by=staff(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(events.get_event(slug), form)
    flash(_("%(name)s is on the list.", name=registration.full_name), "good")
    return redirect(url_for(".attendees", slug=slug, q=registration.code), 303)


def _show(event: Event, form: PersonForm) -> tuple[str, int]:
    sessions = [session for session in event.sessions if session.kind is not SessionKind.BREAK]
    now = utc_now()
    return form_page(
        "registrations/workspace/person.html",
        form,
        event=event,
        sessions=sessions,
        can_have_come=form.has_come.data or any(attendance.is_offered(session, now) for session in sessions),
        supports_days=supports.KEPT_FOR.days,
    )
