"""What is asked for when the team puts topics in order: shape and format of the input."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, StopValidation

from contributions import topics
from contributions.labels import TOPIC_COLOURS
from contributions.models import Topic, TopicColour
from contributions.topic_lists import TopicValues
from core.config import LANGUAGES
from core.errors import DomainError
from core.forms import MISSING, Form, at_most, choices_of
from core.text import clean_line

_MAX_LIST = 100_000


def _can_be_a_name(_form: Form, field: Any) -> None:
    """Refuse what becomes too long when it is compared."""
    try:
        topics.name_key(field.data or "")
    except DomainError as error:
        raise StopValidation(str(error)) from error


def _name(label: Any, *validators: Any) -> StringField:
    too_long = Length(max=topics.MAX_NAME_LENGTH, message=_l("A topic may have up to %(max)d characters."))
    return StringField(label, filters=[clean_line], validators=[*validators, too_long, _can_be_a_name])


class TopicForm(Form):
    """A topic: its name, the names it has in other languages, its colour."""

    name = _name(_l("Name"), DataRequired(MISSING))
    ca = _name(_l("In Catalan"))
    es = _name(_l("In Castilian"))
    en = _name(_l("In English"))
    colour = SelectField(
        _l("Colour"), default="", choices=[SelectChoice("", _l("choose for me")), *choices_of(TOPIC_COLOURS)]
    )

    @classmethod
    def of(cls, topic: Topic) -> "TopicForm":
        """The form as the topic fills it in."""
        names = {language: topic.names.get(language, "") for language in LANGUAGES}
        return cls(data={"name": topic.name, "colour": topic.colour or "", **names})

    def values(self) -> TopicValues:
        """What was filled in; a language whose name is the topic's own needs none."""
        names = {language: self[language].data for language in LANGUAGES if self[language].data}
        return TopicValues(self.name.data or "", names, TopicColour(self.colour.data) if self.colour.data else None)


class MergeForm(Form):
    """Which topic of the list takes over what another has."""

    into = SelectField(_l("Merge it with"), coerce=int, validators=[DataRequired(MISSING)])

    def offer(self, others: list[tuple[int, str]]) -> "MergeForm":
        """Give these to choose from."""
        self.into.choices = [SelectChoice(0, _l("choose…")), *(SelectChoice(*each) for each in others)]
        return self


class TopicListForm(Form):
    """Topics that stand somewhere already: typed or pasted one a line, in a file, or of another process."""

    lines = TextAreaField(_l("Topics, one on each line"), validators=[at_most(_MAX_LIST)])
    file = FileField(_l("File (CSV, XLSX or ODS)"))
    source = SelectField(_l("Process or event to take them from"), default="")

    def offer(self, lists: list[tuple[str, str]]) -> "TopicListForm":
        """Give these lists to choose from."""
        self.source.choices = [SelectChoice("", _l("choose…")), *(SelectChoice(*each) for each in lists)]
        return self
