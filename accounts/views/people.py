"""The people of a team, and the role of each."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts import members, permissions, staff, teams
from accounts.forms import InvitationForm, RoleForm
from accounts.labels import ROLES, ROLES_IN_A_TEAM, WHAT_ROLES_DO
from accounts.models import Team, TeamMember
from accounts.permissions import Permission, requires
from accounts.views.workspace import Answer, blueprint
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page


@blueprint.route("/equips/<int:team_id>/persones", methods=["GET", "POST"])
@requires(Permission.EDIT_TEAM)
@permissions.invitation_limit
def team_people(team_id: int) -> Answer:
    """Who works in the team; the form at its end takes one more person in."""
    team = teams.get_team(team_id)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _show(team, form)
    by, now = permissions.staff(), utc_now()
    try:
        with transaction():
            email = form.email.data
            member = members.invite(TeamMember, team, email, form.role.data, name=form.name.data, by=by, now=now)
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(teams.get_team(team_id), form)
    flash(_("%(name)s is in the team. A mail tells them.", name=member.staff.shown_name), "good")
    return _to_people(team_id)


@blueprint.post("/equips/<int:team_id>/persones/<int:staff_id>")
@requires(Permission.EDIT_TEAM)
def change_team_role(team_id: int, staff_id: int) -> Response:
    """Give somebody another role in the team."""
    member = members.get_member(TeamMember, teams.get_team(team_id), staff_id)
    form = RoleForm()
    if form.validate_on_submit():
        with transaction():
            members.change_role(member, form.role.data, by=permissions.staff(), now=utc_now())
        flash(_("Saved."), "good")
    else:
        flash(_("There is no such role."), "bad")
    return _to_people(team_id)


@blueprint.post("/equips/<int:team_id>/persones/<int:staff_id>/baixa")
@requires(Permission.EDIT_TEAM)
def take_out_of_team(team_id: int, staff_id: int) -> Response:
    """Let somebody go from the team."""
    member = members.get_member(TeamMember, teams.get_team(team_id), staff_id)
    name = member.staff.shown_name
    with transaction():
        members.take_out(member, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s no longer works in the team.", name=name), "good")
    return _to_people(team_id)


@blueprint.post("/equips/<int:team_id>/persones/<int:staff_id>/enllac")
@requires(Permission.EDIT_TEAM)
@permissions.invitation_limit
def send_team_link(team_id: int, staff_id: int) -> Response:
    """Mail somebody of the team, who has not chosen a password yet, another link with which to do it."""
    member = members.get_member(TeamMember, teams.get_team(team_id), staff_id)
    with transaction():
        staff.invite_again(member.staff, by=permissions.staff(), now=utc_now())
    email = member.staff.email
    flash(_("A mail with a link to set a password is on its way to %(email)s.", email=email), "good")
    return _to_people(team_id)


def _show(team: Team, form: InvitationForm) -> Answer:
    return form_page(
        "accounts/people.html",
        form,
        team=team,
        members=members.list_members(TeamMember, team),
        roles=ROLES,
        roles_to_give=ROLES_IN_A_TEAM,
        what_roles_do=WHAT_ROLES_DO,
    )


def _to_people(team_id: int) -> Response:
    return redirect(url_for(".team_people", team_id=team_id), 303)
