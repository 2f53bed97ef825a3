"""The words people read for the kinds of entry, in one place."""

from flask_babel import lazy_gettext as _l

from contributions.models import EntryKind

ENTRY_KINDS = {
    EntryKind.CONTRIBUTION: _l("contribution"),
    EntryKind.PROPOSAL: _l("proposal"),
}

ENTRY_KINDS_PLURAL = {
    EntryKind.CONTRIBUTION: _l("contributions"),
    EntryKind.PROPOSAL: _l("proposals"),
}

WITHOUT_DIMENSION = _l("without dimension")

FIGURES = {
    "sessions": _l("sessions"),
    "participants": _l("participants"),
    "attendances": _l("attendances"),
    "contributions": _l("contributions"),
    "proposals": _l("proposals"),
    "sessions_without_count": _l("sessions without a count"),
}
