"""Signing up a group: a row for each person, one organisation, and sessions for all or of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, HiddenField, SelectMultipleField
from wtforms.validators import StopValidation

from core.forms import MISSING, line, without_links
from core.text import address_key, clean_line
from events.models import Event
from registrations.addresses import deliverable_address
from registrations.groups import MOST, Member
from registrations.models import Invitation
from registrations.question_fields import AskingForm, asking, asks_for_origin
from registrations.services import Answers

FIRST_ROWS = 5


class GroupForm(AskingForm):
    """Who signs up whom; the rows are fields of a class made with as many as the page shows."""

    signed_up_by = line(_l("Your name"), 300, without_links, required=True, autocomplete="name")
    with_me = BooleanField(_l("I am the first of the list"))
    organisation = line(_l("Organisation"), 300, required=True, autocomplete="organization")
    sessions = SelectMultipleField(_l("Sessions"), validate_choice=False)
    waiting = SelectMultipleField(_l("Waiting lists"), validate_choice=False)
    invitation = HiddenField(filters=[clean_line])
    rows = 0

    @classmethod
    def for_event(cls, event: Event, rows: int, invitation: Invitation | None = None) -> GroupForm:
        """The form of an event with so many rows, as far as there may be."""
        count = min(max(rows, 1), MOST)
        fields: dict[str, Any] = {"rows": count}
        for number in range(1, count + 1):
            fields |= _row(number)
        with_rows: type[GroupForm] = type("GroupForm", (cls,), fields)
        form = asking(with_rows, asks_origin=asks_for_origin(event, invitation))()
        form.sessions.choices = [(each.code, each.title) for each in event.sessions if each.is_chosen]
        if invitation is not None:
            form.invitation.data = invitation.token
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every row that holds anything; none may be there twice, and there is at least one."""
        if not super().validate(extra_validators):
            return False
        if not self._filled():
            self["first_name-1"].errors = [MISSING]
            return False
        return self._each_address_once()

    def members(self) -> list[Member]:
        """Who is to be signed up, in the order of the rows; only after `validate`."""
        return [self._member(number) for number in self._filled()]

    def is_filled(self, number: int) -> bool:
        """Whether anything was typed or ticked in a row."""
        return any(self[name].data for name in _row_names(number)) or self.has_own_sessions(number)

    def has_own_sessions(self, number: int) -> bool:
        """Whether the person of a row comes to other sessions than the rest, or to none."""
        return any(self[name].data for name in _own_names(number))

    def _member(self, number: int) -> Member:
        has_own = self.has_own_sessions(number)
        suffix = f"-{number}" if has_own else ""
        answers = Answers(
            first_name=self[f"first_name-{number}"].data,
            last_name=self[f"last_name-{number}"].data,
            email=self[f"email-{number}"].data,
            organisation=self.organisation.data,
            session_codes=tuple(self[f"sessions{suffix}"].data or ()),
            waiting_codes=tuple(self[f"waiting{suffix}"].data or ()),
            dimension=self.origin_chosen(),
            invitation=self.invitation.data or "",
        )
        return Member(number, answers, has_own_sessions=has_own)

    def _filled(self) -> list[int]:
        return [number for number in range(1, self.rows + 1) if self.is_filled(number)]

    def _each_address_once(self) -> bool:
        seen: set[str] = set()
        for number in self._filled():
            field = self[f"email-{number}"]
            key = address_key(field.data)
            if key in seen:
                field.errors = [*field.errors, _("This address is there twice: each person needs their own.")]
            seen.add(key)
        return not self.errors


class RowFilled:
    """Ask for the fields of a row in which anything was typed; an empty row is nobody."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, form: GroupForm, field: Field) -> None:
        if not form.is_filled(self.number):
            raise StopValidation
        if not field.data:
            raise StopValidation(MISSING)


def _row_names(number: int) -> tuple[str, str, str]:
    return f"first_name-{number}", f"last_name-{number}", f"email-{number}"


def _own_names(number: int) -> tuple[str, str, str]:
    return f"sessions-{number}", f"waiting-{number}", f"none-{number}"


def _row(number: int) -> dict[str, Field]:
    first, last, email = _row_names(number)
    fields = {
        first: line(_l("First name (person %(number)d)", number=number), 120, without_links, autocomplete="off"),
        last: line(_l("Last name (person %(number)d)", number=number), 160, without_links, autocomplete="off"),
        email: line(
            _l("E-mail (person %(number)d)", number=number), 320, _deliverable, kind=EmailField, autocomplete="off"
        ),
    }
    for field in fields.values():
        field.kwargs["validators"] = [RowFilled(number), *field.kwargs["validators"]]
    sessions, waiting, none = _own_names(number)
    return {
        **fields,
        sessions: SelectMultipleField(
            _l("Sessions (person %(number)d)", number=number), validate_choice=False, validators=[_either_or(number)]
        ),
        waiting: SelectMultipleField(_l("Waiting lists (person %(number)d)", number=number), validate_choice=False),
        none: BooleanField(_l("None of the sessions")),
    }


def _either_or(number: int) -> Callable[[GroupForm, Field], None]:
    """Refuse a row that says both: sessions, and none."""
    sessions, waiting, none = _own_names(number)

    def check(form: GroupForm, field: Field) -> None:
        if form[none].data and (form[sessions].data or form[waiting].data):
            field.errors = [_("Tick sessions, or that this person comes to none of them, but not both.")]

    return check


def _deliverable(_form: GroupForm, field: Field) -> None:
    try:
        field.data = deliverable_address(field.data)
    except ValueError as error:
        raise StopValidation(str(error)) from error
