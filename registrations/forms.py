"""Sign-up, a person added by staff, a file of attendees: the shape of what is typed; rules stand in the services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, FileField, SelectMultipleField
from wtforms.validators import ValidationError

from core.forms import Form, line
from events.models import Event, SessionKind
from registrations.addresses import deliverable_address
from registrations.services import Answers


def _own_address() -> Field:
    return line(_l("E-mail"), 320, required=True, kind=EmailField, autocomplete="email")


class LinkForm(Form):
    """Only the address: to be sent the link of a registration that exists."""

    email = _own_address()

    def validate_email(self, field: Field) -> None:
        """Refuse what no mail server could deliver, and keep the spelling that it can."""
        if field.data:
            try:
                field.data = deliverable_address(field.data)
            except ValueError as error:
                raise ValidationError(str(error)) from error


class RegistrationForm(LinkForm):
    """Who you are, which sessions you choose, and, apart, whether pictures of you may be used."""

    first_name = line(_l("First name"), 120, required=True, autocomplete="given-name")
    last_name = line(_l("Last name"), 160, required=True, autocomplete="family-name")
    email = _own_address()  # again, so that what is wrong is listed in the order of the page
    organisation = line(_l("Organisation"), 300, autocomplete="organization")
    sessions = SelectMultipleField(_l("Sessions"), validate_choice=False)
    image_consent = BooleanField()

    @classmethod
    def for_event(cls, event: Event) -> RegistrationForm:
        """The form of an event: its choices are the sessions that people choose."""
        form = cls()
        form.sessions.choices = [(each.code, each.title) for each in event.sessions if each.is_chosen]
        return form

    def answers(self) -> Answers:
        """What was typed, clean and of the right lengths; only after `validate`."""
        return Answers(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            email=self.email.data,
            organisation=self.organisation.data or "",
            session_codes=tuple(self.sessions.data or ()),
            image_consent=bool(self.image_consent.data),
        )


class PersonForm(RegistrationForm):
    """A person whom staff adds: less is known of them, and what binds those who sign up may be set aside."""

    email = line(_l("E-mail"), 320, kind=EmailField, autocomplete="off")
    first_name = line(_l("First name"), 120, required=True, autocomplete="off")
    last_name = line(_l("Last name"), 160, autocomplete="off")
    organisation = line(_l("Organisation"), 300, autocomplete="off")
    has_come = BooleanField(_l("The person is here: record that they came to the sessions chosen"))
    over_capacity = BooleanField(_l("Give the place even where none is left"))

    @classmethod
    def for_event(cls, event: Event) -> PersonForm:
        """The form of an event: its choices are the sessions that people can be at."""
        form = cls()
        sessions = [session for session in event.sessions if session.kind is not SessionKind.BREAK]
        form.sessions.choices = [(session.code, session.title) for session in sessions]
        return form

    def validate_has_come(self, field: Field) -> None:
        """Ask to what the person came."""
        if field.data and not self.sessions.data:
            raise ValidationError(_l("Choose at least one session that the person came to."))


class AttendeeFileForm(Form):
    """A file with attendees."""

    file = FileField(_l("File"))

    def validate_file(self, field: Field) -> None:
        """Refuse a form without a file."""
        if not field.data or not field.data.filename:
            raise ValidationError(_l("Choose a file: CSV, XLSX or ODS."))
