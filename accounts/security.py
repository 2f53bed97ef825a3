"""Logging in: Flask-Security around our own models, its mails sent as rows like any other.

Flask-Security keeps the log-in and the reset by mail; everything else it can do is off. Its messages are ours: marked
here for extraction, looked up in our own catalogue when it shows them.
"""

from datetime import timedelta
from typing import Any

import flask
from flask import Flask, Response, abort, flash, g, redirect, request, url_for
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from flask_security import (
    FSQLALiteUserDatastore,
    MailUtil,
    PasswordUtil,
    RoleMixin,
    Security,
    current_user,
    password_reset,
)
from flask_security import views as flask_security
from werkzeug.wrappers import Response as BaseResponse

from accounts import audit, notifications, passwords
from accounts.forms import ForgottenForm, LogInForm, ResetForm
from accounts.models import StaffMember
from accounts.permissions import may, may_anywhere
from accounts.staff import NotAnAddress, clean_address
from core.config import ROOT, Settings
from core.database import db, transaction
from core.dates import utc_now
from core.errors import DomainError
from core.text import address_key, clean_line
from core.web import limiter

REMEMBER_FOR = timedelta(days=30)
LINK_IS_GOOD_FOR = timedelta(days=1)
SESSION_LASTS = timedelta(days=7)

# People of one office or one network at the door share an address, so a connection may fail often; an account may not.
FAILURES_PER_CONNECTION = "30 per minute; 200 per hour"
FAILURES_PER_ACCOUNT = "10 per minute; 60 per hour"
RESETS_PER_CONNECTION = "10 per minute; 60 per hour"
RESETS_PER_ACCOUNT = "3 per minute; 10 per hour"


def _(text: str) -> str:
    """Mark a text for extraction; Flask-Security translates it."""
    return text


UNKNOWN_LOGIN = _("The e-mail or the password is not right.")
MAIL_ON_ITS_WAY = _("If there is an account with this address, a mail with a link, good for one day, is on its way.")
LINK_IS_NO_GOOD = _("This link is no longer good: it has been used, or is older than one day. Ask for another.")
NO_EMAIL = _("Write your e-mail address.")
NO_PASSWORD = _("Write your password.")
MESSAGES = {
    "GENERIC_AUTHN_FAILED": (UNKNOWN_LOGIN, "bad"),
    "USER_DOES_NOT_EXIST": (UNKNOWN_LOGIN, "bad"),
    "INVALID_PASSWORD": (UNKNOWN_LOGIN, "bad"),
    "DISABLED_ACCOUNT": (UNKNOWN_LOGIN, "bad"),
    "GENERIC_RECOVERY": (MAIL_ON_ITS_WAY, "good"),
    "PASSWORD_RESET_REQUEST": (MAIL_ON_ITS_WAY, "good"),
    "PASSWORD_RESET_EXPIRED": (LINK_IS_NO_GOOD, "bad"),
    "INVALID_RESET_PASSWORD_TOKEN": (LINK_IS_NO_GOOD, "bad"),
    "PASSWORD_RESET_NO_LOGIN": (_("Your password is set. Log in with it."), "good"),
    "EMAIL_NOT_PROVIDED": (NO_EMAIL, "bad"),
    "INVALID_EMAIL_ADDRESS": (_("This is not an e-mail address."), "bad"),
    "PASSWORD_NOT_PROVIDED": (NO_PASSWORD, "bad"),
    "RETYPE_PASSWORD_MISMATCH": (_("The two passwords are not the same."), "bad"),
    "FORGOT_PASSWORD": (_("I have forgotten my password"), "good"),
    "API_ERROR": (_("We could not understand this request"), "bad"),
}


class StaffDatastore(FSQLALiteUserDatastore):
    """Flask-Security's way to our rows; the views below commit, once, what it did."""

    def commit(self) -> None:
        """Leave it to the transaction that the view has opened."""


class RowMail(MailUtil):
    """Flask-Security's two mails, written as rows in our words, with links that never come from the request's host."""

    def send_mail(self, template: str, *args: Any, **context: Any) -> None:  # noqa: ARG002 - it renders nothing for us
        """Write the mail that `template` names."""
        member: StaffMember = context["user"]
        if template == notifications.reset_instructions.__name__:
            notifications.reset_instructions(member, token=context["reset_token"], now=utc_now())
        else:
            notifications.password_changed(member, now=utc_now())


class StaffPasswords(PasswordUtil):
    """Our rules where Flask-Security asks for a new password."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:  # noqa: ARG002, FBT001 - its signature
        """Give what is wrong with the password, and the password in the form that is hashed."""
        try:
            passwords.check(password, email=kwargs["user"].email)
        except DomainError as refusal:
            return [str(refusal)], password
        return None, passwords.normalise(password)


# Its roles hold everywhere and ours in one place, so it is given none: nothing of it that we use looks at them.
datastore = StaffDatastore(db, StaffMember, RoleMixin)


# OWASP's cheat sheet on storing passwords: 19 MiB, so that many logging in at once fit a small machine.
COST_OF_HASH = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}


def init_app(app: Flask, settings: Settings) -> None:
    """Set up log-in and password reset; there is no public registration of staff."""
    app.config.setdefault("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", COST_OF_HASH)
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of the scheme
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_PASSWORD_LENGTH_MIN=passwords.MIN_LENGTH,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "allow_smtputf8": False},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=LINK_IS_GOOD_FOR,
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # without its page to type the password again
        SECURITY_LOGIN_URL="/entrada",
        SECURITY_LOGOUT_URL="/sortida",
        SECURITY_RESET_URL="/contrasenya",
        SECURITY_POST_LOGIN_VIEW="/gestio",
        SECURITY_POST_LOGOUT_VIEW="/entrada",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CACHE_CONTROL=None,  # its own comes out as `no-store=True`, which is no word of HTTP; ours follows
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        SECURITY_I18N_DOMAIN="messages",
        SECURITY_I18N_DIRNAME=[str(ROOT / "translations")],
        SECURITY_EMAIL_PLAINTEXT=False,
        SECURITY_EMAIL_HTML=False,
        SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET=notifications.reset_instructions.__name__,
        SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE=notifications.password_changed.__name__,
        REMEMBER_COOKIE_DURATION=REMEMBER_FOR,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.production,
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS,
        # Not "strong": it would log the door out whenever a telephone changes from one network to another.
        SESSION_PROTECTION="basic",
        **{f"SECURITY_MSG_{name}": message for name, message in MESSAGES.items()},
    )
    security = Security(
        app,
        datastore,
        mail_util_cls=RowMail,
        password_util_cls=StaffPasswords,
        login_form=LogInForm,
        forgot_password_form=ForgottenForm,
        reset_password_form=ResetForm,
    )
    security.principal.skip_static = True  # who asks for a file is nobody's business, least of all the database's
    # A mailed link then takes as long to make as the hash that Flask-Security makes for an unknown address.
    security.hashing_context = security.pwd_context
    security.unauthn_handler(_send_to_log_in)
    security.want_json(lambda _request: False)  # it serves pages; there is no log-in for programs
    app.view_functions["security.login"] = _log_in
    app.view_functions["security.forgot_password"] = _ask_for_link
    app.view_functions["security.reset_password"] = _set_password
    password_reset.connect(_note_reset, app)
    app.jinja_env.globals.update(may=may, may_anywhere=may_anywhere)


def _typed_address() -> str:
    """The address in the form, known or not, so that a limit on it tells nothing; every spelling of one is one."""
    typed = clean_line(request.form.get("email"))[:320]
    try:
        return clean_address(typed)
    except NotAnAddress:
        return address_key(typed) or get_remote_address()


def _has_failed(response: Response) -> bool:
    """Whether Flask-Security shows its form once more instead of sending the person on."""
    return response.status_code == 200


@limiter.limit(FAILURES_PER_CONNECTION, methods=["POST"], deduct_when=_has_failed)
@limiter.limit(FAILURES_PER_ACCOUNT, methods=["POST"], deduct_when=_has_failed, key_func=_typed_address)
def _log_in() -> Any:
    """Log in, and forget the token for forms that the session held before: somebody else may have planted it."""
    with transaction():
        response = flask_security.login()
    if request.method == "POST" and current_user.is_authenticated:
        flask.session.pop("csrf_token", None)
        g.pop("csrf_token", None)
    return response


@limiter.limit(RESETS_PER_CONNECTION, methods=["POST"])
@limiter.limit(RESETS_PER_ACCOUNT, methods=["POST"], key_func=_typed_address)
def _ask_for_link() -> Any:
    """Write the mail with the link, if there is such an account; the answer is the same."""
    with transaction():
        return flask_security.forgot_password()


@limiter.limit(RESETS_PER_CONNECTION, methods=["POST"])
def _set_password(token: str) -> Any:
    """Set the password that the link is for."""
    with transaction():
        return flask_security.reset_password(token)


def _note_reset(_app: Flask, user: StaffMember, **_more: object) -> None:
    audit.record(
        "staff_member.set_password", subject_kind="staff_member", subject_key=str(user.id), by=user, now=utc_now()
    )


def _send_to_log_in(_mechanisms: object = None, headers: object = None) -> BaseResponse:  # noqa: ARG001 - its signature
    """Answer who is not logged in: the log-in page, which leads back here; 401 to a script, which cannot follow."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        abort(401)
    flash(gettext("Log in to see this page."), "warn")
    came_for = f"{request.script_root}{request.full_path}".rstrip("?")
    return redirect(url_for("security.login", next=came_for if request.method == "GET" else None))
