"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "entry.import": _l("Contributions imported"),
        "entry.update": _l("Contribution changed"),
        "entry.delete": _l("Contribution deleted"),
        "entry.restore": _l("Contribution taken up again"),
    }
)
