"""What is asked for when contributions and proposals are written down: shape and format of the input."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from contributions import texts, topics
from contributions.labels import ENTRY_KINDS
from contributions.models import EntryKind
from core.forms import Form, choices_of
from core.text import clean_line, clean_text

LONGEST_WAIT = timedelta(days=7)
_KINDS = choices_of(ENTRY_KINDS)
_TOO_LONG = Length(max=texts.MAX_LENGTH, message=_l("An entry may have up to %(max)d characters."))
_TOPIC_TOO_LONG = Length(max=topics.MAX_NAME_LENGTH, message=_l("A topic may have up to %(max)d characters."))
_NOTHING = DataRequired(_l("Write what was said."))
_NO_KIND = _l("Choose whether it is a contribution or a proposal.")


class LineForm(Form):
    """One line of a session: of which kind, about what, and what was said.

    `line_id` is made by the page, so that a line that is sent twice is recorded once. `seconds_ago` is how long it
    waited for the network.
    """

    kind = RadioField(_l("Kind"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    topic = StringField(_l("Topic"), filters=[clean_line], validators=[_TOPIC_TOO_LONG])
    text = StringField(_l("What was said"), filters=[clean_line], validators=[_NOTHING, _TOO_LONG])
    line_id = HiddenField(validators=[Length(max=64)])
    seconds_ago = IntegerField(validators=[Optional()])

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind.data)

    @property
    def wait(self) -> timedelta:
        """How long ago the line was written; what no clock of a browser should say counts as no time at all."""
        seconds = self.seconds_ago.data or 0
        return timedelta(seconds=seconds) if 0 < seconds <= LONGEST_WAIT.total_seconds() else timedelta()


class EntryForm(Form):
    """An entry to be corrected; its fields have ids of their own, for the list's script puts it beside the line's."""

    kind = RadioField(_l("Kind"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    topic = StringField(_l("Topic"), id="edit-topic", filters=[clean_line], validators=[_TOPIC_TOO_LONG])
    text = TextAreaField(_l("What was said"), id="edit-text", filters=[clean_text], validators=[_NOTHING, _TOO_LONG])

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind.data)


class ImportForm(Form):
    """A file of entries of one kind."""

    kind = RadioField(_l("What the file holds"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    file = FileField(_l("File (CSV, XLSX or ODS)"), validators=[FileRequired(_l("Choose a file."))])
    check_only = BooleanField(_l("Only check it: say what would happen and record nothing"))
