"""Everybody with an account, for administrators: added, made administrators, deactivated, taken back."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts import members, permissions, staff, teams
from accounts.forms import MemberForm, NewMemberForm
from accounts.labels import ROLES, WHAT_ROLES_DO
from accounts.models import StaffMember, StaffRole, TeamMember
from accounts.permissions import Permission, requires
from accounts.views.workspace import Answer, blueprint
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page


@blueprint.get("/personal")
@requires(Permission.EDIT_STAFF)
def list_staff() -> str:
    """Everybody with an account."""
    return render_template("accounts/staff.html", people=staff.list_staff(), roles=ROLES)


@blueprint.route("/personal/alta", methods=["GET", "POST"])
@requires(Permission.EDIT_STAFF)
def add() -> Answer:
    """Add a member of staff, who gets a mail with which to choose a password."""
    with transaction():  # of a new installation it makes the first team
        teams.default_team()
    form = NewMemberForm().offer(teams.list_teams())
    if not form.validate_on_submit():
        return _show_new(form)
    try:
        with transaction():
            person = _add(form, by=permissions.staff())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_new(form)
    flash(_("Added. A mail with a link to choose a password is on its way to %(email)s.", email=person.email), "good")
    return _to_staff()


@blueprint.route("/personal/<int:staff_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_STAFF)
def edit(staff_id: int) -> Answer:
    """One member of staff: name, roles, and what else can be done with the account."""
    person = staff.get_member(staff_id)
    form = MemberForm(obj=person)
    if not form.validate_on_submit():
        return _show(person, form)
    try:
        with transaction():
            staff.change_staff(
                person,
                name=form.name.data,
                is_administrator=form.is_administrator.data,
                by=permissions.staff(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(staff.get_member(staff_id), form)
    flash(_("Saved."), "good")
    return _to_staff()


@blueprint.post("/personal/<int:staff_id>/desactivacio")
@requires(Permission.EDIT_STAFF)
def deactivate(staff_id: int) -> Response:
    """End a member's access."""
    person = staff.get_member(staff_id)
    with transaction():
        staff.deactivate(person, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s can no longer log in.", name=person.shown_name), "good")
    return _to_staff()


@blueprint.post("/personal/<int:staff_id>/activacio")
@requires(Permission.EDIT_STAFF)
def activate(staff_id: int) -> Response:
    """Give a deactivated member access again."""
    person = staff.get_member(staff_id)
    with transaction():
        staff.activate(person, by=permissions.staff(), now=utc_now())
    flash(_("%(name)s can log in again.", name=person.shown_name), "good")
    return _to_staff()


@blueprint.post("/personal/<int:staff_id>/enllac")
@requires(Permission.EDIT_STAFF)
def send_link(staff_id: int) -> Response:
    """Mail a member a link to set a password."""
    person = staff.get_member(staff_id)
    with transaction():
        staff.send_link(person, by=permissions.staff(), now=utc_now())
    flash(_("A mail with a link to set a password is on its way to %(email)s.", email=person.email), "good")
    return _to_staff()


def _add(form: NewMemberForm, *, by: StaffMember) -> StaffMember:
    role, now = form.role.data, utc_now()
    is_administrator = role is StaffRole.ADMINISTRATOR
    person = staff.add_staff(form.email.data, name=form.name.data, is_administrator=is_administrator, by=by, now=now)
    if not is_administrator:
        members.add(TeamMember, teams.get_team(form.team.data), person, role, by=by, now=now)
    return person


def _show_new(form: NewMemberForm) -> Answer:
    return form_page("accounts/add.html", form, what_roles_do=WHAT_ROLES_DO)


def _show(person: StaffMember, form: MemberForm) -> Answer:
    return form_page("accounts/member.html", form, person=person, roles=ROLES)


def _to_staff() -> Response:
    return redirect(url_for(".list_staff"), 303)
