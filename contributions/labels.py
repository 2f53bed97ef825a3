"""The words people read about entries and topics, in one place."""

from flask_babel import lazy_gettext as _l

from contributions.models import EntryKind, EntrySource, EntryState, TopicColour
from contributions.own_entries import Stand
from events.labels import DIMENSIONS
from events.models import Dimension

ENTRY_KINDS = {
    EntryKind.CONTRIBUTION: _l("contribution"),
    EntryKind.PROPOSAL: _l("proposal"),
}

ENTRY_KINDS_PLURAL = {
    EntryKind.CONTRIBUTION: _l("contributions"),
    EntryKind.PROPOSAL: _l("proposals"),
}

WITHOUT_DIMENSION = _l("without dimension")
WITHOUT_TOPIC = _l("without topic")

ENTRY_STATES = {
    EntryState.COLLECTED: _l("collected"),
    EntryState.REVIEWED: _l("reviewed"),
    EntryState.PUBLISHED: _l("published"),
}

ENTRY_SOURCES = {
    EntrySource.NOTED: _l("noted in the session"),
    EntrySource.IMPORTED: _l("from a file"),
    EntrySource.WRITTEN: _l("written by who took part"),
}

# How it stands with what somebody wrote by themselves, as they are told.
STANDS = {
    Stand.RECEIVED: _l("received"),
    Stand.REVIEWED: _l("read by the organisers"),
    Stand.PUBLISHED: _l("published"),
    Stand.NOT_SHOWN: _l("it is not published"),
    Stand.WITHDRAWN: _l("taken back"),
}

TOPIC_COLOURS = {
    TopicColour.TEAL: _l("teal"),
    TopicColour.INDIGO: _l("indigo"),
    TopicColour.PLUM: _l("plum"),
    TopicColour.RUST: _l("rust"),
    TopicColour.OLIVE: _l("olive"),
    TopicColour.SLATE: _l("slate"),
    TopicColour.ROSE: _l("rose"),
    TopicColour.OCHRE: _l("ochre"),
    TopicColour.FOREST: _l("forest green"),
    TopicColour.NAVY: _l("navy blue"),
}

# The words of Decidim for what became of a proposal; a platform may have others of its own.
ANSWER_STATES = {
    "": _l("not answered yet"),
    "not_answered": _l("not answered yet"),
    "evaluating": _l("being considered"),
    "accepted": _l("accepted"),
    "rejected": _l("rejected"),
    "withdrawn": _l("withdrawn by its author"),
}


def say_answer_state(state: str) -> str:
    """Say what became of a proposal elsewhere; in that platform's own word where we have none."""
    return str(ANSWER_STATES.get(state, state.replace("_", " ")))


def say_dimension(dimension: Dimension | None) -> str:
    """The dimension in words, in the language in force."""
    return str(DIMENSIONS[dimension] if dimension else WITHOUT_DIMENSION)
