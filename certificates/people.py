"""Who of an event gets a certificate and who does not, and why: everybody who is expected or came, by role."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from certificates import corrections, roles
from certificates.content import CertificateContent
from certificates.corrections import Difference
from certificates.due import Due, is_over, list_due
from certificates.models import Certificate, CertifiedRole
from core.database import db
from core.text import fold
from events.models import Event, Session, SessionKind
from registrations.models import Attendance, Registration, RegistrationState


class Standing(StrEnum):
    """How somebody stands with a certificate."""

    HOLDS = "holds"
    FORMER_WORDING = "former_wording"
    DUE = "due"
    OUTDATED = "outdated"
    WRONG = "wrong"
    REVOKED = "revoked"
    TOO_LITTLE = "too_little"
    NOT_OVER = "not_over"
    ABSENT = "absent"


GETTING = (Standing.HOLDS, Standing.FORMER_WORDING, Standing.DUE, Standing.OUTDATED)
"""Who gets one when all are issued."""

_STANDINGS = {
    Difference.NONE: Standing.HOLDS,
    Difference.WORDING: Standing.FORMER_WORDING,
    Difference.FACTS: Standing.OUTDATED,
}
"""How somebody stands whose certificate differs so from the one they would get now."""


@dataclass(frozen=True)
class Person:
    """A person in one role, and their certificate of it if one stands, revoked or not."""

    registration: Registration
    role: CertifiedRole
    standing: Standing
    certificate: Certificate | None


def list_people(event: Event, *, now: datetime) -> list[Person]:
    """Everybody who is confirmed, came, had a role or holds a certificate, in Catalan order."""
    dues = {(due.registration.id, due.role): due for due in list_due(event, now=now)}
    present = {(each.registration_id, each.role): each for each in _list_present(event)}
    over = _list_who_came(event, *is_over(now))
    came, everybody = _list_who_came(event), _list_everybody(event)
    of_roles = {(row.registration_id, row.role) for row in roles.list_of_event(event)}
    keys = {(each.id, CertifiedRole.ATTENDEE) for each in everybody.values() if each.is_confirmed or each.id in came}
    keys |= of_roles | dues.keys() | present.keys()
    found = [
        Person(
            everybody[key[0]],
            key[1],
            _stand(
                dues.get(key), present.get(key), is_over=key[0] in over, is_expected=key[0] in came or key in of_roles
            ),
            present.get(key),
        )
        for key in keys
    ]
    return sorted(found, key=lambda each: (each.registration.sort_key, each.registration.id, each.role.place))


def find_standings(registration: Registration, *, now: datetime) -> dict[CertifiedRole, Standing]:
    """How each certificate of a person stands that was issued and not replaced, by what it is for."""
    dues = {due.role: due for due in list_due(registration.event, now=now, of=[registration.id])}
    present = db.session.scalars(
        select(Certificate).where(Certificate.registration_id == registration.id, Certificate.replaced_at.is_(None))
    )
    return {each.role: _stand(dues.get(each.role), each, is_over=True, is_expected=True) for each in present}


def count_due(event: Event, dues: Iterable[Due]) -> Counter[Standing]:
    """How many of those who are due one stand how with the one they have."""
    present = {(each.registration_id, each.role): each for each in _list_present(event)}
    of_each = ((due, present.get((due.registration.id, due.role))) for due in dues)
    return Counter(_stand(due, issued, is_over=True, is_expected=True) for due, issued in of_each)


def count(people: Iterable[Person]) -> Counter[Standing]:
    """How many stand how."""
    return Counter(person.standing for person in people)


def count_getting(counts: Mapping[Standing, int]) -> int:
    """How many certificates there would be if all were issued, by how many stand how."""
    return sum(counts.get(each, 0) for each in GETTING)


def choose(people: Sequence[Person], standing: Standing | None, words: str) -> list[Person]:
    """Those who stand so, or all, and whose name, address or organisation has these words."""
    wanted = fold(words).split()
    return [
        person
        for person in people
        if standing in {None, person.standing}
        if all(word in person.registration.search_key for word in wanted)
        or (person.certificate is not None and _is_number(words, person.certificate))
    ]


def _is_number(words: str, certificate: Certificate) -> bool:
    return words.strip() == f"{certificate.number}/{certificate.year}"


def _stand(due: Due | None, present: Certificate | None, *, is_over: bool, is_expected: bool) -> Standing:
    if present and present.revoked_at:
        return Standing.REVOKED
    if due and present:
        return _STANDINGS[corrections.compare(CertificateContent.from_json(present.content), due.content)]
    if due:
        return Standing.DUE
    if present:
        return Standing.WRONG
    if is_over:
        return Standing.TOO_LITTLE
    return Standing.NOT_OVER if is_expected else Standing.ABSENT


def _list_present(event: Event) -> Sequence[Certificate]:
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.event_id == event.id, Certificate.replaced_at.is_(None))
        .options(joinedload(Certificate.registration))
        .order_by(Certificate.id)
    ).all()


def _list_who_came(event: Event, *which: ColumnElement[bool]) -> set[int]:
    """Who was let in to any of these sessions, over or not, if nothing else is said."""
    query = select(Attendance.registration_id).join(Attendance.session)
    sessions = (Session.event_id == event.id, Session.kind != SessionKind.BREAK, *which)
    return set(db.session.scalars(query.where(*sessions)))


def _list_everybody(event: Event) -> dict[int, Registration]:
    """Whoever may be in the list, by id."""
    attended = exists().where(Attendance.registration_id == Registration.id)
    certified = exists().where(Certificate.registration_id == Registration.id)
    with_role = Registration.id.in_([row.registration_id for row in roles.list_of_event(event)])
    query = select(Registration).where(
        Registration.event_id == event.id,
        or_(Registration.state == RegistrationState.CONFIRMED, attended, certified, with_role),
    )
    return {each.id: each for each in db.session.scalars(query)}
