"""The words people read for every state and kind of this room, in one place."""

from flask_babel import lazy_gettext as _l

from events.models import Dimension, EventState, ProcessState, RegistrationStatus, SessionKind

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
