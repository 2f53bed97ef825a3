"""The mail of a message, named like its template."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.dates import format_period
from core.languages import use_language
from events.models import EventState
from messages.texts import Paragraph, as_text
from registrations.models import Registration, RegistrationState
from registrations.notifications import MESSAGE, Draft, compose

_IS_REGISTERED = _l("You get this mail because you are registered for “%(title)s” (%(when)s).")
_REASONS = {
    RegistrationState.WAITING: _l("You get this mail because you are on the waiting list of “%(title)s” (%(when)s)."),
    RegistrationState.PENDING: _l("You get this mail because you have asked for a place at “%(title)s” (%(when)s)."),
    RegistrationState.CANCELLED: _l(
        "You get this mail because you had signed up for “%(title)s” (%(when)s); your registration is cancelled."
    ),
}


def message(
    registration: Registration, subject: str, paragraphs: Sequence[Paragraph], *, language: str, now: datetime
) -> Draft | None:
    """What the organisers write in their own words, which are in this language; not written yet."""
    event = registration.event
    may_leave = (
        registration.state is not RegistrationState.CANCELLED
        and event.state is not EventState.CANCELLED
        and now < event.changes_until
    )
    return compose(
        f"messages/mail/{MESSAGE}",
        registration,
        [],
        tells_calendar=False,
        language=language,
        now=now,
        title=subject,
        paragraphs=paragraphs,
        body=as_text(paragraphs),
        reason=_say_reason(registration, language),
        may_leave=may_leave,
    )


def _say_reason(registration: Registration, language: str) -> str:
    """Why a message of the organisers comes to this person, and who writes it."""
    event = registration.event
    with use_language(language):
        when = format_period(event.starts_at, event.ends_at, event.zone)
        why = str(_REASONS.get(registration.state, _IS_REGISTERED)) % {"title": event.title, "when": when}
        who = _("It is written by the team that organises it: %(team)s.", team=event.team.name)
        return f"{why} {who}"
