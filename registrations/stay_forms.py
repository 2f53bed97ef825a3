"""The form of when somebody came to a session and left: hours as the clocks of the event show them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, TimeField, ValidationError
from wtforms.validators import Optional

from core.dates import at_local_time
from core.forms import Form, name_version
from events.forms import LocalTimeField
from events.models import Session
from registrations.stays import Stay, Stays, join, write

MOST = 12
"""How many lines there are to be filled in; who went out more often has as many as they did."""
MOST_SHOWN = 100
"""So many lines a form can send; what is known beyond them stays as it is."""
_HOURS = ["%H:%M", "%H:%M:%S", "%H.%M"]
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class HourField(TimeField):  # type: ignore[misc] # WTForms has no types
    """An hour as clocks show it, refused in our own words."""

    def process_formdata(self, values: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(values)
        except ValueError as error:
            raise ValueError(_("Write an hour, such as 9:30.")) from error


class StaysForm(Form):
    """When somebody came and left, as often as they did; a line that is left empty says nothing."""

    shown = HiddenField()

    @classmethod
    def of(cls, session: Session, known: Stays, now: datetime) -> StaysForm:
        """The form of who was at the session in these stays, with a line more than there are; what was posted first."""
        lines = min(max(len(known), min(len(known) + 1, MOST)), MOST_SHOWN)
        data = _write(known, session) | {"shown": name_version(write(known))}
        form = _with_lines(cls, lines, is_long=_is_long(session))(data=data)
        form.session, form.known, form.now, form.lines = session, known, now, range(lines)
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each hour, then that they follow each other and are none of the future."""
        return super().validate(extra_validators) and self._check_order()

    @property
    def is_outdated(self) -> bool:
        """Whether something else was recorded after the form was shown: what is typed was typed without knowing it."""
        return bool(self.shown.raw_data) and self.shown.data != name_version(write(self.known))

    def stays(self) -> Stays:
        """What was typed; only after `validate`."""
        typed = tuple(stay for each in self.lines if any(stay := self._read(each)))
        return join(typed, self.known[len(self.lines) :])

    def _check_order(self) -> bool:
        """Refuse what cannot have been, at the field where it shows."""
        before: datetime | None = None
        is_open = has_begun = False
        for each in self.lines:
            for field, at in zip(self._fields_of(each), self._read(each), strict=True):
                is_coming = field is self._fields_of(each)[0]
                if at is None:
                    continue
                if at > self.now:
                    return _refuse(field, _("This is still to come."))
                if before and at <= before:
                    return _refuse(field, _("This is not after the hour before it."))
                if is_coming and is_open:
                    return _refuse(field, _("Write first when they left before."))
                if not is_coming and not is_open and has_begun:
                    return _refuse(field, _("Write first when they came back."))
                before, is_open, has_begun = at, is_coming, True
        return True

    def _fields_of(self, line: int) -> tuple[Field, Field]:
        return self[f"came-{line}"], self[f"left-{line}"]

    def _read(self, line: int) -> Stay:
        """A stay as it was typed; an hour that was left as it is shown is the known one to the second."""
        known = self.known[line] if line < len(self.known) else (None, None)
        came, left = (
            at if field.data == field.object_data else self.instant(field.data)
            for at, field in zip(known, self._fields_of(line), strict=True)
        )
        return came, left

    def instant(self, typed: datetime | time | None) -> datetime | None:
        """The instant of an hour: on the day of the session, or the one before or after it if that is nearer to it."""
        if typed is None:
            return None
        zone = self.session.event.zone
        if isinstance(typed, datetime):
            return at_local_time(typed, zone)
        starts, ends = (
            at.astimezone(zone).replace(tzinfo=None) for at in (self.session.starts_at, self.session.ends_at)
        )
        of_that_day = datetime.combine(starts.date(), typed)
        days = (of_that_day + timedelta(days=number) for number in (0, 1, -1))
        nearest = min(days, key=lambda local: max(starts - local, local - ends, timedelta()))
        return at_local_time(nearest, zone)


def _refuse(field: Field, message: str) -> bool:
    field.errors = [*field.errors, message]
    return False


def _skipped(form: StaysForm, field: Field) -> None:
    """Refuse an hour that clocks never show."""
    try:
        form.instant(field.data)
    except ValueError as error:
        raise ValidationError(_("This time does not exist: the clocks go forward then.")) from error


def _is_long(session: Session) -> bool:
    """Whether an hour alone does not say when: the session goes on to the same hour of another day."""
    return session.ends_at - session.starts_at >= timedelta(days=1)


def _with_lines(form_class: type[StaysForm], count: int, *, is_long: bool) -> type[StaysForm]:
    """Make the form with so many lines of an hour in and an hour out, with their days where the session `is_long`."""
    fields: dict[str, Any] = {}
    for each in range(count):
        for name, label in (("came", _l("Came at")), ("left", _l("Left at"))):
            kind, formats = (LocalTimeField, _MOMENTS) if is_long else (HourField, _HOURS)
            fields[f"{name}-{each}"] = kind(label, format=formats, validators=[Optional(), _skipped])
    return type(form_class.__name__, (form_class,), fields)


def _write(known: Stays, session: Session) -> dict[str, datetime | time | None]:
    hours: dict[str, datetime | time | None] = {}
    for number, stay in enumerate(known):
        for name, at in zip(("came", "left"), stay, strict=True):
            local = at and at.astimezone(session.event.zone).replace(tzinfo=None, second=0, microsecond=0)
            hours[f"{name}-{number}"] = local.time() if local and not _is_long(session) else local
    return hours
