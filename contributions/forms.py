"""What is asked for when contributions and proposals are written down: shape and format of the input."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from contributions import entry_texts, topics
from contributions.labels import ENTRY_KINDS
from contributions.models import Entry, EntryKind
from contributions.reports import MAX_SEEN
from core.dates import at_local_time
from core.forms import Form, choices_of, line
from core.links import LABEL_LENGTH
from core.text import clean_line, clean_text
from events.forms import LocalTimeField, TimedForm
from events.models import Event, Session

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
_KINDS = choices_of(ENTRY_KINDS)
_TOO_LONG = Length(max=entry_texts.MAX_LENGTH, message=_l("An entry may have up to %(max)d characters."))
_TOPIC_TOO_LONG = Length(max=topics.MAX_NAME_LENGTH, message=_l("A topic may have up to %(max)d characters."))
_NOTHING = DataRequired(_l("Write what was said."))
_NO_KIND = _l("Choose whether it is a contribution or a proposal.")


class LineForm(Form):
    """One line of a session: of which kind, about what, and what was said.

    `line_id` is made by the page, so that a line that is sent twice is recorded once.
    """

    kind = RadioField(_l("Kind"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    topic = StringField(_l("Topic"), filters=[clean_line], validators=[_TOPIC_TOO_LONG])
    text = StringField(_l("What was said"), filters=[clean_line], validators=[_NOTHING, _TOO_LONG])
    line_id = HiddenField(validators=[Length(max=64)])

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind.data)


class EntryForm(Form):
    """An entry to be corrected; its fields have ids of their own, for the list's script puts it beside the line's.

    `seen` are the acts that are in what the page shows: who corrects an entry at the same time is not overwritten.
    """

    kind = RadioField(_l("Kind"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    topic = StringField(_l("Topic"), id="edit-topic", filters=[clean_line], validators=[_TOPIC_TOO_LONG])
    text = TextAreaField(_l("What was said"), id="edit-text", filters=[clean_text], validators=[_NOTHING, _TOO_LONG])
    seen = HiddenField()

    @classmethod
    def of(cls, entry: Entry, seen: Iterable[str]) -> "EntryForm":
        """The form of an entry as it stands; what was posted goes before."""
        topic = entry.topic.name if entry.topic else ""
        return cls(kind=entry.kind.value, text=entry.text, topic=topic, seen=" ".join(seen))

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind.data)

    @property
    def seen_keys(self) -> list[str]:
        return (self.seen.data or "").split()[:MAX_SEEN]


class CaptureLinkForm(TimedForm):
    """A link that opens the notebook of one session to note-takers without an account."""

    session = SelectField(_l("Session"))
    label = line(_l("Who it is for"), LABEL_LENGTH, required=True)
    expires = LocalTimeField(_l("It can be used until"), format=TIME_FORMATS, validators=[Optional()])

    @classmethod
    def of(cls, event: Event, sessions: Sequence[Session], chosen: str = "") -> "CaptureLinkForm":
        """The form of a new link to one of these sessions; what was posted goes before."""
        form = cls(data={"session": chosen})
        form.event = event
        form.session.choices = [SelectChoice(each.code, f"{each.code} · {each.title}") for each in sessions]
        return form

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields, then the time in the zone of the event."""
        return super().validate(extra_validators) and self._check_moments(self.event.zone)

    @property
    def moment(self) -> datetime | None:
        """When the link ends, if that was said; only after `validate`."""
        return at_local_time(self.expires.data, self.event.zone) if self.expires.data else None


class ImportForm(Form):
    """A file of entries of one kind."""

    kind = RadioField(_l("What the file holds"), choices=_KINDS, validators=[DataRequired(_NO_KIND)])
    file = FileField(_l("File (CSV, XLSX or ODS)"), validators=[FileRequired(_l("Choose a file."))])
    check_only = BooleanField(_l("Only check it: say what would happen and record nothing"))
