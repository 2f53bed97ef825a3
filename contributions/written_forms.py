"""What is asked for when people write contributions by themselves: shape and format of the input."""

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from contributions.labels import ENTRY_KINDS
from contributions.models import EntryKind, Topic
from contributions.own_entries import Own
from contributions.reports import MAX_SEEN
from contributions.written import MAX_LENGTH
from core.forms import MISSING, Form, at_most, choices_of
from core.languages import current_language
from core.text import clean_text
from events.models import Session


class OwnForm(Form):
    """What a person says: of which kind, about what, and whether their name stands beside it."""

    kind = RadioField(
        _l("What is it?"), choices=choices_of(ENTRY_KINDS), validators=[DataRequired(MISSING)], default="contribution"
    )
    topic = SelectField(_l("Topic"), default="")
    text = TextAreaField(
        _l("What do you want to say?"), filters=[clean_text], validators=[DataRequired(MISSING), at_most(MAX_LENGTH)]
    )
    is_credited = BooleanField(_l("I want my name to stand beside it"))
    seen = HiddenField()

    @classmethod
    def of(cls, own: Own, seen: Iterable[str]) -> "OwnForm":
        """The form of what the person wrote, as it stands; what was posted goes before."""
        entry = own.entry
        values = {"kind": entry.kind.value, "topic": str(entry.topic_id or ""), "text": entry.text}
        return cls(**values, is_credited=own.is_credited, seen=" ".join(seen))

    def offer_topics(self, topics: Sequence[Topic]) -> None:
        """Give these topics to choose from."""
        names = [SelectChoice(str(topic.id), topic.name_in(current_language())) for topic in topics]
        self.topic.choices = [SelectChoice("", _l("I don’t know, or none of these")), *names]

    def find_topic(self, topics: Sequence[Topic]) -> Topic | None:
        """The topic that was chosen."""
        return next((topic for topic in topics if str(topic.id) == self.topic.data), None)

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind.data)

    @property
    def seen_keys(self) -> list[str]:
        return (self.seen.data or "").split()[:MAX_SEEN]


class WrittenForm(OwnForm):
    """Something new, of one of the sessions the person was at. `line_id` is made by the page: sent twice, it is one."""

    session = SelectField(_l("Session"))
    line_id = HiddenField(validators=[Length(max=64)])

    def offer_sessions(self, sessions: Sequence[Session]) -> None:
        """Give these sessions to choose from."""
        self.session.choices = [SelectChoice(each.code, each.title) for each in sessions]


class WritingDaysForm(Form):
    """Until how many days after the end people may write."""

    days = IntegerField(
        _l("Days after the end"),
        validators=[InputRequired(MISSING), NumberRange(0, 365, _l("Write a number from 0 to 365."))],
    )
