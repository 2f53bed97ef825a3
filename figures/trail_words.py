"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "figures.freeze": _l("Figures frozen"),
        "figures.show": _l("Frozen figures shown in public"),
        "figures.conceal": _l("Frozen figures not shown in public any more"),
        "open_data.publish": _l("Open data published"),
        "open_data.withdraw": _l("Open data not public any more"),
    }
)
