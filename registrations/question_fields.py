"""The fields of a form that each event makes its own: the organiser's questions, the supports, where people come from.

A form that asks them is a class made for the event (`asking`), so that they are fields like any other: shown again as
they were typed, with what is wrong at each and in the summary on top.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import StopValidation, ValidationError

from core.forms import MISSING, Form, choices_of, line, text
from events.models import Dimension, Event
from registrations import identities
from registrations.labels import ORIGINS, SUPPORTS
from registrations.models import Invitation, Question, QuestionKind, SupportKind
from registrations.questions import LONG_LENGTH, NO, SHORT_LENGTH, YES, is_asked
from registrations.supports import DETAILS_LENGTH, Needs

FormClass = TypeVar("FormClass", bound="AskingForm")

_UNKNOWN = _l("What was chosen is not, or no longer, among the options. Choose again.")


class AskingForm(Form):
    """A form that can ask an event's own questions; which ones, a class made by `asking` says."""

    questions: Sequence[Question] = ()
    offered: Sequence[SupportKind] = ()
    asks_origin = False
    is_by_staff = False  # for somebody else, of whom they may not know everything

    def chosen_codes(self) -> Collection[str]:
        """The codes of the sessions the person wants to come to, whether there is a place or not."""
        return {code for name in ("sessions", "waiting") if name in self for code in self[name].data or ()}

    def asked(self) -> list[Question]:
        """The questions that are put to this person, which hang on the sessions chosen."""
        chosen = self.chosen_codes()
        return [question for question in self.questions if is_asked(question, chosen)]

    def words(self) -> dict[int, list[str]]:
        """What was answered, by the question's id: only to what was asked of this person; only after `validate`.

        Of the number of a document no more leaves the form than its mask.
        """
        return {each.id: said for each in self.asked() if (said := _said(each, self[field_name(each)].data))}

    def needs(self) -> Needs:
        """The supports that were asked for, with the person's own words; only after `validate`."""
        return {kind: self._details(kind) for kind in self.offered if self._is_needed(kind)}

    def origin_chosen(self) -> Dimension | None:
        """Where the person says they come from, if the form asks."""
        return Dimension(self["origin"].data) if self.asks_origin else None

    def validate_supports(self, field: Field) -> None:
        """Refuse a support that is not offered, and ask for the words without which it means nothing."""
        if not set(field.data or ()) <= {kind.value for kind in self.offered}:
            raise ValidationError(_UNKNOWN)
        for kind in self.offered:
            if kind.has_details and kind.value in (field.data or ()) and not self._details(kind):
                support = SUPPORTS[kind]
                raise ValidationError(
                    _("Write what they need: %(support)s.", support=support)
                    if self.is_by_staff
                    else _("Write what you need: %(support)s.", support=support)
                )

    def validate_supports_consent(self, field: Field) -> None:
        """Ask for explicit consent (GDPR art. 9.2.a) as soon as there is anything to consent to."""
        if not field.data and any(self._is_needed(kind) for kind in self.offered):
            raise ValidationError(
                _l("It may only be kept with their consent. Ask them, or tick none.")
                if self.is_by_staff
                else _l("Without your consent we may not keep what you need. Tick the box, or ask for none.")
            )

    def _details(self, kind: SupportKind) -> str:
        return self[details_name(kind)].data or "" if kind.has_details else ""

    def _is_needed(self, kind: SupportKind) -> bool:
        """Whether it was ticked, or newly described without a tick, which means the same."""
        is_ticked = kind.value in (self["supports"].data or ())
        return is_ticked or (bool(self._details(kind)) and self._details(kind) != self[details_name(kind)].object_data)


class Asked:
    """Check an answer only when its question is put to this person; else whatever was sent is let go."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __call__(self, form: AskingForm, field: Field) -> None:
        if not is_asked(self.question, form.chosen_codes()):
            field.errors = []
            raise StopValidation
        if not field.data:
            raise StopValidation(*([MISSING] if self.question.is_required and not form.is_by_staff else []))


def field_name(question: Question) -> str:
    """The name under which an answer is sent."""
    return f"question-{question.id}"


def details_name(kind: SupportKind) -> str:
    """The name under which the words that belong to a support are sent."""
    return f"support-{kind.value}"


def asking(
    form_class: type[FormClass],
    *,
    questions: Sequence[Question] = (),
    offered: Sequence[SupportKind] = (),
    asks_origin: bool = False,
) -> type[FormClass]:
    """Make a form of this class that also asks these questions, in their order."""
    if not (questions or offered or asks_origin):
        return form_class
    fields: dict[str, Any] = {"questions": questions, "offered": offered, "asks_origin": asks_origin}
    if asks_origin:
        fields["origin"] = _origin_field()
    fields.update({field_name(question): _make_field(question) for question in questions})
    if offered:
        fields.update(_support_fields(offered, is_by_staff=form_class.is_by_staff))
    return type(form_class.__name__, (form_class,), fields)


def asks_for_origin(event: Event, invitation: Invitation | None) -> bool:
    """Whether people must say where they come from: some places are kept, and no invitation says it for them."""
    return event.has_reserved_places and (invitation is None or invitation.dimension is None)


def fill_words(words: Mapping[int, Sequence[str]], questions: Sequence[Question]) -> dict[str, Any]:
    """Give answers as the data of a form's fields, to be changed in it."""
    return {
        field_name(question): list(said) if question.kind is QuestionKind.SEVERAL else said[0]
        for question in questions
        if (said := words.get(question.id))
    }


def fill_needs(needs: Needs) -> dict[str, Any]:
    """Give needs as the data of a form's fields, to be changed in it."""
    details = {details_name(kind): words for kind, words in needs.items() if kind.has_details}
    return {"supports": [kind.value for kind in needs], "supports_consent": bool(needs), **details}


def _make_field(question: Question) -> Field:
    label, asked = question.text, Asked(question)
    if question.kind is QuestionKind.SHORT:
        field = line(label, SHORT_LENGTH)
    elif question.kind is QuestionKind.LONG:
        field = text(label, LONG_LENGTH)
    elif question.kind is QuestionKind.IDENTITY:
        field = line(label, identities.LONGEST, identities.is_number, autocomplete="off")
        field.kwargs["filters"] = [*field.kwargs["filters"], identities.hide]
    else:
        field = _choice_field(question)
    field.kwargs["validators"] = [asked, *field.kwargs["validators"]]
    return field


def _choice_field(question: Question) -> Field:
    choices = [SelectChoice(option, option) for option in question.options]
    if question.kind is QuestionKind.YES_NO:
        choices = [SelectChoice(YES, _l("Yes")), SelectChoice(NO, _l("No"))]
    kind = SelectMultipleField if question.kind is QuestionKind.SEVERAL else RadioField
    return kind(question.text, choices=choices, validate_choice=False, validators=[_one_of_the_choices])


def _one_of_the_choices(_form: Form, field: Field) -> None:
    if not set(_as_words(field.data)) <= {choice.value for choice in field.choices}:
        raise ValidationError(_UNKNOWN)


def _support_fields(offered: Sequence[SupportKind], *, is_by_staff: bool) -> dict[str, Field]:
    choices = [SelectChoice(kind.value, SUPPORTS[kind]) for kind in offered]
    what, which, consent = (
        (_l("What do they need?"), _l("Supports they need"), _l("They agree that this is kept to prepare the supports"))
        if is_by_staff
        else (
            _l("What do you need?"),
            _l("Supports you need"),
            _l("I agree that this is kept and used to prepare the supports I need"),
        )
    )
    return {
        "supports": SelectMultipleField(which, choices=choices, validate_choice=False),
        **{details_name(kind): line(what, DETAILS_LENGTH) for kind in offered if kind.has_details},
        "supports_consent": BooleanField(consent),
    }


def _origin_field() -> Field:
    return RadioField(
        _l("Where do you come from?"),
        choices=choices_of(ORIGINS),
        validate_choice=False,
        validators=[_answered, _one_of_the_choices],
    )


def _answered(_form: Form, field: Field) -> None:
    if not field.data:
        raise StopValidation(MISSING)


def _said(question: Question, data: Any) -> list[str]:
    said = _as_words(data)
    if question.kind is QuestionKind.IDENTITY:
        return [masked for each in said if (masked := identities.mask(each))]
    return said


def _as_words(data: Any) -> list[str]:
    """Give what a field holds as a list of what was said, each thing once."""
    said = data if isinstance(data, list) else [data]
    return list(dict.fromkeys(each for each in said if each))
