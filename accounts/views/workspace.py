"""The way into what staff set up, and one's own account."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import login_user
from werkzeug.wrappers import Response

from accounts import permissions, staff
from accounts.forms import ChangePasswordForm
from accounts.labels import ROLES, WHAT_ROLES_DO
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
    """The links to teams, staff and own account, and the button to log out, at the end of the navigation."""
    return render_template("accounts/_navigation.html")


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
    return redirect(url_for(".account"), 303)


def _show_account(form: ChangePasswordForm) -> Answer:
    return form_page("accounts/account.html", form, roles=ROLES, what_roles_do=WHAT_ROLES_DO)
