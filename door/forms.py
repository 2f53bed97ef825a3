"""The form of a door link."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from core.dates import at_local_time
from core.forms import MISSING, line
from core.links import LABEL_LENGTH
from door.links import closes_at
from events.forms import LocalTimeField, TimedForm
from events.models import Event

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class DoorLinkForm(TimedForm):
    """A link that opens the door to helpers without an account."""

    label = line(_l("Who it is for"), LABEL_LENGTH, required=True)
    expires = LocalTimeField(_l("It can be used until"), format=_FORMATS, validators=[InputRequired(MISSING)])

    @classmethod
    def of(cls, event: Event) -> DoorLinkForm:
        """The form of a new link, which ends with the door; what was posted goes before."""
        form = cls(data={"expires": closes_at(event).astimezone(event.zone).replace(tzinfo=None, second=0)})
        form.event = event
        return form

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields, then the time in the zone of the event."""
        return super().validate(extra_validators) and self._check_moments(self.event.zone)

    @property
    def moment(self) -> datetime:
        """When the link ends; only after `validate`."""
        return at_local_time(self.expires.data, self.event.zone)
