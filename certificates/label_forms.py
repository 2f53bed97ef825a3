"""The form of a print of labels: it only reads, so it is asked for in the address."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField
from wtforms.validators import InputRequired, ValidationError

from certificates.label_sheets import SHEETS
from certificates.labels import LabelOptions, Mark
from core.forms import MISSING, Form, choices_of
from events.forms import WholeNumberField

MARKS = {
    Mark.NONE: _l("nothing"),
    Mark.CODE: _l("the code of the registration"),
    Mark.QR: _l("the QR code for the door"),
}


class LabelsForm(Form):
    """On which sheet, from which label on, and what stands on each."""

    class Meta(Form.Meta):
        """Nothing is written, so nobody has to prove where they come from."""

        csrf = False

    sheet = SelectField(_l("Sheet"), choices=[SelectChoice(key, sheet.name) for key, sheet in SHEETS.items()])
    start = WholeNumberField(_l("First label to print on"), validators=[InputRequired(MISSING)])
    mark = SelectField(_l("Besides the name"), choices=choices_of(MARKS))
    with_organisation = BooleanField(_l("The organisation under the name"))
    with_outlines = BooleanField(_l("Outlines, to cut plain paper"))

    @classmethod
    def begun(cls) -> LabelsForm:
        """The form as it is first shown."""
        return cls(formdata=None, data={"start": 1, "with_organisation": True})

    @classmethod
    def asked(cls, args: Any) -> LabelsForm:
        """The form as an address fills it in."""
        return cls(formdata=args)

    def validate_start(self, field: Any) -> None:
        """Take a label that the sheet has."""
        sheet = SHEETS.get(self.sheet.data)
        if sheet and not 1 <= field.data <= sheet.count:
            raise ValidationError(_("This sheet has labels from 1 to %(most)d.", most=sheet.count))

    def options(self) -> LabelOptions:
        """What is wanted; only after `validate`."""
        return LabelOptions(
            SHEETS[self.sheet.data],
            self.start.data,
            with_organisation=self.with_organisation.data,
            mark=Mark(self.mark.data),
            with_outlines=self.with_outlines.data,
        )
