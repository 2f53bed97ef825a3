"""Certificates: issued from recorded attendance and roles, replaced when that is corrected, revoked with a reason."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import contains_eager

from accounts.models import StaffMember
from certificates import corrections, pictures, roles
from certificates.codes import make_code
from certificates.content import CertificateContent
from certificates.corrections import Difference
from certificates.due import Due, find_due, is_over, list_due
from certificates.models import Certificate, CertificateBook, CertifiedRole
from core.database import batches, db, insert_into
from core.errors import DomainError, NotFoundError
from events.models import Event, Session, SessionKind
from registrations import signals, trail
from registrations.models import Attendance, Registration, RegistrationState

REASON_LENGTH = 500

Key = tuple[int, CertifiedRole]
"""A registration's id and a role."""


class NothingAttended(DomainError):
    """No attendance is recorded, and a certificate states attendance."""

    message = _l(
        "No attendance of yours is recorded at this event. If you were there, ask the organisers to correct it."
    )


class NoSuchRole(DomainError):
    """Nobody has noted that the person did this at the event, or it is not over."""

    message = _l(
        "It is not recorded that you facilitated, spoke or organised at this event, or it is not over yet. If it is,"
        " ask the organisers to correct it."
    )


class NothingOverYet(DomainError):
    """The sessions attended have not ended, so nobody can state how long the person was there."""

    message = _l("The sessions that you attended are not over yet. You can have the certificate when they are.")


class NotEnoughAttended(DomainError):
    """The event's rules ask for more than the person attended."""

    message = _l(
        "You attended less than this event asks for to give a certificate. If that is not so, ask the organisers to"
        " correct it."
    )


class CertificateRevoked(DomainError):
    """An organiser has revoked it, and only an organiser can issue it anew."""

    message = _l("The organisers have revoked this certificate: %(reason)s")


class NobodyToCertify(DomainError):
    """Nobody has attended, of what is over, what the rules ask for, nor has a role in it."""

    message = _l("Nobody is due a certificate yet.")


class NothingLeft(DomainError):
    """An organiser wants it anew, and what it stated is not recorded any more."""

    message = _l(
        "Nothing that this certificate could state is recorded any more. Correct the attendance or the role first."
    )


class NotInForce(DomainError):
    """It has been replaced or revoked already: nothing is left to revoke."""

    message = _l("This certificate has been replaced or revoked meanwhile.")


class ReasonMissing(DomainError):
    """Whoever is told that a certificate was revoked is told why."""

    message = _l("Say why.")
    field = "reason"


def issue(registration: Registration, *, now: datetime, role: CertifiedRole = CertifiedRole.ATTENDEE) -> Certificate:
    """The certificate of what this person attended and is over: the present one while its facts are not corrected.

    Raises `NothingAttended`, `NotEnoughAttended`, `NothingOverYet`, `NoSuchRole`, `CertificateRevoked`. Two clicks at
    once get one certificate: see `_issue`.
    """
    due = _get_due(registration, role, now)
    issued = _issue(registration.event, [due], now=now)[0]
    if issued.revoked_at:
        raise CertificateRevoked(reason=issued.revoked_reason)
    return issued


def issue_all(
    event: Event, *, now: datetime, of: Collection[int] | None = None, renews: bool = False
) -> list[Certificate]:
    """The certificates of everybody who is due one, or of these people, in Catalan order; new ones only where needed.

    One in the former wording is replaced only where `renews` says so. Who had theirs revoked is left out.
    """
    issued = _issue(event, list_due(event, now=now, of=of), now=now, renews=renews)
    return [certificate for certificate in issued if not certificate.revoked_at]


def issue_anew(certificate: Certificate, *, by: StaffMember | None, now: datetime) -> Certificate:
    """Put a new certificate in the place of this one, which may have been revoked, whatever it says.

    Raises `NothingLeft` when nothing is left to certify, and `NotInForce` when it has been replaced.
    """
    registration = certificate.registration
    due = find_due(registration, certificate.role, now=now)
    if due is None:
        raise NothingLeft
    _hold_book(registration.event, now)
    db.session.refresh(certificate)
    if certificate.replaced_at:
        raise NotInForce
    _replace([certificate.id], now)
    issued = _issue(registration.event, [due], now=now)[0]
    trail.record("certificate.reissue", registration, by=by, now=now, old=certificate.code, new=issued.code)
    return issued


def revoke(certificate: Certificate, reason: str, *, by: StaffMember | None, now: datetime) -> None:
    """Say from now on, to whoever asks, that this certificate does not hold. Raises ReasonMissing, NotInForce.

    Nobody issues meanwhile: what is revoked at this moment would be replaced by one that holds.
    """
    if not reason:
        raise ReasonMissing
    _hold_book(certificate.registration.event, now)
    revoked = db.session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.replaced_at.is_(None), Certificate.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by_id=by.id if by else None, revoked_reason=reason)
        .returning(Certificate.id)
    ).first()
    if revoked is None:
        raise NotInForce
    trail.record("certificate.revoke", certificate.registration, by=by, now=now, code=certificate.code)


def get(event: Event, certificate_id: int) -> Certificate:
    """The certificate of this event with this id; raises NotFoundError."""
    found = db.session.scalar(
        select(Certificate).where(Certificate.event_id == event.id, Certificate.id == certificate_id)
    )
    if found is None:
        raise NotFoundError
    return found


def list_issued(certificate_ids: Sequence[int]) -> list[Certificate]:
    """These certificates with their people, in this order."""
    query = select(Certificate).join(Certificate.registration).options(contains_eager(Certificate.registration))
    found = {each.id: each for each in db.session.scalars(query.where(Certificate.id.in_(certificate_ids)))}
    return [found[certificate_id] for certificate_id in certificate_ids]


def list_of_person(registration: Registration) -> Sequence[Certificate]:
    """All that was ever issued to a person, the latest first."""
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.registration_id == registration.id)
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    ).all()


def list_obtainable(registration: Registration, now: datetime) -> list[CertifiedRole]:
    """The roles that the person can have a certificate of now, attendance first; none before the event begins."""
    if registration.event.starts_at > now:
        return []
    return [due.role for due in list_issuable(registration.event, now=now, of=[registration.id])]


def list_issuable(event: Event, *, now: datetime, of: Collection[int] | None = None) -> list[Due]:
    """What everybody of the event is due, or these people, without what was revoked."""
    dues = list_due(event, now=now, of=of)
    revoked = select(Certificate.registration_id, Certificate.role).where(
        Certificate.event_id == event.id, Certificate.replaced_at.is_(None), Certificate.revoked_at.is_not(None)
    )
    kept_back = {(person, role) for person, role in db.session.execute(revoked)} if dues else set()
    return [due for due in dues if _key(due) not in kept_back]


def count_issued(event: Event) -> int:
    """How many people of the event hold a certificate of attendance that stands."""
    query = select(func.count()).where(
        Certificate.event_id == event.id,
        Certificate.role == CertifiedRole.ATTENDEE,
        Certificate.replaced_at.is_(None),
        Certificate.revoked_at.is_(None),
    )
    return db.session.scalar(query) or 0


def count_without_attendance(event: Event, *, now: datetime) -> int:
    """How many confirmed registrations have nothing to certify."""
    attended = exists().where(
        Attendance.registration_id == Registration.id, Attendance.session_id == Session.id, *is_over(now)
    )
    query = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED, ~attended
    )
    return db.session.scalar(query) or 0


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, now: datetime, **_values: object) -> None:
    """Let both certificates of one person go on verifying; of two that stand the earlier one has been replaced."""
    roles.follow_merge(kept, gone)
    present = db.session.scalars(
        select(Certificate)
        .where(Certificate.registration_id.in_([kept.id, gone.id]), Certificate.replaced_at.is_(None))
        .order_by(Certificate.issued_at, Certificate.id)
    ).all()
    latest = {each.role: each.id for each in present}
    _replace([each.id for each in present if each.id != latest[each.role]], now)
    db.session.execute(
        update(Certificate)
        .where(Certificate.registration_id == gone.id)
        .values(registration_id=kept.id)
        .execution_options(synchronize_session=False)
    )


def _get_due(registration: Registration, role: CertifiedRole, now: datetime) -> Due:
    due = find_due(registration, role, now=now)
    if due:
        return due
    if role is not CertifiedRole.ATTENDEE:
        raise NoSuchRole
    attended = _list_attended(registration)
    if not attended:
        raise NothingAttended
    raise NotEnoughAttended if any(session.ends_at <= now for session in attended) else NothingOverYet


def _list_attended(registration: Registration) -> Sequence[Session]:
    """The sessions the person was let in to, over or not."""
    query = select(Session).join(Attendance, Attendance.session_id == Session.id)
    query = query.where(Attendance.registration_id == registration.id, Session.kind != SessionKind.BREAK)
    return db.session.scalars(query.order_by(Session.starts_at, Session.code)).all()


def _issue(event: Event, dues: Sequence[Due], *, now: datetime, renews: bool = False) -> list[Certificate]:
    """The present certificates of these people; who has none that is right gets one, and an older one is replaced.

    A revoked one is left in its place. Whoever finds something to issue takes the event's book, and looks again with
    it in their hands: of two at once the second is given what the first has issued.
    """
    ids = [due.registration.id for due in dues]
    present = _list_present(ids)
    if any(_is_missing(due, present, renews=renews) for due in dues):
        book = _hold_book(event, now)
        present = _list_present(ids)
        missing = [due for due in dues if _is_missing(due, present, renews=renews)]
        _replace([present[_key(due)].id for due in missing if _key(due) in present], now)
        _insert(event, missing, book, now)
        present = _list_present(ids)
    return [present[_key(due)] for due in dues]


def _key(due: Due) -> Key:
    return due.registration.id, due.role


def _is_missing(due: Due, present: Mapping[Key, Certificate], *, renews: bool) -> bool:
    """Whether the person has no certificate of these facts, or words too; a revoked one keeps them from another."""
    before = present.get(_key(due))
    if before is None:
        return True
    found = corrections.compare(CertificateContent.from_json(before.content), due.content)
    return not before.revoked_at and (found is Difference.FACTS or (renews and found is Difference.WORDING))


def _list_present(registration_ids: Sequence[int]) -> dict[Key, Certificate]:
    certificates = (
        certificate
        for batch in batches(sorted(set(registration_ids)))
        for certificate in db.session.scalars(
            select(Certificate)
            .join(Certificate.registration)
            .options(contains_eager(Certificate.registration))
            .where(Certificate.registration_id.in_(batch), Certificate.replaced_at.is_(None))
            .execution_options(populate_existing=True)
        )
    )
    return {(certificate.registration_id, certificate.role): certificate for certificate in certificates}


def _replace(ids: Sequence[int], now: datetime) -> None:
    for batch in batches(ids):
        db.session.execute(
            update(Certificate)
            .where(Certificate.id.in_(batch), Certificate.replaced_at.is_(None))
            .values(replaced_at=now)
        )


def _hold_book(event: Event, now: datetime) -> tuple[int, int]:
    """Keep everybody else from numbering certificates of this event until the end of the transaction.

    Gives the year that is numbered and its last number. At New Year whoever looked at the clock before another goes on
    in the year that the other has begun.
    """
    year = now.astimezone(event.zone).year
    new = {"event_id": event.id, "year": year, "last": 0}
    db.session.execute(insert_into(CertificateBook).values(new).on_conflict_do_nothing())
    book = update(CertificateBook).where(CertificateBook.event_id == event.id)
    book = book.execution_options(synchronize_session=False)
    db.session.execute(book.where(CertificateBook.year < year).values(year=year, last=0))
    held = book.values(last=CertificateBook.last).returning(CertificateBook.year, CertificateBook.last)
    found = db.session.execute(held).one()
    return found.year, found.last


def _insert(event: Event, missing: Sequence[Due], book: tuple[int, int], now: datetime) -> None:
    """Write these certificates with the next numbers of the book."""
    year, last = book
    if any(due.content.logo for due in missing):
        pictures.keep_logo(event.team)
    rows: list[dict[str, Any]] = [
        {
            "event_id": event.id,
            "registration_id": due.registration.id,
            "role": due.role,
            "year": year,
            "number": number,
            "code": make_code(),
            "content": due.content.as_json(),
            "issued_at": now,
        }
        for number, due in enumerate(missing, last + 1)
    ]
    for batch in batches(rows):
        db.session.execute(insert(Certificate), batch)
    counted = update(CertificateBook).where(CertificateBook.event_id == event.id).values(last=last + len(rows))
    db.session.execute(counted.execution_options(synchronize_session=False))
