"""Those who await the organiser's answer: seen, approved one by one or together, declined with a sentence."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.web import paginate
from events import services as events
from events.labels import DIMENSIONS
from events.models import Event
from registrations import approvals, attendees, invitations, questions, waiting_list
from registrations.approvals import Approved
from registrations.workspace_forms import DeclineForm

blueprint = Blueprint("registrations_approvals", __name__, url_prefix="/gestio/jornades/<slug>/inscripcio/aprovacions")

Answer = str | Response | tuple[str, int]


@blueprint.get("", endpoint="approvals")
@requires(Permission.EDIT_REGISTRATIONS)
def show(slug: str) -> str:
    """Those who await an answer, who asked first first, with what they answered."""
    event = events.get_event(slug)
    page = paginate(approvals.select_awaiting(event), request.args.get("page", 1, type=int))
    return render_template(
        "registrations/settings/approvals.html",
        event=event,
        page=page,
        wishes=waiting_list.read_sessions([registration.id for registration in page.items]),
        questions=questions.list_questions(event, with_withdrawn=True) if page.items else [],
        words=questions.read_words([registration.id for registration in page.items]),
        invitations={invitation.id: invitation.label for invitation, _uses in invitations.list_invitations(event)},
        dimensions=DIMENSIONS,
        say=questions.say,
    )


@blueprint.post("")
@requires(Permission.EDIT_REGISTRATIONS)
def approve_all(slug: str) -> Response:
    """Approve everybody who was shown."""
    event = events.get_event(slug)
    shown = request.form.getlist("registration", type=int)
    try:
        with transaction():
            approved = approvals.approve_all(event, shown, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        _flash(event, approved)
    return redirect(url_for(".approvals", slug=slug), 303)


@blueprint.post("/<int:registration_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def approve(slug: str, registration_id: int) -> Response:
    """Say yes to one."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    try:
        with transaction():
            approvals.approve(registration, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        _flash(event, Approved(int(registration.is_confirmed), int(not registration.is_confirmed), 0))
    return redirect(url_for(".approvals", slug=slug), 303)


@blueprint.route("/<int:registration_id>/denegacio", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def decline(slug: str, registration_id: int) -> Answer:
    """Say no to one, after asking what to tell them."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    form = DeclineForm()
    if form.validate_on_submit():
        try:
            with transaction():
                approvals.decline(registration, reason=form.reason.data, by=staff(), now=utc_now())
        except DomainError as refusal:
            flash(str(refusal), "bad")
        else:
            flash(_("%(name)s has been told.", name=registration.full_name), "good")
        return redirect(url_for(".approvals", slug=slug), 303)
    return form_page("registrations/settings/decline.html", form, event=event, registration=registration)


def _flash(event: Event, approved: Approved) -> None:
    if approved.confirmed:
        flash(ngettext("%(num)d person has a place.", "%(num)d people have a place.", approved.confirmed), "good")
    if approved.waiting:
        said = ngettext(
            "%(num)d person is on the waiting list.", "%(num)d people are on the waiting list.", approved.waiting
        )
        flash(said, "good")
    if approved.left:
        said = ngettext(
            "%(num)d person could not be approved: all %(capacity)d places are taken.",
            "%(num)d people could not be approved: all %(capacity)d places are taken.",
            approved.left,
            capacity=event.capacity or 0,
        )
        flash(said, "warn")
