"""Certificates: issued from recorded attendance, replaced when that is corrected, and told genuine from false."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import contains_eager, joinedload

from certificates.codes import find_code, make_code
from certificates.content import CertificateContent, CertifiedSession
from certificates.models import Certificate
from core.database import db, insert_into
from core.errors import DomainError
from events.models import Event, Session, SessionKind
from registrations import signals
from registrations.models import Attendance, Registration, RegistrationState

_BATCH = 500

Attended = dict[Registration, list[Session]]
Contents = list[tuple[Registration, CertificateContent]]


class NothingAttended(DomainError):
    """No attendance is recorded, and a certificate states attendance."""

    message = _l(
        "No attendance of yours is recorded at this event. If you were there, ask the organisers to correct it."
    )


class NothingOverYet(DomainError):
    """The sessions attended have not ended, so nobody can state how long the person was there."""

    message = _l("The sessions that you attended are not over yet. You can have the certificate when they are.")


class NobodyToCertify(DomainError):
    """Nobody has attendance at a session that is over."""

    message = _l("Nobody has attendance at a session that is over, so there is nothing to certify yet.")


class VerificationStatus(StrEnum):
    """What a code turns out to be."""

    VALID = "valid"
    REPLACED = "replaced"
    CORRECTED = "corrected"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"


@dataclass(frozen=True)
class Verification:
    """What somebody who holds a code is told: whether it is genuine, and never the person's whole name."""

    status: VerificationStatus
    certificate: Certificate | None = None
    content: CertificateContent | None = None
    initials: str = ""


def issue(registration: Registration, *, now: datetime) -> Certificate:
    """The certificate of what this person attended and is over: the present one while it still says the same.

    Raises `NothingAttended` or `NothingOverYet`. Two clicks at once get one certificate: see `_issue`.
    """
    event = registration.event
    contents = _compose(event, _certifiable(event, now, registration))
    if not contents:
        raise NothingOverYet if _is_under_way(registration) else NothingAttended
    return _issue(contents, Registration.id == registration.id, now=now)[0]


def issue_all(event: Event, *, now: datetime) -> list[Certificate]:
    """The certificates of everybody with attendance that is over, in Catalan order; new ones only where needed."""
    contents = _compose(event, _certifiable(event, now))
    return _issue(contents, Registration.event_id == event.id, now=now)


def compose_all(event: Event, *, now: datetime) -> list[CertificateContent]:
    """What the certificates of an event would say now, in Catalan order, without issuing any."""
    return [content for _registration, content in _compose(event, _certifiable(event, now))]


def can_be_certified(registration: Registration, now: datetime) -> bool:
    """Whether the person attended something that is over; before the event begins nothing is."""
    if registration.event.starts_at > now:
        return False
    query = (
        select(Attendance.id)
        .join(Attendance.session)
        .where(Attendance.registration_id == registration.id, *_is_certifiable(now))
    )
    return db.session.scalar(query.limit(1)) is not None


def count_issued(event: Event) -> int:
    """How many people of the event hold a certificate that has not been replaced."""
    query = select(func.count()).select_from(Certificate).join(Certificate.registration)
    return db.session.scalar(query.where(Registration.event_id == event.id, Certificate.replaced_at.is_(None))) or 0


def count_certifiable(event: Event, *, now: datetime) -> int:
    """How many people of the event attended something that is over."""
    query = select(func.count(Attendance.registration_id.distinct())).join(Attendance.registration)
    query = query.join(Attendance.session).where(Registration.event_id == event.id, *_is_certifiable(now))
    return db.session.scalar(query) or 0


def count_without_attendance(event: Event, *, now: datetime) -> int:
    """How many confirmed registrations have nothing to certify."""
    attended = exists().where(
        Attendance.registration_id == Registration.id, Attendance.session_id == Session.id, *_is_certifiable(now)
    )
    query = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED, ~attended
    )
    return db.session.scalar(query) or 0


def verify(typed: str, *, now: datetime) -> Verification:
    """Tell what the code on a paper is worth now.

    A certificate whose attendance has been corrected since is not valid, whether or not a new one has been issued.
    """
    code = find_code(typed)
    if code is None:
        return Verification(VerificationStatus.MISTYPED)
    certificate = db.session.scalar(
        select(Certificate)
        .options(joinedload(Certificate.registration).joinedload(Registration.event))
        .where(Certificate.code == code)
    )
    if certificate is None:
        return Verification(VerificationStatus.UNKNOWN)
    content = CertificateContent.from_json(certificate.content)
    if not _still_holds(certificate, content, now):
        status = VerificationStatus.CORRECTED
    else:
        status = VerificationStatus.REPLACED if certificate.replaced_at else VerificationStatus.VALID
    return Verification(status, certificate, content, make_initials(content.name))


def make_initials(name: str) -> str:
    """`Núria Col·lell i Güell` is `N. C. G.`: enough to compare with a paper in hand, too little to learn a name."""
    words = [word for word in name.split() if word[0].isupper()] or name.split()
    return " ".join(f"{word[0]}." for word in words)


def _still_holds(certificate: Certificate, content: CertificateContent, now: datetime) -> bool:
    """Whether every session it certifies is still recorded as attended, at the hours it states."""
    registration = certificate.registration
    attended = {
        (session.code, session.starts_at, session.ends_at)
        for sessions in _certifiable(registration.event, now, registration).values()
        for session in sessions
    }
    return {(session.code, session.starts_at, session.ends_at) for session in content.sessions} <= attended


def _certifiable(event: Event, now: datetime, registration: Registration | None = None) -> Attended:
    """The sessions each person attended that are over, in order of time, the people in Catalan order."""
    query = (
        select(Registration, Session)
        .select_from(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .where(Registration.event_id == event.id, *_is_certifiable(now))
        .order_by(Registration.sort_key, Registration.id, Session.starts_at, Session.code)
    )
    if registration is not None:
        query = query.where(Registration.id == registration.id)
    attended: Attended = {}
    for person, session in db.session.execute(query):
        attended.setdefault(person, []).append(session)
    return attended


def _is_under_way(registration: Registration) -> bool:
    """Whether the person was let in to a session, which cannot be over when nothing can be certified."""
    query = select(Attendance.id).join(Attendance.session)
    query = query.where(Attendance.registration_id == registration.id, Session.kind != SessionKind.BREAK)
    return db.session.scalar(query.limit(1)) is not None


def _is_certifiable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The session is over; a break is nothing to certify."""
    return Session.ends_at <= now, Session.kind != SessionKind.BREAK


def _compose(event: Event, attended: Attended) -> Contents:
    return [(person, _content(event, person, sessions)) for person, sessions in attended.items()]


def _content(event: Event, registration: Registration, sessions: Iterable[Session]) -> CertificateContent:
    team = event.team
    return CertificateContent(
        language=registration.language,
        formula=team.certificate_formula,
        signatory_name=team.signatory_name,
        signatory_post=team.signatory_post,
        organiser=team.name,
        place=team.place,
        name=registration.full_name,
        event=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        venue=event.venue,
        address=event.address,
        sessions=tuple(
            CertifiedSession(session.code, session.title, session.starts_at, session.ends_at) for session in sessions
        ),
    )


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, now: datetime, **_values: object) -> None:
    """Let both certificates of one person go on verifying; of two that stand the earlier one has been replaced."""
    present = db.session.scalars(
        select(Certificate)
        .where(Certificate.registration_id.in_([kept.id, gone.id]), Certificate.replaced_at.is_(None))
        .order_by(Certificate.issued_at, Certificate.id)
    ).all()
    _replace([each.id for each in present[:-1]], now)
    db.session.execute(
        update(Certificate)
        .where(Certificate.registration_id == gone.id)
        .values(registration_id=kept.id)
        .execution_options(synchronize_session=False)
    )


def _issue(contents: Contents, scope: ColumnElement[bool], *, now: datetime) -> list[Certificate]:
    """The present certificates of these people; who has none that says this gets one, and an older one is replaced.

    Leans on the unique index of certificates not replaced: of two at once the second inserts nothing and is given the
    first one's.
    """
    present = _list_present(scope)
    changed = []
    for registration, content in contents:
        values = content.as_json()
        before = present.get(registration.id)
        if before is None or before.content != values:
            changed.append((registration.id, values, before))
    if changed:
        _replace([before.id for _id, _values, before in changed if before], now)
        _insert([(registration_id, values) for registration_id, values, _before in changed], now)
        present = _list_present(scope)
    return [present[registration.id] for registration, _content in contents]


def _list_present(scope: ColumnElement[bool]) -> dict[int, Certificate]:
    certificates = db.session.scalars(
        select(Certificate)
        .join(Certificate.registration)
        .options(contains_eager(Certificate.registration))
        .where(scope, Certificate.replaced_at.is_(None))
    )
    return {certificate.registration_id: certificate for certificate in certificates}


def _replace(ids: Sequence[int], now: datetime) -> None:
    for start in range(0, len(ids), _BATCH):
        db.session.execute(
            update(Certificate)
            .where(Certificate.id.in_(ids[start : start + _BATCH]), Certificate.replaced_at.is_(None))
            .values(replaced_at=now)
        )


def _insert(contents: Sequence[tuple[int, dict[str, Any]]], now: datetime) -> None:
    for start in range(0, len(contents), _BATCH):
        rows = [
            {"registration_id": registration_id, "code": make_code(), "content": values, "issued_at": now}
            for registration_id, values in contents[start : start + _BATCH]
        ]
        db.session.execute(insert_into(Certificate).values(rows).on_conflict_do_nothing())
