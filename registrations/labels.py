"""The words people read for every state and source of this room, in one place."""

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from registrations.models import AttendanceSource, RegistrationSource, RegistrationState

REGISTRATION_STATES = {
    RegistrationState.CONFIRMED: _l("confirmed"),
    RegistrationState.WAITING: _l("waiting"),
    RegistrationState.OFFERED: _l("place offered"),
    RegistrationState.PENDING: _l("pending"),
    RegistrationState.CANCELLED: _l("cancelled"),
}

REGISTRATION_SOURCES = {
    RegistrationSource.PERSON: _l("signed up"),
    RegistrationSource.STAFF: _l("added by staff"),
    RegistrationSource.FILE: _l("from a file"),
    RegistrationSource.DOOR: _l("at the door"),
}

ATTENDANCE_SOURCES = {
    AttendanceSource.LIST: _l("list"),
    AttendanceSource.FILE: _l("file"),
    AttendanceSource.CODE: _l("code"),
    AttendanceSource.PAPER: _l("paper"),
    AttendanceSource.SELF: _l("self check-in"),
}


def count_in_words(state: RegistrationState, count: int) -> str:
    """Say how many registrations stand in a state."""
    words = {
        RegistrationState.CONFIRMED: ngettext("%(num)d confirmed", "%(num)d confirmed", count),
        RegistrationState.WAITING: ngettext("%(num)d waiting", "%(num)d waiting", count),
        RegistrationState.OFFERED: ngettext("%(num)d with a place offered", "%(num)d with a place offered", count),
        RegistrationState.PENDING: ngettext("%(num)d pending", "%(num)d pending", count),
        RegistrationState.CANCELLED: ngettext("%(num)d cancelled", "%(num)d cancelled", count),
    }
    return str(words[state])
