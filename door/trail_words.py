"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "door_link.create": _l("Door link made"),
        "door_link.revoke": _l("Door link revoked"),
    }
)
