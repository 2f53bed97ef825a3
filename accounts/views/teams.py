"""The teams: which there are, and the settings of each."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts import logos, permissions, teams
from accounts.forms import LogoForm, TeamForm
from accounts.models import StaffMember, Team
from accounts.permissions import Permission, Place, finds_place, requires
from accounts.views.workspace import Answer, blueprint
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import form_page


@finds_place("/gestio/equips/<int:team_id>")
def find_place(_member: StaffMember, team_id: int) -> Place | None:
    """The team with this id, as the place that it is."""
    try:
        return Place(teams.get_team(team_id).id)
    except NotFoundError:
        return None


@blueprint.get("/equips")
@requires(Permission.EDIT_TEAM)
def list_teams() -> str:
    """The teams whose settings and people are mine to see to."""
    with transaction():  # of a new installation it makes the first team
        teams.default_team()
    ids = permissions.list_team_ids(Permission.EDIT_TEAM, permissions.staff())
    return render_template("accounts/teams.html", teams=teams.list_teams(ids))


@blueprint.route("/nou-equip", methods=["GET", "POST"])
@requires(Permission.EDIT_STAFF)
def create_team() -> Answer:
    """Make a team."""
    form = TeamForm(data=teams.FIRST_TEXTS)
    if not form.validate_on_submit():
        return form_page("accounts/team.html", form, team=None)
    try:
        with transaction():
            created = teams.create_team(form.answers(), by=permissions.staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return form_page("accounts/team.html", form, team=None)
    flash(_("The team is there. Now say who works in it."), "good")
    return redirect(url_for(".team_people", team_id=created.id), 303)


@blueprint.route("/equips/<int:team_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_TEAM)
def team(team_id: int) -> Answer:
    """The settings of a team: who is responsible, the privacy notice, who signs."""
    found = teams.get_team(team_id)
    form = TeamForm(obj=found)
    if not form.validate_on_submit():
        return show_team(found, form)
    try:
        with transaction():
            teams.change_settings(found, form.answers(), by=permissions.staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return show_team(teams.get_team(team_id), form)
    flash(_("Saved."), "good")
    return redirect(url_for(".team", team_id=team_id), 303)


def show_team(found: Team, form: TeamForm, logo_form: LogoForm | None = None) -> Answer:
    """The page of a team's settings, with its form or the one for its logo as far as it was filled in."""
    limits = {"megabytes": logos.MAX_MEGABYTES, "side": logos.MAX_SIDE}
    logo_form = logo_form or LogoForm(formdata=None)
    return form_page("accounts/team.html", form, team=found, logo_form=logo_form, limits=limits)
