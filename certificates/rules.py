"""The rules an event gives certificates by: whom, and what stands on them (docs/adr/0040)."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from accounts.logos import Logo
from accounts.models import CertificateFormula, StaffMember
from certificates import pictures
from certificates.attended import AttendedSession, add_up, list_held
from certificates.content import Picture
from certificates.models import CertificateRules, PageSize, Requirement
from core.database import db
from events import owners
from events.models import Event, Session
from registrations.attendance import Hours


class RulesValues(TypedDict):
    """What can be written of the rules; texts already clean."""

    requirement: Requirement
    share_percent: int
    sessions: list[Session]
    formula: CertificateFormula | None
    signatory_name: str
    signatory_post: str
    approver_name: str
    approver_post: str
    place: str
    has_logo: bool
    prints_identity: bool
    page_size: PageSize
    texts: dict[str, dict[str, str]]


def find(event: Event) -> CertificateRules | None:
    """The rules of the event, if it has any of its own."""
    return db.session.get(CertificateRules, event.id)


def of(event: Event) -> CertificateRules:
    """The rules of the event; without any of its own, those that do as the team does, which are not kept."""
    return find(event) or CertificateRules(
        event_id=event.id,
        requirement=Requirement.ANY,
        share_percent=80,
        signatory_name="",
        signatory_post="",
        approver_name="",
        approver_post="",
        place="",
        has_logo=True,
        prints_identity=False,
        page_size=PageSize.A4,
        texts={},
    )


def save(event: Event, values: RulesValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is new in `values` and say whether anything was. What has been issued stands as it was."""
    rules = of(event)
    changed = sorted(name for name, value in values.items() if getattr(rules, name) != value)
    if not changed:
        return False
    for name in changed:
        setattr(rules, name, values[name])  # type: ignore[literal-required] # the keys of `values` itself
    _write(rules, now)
    owners.record("certificate_rules.update", event, by=by, now=now, changed=changed)
    return True


def set_signature(event: Event, picture: Logo, *, by: StaffMember | None, now: datetime) -> None:
    """Print this picture of a signature on the certificates issued from now on."""
    rules = of(event)
    if rules.signature_mark == picture.mark:
        return
    pictures.keep(picture.mark, Picture(picture.content, picture.width, picture.height))
    rules.signature_mark = picture.mark
    _write(rules, now)
    owners.record("certificate_rules.set_signature", event, by=by, now=now)


def remove_signature(event: Event, *, by: StaffMember | None, now: datetime) -> None:
    """Print no signature on the certificates issued from now on; those issued keep theirs."""
    rules = find(event)
    if rules is None or rules.signature_mark is None:
        return
    rules.signature_mark = None
    _write(rules, now)
    owners.record("certificate_rules.remove_signature", event, by=by, now=now)


def is_enough(rules: CertificateRules, event: Event, attended: Iterable[AttendedSession]) -> bool:
    """Whether who attended these sessions has attended what the rules ask for."""
    sessions = list(attended)
    if rules.requirement is Requirement.SESSIONS:
        return bool(sessions) and {each.id for each in rules.sessions} <= {each.session.id for each in sessions}
    if rules.requirement is Requirement.SHARE:
        return bool(sessions) and share(event, sessions) >= rules.share_percent
    return bool(sessions)


def share(event: Event, attended: Iterable[AttendedSession]) -> float:
    """How much of the event's hours these sessions are, in percent; breaks and what was called off do not count.

    Parallel sessions are one hour of anybody's time, in the event as in a person's attendance.
    """
    whole = add_up(event, list_held(event, Hours(event)))
    return 100 * (add_up(event, attended) / whole) if whole else 100.0


def _write(rules: CertificateRules, now: datetime) -> None:
    rules.updated_at = now
    db.session.add(rules)
    db.session.flush()
