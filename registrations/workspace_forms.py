"""The forms with which the organiser says how people sign up: shape and format; rules stand in the services."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from core.dates import at_local_time
from core.errors import DomainError
from core.forms import MISSING, Form, at_most, choices_of, line, text
from core.text import clean_line, clean_text
from events.forms import LocalTimeField, TimedForm, WholeNumberField
from events.labels import DIMENSIONS
from events.models import Access, CalendarShape, Dimension, Event, Promotion
from events.values import MAX_NUMBER, EventValues
from registrations.invitations import LABEL_LENGTH, MAX_QUOTA, InvitationValues
from registrations.labels import ACCESSES, CALENDAR_SHAPES, PROMOTIONS, QUESTION_KINDS, SUPPORTS
from registrations.models import Invitation, Question, QuestionKind, SupportKind
from registrations.places import MoreReservedThanPlaces
from registrations.questions import HINT_LENGTH, MAX_OPTIONS, OPTION_LENGTH, TEXT_LENGTH, QuestionValues
from registrations.saved_views import NAME_LENGTH as VIEW_NAME_LENGTH

MAX_OFFER_HOURS = 24 * 14
MAX_ADDRESS_MINUTES = 60 * 24 * 3
REMINDER_DAYS = (1, 2, 3, 7, 14)
MAX_TOLERANCE_MINUTES = 60
REASON_LENGTH = 500

_THEY_SAY = SelectChoice("", _l("they say so themselves"))
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _whole_number(label: Any, least: int, most: int, *, required: bool = True) -> Field:
    wrong = _l("Write a whole number from %(least)d to %(most)d.", least=least, most=most)
    first = InputRequired(MISSING) if required else Optional()
    return WholeNumberField(label, validators=[first, NumberRange(least, most, message=wrong)])


def _moment(label: Any) -> Field:
    return LocalTimeField(label, format=_MOMENTS, validators=[Optional()])


class SavedViewForm(Form):
    """The name of a saved view of the list."""

    name = line(_l("Name of the view"), VIEW_NAME_LENGTH, required=True, autocomplete="off")
    is_first = BooleanField(_l("Begin with it when I open the list"))


class SettingsForm(TimedForm):
    """Who may sign up, and what happens then."""

    access = RadioField(_l("Who may sign up"), choices=choices_of(ACCESSES))
    has_waiting_list = BooleanField(_l("Keep a waiting list when the places run out"))
    promotion = RadioField(
        _l("A place that becomes free…"),
        choices=choices_of(PROMOTIONS),
    )
    offer_hours = _whole_number(_l("Hours to answer an offer"), 1, MAX_OFFER_HOURS)
    reserved_internal = _whole_number(
        _l("Places kept for staff of the body that organises"), 0, MAX_NUMBER, required=False
    )
    reserved_other_agents = _whole_number(
        _l("Places kept for other services and organisations"), 0, MAX_NUMBER, required=False
    )
    reserved_citizens = _whole_number(_l("Places kept for citizens"), 0, MAX_NUMBER, required=False)
    confirms_address = BooleanField(_l("Ask people to confirm their address before they have their place"))
    address_minutes = _whole_number(_l("Minutes to confirm it"), 5, MAX_ADDRESS_MINUTES)
    changes_close = _moment(_l("People can change or cancel by themselves until"))
    calendar_shape = RadioField(
        _l("In people’s calendars"),
        choices=choices_of(CALENDAR_SHAPES),
    )
    reminder_days = SelectMultipleField(_l("Reminders"), coerce=int)
    sends_thanks = BooleanField(_l("Thank those who came, with the way to their certificate"))
    records_exits = BooleanField(_l("Record when people leave"))
    tolerance_minutes = _whole_number(_l("Minutes that are not looked at"), 0, MAX_TOLERANCE_MINUTES, required=False)

    @classmethod
    def of(cls, event: Event) -> SettingsForm:
        """The form as it stands for the event; what was posted goes before."""
        reserved = {f"reserved_{each.dimension.value}": each.places for each in event.reserved_places}
        form = cls(
            data={
                "access": event.access.value,
                "has_waiting_list": event.has_waiting_list,
                "promotion": event.promotion.value,
                "offer_hours": event.offer_hours,
                "confirms_address": event.confirms_address,
                "address_minutes": event.address_minutes,
                "changes_close": _local(event.changes_close_at, event),
                "calendar_shape": event.calendar_shape.value,
                "reminder_days": event.reminder_days,
                "sends_thanks": event.sends_thanks,
                "records_exits": event.records_exits,
                "tolerance_minutes": event.tolerance_minutes,
                **reserved,
            }
        )
        days = sorted({*REMINDER_DAYS, *event.reminder_days})
        form.reminder_days.choices = [SelectChoice(day, say_days(day)) for day in days]
        form.event = event
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the time in the zone of the event."""
        return super().validate(extra_validators) and self._check_moments(self.event.zone)

    def validate_changes_close(self, field: Field) -> None:
        """Refuse a deadline that comes when there is nothing left to change."""
        if field.data and field.data > _local(self.event.ends_at, self.event):
            raise ValidationError(_l("The event will be over by then."))

    def values(self) -> EventValues:
        """What was typed, the reserved places left out; only after `validate`."""
        return {
            "access": Access(self.access.data),
            "has_waiting_list": self.has_waiting_list.data,
            "promotion": Promotion(self.promotion.data),
            "offer_hours": self.offer_hours.data,
            "confirms_address": self.confirms_address.data,
            "address_minutes": self.address_minutes.data,
            "changes_close_at": _instant(self.changes_close.data, self.event),
            "calendar_shape": CalendarShape(self.calendar_shape.data),
            "reminder_days": sorted(self.reminder_days.data, reverse=True),
            "sends_thanks": self.sends_thanks.data,
            "records_exits": self.records_exits.data,
            "tolerance_minutes": self._tolerance(),
        }

    def _tolerance(self) -> int:
        """The minutes that were written; those of before where the page does not ask for them, or they were deleted."""
        written = self.tolerance_minutes.data
        return self.event.tolerance_minutes if written is None else int(written)

    def refuse(self, refusal: DomainError) -> None:
        """Say that more places are kept than there are at the group with the most: each group has its own field."""
        if refusal.field == MoreReservedThanPlaces.field:
            reserved = self.reserved()
            refusal.field = f"reserved_{max(reserved, key=reserved.__getitem__)}"
        super().refuse(refusal)

    def reserved(self) -> dict[Dimension, int]:
        """How many places are kept for whom; only after `validate`."""
        return {each: self[f"reserved_{each.value}"].data for each in Dimension if self[f"reserved_{each.value}"].data}


class QuestionForm(Form):
    """A question of the organiser."""

    text = line(_l("Question"), TEXT_LENGTH, required=True)
    hint = line(_l("Help under the question"), HINT_LENGTH)
    kind = RadioField(_l("It is answered with"), choices=choices_of(QUESTION_KINDS))
    options = TextAreaField(
        _l("Options, one a line"), filters=[clean_text], validators=[at_most(MAX_OPTIONS * OPTION_LENGTH)]
    )
    is_required = BooleanField(_l("It has to be answered"))
    sessions = SelectMultipleField(_l("Only for those who come to"))

    @classmethod
    def of(cls, event: Event, question: Question | None) -> QuestionForm:
        """The form of a question of the event, or of a new one; what was posted goes before."""
        data: dict[str, Any] = {"kind": QuestionKind.SHORT.value}
        if question is not None:
            data = {
                "text": question.text,
                "hint": question.hint,
                "kind": question.kind.value,
                "options": "\n".join(question.options),
                "is_required": question.is_required,
                "sessions": [session.code for session in question.sessions],
            }
        form = cls(data=data)
        form.event = event
        form.sessions.choices = [SelectChoice(each.code, each.title) for each in event.sessions if each.is_chosen]
        return form

    def validate_options(self, _field: Field) -> None:
        """Ask for options that can be told apart where the question is answered with them."""
        options = self._options()
        if self.kind.data not in {QuestionKind.ONE, QuestionKind.SEVERAL}:
            return
        if len(options) < 2:
            raise ValidationError(_l("Write at least two different options."))
        if len(options) > MAX_OPTIONS:
            raise ValidationError(_("Write at most %(most)d options.", most=MAX_OPTIONS))
        if any(len(option) > OPTION_LENGTH for option in options):
            raise ValidationError(_("An option can have at most %(most)d characters.", most=OPTION_LENGTH))

    def values(self) -> QuestionValues:
        """What was typed; only after `validate`."""
        kind = QuestionKind(self.kind.data)
        sessions = [each for each in self.event.sessions if each.code in (self.sessions.data or ())]
        return {
            "kind": kind,
            "text": self.text.data,
            "hint": self.hint.data,
            "options": self._options() if kind.has_options else [],
            "is_required": self.is_required.data,
            "is_for_some": bool(sessions),
            "sessions": sessions,
        }

    def _options(self) -> list[str]:
        lines = (clean_line(each) for each in (self.options.data or "").split("\n"))
        return list(dict.fromkeys(each for each in lines if each))


class SupportsForm(Form):
    """Which supports the form of an event offers."""

    offered = SelectMultipleField(_l("Offer on the form"), choices=choices_of(SUPPORTS))

    def kinds(self) -> list[SupportKind]:
        """What was ticked; only after `validate`."""
        return [SupportKind(each) for each in self.offered.data or ()]


class InvitationForm(TimedForm):
    """An invitation link."""

    label = line(_l("Who it is for"), LABEL_LENGTH, required=True)
    quota = _whole_number(_l("How many people can sign up with it"), 1, MAX_QUOTA)
    dimension = SelectField(
        _l("They come from"),
        choices=[_THEY_SAY, *choices_of(DIMENSIONS)],
        default="",
    )
    expires = _moment(_l("It can be used until"))

    @classmethod
    def of(cls, event: Event, invitation: Invitation | None = None) -> InvitationForm:
        """The form of an invitation of the event, or of a new one; what was posted goes before."""
        data: dict[str, Any] = {"quota": 1}
        if invitation is not None:
            data = {
                "label": invitation.label,
                "quota": invitation.quota,
                "dimension": invitation.dimension.value if invitation.dimension else "",
                "expires": _local(invitation.expires_at, event),
            }
        form = cls(data=data)
        form.event = event
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the time in the zone of the event."""
        return super().validate(extra_validators) and self._check_moments(self.event.zone)

    def values(self) -> InvitationValues:
        """What was typed; only after `validate`."""
        return {
            "label": self.label.data,
            "quota": self.quota.data,
            "dimension": Dimension(self.dimension.data) if self.dimension.data else None,
            "expires_at": _instant(self.expires.data, self.event),
        }


class DeclineForm(Form):
    """Why somebody is told no, in the organiser's own words."""

    reason = text(_l("A sentence for the person"), REASON_LENGTH)


def say_days(days: int) -> str:
    """Say how long before the event a reminder goes out."""
    return str(_("the day before") if days == 1 else _("%(days)d days before", days=days))


def _local(moment: Any, event: Event) -> Any:
    return moment.astimezone(event.zone).replace(tzinfo=None) if moment else None


def _instant(local: Any, event: Event) -> Any:
    return at_local_time(local, event.zone) if local else None
