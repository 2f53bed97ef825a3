"""What the pages of the directory ask for: shape and format of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, TextAreaField

from core.forms import Form, line, name_version, text
from core.text import clean_line
from directory.known_names import MAX_LENGTH
from directory.models import Neighbourhood, Network, Organisation
from directory.networks import NAME_LENGTH, NetworkValues
from directory.organisations import OrganisationValues

MOST_OTHER_NAMES = 300


class OrganisationForm(Form):
    """An organisation of the directory."""

    name = line(_l("Name"), MAX_LENGTH, required=True)
    other_names = text(_l("Other names, one on each line"), MOST_OTHER_NAMES * 100)
    neighbourhood = SelectField(_l("Neighbourhood"), default="")
    networks = SelectMultipleField(_l("Networks"), coerce=int)
    shown = HiddenField()

    @classmethod
    def offering(
        cls,
        places: Sequence[Neighbourhood],
        networks: Sequence[Network],
        organisation: Organisation | None = None,
        name: str = "",
        *,
        is_posted: bool = True,
    ) -> OrganisationForm:
        """The form as it stands for an organisation, or for a new one of this name.

        What was posted goes before, unless it was for another form of the page.
        """
        data: dict[str, Any] = {"name": name}
        if organisation:
            data = {
                "name": organisation.name,
                "other_names": "\n".join(organisation.other_names),
                "neighbourhood": organisation.neighbourhood_code or "",
                "networks": [network.id for network in organisation.networks],
                "shown": _name_version(organisation),
            }
        form = cls(data=data) if is_posted else cls(formdata=None, data=data)
        form.neighbourhood.choices = [
            SelectChoice("", _l("not known, or several")),
            *(SelectChoice(each.code, each.name, optgroup=each.district.name) for each in places),
        ]
        form.networks.choices = [SelectChoice(each.id, each.name) for each in networks]
        return form

    def is_outdated(self, organisation: Organisation) -> bool:
        """Whether the organisation was changed after the form was shown: names that it did not show would be lost."""
        return bool(self.shown.data) and self.shown.data != _name_version(organisation)

    def values(self, places: Sequence[Neighbourhood], networks: Sequence[Network]) -> OrganisationValues:
        """What was typed and chosen; only after `validate`."""
        lines = map(clean_line, (self.other_names.data or "").split("\n"))
        return OrganisationValues(
            self.name.data,
            tuple(name for name in lines if name),
            next((each for each in places if each.code == self.neighbourhood.data), None),
            tuple(each for each in networks if each.id in (self.networks.data or ())),
        )


def _name_version(organisation: Organisation) -> str:
    in_networks = [network.id for network in organisation.networks]
    return name_version(
        (organisation.name, organisation.other_names, organisation.neighbourhood_code or "", in_networks)
    )


class MergeForm(Form):
    """Another organisation of the directory, by any of its names."""

    into = line(_l("The other organisation"), MAX_LENGTH, required=True)


class NetworkForm(Form):
    """A network of organisations."""

    name = line(_l("Name"), NAME_LENGTH, required=True)
    purpose = text(_l("What it is for"), 4000)

    def values(self) -> NetworkValues:
        """What was typed; only after `validate`."""
        return NetworkValues(self.name.data, self.purpose.data or "")


class FileForm(Form):
    """A file of organisations, or its text as it was looked through."""

    file = FileField(_l("File"))
    text = TextAreaField(_l("Text of the file"))
