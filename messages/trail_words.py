"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "message.send": _l("Message sent"),
        "message.stop": _l("Message stopped"),
        "message.resume": _l("Message taken up again"),
    }
)
