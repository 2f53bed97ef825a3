"""What happened to a registration, from the trail, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts import audit
from core.dates import format_moment
from registrations import trail
from registrations.models import Registration
from registrations.promotions import Reason

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """One line of the history; `by` is empty when the person or the program did it."""

    happened_at: datetime
    sentence: str
    by: str


REASONS = {
    Reason.CANCELLATION.value: _l("somebody cancelled"),
    Reason.CHANGE.value: _l("somebody changed their sessions"),
    Reason.CAPACITY.value: _l("there are more places"),
    Reason.EXPIRY.value: _l("somebody did not answer in time"),
    Reason.REFUSAL.value: _l("somebody did not want it"),
    Reason.RESERVATION.value: _l("places are kept for other groups"),
    Reason.APPROVAL.value: _l("the organisers answered"),
    Reason.SIGN_UP.value: _l("somebody signed up"),
    Reason.CONFIRMATION.value: _l("somebody confirmed their address"),
    Reason.ACCEPTANCE.value: _l("somebody took the place they were offered"),
    Reason.MERGE.value: _l("two registrations were one person’s"),
    "on_purpose": _l("given on purpose"),
}


def list_history(registration: Registration) -> list[Happening]:
    """All that was done to the registration, the latest first."""
    zone = registration.event.zone
    return [
        Happening(
            entry.happened_at,
            say(entry.act, entry.details, until=lambda moment: format_moment(moment, zone)),
            entry.staff.shown_name if entry.staff else "",
        )
        for entry in trail.list_entries(registration)
    ]


def say(act: str, details: Details, *, until: Callable[[datetime], str]) -> str:
    """One act as a sentence; `until` writes a moment."""
    sentence = _say_promoted(details, until) if act == "registration.promote" else audit.say_act(act)
    if act == "registration.change" and details.get("sessions"):
        sentence = _("Changed. Sessions: %(sessions)s", sessions=", ".join(details["sessions"]))
    elif details.get("session") and act != "registration.promote":
        sentence = f"{sentence}: {details['session']}"
    if details.get("bulk"):
        others = _("with others")
        sentence = f"{sentence} ({others})"
    if details.get("over_capacity"):
        above = _("above capacity, on purpose")
        sentence = f"{sentence} ({above})"
    return sentence


def _say_promoted(details: Details, until: Callable[[datetime], str]) -> str:
    where = details.get("session") or _("the event")
    reason = str(REASONS.get(details.get("reason", ""), ""))
    if details.get("until"):
        sentence = _(
            "A place in %(where)s was offered until %(moment)s: %(reason)s",
            where=where,
            moment=until(datetime.fromisoformat(details["until"])),
            reason=reason,
        )
    else:
        sentence = _("Got a place in %(where)s from the waiting list: %(reason)s", where=where, reason=reason)
    return str(sentence)


ACTS: Mapping[str, object] = {
    "registration.create": _l("Signed up by staff"),
    "registration.change": _l("Changed"),
    "registration.cancel": _l("Cancelled"),
    "registration.accept": _l("Took the place that was offered"),
    "registration.decline": _l("Declined the place that was offered"),
    "registration.leave": _l("Left the waiting list"),
    "registration.expire": _l("The time to answer or confirm ran out"),
    "registration.confirm_address": _l("Confirmed the address"),
    "registration.approve": _l("Approved"),
    "registration.decline_approval": _l("Not approved"),
    "registration.correct_address": _l("Address corrected"),
    "registration.send_mail_again": _l("A mail was sent again"),
    "registration.answer": _l("Answers to the questions changed"),
    "registration.change_supports": _l("Changed the supports asked for"),
    "registration.lose_session": _l("The session was cancelled"),
    "registration.give_image_consent": _l("Agreed to pictures"),
    "registration.withdraw_image_consent": _l("Withdrew the consent to pictures"),
    "registration.withdraw_supports": _l("Withdrew what was said about supports"),
    "registration.tell_apart": _l("Said to be another person than a namesake"),
    "registration.doubt": _l("May be the same person as a namesake after all"),
    "registration.merge": _l("Merged with another registration of the same person"),
    "registration.undo_merge": _l("The merge of two registrations was undone"),
    "registration.undo_bulk": _l("An act on several people was taken back"),
    "attendance.record": _l("Recorded that they came"),
    "attendance.undo": _l("Attendance taken back"),
    "attendance.stays": _l("When they came and left, corrected"),
}
"""The acts in words; that of a promotion is a sentence of its own."""

audit.name_acts({**ACTS, "registration.promote": _l("Got a place from the waiting list")})
