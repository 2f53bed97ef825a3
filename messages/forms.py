"""The form of a message: a subject and a text for each language; that of the event is obligatory."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField
from wtforms.widgets import HiddenInput

from core.config import LANGUAGES
from core.forms import MISSING, Form, line, text
from events.models import Event
from messages.models import Message
from messages.services import Texts
from messages.texts import SUBJECT_LENGTH, TEXT_LENGTH, find_problems


class MessageForm(Form):
    """What is written, in three languages at most."""

    subject_ca = line(_l("Subject in Catalan"), SUBJECT_LENGTH)
    text_ca = text(_l("Text in Catalan"), TEXT_LENGTH)
    subject_es = line(_l("Subject in Castilian"), SUBJECT_LENGTH)
    text_es = text(_l("Text in Castilian"), TEXT_LENGTH)
    subject_en = line(_l("Subject in English"), SUBJECT_LENGTH)
    text_en = text(_l("Text in English"), TEXT_LENGTH)
    with_cancelled = BooleanField(_l("Also to those who cancelled"))
    revision = IntegerField(widget=HiddenInput(), default=1)

    event: Event

    @classmethod
    def of(cls, event: Event, message: Message | None, *, texts: Texts | None = None) -> MessageForm:
        """The form of a draft, or of a new message that may begin with other texts; what was posted goes before."""
        words = texts or (message.texts if message else {})
        data: dict[str, Any] = {
            f"{name}_{language}": value for language, each in words.items() for name, value in each.items()
        }
        if message:
            data |= {"with_cancelled": message.with_cancelled, "revision": message.revision}
        form = cls(data=data)
        form.event = event
        return form

    @property
    def languages(self) -> list[str]:
        """The languages in their order on the page: that of the event first."""
        return sorted(LANGUAGES, key=lambda language: language != self.event.language)

    def fields_of(self, language: str) -> tuple[Field, Field]:
        """The two fields of a language."""
        return self[f"subject_{language}"], self[f"text_{language}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then that each language has both of its texts, and that their fields exist."""
        checked = [super().validate(extra_validators), *(self._check(language) for language in self.languages)]
        return all(checked)

    def texts(self) -> Texts:
        """What was typed; only after `validate`."""
        return {
            language: {"subject": subject.data, "text": words.data}
            for language in self.languages
            for subject, words in [self.fields_of(language)]
            if subject.data
        }

    def _check(self, language: str) -> bool:
        fields = self.fields_of(language)
        is_wanted = language == self.event.language or any(field.data for field in fields)
        for field in fields:
            missing = [MISSING] if is_wanted and not field.data else []
            problems = find_problems(field.data or "") if not field.errors else []
            field.errors = [*field.errors, *missing, *problems[:MOST_PROBLEMS]]
            if len(problems) > MOST_PROBLEMS:
                field.errors.append(_("There are more of them."))
        return not any(field.errors for field in fields)


MOST_PROBLEMS = 5
