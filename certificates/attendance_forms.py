"""The form of an attendance report: it only reads, so it is asked for in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectMultipleField

from certificates.attendance_content import Purpose
from certificates.attendance_words import PURPOSES
from core.forms import Form, choices_of
from registrations.models import Question


class AttendanceReportForm(Form):
    """What the report is for, and by which answers people are told apart in it."""

    class Meta(Form.Meta):
        """Nothing is written, so nobody has to prove where they come from."""

        csrf = False

    purpose = RadioField(_l("What is it for?"), choices=choices_of(PURPOSES), default=Purpose.FILE.value)
    question = SelectMultipleField(_l("Tell people apart by what they answered"), coerce=int)

    @classmethod
    def of(cls, questions: Sequence[Question], args: Any) -> AttendanceReportForm:
        """The form as an address fills it in, which may leave out everything."""
        form = cls(formdata=args if "purpose" in args or "question" in args else None)
        form.question.choices = [SelectChoice(question.id, question.text) for question in questions]
        return form

    @property
    def asked_purpose(self) -> Purpose:
        """What it is for; only after `validate`."""
        return Purpose(self.purpose.data)
