"""Staff, team and own account in the workspace."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import login_user
from werkzeug.wrappers import Response

from accounts import permissions, staff, teams
from accounts.forms import ChangePasswordForm, MemberForm, NewMemberForm, TeamForm
from accounts.labels import ROLES, WHAT_ROLES_DO
from accounts.models import StaffMember
from accounts.permissions import Permission, requires
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.web import fills_block, limiter

blueprint = Blueprint("accounts_workspace", __name__, url_prefix="/gestio")

Answer = str | tuple[str, int] | Response


@fills_block("workspace.settings")
def navigation() -> str:
    """The links to team, staff and own account, and the button to log out, at the end of the workspace's navigation."""
    return render_template("accounts/_navigation.html")


@blueprint.get("/personal")
@requires(Permission.EDIT_STAFF)
def members() -> str:
    """Everybody with an account."""
    return render_template("accounts/members.html", members=staff.list_staff(), roles=ROLES)


@blueprint.route("/personal/alta", methods=["GET", "POST"])
@requires(Permission.EDIT_STAFF)
def add() -> Answer:
    """Add a member of staff, who gets a mail with which to choose a password."""
    form = NewMemberForm()
    if not form.validate_on_submit():
        return _show_new(form)
    by = permissions.staff()
    try:
        with transaction():
            person = staff.add_staff(
                form.email.data,
                form.role.data,
                name=form.name.data,
                team=teams.team_of(by),
                by=by,
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_new(form)
    flash(_("Added. A mail with a link to choose a password is on its way to %(email)s.", email=person.email), "good")
    return _to_members()


@blueprint.route("/personal/<int:member_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_STAFF)
def member(member_id: int) -> Answer:
    """One member of staff: name, role, and what else can be done with the account."""
    person = staff.get_member(member_id)
    form = MemberForm(obj=person)
    if not form.validate_on_submit():
        return _show_member(person, form)
    try:
        with transaction():
            staff.change_staff(person, name=form.name.data, role=form.role.data, by=permissions.staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_member(staff.get_member(member_id), form)
    flash(_("Saved."), "good")
    return _to_members()


@blueprint.post("/personal/<int:member_id>/desactivacio")
@requires(Permission.EDIT_STAFF)
def deactivate(member_id: int) -> Response:
    """End a member's access."""
    person = staff.get_member(member_id)
    with transaction():
        staff.deactivate(person, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s can no longer log in.", name=person.shown_name), "good")
    return _to_members()


@blueprint.post("/personal/<int:member_id>/activacio")
@requires(Permission.EDIT_STAFF)
def activate(member_id: int) -> Response:
    """Give a deactivated member access again."""
    person = staff.get_member(member_id)
    with transaction():
        staff.activate(person, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s can log in again.", name=person.shown_name), "good")
    return _to_members()


@blueprint.post("/personal/<int:member_id>/enllac")
@requires(Permission.EDIT_STAFF)
def send_link(member_id: int) -> Response:
    """Mail a member a link to set a password."""
    person = staff.get_member(member_id)
    with transaction():
        staff.send_link(person, by=permissions.staff(), now=utc_now())
    flash(_("A mail with a link to set a password is on its way to %(email)s.", email=person.email), "good")
    return _to_members()


@blueprint.route("/equip", methods=["GET", "POST"])
@requires(Permission.EDIT_TEAM)
def team() -> Answer:
    """The settings of the team: who is responsible, the privacy notice, who signs."""
    by = permissions.staff()
    with transaction():  # looking at them for the first time may make the team
        own = teams.team_of(by)
    form = TeamForm(obj=own)
    if not form.validate_on_submit():
        return form_page("accounts/team.html", form)
    try:
        with transaction():
            teams.change_settings(own, form.answers(), by=by, now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return form_page("accounts/team.html", form)
    flash(_("Saved."), "good")
    return redirect(url_for("accounts_workspace.team"), 303)


@blueprint.get("/compte")
@requires(Permission.ENTER_WORKSPACE)
def account() -> Answer:
    """Who I am here, and the form to change my password."""
    return _show_account(ChangePasswordForm())


@blueprint.post("/compte/contrasenya")
@requires(Permission.ENTER_WORKSPACE)
@limiter.limit("10 per minute; 60 per hour", key_func=lambda: str(permissions.staff().id))
def change_password() -> Answer:
    """Change my own password; this browser stays logged in, any other does not."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _show_account(form)
    me = permissions.staff()
    try:
        with transaction():
            staff.change_password(me, current=form.current_password.data, new=form.password.data, now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_account(form)
    login_user(me, remember=False, authn_via=["change"])
    flash(_("Your password has changed. Any other device where you were logged in no longer is."), "good")
    return redirect(url_for("accounts_workspace.account"), 303)


def _show_new(form: NewMemberForm) -> Answer:
    return form_page("accounts/add.html", form, what_roles_do=WHAT_ROLES_DO)


def _show_member(person: StaffMember, form: MemberForm) -> Answer:
    return form_page("accounts/member.html", form, member=person, what_roles_do=WHAT_ROLES_DO)


def _show_account(form: ChangePasswordForm) -> Answer:
    return form_page("accounts/account.html", form, roles=ROLES, what_roles_do=WHAT_ROLES_DO)


def _to_members() -> Response:
    return redirect(url_for("accounts_workspace.members"), 303)
