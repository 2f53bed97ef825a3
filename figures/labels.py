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

# What each figure counts, for beneath the table.
DEFINITIONS = (
    (
        _l("Sessions"),
        _l(
            "Working sessions, and the visits and plenaries that have a dimension or in which something was "
            "recorded. Breaks do not count."
        ),
    ),
    (
        _l("Participants"),
        _l(
            "Distinct people whose attendance at one session or more was recorded; having signed up is not "
            "enough. Where a session kept no list, its headcount is added. Whoever was at sessions of several"
            " dimensions counts in each of them, and once in the total, which can therefore be less than the "
            "sum."
        ),
    ),
    (_l("Attendances"), _l("One for each person at each session.")),
    (
        _l("Contributions and proposals"),
        _l(
            "A contribution is something said in a session; a proposal is something to be done. What was "
            "deleted does not count, and what was merged into another counts once."
        ),
    ),
    (
        _l("Declared"),
        _l(
            "What whoever held a session said of it, without a list that could be counted. Declared people "
            "are part of the participants; declared contributions and proposals are shown apart and never "
            "added to those that were written down."
        ),
    ),
    (
        _l("Not known"),
        _l(
            "A session with neither an attendance list nor a headcount is not counted as a session without "
            "people: what is not known is not zero."
        ),
    ),
)
