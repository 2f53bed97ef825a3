"""The words people read for figures and for how they are known, in one place."""

from flask_babel import lazy_gettext as _l

from figures.figure_rows import Known

FIGURES = {
    "sessions": _l("sessions"),
    "participants": _l("participants"),
    "attendances": _l("attendances"),
    "contributions": _l("contributions"),
    "proposals": _l("proposals"),
    "sessions_without_count": _l("sessions without a count"),
}

# The sessions of which something is known in a way that must be said.
KNOWN = {
    Known.DECLARED_PARTICIPANTS: _l("with a headcount instead of a list"),
    Known.DECLARED_CONTRIBUTIONS: _l("with contributions that were only declared"),
    Known.DECLARED_PROPOSALS: _l("with proposals that were only declared"),
    Known.UNKNOWN_PARTICIPANTS: _l("with neither a list nor a headcount"),
    Known.UNKNOWN_CONTRIBUTIONS: _l("whose contributions nobody knows"),
    Known.UNKNOWN_PROPOSALS: _l("whose proposals nobody knows"),
}
