"""The people of one event: who facilitates or helps at this one alone."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts import members, permissions
from accounts.forms import InvitationForm, RoleForm
from accounts.labels import ROLES, ROLES_IN_A_TEAM, WHAT_ROLES_DO
from accounts.permissions import Permission, requires
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import services
from events.members import list_by_role_in_team
from events.models import Event, EventMember
from events.views.workspace import Answer, blueprint


@blueprint.route("/jornades/<slug>/equip", methods=["GET", "POST"])
@requires(Permission.EDIT_TEAM)
@permissions.invitation_limit
def people(slug: str) -> Answer:
    """Who works at this event alone, and who because they are in its team; the form takes one more person in."""
    event = services.get_event(slug)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _show(event, form)
    by, now = permissions.staff(), utc_now()
    try:
        with transaction():
            email = form.email.data
            member = members.invite(EventMember, event, email, form.role.data, name=form.name.data, by=by, now=now)
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(services.get_event(slug), form)
    flash(_("%(name)s works at this event. A mail tells them.", name=member.staff.shown_name), "good")
    return _to_people(slug)


@blueprint.post("/jornades/<slug>/equip/<int:staff_id>")
@requires(Permission.EDIT_TEAM)
def change_role(slug: str, staff_id: int) -> Response:
    """Give somebody another role at this event."""
    member = members.get_member(EventMember, services.get_event(slug), staff_id)
    form = RoleForm()
    if form.validate_on_submit():
        with transaction():
            members.change_role(member, form.role.data, by=permissions.staff(), now=utc_now())
        flash(_("Saved."), "good")
    else:
        flash(_("There is no such role."), "bad")
    return _to_people(slug)


@blueprint.post("/jornades/<slug>/equip/<int:staff_id>/baixa")
@requires(Permission.EDIT_TEAM)
def take_out(slug: str, staff_id: int) -> Response:
    """Let somebody go from this event."""
    member = members.get_member(EventMember, services.get_event(slug), staff_id)
    name = member.staff.shown_name
    with transaction():
        members.take_out(member, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s no longer works at this event.", name=name), "good")
    return _to_people(slug)


def _show(event: Event, form: InvitationForm) -> Answer:
    return form_page(
        "events/people.html",
        form,
        event=event,
        members=members.list_members(EventMember, event),
        colleagues=list_by_role_in_team(event),
        roles=ROLES,
        roles_to_give=ROLES_IN_A_TEAM,
        what_roles_do=WHAT_ROLES_DO,
    )


def _to_people(slug: str) -> Response:
    return redirect(url_for(".people", slug=slug), 303)
