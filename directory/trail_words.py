"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "organisation.create": _l("Organisation added to the directory"),
        "organisation.update": _l("Organisation changed in the directory"),
        "organisation.add_name": _l("Another name of an organisation is known"),
        "organisation.merge": _l("Two organisations became one"),
        "organisation.remove": _l("Organisation taken out of the directory"),
        "organisation.import": _l("Organisations taken in from a file"),
        "organisation.export": _l("Organisations given out as a file"),
        "known_name.say_none": _l("A name was said to be no organisation"),
        "known_name.forget": _l("A name belongs to no organisation any more"),
        "network.create": _l("Network added to the directory"),
        "network.update": _l("Network changed in the directory"),
        "network.remove": _l("Network taken out of the directory"),
    }
)
