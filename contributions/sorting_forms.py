"""What is asked for when the team sorts entries: shape and format of the input."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired

from contributions import entry_texts, publications, themes
from contributions.models import Entry, Theme, Topic
from core.forms import MISSING, Form, at_most, line, text
from core.languages import current_language
from core.text import clean_text


class WordsForm(Form):
    """The words for publication: a title, and the text where it should not be the words that were said."""

    title = line(_l("Title"), publications.TITLE_LENGTH)
    public_text = text(_l("Text for publication"), entry_texts.MAX_LENGTH)

    @classmethod
    def of(cls, entry: Entry) -> "WordsForm":
        """The form as the entry fills it in."""
        return cls(data={"title": entry.title, "public_text": entry.public_text})


class ReasonForm(Form):
    """Why an entry is not shown."""

    reason = line(_l("Why"), publications.REASON_LENGTH)


class SplitForm(Form):
    """What an entry says, in parts."""

    parts = TextAreaField(
        _l("The parts"), filters=[clean_text], validators=[DataRequired(MISSING), at_most(2 * entry_texts.MAX_LENGTH)]
    )


class ThemeForm(Form):
    """A theme: its name, and the topic that it is within."""

    name = line(_l("Name of the theme"), themes.MAX_NAME_LENGTH, required=True)
    topic = SelectField(_l("Topic"), default="")

    @classmethod
    def of(cls, theme: Theme) -> "ThemeForm":
        """The form as the theme fills it in."""
        return cls(data={"name": theme.name, "topic": str(theme.topic_id or "")})

    def offer(self, topics: Sequence[Topic]) -> "ThemeForm":
        """Give these topics to choose from."""
        names = [SelectChoice(str(topic.id), topic.name_in(current_language())) for topic in topics]
        self.topic.choices = [SelectChoice("", _l("in no topic, or in several")), *names]
        return self

    def find_topic(self, topics: Sequence[Topic]) -> Topic | None:
        """The topic that was chosen."""
        return next((topic for topic in topics if str(topic.id) == self.topic.data), None)
