"""The organiser’s pages about signing up: who may, and what happens then; the way between them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.web import fills_block
from events import services as events
from events.models import Event
from registrations import approvals, invitations, questions, reservations, supports
from registrations.workspace_forms import SettingsForm

blueprint = Blueprint("registrations_settings", __name__, url_prefix="/gestio/jornades/<slug>/inscripcio")

Answer = str | Response | tuple[str, int]


@fills_block("signup.parts")
def parts(event: Event) -> str:
    """Link the parts of signing up from each other, with how much there is in each."""
    return render_template(
        "registrations/settings/_parts.html",
        event=event,
        questions=len(questions.list_questions(event)),
        supports=len(supports.list_offered(event)),
        invitations=invitations.count(event),
        waiting=approvals.count(event),
    )


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def settings(slug: str) -> Answer:
    """Who may sign up, the waiting list, the address, changes, the calendar and the mails."""
    event = events.get_event(slug)
    form = SettingsForm.of(event)
    if form.validate_on_submit():
        try:
            with transaction():
                events.update_event(event, form.values(), by=staff(), now=utc_now())
                reservations.keep_places(event, form.reserved(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
            event = events.get_event(slug)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".settings", slug=slug), 303)
    return form_page("registrations/settings/settings.html", form, event=event)
