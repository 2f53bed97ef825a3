"""The form of a print of labels: it only reads, so it is asked for in the address."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, ValidationError

from certificates.label_sheets import SHEETS, USES, USUAL
from certificates.labels import LabelOptions, Mark, Subject
from core.forms import MISSING, Form, choices_of
from events.forms import WholeNumberField

MARKS = {
    Mark.NONE: _l("nothing"),
    Mark.CODE: _l("the code of the registration, or of the session"),
    Mark.QR: _l("the QR code for the door"),
}

SUBJECTS = {
    Subject.PEOPLE: _l("People: their name and organisation"),
    Subject.SESSIONS: _l("Sessions: their title, time and room, for tables and doors"),
}


class LabelsForm(Form):
    """On which sheet, from which label on, and what stands on each."""

    class Meta(Form.Meta):
        """Nothing is written, so nobody has to prove where they come from."""

        csrf = False

    of = RadioField(_l("What of"), choices=choices_of(SUBJECTS), default=Subject.PEOPLE.value)
    sheet = SelectField(_l("Sheet"))
    start = WholeNumberField(_l("First label to print on"), validators=[InputRequired(MISSING)])
    mark = SelectField(_l("Besides the name"), choices=choices_of(MARKS))
    with_organisation = BooleanField(_l("The organisation under the name, or when and where the session is"))
    with_outlines = BooleanField(_l("Outlines, to cut plain paper"))

    @classmethod
    def begun(cls) -> LabelsForm:
        """The form as it is first shown."""
        return _offer(cls(formdata=None, data={"sheet": USUAL, "start": 1, "with_organisation": True}))

    @classmethod
    def asked(cls, args: Any) -> LabelsForm:
        """The form as an address fills it in."""
        return _offer(cls(formdata=args))

    def validate_start(self, field: Any) -> None:
        """Take a label that the sheet has."""
        sheet = SHEETS.get(self.sheet.data)
        if sheet and not 1 <= field.data <= sheet.count:
            raise ValidationError(_("This sheet has labels from 1 to %(most)d.", most=sheet.count))

    def validate_mark(self, field: Any) -> None:
        """Let no session have a code for the door: nobody is let in by it."""
        if field.data == Mark.QR.value and self.of.data == Subject.SESSIONS.value:
            raise ValidationError(_("Only people have a QR code for the door."))

    @property
    def subject(self) -> Subject:
        """What is labelled; only after `validate`."""
        return Subject(self.of.data)

    def options(self) -> LabelOptions:
        """What is wanted; only after `validate`."""
        return LabelOptions(
            SHEETS[self.sheet.data],
            self.start.data,
            with_organisation=self.with_organisation.data,
            mark=Mark(self.mark.data),
            with_outlines=self.with_outlines.data,
        )


def _offer(form: LabelsForm) -> LabelsForm:
    """Offer the sheets, those for one use together, named in the language in force."""
    form.sheet.choices = [SelectChoice(key, sheet.name, optgroup=str(USES[sheet.use])) for key, sheet in SHEETS.items()]
    return form
