"""What is asked for when answers are read back from Decidim."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from core.forms import Form


class AnswerFileForm(Form):
    """A file of proposals as Decidim exports them."""

    file = FileField(
        _l("File that Decidim exported (CSV, XLSX or JSON)"), validators=[FileRequired(_l("Choose a file."))]
    )
