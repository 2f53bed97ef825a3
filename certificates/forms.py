"""The forms of certificates: an event's rules, a signature, a person's role, why one is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import DataRequired, StopValidation, ValidationError

from accounts.models import CertificateFormula
from certificates import texts
from certificates.models import CertificateRole, CertificateRules, CertifiedRole, PageSize, Requirement
from certificates.roles import ROLES
from certificates.rules import RulesValues
from certificates.services import REASON_LENGTH
from certificates.words import FORMULAS, PAGE_SIZES, REQUIREMENTS, WHO
from core.forms import Form, choices_of, line, text
from core.languages import NAMES
from events.forms import WholeNumberField
from events.models import Event, Session, SessionKind


def _known_fields(_form: Form, field: Field) -> None:
    unknown = texts.find_unknown(field.data or "")
    if unknown:
        raise ValidationError(_("There is no such field: %(fields)s", fields=", ".join(dict.fromkeys(unknown))))


def text_name(role: CertifiedRole, language: str) -> str:
    """The name under which the text of a role in a language is sent."""
    return f"text-{role.value}-{language}"


class RulesForm(Form):
    """Who gets a certificate, and what stands on it."""

    requirement = RadioField(_l("Who gets one"), choices=choices_of(REQUIREMENTS))
    share_percent = WholeNumberField(_l("Share of the hours, in percent"))
    sessions = SelectMultipleField(_l("Sessions that count"))
    formula = RadioField(
        _l("Formula"),
        choices=[SelectChoice(each.value if each else "", label) for each, label in FORMULAS.items()],
    )
    signatory_name = line(_l("Who signs"), 200)
    signatory_post = line(_l("Their post"), 200)
    approver_name = line(_l("Who gives the approval (vistiplau)"), 200)
    approver_post = line(_l("Post of who gives it"), 200)
    place = line(_l("Where it is signed"), 120)
    has_logo = BooleanField(_l("Print the logo of the team"))
    prints_identity = BooleanField(_l("Print the number of the identity document, masked"))
    page_size = RadioField(_l("Sheet"), choices=choices_of(PAGE_SIZES))

    @classmethod
    def of(cls, event: Event, rules: CertificateRules) -> RulesForm:
        """The form of an event's rules; what was posted goes before."""
        form = _with_texts(cls)(
            data={
                "requirement": rules.requirement.value,
                "share_percent": rules.share_percent,
                "sessions": [session.code for session in rules.sessions],
                "formula": rules.formula.value if rules.formula else "",
                "signatory_name": rules.signatory_name,
                "signatory_post": rules.signatory_post,
                "approver_name": rules.approver_name,
                "approver_post": rules.approver_post,
                "place": rules.place,
                "has_logo": rules.has_logo,
                "prints_identity": rules.prints_identity,
                "page_size": rules.page_size.value,
                **{
                    text_name(role, language): rules.texts.get(role.value, {}).get(language, "")
                    for role in CertifiedRole
                    for language in NAMES
                },
            }
        )
        form.event = event
        form.sessions.choices = session_choices(event)
        return form

    def validate_share_percent(self, field: Field) -> None:
        """Take a share only where it is what counts."""
        field.errors = []
        if self.requirement.data != Requirement.SHARE.value:
            raise StopValidation
        if field.data is None or not 1 <= field.data <= 100:
            raise ValidationError(_l("Write a whole number from 1 to 100."))

    def validate_sessions(self, field: Field) -> None:
        """Ask for sessions where they are what counts: all of none would be anybody."""
        if self.requirement.data == Requirement.SESSIONS.value and not field.data:
            raise ValidationError(_l("Choose at least one session."))

    def validate_signatory_post(self, field: Field) -> None:
        """Let no post stand without whose it is."""
        if field.data and not self.signatory_name.data:
            raise ValidationError(_l("Write whose post it is."))

    def validate_approver_post(self, field: Field) -> None:
        """Let no post stand without whose it is."""
        if field.data and not self.approver_name.data:
            raise ValidationError(_l("Write whose post it is."))

    def values(self) -> RulesValues:
        """What was typed; only after `validate`."""
        return {
            "requirement": Requirement(self.requirement.data),
            "share_percent": self.share_percent.data if self._is_share() else self.share_percent.object_data,
            "sessions": _chosen(self.event, self.sessions.data),
            "formula": CertificateFormula(self.formula.data) if self.formula.data else None,
            "signatory_name": self.signatory_name.data or "",
            "signatory_post": self.signatory_post.data or "",
            "approver_name": self.approver_name.data or "",
            "approver_post": self.approver_post.data or "",
            "place": self.place.data or "",
            "has_logo": self.has_logo.data,
            "prints_identity": self.prints_identity.data,
            "page_size": PageSize(self.page_size.data),
            "texts": self._texts(),
        }

    def _is_share(self) -> bool:
        return bool(self.requirement.data == Requirement.SHARE.value)

    def _texts(self) -> dict[str, dict[str, str]]:
        """The texts that were written, by role and language; what is empty is left out."""
        written = {
            role.value: {each: said for each in NAMES if (said := self[text_name(role, each)].data)}
            for role in CertifiedRole
        }
        return {role: said for role, said in written.items() if said}


def _with_texts(form_class: type[RulesForm]) -> type[RulesForm]:
    """Make the form with a field for the text of each role in each language."""
    fields: dict[str, Any] = {}
    for role in CertifiedRole:
        for language, name in NAMES.items():
            field = text(_l("%(role)s (%(language)s)", role=WHO[role], language=name), texts.LONGEST)
            field.kwargs["validators"] = [*field.kwargs["validators"], _known_fields]
            fields[text_name(role, language)] = field
    return type(form_class.__name__, (form_class,), fields)


class SignatureForm(Form):
    """The picture of a signature, chosen as a file."""

    image = FileField(_l("Image"), validators=[FileRequired(_l("Choose an image."))])


class RolesForm(Form):
    """What a person did besides attending, and in which sessions."""

    is_facilitator = BooleanField(_l("Facilitated"))
    sessions_facilitator = SelectMultipleField(_l("Sessions they facilitated"))
    is_speaker = BooleanField(_l("Spoke"))
    sessions_speaker = SelectMultipleField(_l("Sessions they spoke at"))
    is_organiser = BooleanField(_l("Organised"))
    sessions_organiser = SelectMultipleField(_l("Sessions they organised"))

    @classmethod
    def of(cls, event: Event, rows: Sequence[CertificateRole]) -> RolesForm:
        """The form of a person with these roles; what was posted goes before."""
        data: dict[str, Any] = {}
        for role in ROLES:
            of_role = [row for row in rows if row.role is role]
            data[f"is_{role.value}"] = bool(of_role)
            data[f"sessions_{role.value}"] = [row.session.code for row in of_role if row.session]
        form = cls(data=data)
        form.event = event
        for role in ROLES:
            form[f"sessions_{role.value}"].choices = session_choices(event)
        return form

    def chosen(self) -> dict[CertifiedRole, list[Session] | None]:
        """The sessions of each role, none for the event as a whole, None without it; only after `validate`.

        Sessions that were ticked say that the person had the role, with its own tick or without.
        """
        chosen: dict[CertifiedRole, list[Session] | None] = {}
        for role in ROLES:
            sessions = _chosen(self.event, self[f"sessions_{role.value}"].data)
            chosen[role] = sessions if sessions or self[f"is_{role.value}"].data else None
        return chosen


class RevocationForm(Form):
    """Why a certificate is revoked."""

    reason = line(_l("Why"), REASON_LENGTH, DataRequired(_l("Say why.")))


def session_choices(event: Event) -> list[SelectChoice]:
    """The sessions that can be certified."""
    return [SelectChoice(each.code, f"{each.code} · {each.title}") for each in _certifiable(event)]


def _certifiable(event: Event) -> list[Session]:
    return [each for each in event.sessions if each.kind is not SessionKind.BREAK]


def _chosen(event: Event, codes: list[str] | None) -> list[Session]:
    return [each for each in _certifiable(event) if each.code in (codes or ())]
