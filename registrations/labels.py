"""The words people read for every state and source of this room, in one place."""

from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.dates import format_hour, format_hours
from core.mail import MailState
from events.models import Access, CalendarShape, Dimension, Promotion
from registrations.comparison import Part
from registrations.filters import Consent
from registrations.likeness import Likeness
from registrations.models import (
    AttendanceSource,
    BulkKind,
    QuestionKind,
    RegistrationSource,
    RegistrationState,
    SupportKind,
)
from registrations.stays import Stay, Stays

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

IMAGE_CONSENTS = {
    Consent.GIVEN: _l("consents to pictures"),
    Consent.NOT_GIVEN: _l("does not consent to pictures"),
}

BULK_KINDS = {
    BulkKind.CONFIRM: _l("Confirm"),
    BulkKind.MOVE: _l("Move to another session"),
    BulkKind.CANCEL: _l("Cancel the registrations"),
    BulkKind.ATTEND: _l("Record that they came"),
}

DUPLICATE_REASONS = {
    Likeness.NAME: _l("the same name"),
    Likeness.SPELLING: _l("a name spelt almost alike"),
    Likeness.PART: _l("the name of one is in that of the other"),
    Likeness.MAILBOX: _l("the same mailbox, spelt otherwise"),
    Likeness.PROVIDER: _l("the same name at two addresses of one provider"),
    Likeness.PHONE: _l("the same telephone"),
    Likeness.ORGANISATION: _l("the same organisation"),
}

MERGE_PARTS = {
    Part.NAME: _l("Name"),
    Part.EMAIL: _l("E-mail"),
    Part.ORGANISATION: _l("Organisation"),
    Part.DIMENSION: _l("Where they come from"),
    Part.LANGUAGE: _l("Language"),
    Part.IMAGE_CONSENT: _l("Image consent"),
}

ATTENDANCE_SOURCES = {
    AttendanceSource.LIST: _l("list"),
    AttendanceSource.FILE: _l("file"),
    AttendanceSource.CODE: _l("code"),
    AttendanceSource.PAPER: _l("paper"),
    AttendanceSource.SELF: _l("self check-in"),
}

QUESTION_KINDS = {
    QuestionKind.SHORT: _l("a short text"),
    QuestionKind.LONG: _l("a long text"),
    QuestionKind.ONE: _l("one of several options"),
    QuestionKind.SEVERAL: _l("as many of the options as apply"),
    QuestionKind.YES_NO: _l("yes or no"),
    QuestionKind.IDENTITY: _l("the number of an identity document, of which only four signs are kept"),
}

SUPPORTS = {
    SupportKind.SIGN_LANGUAGE: _l("sign language interpreting"),
    SupportKind.HEARING_LOOP: _l("hearing loop"),
    SupportKind.WHEELCHAIR_SPACE: _l("space for a wheelchair"),
    SupportKind.MENU: _l("a special menu"),
    SupportKind.OTHER: _l("another support"),
}

# How people say of themselves where they come from; `events.labels.DIMENSIONS` is how staff says it of them.
ORIGINS = {
    Dimension.INTERNAL: _l("I work for the body that organises it"),
    Dimension.OTHER_AGENTS: _l("I come from another service or organisation"),
    Dimension.CITIZENS: _l("I come on my own behalf, as a citizen"),
}

ACCESSES = {
    Access.EVERYONE: _l("everyone"),
    Access.INVITATION: _l("whoever has an invitation link"),
    Access.APPROVAL: _l("everyone, and you say yes or no to each"),
}

PROMOTIONS = {
    Promotion.AT_ONCE: _l("is given at once to the first person in line"),
    Promotion.OFFER: _l("is offered to the first person in line, who has a time to answer"),
}

CALENDAR_SHAPES = {
    CalendarShape.EVENT: _l("one entry for the whole event"),
    CalendarShape.SESSIONS: _l("one entry for each of the sessions chosen"),
}

MAIL_STATES = {
    MailState.WAITING: _l("still to leave"),
    MailState.SENT: _l("sent"),
    MailState.REFUSED: _l("refused"),
    MailState.WITHDRAWN: _l("withdrawn"),
}

MAIL_KINDS = {
    "place_confirmed": _l("confirmation"),
    "waiting": _l("on the waiting list"),
    "promoted": _l("a place from the list"),
    "offered": _l("offer of a place"),
    "offer_expired": _l("offer that ran out"),
    "address_to_confirm": _l("address to confirm"),
    "awaiting_approval": _l("awaits an answer"),
    "not_approved": _l("not approved"),
    "changed": _l("change of registration"),
    "cancelled": _l("cancellation"),
    "cancelled_by_organiser": _l("cancellation by the organisers"),
    "own_link": _l("own link"),
    "merged": _l("two registrations merged"),
    "address_corrected": _l("address corrected"),
    "reminder": _l("reminder"),
    "thanks": _l("thanks"),
    "event_moved": _l("event moved"),
    "event_cancelled": _l("event cancelled"),
    "event_restored": _l("event held after all"),
    "session_moved": _l("session moved"),
    "session_cancelled": _l("session cancelled"),
    "message": _l("message"),
    "certificates_issued": _l("certificates"),
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


def count_mails_in_words(state: MailState, count: int) -> str:
    """Say how many mails stand in a state."""
    words = {
        MailState.WAITING: ngettext("%(num)d mail still to leave", "%(num)d mails still to leave", count),
        MailState.SENT: ngettext("%(num)d mail sent", "%(num)d mails sent", count),
        MailState.REFUSED: ngettext("%(num)d mail refused", "%(num)d mails refused", count),
        MailState.WITHDRAWN: ngettext("%(num)d mail withdrawn", "%(num)d mails withdrawn", count),
    }
    return str(words[state])


def say_stays(stays: Stays, zone: ZoneInfo) -> str:
    """From when to when somebody was there, as far as it is known: `9.04–11 h, 11.35–14 h`."""
    return ", ".join(_say_stay(stay, zone) for stay in stays)


def _say_stay(stay: Stay, zone: ZoneInfo) -> str:
    came_at, left_at = (at.astimezone(zone) if at else None for at in stay)
    if came_at and left_at:
        return format_hours(came_at, left_at)
    if came_at:
        return str(_("in at %(time)s", time=format_hour(came_at)))
    return str(_("out at %(time)s", time=format_hour(left_at))) if left_at else ""
