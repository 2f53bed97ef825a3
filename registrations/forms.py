"""Sign-up, a person added by staff, a file of attendees: the shape of what is typed; rules stand in the services."""

from __future__ import annotations

from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    FileField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import ValidationError

from core import languages
from core.forms import Form, line, without_links
from core.text import clean_line
from events.models import Event, SessionKind
from registrations import parts, questions, supports, waiting_list
from registrations.addresses import deliverable_address
from registrations.changes import Change
from registrations.models import Invitation, Registration, SupportKind
from registrations.question_fields import AskingForm, asking, asks_for_origin, fill_needs, fill_words
from registrations.services import Answers
from registrations.supports import Needs


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


class RegistrationForm(LinkForm, AskingForm):
    """Who you are, which sessions you choose, what the event asks, and, apart, whether pictures of you may be used."""

    first_name = line(_l("First name"), 120, without_links, required=True, autocomplete="given-name")
    last_name = line(_l("Last name"), 160, without_links, required=True, autocomplete="family-name")
    email = _own_address()  # again, so that what is wrong is listed in the order of the page
    organisation = line(_l("Organisation"), 300, autocomplete="organization")
    sessions = SelectMultipleField(_l("Sessions"), validate_choice=False)
    waiting = SelectMultipleField(_l("Waiting lists"), validate_choice=False)
    image_consent = BooleanField()
    invitation = HiddenField(filters=[clean_line])

    @classmethod
    def for_event(cls, event: Event, invitation: Invitation | None = None) -> RegistrationForm:
        """The form of an event: the sessions that people choose, and all that the organiser asks of them."""
        asked = parts.find_form_parts(event)
        form = asking(
            cls,
            questions=questions.list_questions(event) if asked.questions else (),
            offered=supports.list_offered(event) if asked.supports else (),
            asks_origin=asked.origin and asks_for_origin(event, invitation),
        )()
        form.sessions.choices = [(each.code, each.title) for each in event.sessions if each.is_chosen]
        if invitation is not None:
            form.invitation.data = invitation.token
        return form

    def answers(self) -> Answers:
        """What was typed, clean and of the right lengths; only after `validate`."""
        return Answers(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            email=self.email.data,
            organisation=self.organisation.data or "",
            session_codes=tuple(self.sessions.data or ()),
            waiting_codes=tuple(self.waiting.data or ()),
            dimension=self.origin_chosen(),
            image_consent=bool(self.image_consent.data),
            words=self.words(),
            needs=self.needs(),
            invitation=self.invitation.data or "",
        )


class NeedsForm(AskingForm):
    """The supports somebody who is signed up needs: apart from all else, because they are kept with consent."""

    @classmethod
    def of(cls, registration: Registration) -> NeedsForm:
        """The form as it stands for a registration; what was posted goes before.

        A support that is no longer offered stays in it for those who asked for it.
        """
        offered, needs = _read_supports(registration)
        return asking(cls, offered=offered)(data=fill_needs(needs))


class ChangeForm(AskingForm):
    """What a person changes of their registration by themselves; the address says who they are and stays."""

    first_name = line(_l("First name"), 120, without_links, required=True, autocomplete="given-name")
    last_name = line(_l("Last name"), 160, without_links, required=True, autocomplete="family-name")
    organisation = line(_l("Organisation"), 300, autocomplete="organization")
    language = SelectField(
        _l("Language of the mails"), choices=[SelectChoice(code, name) for code, name in languages.NAMES.items()]
    )
    sessions = SelectMultipleField(_l("Sessions"), validate_choice=False)
    waiting = SelectMultipleField(_l("Waiting lists"), validate_choice=False)

    @classmethod
    def of(cls, registration: Registration, *, with_supports: bool = False) -> Self:
        """The form as it stands for a registration; what was posted goes before."""
        asked = questions.list_questions(registration.event)
        words = {question.id: said for question, said in questions.list_answers(registration)} if asked else {}
        offered, needs = _read_supports(registration) if with_supports else ((), {})
        return asking(cls, questions=asked, offered=offered)(
            data={
                "first_name": registration.first_name,
                "last_name": registration.last_name,
                "organisation": registration.organisation,
                "language": registration.language,
                "sessions": [session.code for session in registration.sessions],
                "waiting": [session.code for session in waiting_list.list_sessions(registration)],
                **fill_words(words, asked),
                **fill_needs(needs),
            }
        )

    def change(self) -> Change:
        """What was typed, clean and of the right lengths; only after `validate`."""
        return Change(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            organisation=self.organisation.data or "",
            language=self.language.data,
            session_codes=tuple(self.sessions.data or ()),
            waiting_codes=tuple(self.waiting.data or ()),
            words=self.words(),
            asked=self.asked(),
            needs=self.needs() if self.offered else None,
        )


class StaffChangeForm(ChangeForm):
    """What staff change of a registration; less is known of whom they added, and places are theirs to give."""

    is_by_staff = True
    first_name = line(_l("First name"), 120, required=True, autocomplete="off")
    last_name = line(_l("Last name"), 160, autocomplete="off")
    organisation = line(_l("Organisation"), 300, autocomplete="off")
    over_capacity = BooleanField(_l("Give the place even where none is left"))

    @classmethod
    def of(cls, registration: Registration, *, with_supports: bool = False) -> Self:
        """The form as it stands, with every session that can be chosen; the supports only for who may see them."""
        form = super().of(registration, with_supports=with_supports)
        offered = [
            each
            for each in registration.event.sessions
            if each.kind is not SessionKind.BREAK and (not each.is_cancelled or each in registration.sessions)
        ]
        form.sessions.choices = [(each.code, each.title) for each in offered]
        form.waiting.choices = [(each.code, each.title) for each in offered if each.capacity is not None]
        return form


class PersonForm(RegistrationForm):
    """A person whom staff adds: less is known of them, and what binds those who sign up may be set aside."""

    is_by_staff = True
    email = line(_l("E-mail"), 320, kind=EmailField, autocomplete="off")
    first_name = line(_l("First name"), 120, required=True, autocomplete="off")
    last_name = line(_l("Last name"), 160, autocomplete="off")
    organisation = line(_l("Organisation"), 300, autocomplete="off")
    has_come = BooleanField(_l("The person is here: record that they came to the sessions chosen"))
    over_capacity = BooleanField(_l("Give the place even where none is left"))

    @classmethod
    def of(cls, event: Event, *, with_supports: bool) -> PersonForm:
        """The form of an event: its choices are the sessions that people can be at."""
        asked = questions.list_questions(event)
        form = asking(cls, questions=asked, offered=supports.list_offered(event) if with_supports else ())()
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


def _read_supports(registration: Registration) -> tuple[list[SupportKind], Needs]:
    """The supports to choose from, those no longer offered for who asked for them, and what the person needs."""
    needs = {need.kind: need.details for need in supports.list_needs(registration)}
    return [kind for kind in SupportKind if kind in {*supports.list_offered(registration.event), *needs}], needs
