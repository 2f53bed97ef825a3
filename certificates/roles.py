"""Who was more than an attendee: facilitated, spoke, organised; in some sessions or at the event as a whole."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import StaffMember
from certificates.models import CertificateRole, CertifiedRole
from core.database import db
from core.errors import DomainError, NotFoundError
from events.models import Event, Session, SessionKind
from registrations import trail
from registrations.models import Registration

ROLES = (CertifiedRole.FACILITATOR, CertifiedRole.SPEAKER, CertifiedRole.ORGANISER)


class NobodyFacilitatesBreaks(DomainError):
    """A break is nobody's work to certify."""

    message = _l("A break is not certified.")
    field = "sessions"


def set_role(
    registration: Registration,
    role: CertifiedRole,
    sessions: Collection[Session],
    *,
    by: StaffMember | None,
    now: datetime,
) -> bool:
    """Say in which sessions the person had this role, none for the event as a whole; False when it was so already."""
    if any(session.event_id != registration.event_id for session in sessions):
        raise NotFoundError
    if any(session.kind is SessionKind.BREAK for session in sessions):
        raise NobodyFacilitatesBreaks
    wanted: set[int | None] = {session.id for session in sessions} or {None}
    if {row.session_id for row in list_rows(registration) if row.role is role} == wanted:
        return False
    _delete(registration, role)
    rows = [CertificateRole(registration_id=registration.id, role=role, session_id=each) for each in wanted]
    db.session.add_all(rows)
    db.session.flush()
    codes = sorted(session.code for session in sessions)
    trail.record("certificate_role.set", registration, by=by, now=now, role=role.value, sessions=codes)
    return True


def remove_role(registration: Registration, role: CertifiedRole, *, by: StaffMember | None, now: datetime) -> bool:
    """Say that the person had this role nowhere; a certificate of it is no longer right from now on."""
    if not _delete(registration, role):
        return False
    trail.record("certificate_role.remove", registration, by=by, now=now, role=role.value)
    return True


def list_rows(registration: Registration) -> Sequence[CertificateRole]:
    """The roles of one person, each with its session, in the order of the programme."""
    return db.session.scalars(
        select(CertificateRole)
        .outerjoin(CertificateRole.session)
        .options(contains_eager(CertificateRole.session))
        .where(CertificateRole.registration_id == registration.id)
        .order_by(CertificateRole.role, Session.starts_at, Session.code, CertificateRole.id)
        .execution_options(populate_existing=True)
    ).all()


def list_of_event(event: Event, of: Collection[int] | None = None) -> Sequence[CertificateRole]:
    """The roles of all people of the event, or of these, people in Catalan order, sessions in the programme's."""
    query = (
        select(CertificateRole)
        .join(CertificateRole.registration)
        .outerjoin(CertificateRole.session)
        .options(contains_eager(CertificateRole.registration), contains_eager(CertificateRole.session))
        .where(Registration.event_id == event.id)
        .order_by(Registration.sort_key, Registration.id, Session.starts_at, Session.code, CertificateRole.id)
    )
    if of is not None:
        query = query.where(Registration.id.in_(of))
    return db.session.scalars(query).all()


def follow_merge(kept: Registration, gone: Registration) -> None:
    """Give the person that stays the roles of the one that goes."""
    rows = db.session.scalars(
        select(CertificateRole)
        .options(joinedload(CertificateRole.session))
        .where(CertificateRole.registration_id.in_([kept.id, gone.id]))
        .order_by(CertificateRole.id)
    ).all()
    has = {(row.role, row.session_id) for row in rows if row.registration_id == kept.id}
    for row in rows:
        if row.registration_id != gone.id:
            continue
        if (row.role, row.session_id) in has:
            db.session.delete(row)
        else:
            row.registration_id = kept.id
    db.session.flush()


def _delete(registration: Registration, role: CertifiedRole) -> bool:
    deleted = db.session.execute(
        delete(CertificateRole)
        .where(CertificateRole.registration_id == registration.id, CertificateRole.role == role)
        .returning(CertificateRole.id)
        .execution_options(synchronize_session=False)
    )
    return bool(deleted.all())
