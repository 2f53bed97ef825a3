"""The form of a list of one's own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectMultipleField
from wtforms.validators import ValidationError

from accounts.labels import ROLES
from core.forms import Form, choices_of, line
from registrations import list_profiles, lists
from registrations.list_profiles import NAME_LENGTH, PURPOSE_LENGTH, ListProfileValues
from registrations.models import ListProfile, Question

FEWEST_SHOWN, MORE_SHOWN = 6, 3


class ColumnsField(SelectMultipleField):  # type: ignore[misc] # WTForms has no types
    """Columns in an order: asked for one by one, those left empty or named twice passed over."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the order in which they were sent."""
        self.data = list(dict.fromkeys(value for value in valuelist if value))

    @property
    def shown(self) -> list[str]:
        """What stands in each of the places to choose in: some are left empty for more."""
        chosen = list(self.data or ())
        places = min(max(FEWEST_SHOWN, len(chosen) + MORE_SHOWN), max(len(self.choices), len(chosen)))
        return [*chosen, *[""] * (places - len(chosen))]


class ListProfileForm(Form):
    """A list for a purpose of one's own."""

    name = line(_l("Name of the list"), NAME_LENGTH, required=True)
    purpose = line(_l("What it is for, in one sentence"), PURPOSE_LENGTH, required=True)
    columns = ColumnsField(_l("Columns, in their order"))
    roles = SelectMultipleField(
        _l("Who may take it, besides organisers"),
        choices=choices_of({role: ROLES[role] for role in list_profiles.ROLES}),
    )

    wanted: dict[str, str]

    @classmethod
    def of(cls, asked: list[Question], wanted: dict[str, str], row: ListProfile | None = None) -> ListProfileForm:
        """The form of a list of the people of a filter; what was posted goes before."""
        form = cls(obj=row) if row else cls(data={"columns": ["last_name", "first_name"]})
        form.wanted = wanted
        form.columns.choices = [
            *(SelectChoice(column, str(lists.HEADINGS[column])) for column in lists.PERSON_COLUMNS),
            *(SelectChoice(lists.name_column(question), question.text) for question in asked),
        ]
        return form

    def validate_columns(self, field: Any) -> None:
        """Ask for one column at least."""
        if not field.data:
            raise ValidationError(_("Choose at least one column."))

    def validate_roles(self, field: Any) -> None:
        """Keep what people answered to those who see answers."""
        if field.data and any(name.startswith("answer-") for name in self.wanted):
            raise ValidationError(_("People are chosen by their answers here, which only organisers may do."))

    def values(self) -> ListProfileValues:
        """What the list is made of; only after `validate`."""
        return ListProfileValues(
            name=self.name.data,
            purpose=self.purpose.data,
            columns=self.columns.data,
            wanted=self.wanted,
            roles=list(self.roles.data or ()),
        )
