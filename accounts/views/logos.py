"""The logos of teams: where everybody sees them, and where a team's organisers set theirs."""

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse

from accounts import logos, permissions, teams
from accounts.forms import LogoForm, TeamForm
from accounts.models import Team
from accounts.permissions import Permission, requires
from accounts.views.teams import show_team
from accounts.views.workspace import Answer, blueprint
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError

public = Blueprint("logos", __name__)


@public.record_once
def add_image(state: BlueprintSetupState) -> None:
    """Let every template show a team's logo."""
    state.app.jinja_env.globals.update(team_logo=team_logo)


def team_logo(team: Team) -> Markup:
    """The logo of a team as an image, nothing when it has none; half as large as it is, so that it is sharp."""
    if not team.logo_mark:
        return Markup()
    return Markup('<img class="team-logo" src="{}" width="{}" height="{}" alt="{}">').format(
        url_for("logos.logo", mark=team.logo_mark),
        -(-team.logo_width // 2),
        -(-team.logo_height // 2),
        escape(_("Logo of %(team)s", team=team.name)),
    )


@public.get("/logotips/<mark>.png")
def logo(mark: str) -> Response:
    """A logo at an address that only it has, so that it may be kept for ever; whose it is, the address does not say."""
    content = logos.find_logo(mark)
    if content is None:
        abort(404)
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(mark)
    response.make_conditional(request)
    return response


@blueprint.post("/equips/<int:team_id>/logotip")
@requires(Permission.EDIT_TEAM)
def set_logo(team_id: int) -> Answer:
    """Give the team a logo."""
    team = teams.get_team(team_id)
    form = LogoForm()
    if not form.validate_on_submit():
        return show_team(team, TeamForm(formdata=None, obj=team), form)
    try:
        picture = logos.redraw(form.image.data.read(logos.MAX_MEGABYTES * 1024 * 1024 + 1))
    except DomainError as refusal:
        form.refuse(refusal)
        return show_team(team, TeamForm(formdata=None, obj=team), form)
    with transaction():
        logos.set_logo(team, picture, by=permissions.staff(), now=utc_now())
    flash(_("The logo is saved."), "good")
    return _to_team(team_id)


@blueprint.post("/equips/<int:team_id>/logotip/supressio")
@requires(Permission.EDIT_TEAM)
def remove_logo(team_id: int) -> BaseResponse:
    """Take the team's logo away."""
    team = teams.get_team(team_id)
    with transaction():
        logos.remove_logo(team, by=permissions.staff(), now=utc_now())
    flash(_("The logo is gone."), "good")
    return _to_team(team_id)


def _to_team(team_id: int) -> BaseResponse:
    return redirect(url_for(".team", team_id=team_id) + "#logotip", 303)
