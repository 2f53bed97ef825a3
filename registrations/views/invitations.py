"""Invitation links: made, changed, revoked, with how many have used each."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.web import external_url
from events import services as events
from events.labels import DIMENSIONS
from events.models import Event
from registrations import invitations
from registrations.models import Invitation
from registrations.workspace_forms import InvitationForm

blueprint = Blueprint(
    "registrations_invitations", __name__, url_prefix="/gestio/jornades/<slug>/inscripcio/invitacions"
)

Answer = str | Response | tuple[str, int]


@blueprint.get("", endpoint="invitations")
@requires(Permission.EDIT_REGISTRATIONS)
def list_invitations(slug: str) -> str:
    """Every invitation with its link and how many have used it."""
    event = events.get_event(slug)
    return render_template(
        "registrations/settings/invitations.html",
        event=event,
        invitations=invitations.list_invitations(event),
        link=_link,
        dimensions=DIMENSIONS,
        now=utc_now(),
    )


@blueprint.route("/nova", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def create(slug: str) -> Answer:
    """Make a new link."""
    event = events.get_event(slug)
    form = InvitationForm.of(event)
    if form.validate_on_submit():
        with transaction():
            made = invitations.create(event, form.values(), by=staff(), now=utc_now())
        flash(_("The invitation is made. Copy its link and send it."), "good")
        return redirect(url_for(".invitations", slug=slug) + f"#i{made.id}", 303)
    return form_page("registrations/settings/invitation.html", form, event=event, invitation=None, uses=0)


@blueprint.route("/<int:invitation_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def edit(slug: str, invitation_id: int) -> Answer:
    """Change whom an invitation is for, how many and until when."""
    event = events.get_event(slug)
    invitation = invitations.get_invitation(event, invitation_id)
    form = InvitationForm.of(event, invitation)
    if form.validate_on_submit():
        try:
            with transaction():
                invitations.update(invitation, form.values(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".invitations", slug=slug) + f"#i{invitation_id}", 303)
    uses = invitations.count_uses(invitation)
    return form_page("registrations/settings/invitation.html", form, event=event, invitation=invitation, uses=uses)


@blueprint.post("/<int:invitation_id>/revocacio")
@requires(Permission.EDIT_REGISTRATIONS)
def revoke(slug: str, invitation_id: int) -> Response:
    """Let nobody else sign up with it."""
    event = events.get_event(slug)
    with transaction():
        invitations.revoke(invitations.get_invitation(event, invitation_id), by=staff(), now=utc_now())
    flash(_("Nobody else can sign up with this link. Whoever has done so stays signed up."), "good")
    return redirect(url_for(".invitations", slug=slug) + f"#i{invitation_id}", 303)


@blueprint.post("/<int:invitation_id>/restitucio")
@requires(Permission.EDIT_REGISTRATIONS)
def restore(slug: str, invitation_id: int) -> Response:
    """Let it be used again."""
    event = events.get_event(slug)
    with transaction():
        invitations.restore(invitations.get_invitation(event, invitation_id), by=staff(), now=utc_now())
    flash(_("The link can be used again."), "good")
    return redirect(url_for(".invitations", slug=slug) + f"#i{invitation_id}", 303)


def _link(event: Event, invitation: Invitation) -> str:
    return external_url("registrations.register_form", slug=event.slug, invitacio=invitation.token)
