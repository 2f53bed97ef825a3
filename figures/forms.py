"""What is asked for when figures are frozen."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from core.forms import MISSING, Form, at_most
from core.text import clean_line

_MAX_NOTE = 2000


class SnapshotForm(Form):
    """Frozen figures: what they are for, and what one should know of them."""

    title = StringField(_l("Title"), filters=[clean_line], validators=[DataRequired(MISSING), at_most(200)])
    note = TextAreaField(_l("Note"), validators=[at_most(_MAX_NOTE)])
