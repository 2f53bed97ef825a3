"""What the account pages ask for: shape and format of the input."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from flask_security.forms import (
    EmailValidation,
    EqualToLocalize,
    ForgotPasswordForm,
    IsString,
    LoginForm,
    ResetPasswordForm,
    email_required,
    password_required,
    valid_user_email,
)
from flask_security.utils import validate_redirect_url
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    URLField,
)
from wtforms.validators import DataRequired, Email, EqualTo, Length, Optional, Regexp

from accounts.labels import CERTIFICATE_FORMULAS, ROLES, ROLES_IN_A_TEAM
from accounts.models import CertificateFormula, StaffRole, Team
from accounts.passwords import MAX_LENGTH, normalise
from core.forms import Form, choices_of, line, text, without_links
from core.text import clean_line

_CURRENT = {"autocomplete": "current-password"}
_NEW = {"autocomplete": "new-password"}
_LONGEST_TEXT = 4000
# WTForms' own URL takes any scheme, and a link with `javascript://` runs.
_WEB_ADDRESS = r"(?i)https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?$"


class LogInForm(LoginForm):
    """Flask-Security's form in our words."""

    email = EmailField(
        _l("E-mail"),
        render_kw={"autocomplete": "username"},
        filters=[clean_line],
        validators=[IsString(), email_required, EmailValidation(verify=False)],
    )
    password = PasswordField(_l("Password"), render_kw=_CURRENT, validators=[IsString(), password_required])
    remember = BooleanField(_l("Keep me logged in on this device"))

    def filter_password(self, text: str | None) -> str:
        """Cut what is longer than any password, which Flask-Security would hash as a whole."""
        return normalise(text or "")

    def validate_next(self, field: Field) -> None:
        """Forget a destination outside this site instead of refusing the person, who did not write it."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""


class ForgottenForm(ForgotPasswordForm):
    """Flask-Security's form in our words."""

    email = EmailField(
        _l("E-mail"),
        render_kw={"autocomplete": "username"},
        filters=[clean_line],
        validators=[IsString(), email_required, EmailValidation(verify=True), valid_user_email],
    )


class ResetForm(ResetPasswordForm):
    """Flask-Security's form in our words."""

    password = PasswordField(_l("New password"), render_kw=_NEW, validators=[IsString(), password_required])
    password_confirm = PasswordField(
        _l("The same password again"),
        render_kw=_NEW,
        validators=[IsString(), EqualToLocalize("password", message="RETYPE_PASSWORD_MISMATCH"), password_required],
    )


class LogoForm(Form):
    """A team's logo, chosen as a file."""

    image = FileField(_l("Image"), validators=[FileRequired(_l("Choose an image."))])


class ChangePasswordForm(Form):
    """The present password and the new one, twice."""

    current_password = PasswordField(_l("Present password"), render_kw=_CURRENT, validators=[DataRequired()])
    password = PasswordField(_l("New password"), render_kw=_NEW, validators=[DataRequired(), Length(max=MAX_LENGTH)])
    password_again = PasswordField(
        _l("The same password again"),
        render_kw=_NEW,
        validators=[DataRequired(), EqualTo("password", message=_l("The two passwords are not the same."))],
    )


def _choice_of_role(roles: Mapping[StaffRole, Any]) -> RadioField:
    return RadioField(
        _l("Role"),
        choices=choices_of(roles),
        coerce=StaffRole,
        validators=[DataRequired()],
    )


class MemberForm(Form):
    """A member of staff: name, and whether the whole installation is theirs to administer."""

    name = line(_l("Name"), 200, without_links, required=True)
    is_administrator = BooleanField(_l("Administrator of the whole installation"))


class InvitationForm(Form):
    """Somebody who will work in a team or at an event, known by their address."""

    name = line(_l("Name"), 200, without_links, required=True)
    email = line(_l("E-mail"), 320, required=True, kind=EmailField)
    role = _choice_of_role(ROLES_IN_A_TEAM)


class NewMemberForm(InvitationForm):
    """A new member of staff: an administrator, or somebody with a role in a team."""

    role = _choice_of_role(ROLES)
    team = SelectField(_l("Team"), coerce=int)

    def offer(self, teams: Sequence[Team]) -> Self:
        """Fill in the teams there are."""
        self.team.choices = [SelectChoice(team.id, team.name) for team in teams]
        return self


class RoleForm(Form):
    """Another role for somebody who has one."""

    role = SelectField(
        _l("Role"),
        choices=choices_of(ROLES_IN_A_TEAM),
        coerce=StaffRole,
    )


class TeamForm(Form):
    """Every setting of a team."""

    name = line(_l("Name of the team"), 200, required=True)
    contact_email = line(
        _l("Contact e-mail"),
        320,
        Optional(),
        Email(_l("This is not an e-mail address."), allow_smtputf8=False),
        kind=EmailField,
    )
    place = line(_l("Town"), 120)
    responsible_body = line(_l("Responsible body"), 300)
    privacy_purpose = text(_l("Purpose"), _LONGEST_TEXT)
    privacy_legal_basis = text(_l("Legal basis"), _LONGEST_TEXT)
    privacy_rights = text(_l("Rights"), _LONGEST_TEXT)
    privacy_url = line(
        _l("Address of the full notice"),
        500,
        Optional(),
        Regexp(_WEB_ADDRESS, message=_l("This is not a web address.")),
        kind=URLField,
    )
    image_consent_text = text(_l("Consent to images"), _LONGEST_TEXT)
    certificate_formula = RadioField(
        _l("Formula"),
        choices=choices_of(CERTIFICATE_FORMULAS),
        coerce=CertificateFormula,
        validators=[DataRequired()],
    )
    signatory_name = line(_l("Who signs"), 200)
    signatory_post = line(_l("Post"), 200)

    def answers(self) -> dict[str, Any]:
        """What was filled in, by the names of the team's columns."""
        return {name: value for name, value in self.data.items() if name != "csrf_token"}
