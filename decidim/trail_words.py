"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "decidim.export": _l("Proposals taken for Decidim"),
        "entry.answers": _l("Answers read from Decidim"),
        "topic.taxonomies": _l("Numbers of a topic on Decidim changed"),
    }
)
