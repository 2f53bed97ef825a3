"""Forms: what all of them can do, and the fields that every room asks for, cleaned before they are looked at."""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice, StringField, TextAreaField
from wtforms.i18n import get_translations as wtforms_translations
from wtforms.validators import DataRequired, Length, ValidationError

from core.errors import DomainError
from core.languages import current_language
from core.text import clean_line, clean_text

MISSING = _l("This has to be filled in.")
_LINK = re.compile(r"://|www\.|\.\w{2,24}/", re.IGNORECASE)


@cache
def wtforms_catalogue(language: str) -> Any:
    """The words that WTForms brings along, in one of our languages."""
    return wtforms_translations([language])


class Form(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A form that can say what a rule refused."""

    class Meta:
        """How forms speak: WTForms reads its catalogue anew for each of them, and its words hardly ever show."""

        def get_translations(self, _form: FlaskForm) -> Any:
            return wtforms_catalogue(current_language())

    def refuse(self, refusal: DomainError) -> None:
        """Say why at the field it belongs to, or above the form when it belongs to none."""
        if refusal.field in self:
            field = self[refusal.field]
            field.errors = [*field.errors, str(refusal)]
        else:
            self.form_errors.append(str(refusal))


def name_version(said: object) -> str:
    """Name what is said of something now; a form sends it back, and it is another once somebody has changed that."""
    return sha256(repr(said).encode()).hexdigest()[:16]


def line(
    label: Any,
    limit: int,
    *validators: Any,
    required: bool = False,
    kind: type[Field] = StringField,
    autocomplete: str | None = None,
) -> Field:
    """A field for one line of text of at most `limit` characters."""
    return kind(
        label,
        filters=[clean_line],
        validators=[*([DataRequired(MISSING)] if required else []), at_most(limit), *validators],
        render_kw={"autocomplete": autocomplete} if autocomplete else None,
    )


def without_links(_form: Form, field: Field) -> None:
    """Refuse the address of a page in a name that goes into mails: a form may write to anybody's mailbox."""
    if field.data and _LINK.search(field.data):
        raise ValidationError(_l("Write only the name here, and no web address."))


def text(label: Any, limit: int) -> Field:
    """A field for several lines of text of at most `limit` characters."""
    return TextAreaField(label, filters=[clean_text], validators=[at_most(limit)])


def choices_of(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """The members of an enumeration to choose from, each with its words."""
    return [SelectChoice(each.value, label) for each, label in labels.items()]


def at_most(limit: int) -> Length:
    """Refuse a text that is longer than the column it is for."""
    return Length(max=limit, message=_l("This is too long: at most %(max)d characters."))


def form_page(template: str, form: Form, **context: object) -> tuple[str, int]:
    """The page of a form: as it is first asked for, or with what is wrong in it, which is a 422."""
    return render_template(template, form=form, **context), 422 if form.is_submitted() else 200
