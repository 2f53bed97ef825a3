"""The words people read for every state and kind of this room, in one place."""

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.few_people import FEWEST, is_few
from events.clashes import Clash, Reason
from events.declared import Figure, Standing
from events.models import (
    Dimension,
    Document,
    DocumentFormat,
    DocumentKind,
    EventState,
    ProcessState,
    RegistrationStatus,
    SessionKind,
)

DIMENSIONS = {
    Dimension.INTERNAL: _l("internal"),
    Dimension.OTHER_AGENTS: _l("other agents"),
    Dimension.CITIZENS: _l("citizens"),
}

EVENT_STATES = {
    EventState.DRAFT: _l("draft"),
    EventState.PUBLISHED: _l("published"),
    EventState.CANCELLED: _l("cancelled"),
    EventState.CLOSED: _l("closed"),
}

SESSION_KINDS = {
    SessionKind.WORKING: _l("working session"),
    SessionKind.PLENARY: _l("plenary"),
    SessionKind.VISIT: _l("visit"),
    SessionKind.BREAK: _l("break"),
}

PROCESS_STATES = {
    ProcessState.UNDER_WAY: _l("under way"),
    ProcessState.CONSOLIDATED: _l("consolidated"),
    ProcessState.FINISHED: _l("finished"),
}

REGISTRATION_STATUSES = {
    RegistrationStatus.DRAFT: _l("not published yet"),
    RegistrationStatus.CANCELLED: _l("cancelled"),
    RegistrationStatus.PAST: _l("already held"),
    RegistrationStatus.CLOSED: _l("registration closed"),
    RegistrationStatus.NOT_YET_OPEN: _l("registration not open yet"),
    RegistrationStatus.FULL: _l("full"),
    RegistrationStatus.WAITING_LIST: _l("full, with a waiting list"),
    RegistrationStatus.OPEN: _l("registration open"),
}

DOCUMENT_KINDS = {
    DocumentKind.PROGRAMME: _l("Programme"),
    DocumentKind.SYNTHESIS: _l("Synthesis"),
    DocumentKind.REPORT: _l("Report"),
    DocumentKind.OTHER: _l("Another document"),
}

CLASHES = {
    Reason.SAME_ROOM: _l("%(name)s is taken by %(other)s at the same time."),
    Reason.SAME_FACILITATOR: _l("%(name)s is also at %(other)s at the same time."),
    Reason.ROOM_TOO_SMALL: _l("More people may come than fit in %(name)s."),
    Reason.OUTSIDE_EVENT: _l("Outside the times of the event."),
}

DOCUMENT_FORMATS = {
    DocumentFormat.PDF: "PDF",
    DocumentFormat.ODT: "ODT",
    DocumentFormat.DOCX: "DOCX",
    DocumentFormat.PNG: "PNG",
    DocumentFormat.JPEG: "JPEG",
    DocumentFormat.WEBP: "WebP",
    DocumentFormat.GIF: "GIF",
}


def say_clash(clash: Clash) -> str:
    """Why a session does not fit, without naming the session itself."""
    return str(CLASHES[clash.reason]) % {"name": clash.name, "other": clash.other.code if clash.other else ""}


def say_declared(standing: Standing, *, is_public: bool = False) -> list[str]:
    """What was declared of a session and stands, a piece for each figure, what nobody knows too.

    In public a few people are not told apart.
    """
    say = {
        Figure.PARTICIPANTS: lambda count: _say_participants(count, is_public=is_public),
        Figure.CONTRIBUTIONS: _say_contributions,
        Figure.PROPOSALS: _say_proposals,
    }
    return [say[figure](count) for figure, count in standing.items()]


def _say_participants(count: int | None, *, is_public: bool) -> str:
    if count is None:
        return str(_("participants not known"))
    if is_public and is_few(count):
        return str(_("fewer than %(num)s participants", num=FEWEST))
    return str(ngettext("%(num)s participant", "%(num)s participants", count))


def _say_contributions(count: int | None) -> str:
    if count is None:
        return str(_("contributions not known"))
    return str(ngettext("%(num)s contribution", "%(num)s contributions", count))


def _say_proposals(count: int | None) -> str:
    if count is None:
        return str(_("proposals not known"))
    return str(ngettext("%(num)s proposal", "%(num)s proposals", count))


def title_of(document: Document) -> str:
    """What a document is called: its own title, or what it is."""
    return document.title or str(DOCUMENT_KINDS[document.kind])


def format_size(size: int) -> str:
    """A number of bytes as people say it, never zero: `820 kB`, `1,2 MB`."""
    kilobytes = max(round(size / 1024), 1)
    if kilobytes < 1000:
        return f"{format_decimal(kilobytes)} kB"
    return f"{format_decimal(round(size / 1024**2, 1))} MB"
