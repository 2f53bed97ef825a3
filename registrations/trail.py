"""The trail of a registration: a line for each act on it, found by its event and its code."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from accounts import audit
from accounts.models import AuditEntry, StaffMember
from events.models import Event, Session
from registrations import aliases
from registrations.models import Registration

KIND = "registration"


def key_of(event: Event, code: str) -> str:
    """Under what the lines of the registration with this code are found."""
    return f"{event.slug}/{code}"


def record(
    act: str,
    registration: Registration,
    *,
    session: Session | None = None,
    by: StaffMember | None,
    now: datetime,
    **details: object,
) -> None:
    """Add one line in the transaction in progress, with the `session` that the act is about, if it is about one.

    Details never name a person, and an address is one.
    """
    if session:
        details["session"] = session.code
    key = key_of(registration.event, registration.code)
    audit.record(act, subject_kind=KIND, subject_key=key, by=by, now=now, **details)


def record_all(
    act: str, event: Event, lines: Iterable[tuple[str, Mapping[str, object]]], *, by: StaffMember | None, now: datetime
) -> None:
    """Add the line of one act for many registrations of an event: the code of each, and the details."""
    keyed = ((key_of(event, code), details) for code, details in lines)
    audit.record_all(act, keyed, subject_kind=KIND, by=by, now=now)


def list_entries(registration: Registration) -> Sequence[AuditEntry]:
    """All that was done to the registration, and to those merged into it, the latest first, with who did it."""
    codes = [registration.code, *aliases.list_codes(registration)]
    return audit.list_entries(KIND, *(key_of(registration.event, code) for code in codes))
