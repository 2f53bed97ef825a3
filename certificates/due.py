"""Who is due which certificate, and what it would say: from attendance that is over, from roles, and by the rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from certificates import roles, rules, texts
from certificates.attended import AttendedSession, attend_whole
from certificates.content import CertificateContent, CertifiedSession
from certificates.models import CertificateRules, CertifiedRole, Requirement
from core.database import db
from events.models import Event, Session, SessionKind
from registrations import stays
from registrations.attendance import Hours
from registrations.identities import read_identities
from registrations.models import Attendance, Registration

Sessions = list[AttendedSession]
Attended = dict[Registration, Sessions]


@dataclass(frozen=True)
class Due:
    """A certificate that a person is due now."""

    registration: Registration
    role: CertifiedRole
    content: CertificateContent


def list_due(event: Event, *, now: datetime, of: Collection[int] | None = None) -> list[Due]:
    """What everybody of the event is due, or these people, in Catalan order; of one person attendance first."""
    found = rules.of(event)
    attended = list_attended(event, now=now, of=of)
    parts = {
        (person, CertifiedRole.ATTENDEE): sessions
        for person, sessions in attended.items()
        if rules.is_enough(found, event, sessions)
    }
    parts |= _list_roles(event, now=now, of=of)
    composer = _make_composer(event, found, of)
    ordered = sorted(parts, key=lambda part: (part[0].sort_key, part[0].id, part[1].place))
    return [Due(*part, composer.compose(*part, parts[part])) for part in ordered]


def find_due(registration: Registration, role: CertifiedRole, *, now: datetime) -> Due | None:
    """What one person is due of one role."""
    every = list_due(registration.event, now=now, of=[registration.id])
    return next((due for due in every if due.role is role), None)


def find_recorded(registration: Registration, role: CertifiedRole, *, now: datetime) -> CertificateContent | None:
    """What a certificate of one person and role would state now, whatever the rules ask for; None without anything."""
    event, of = registration.event, [registration.id]
    if role is CertifiedRole.ATTENDEE:
        sessions = list_attended(event, now=now, of=of).get(registration)
    else:
        sessions = _list_roles(event, now=now, of=of).get((registration, role))
    if sessions is None:
        return None
    return _make_composer(event, rules.of(event), of).compose(registration, role, sessions)


def count_attendees(event: Event, *, now: datetime) -> int:
    """How many people have attended what the rules ask for, whether their certificate was revoked or not."""
    found = rules.of(event)
    if found.requirement is not Requirement.ANY or event.records_exits:
        return sum(rules.is_enough(found, event, sessions) for sessions in list_attended(event, now=now).values())
    query = select(func.count(Attendance.registration_id.distinct())).join(Attendance.registration)
    query = query.join(Attendance.session).where(Registration.event_id == event.id, *is_over(now))
    return db.session.scalar(query) or 0


def list_attended(event: Event, *, now: datetime, of: Collection[int] | None = None) -> Attended:
    """The sessions each person attended that are over, in order of time, the people in Catalan order.

    Who had left before a session began, or came when it was over, has not attended it.
    """
    query = (
        select(Registration, Session, Attendance.stays)
        .select_from(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .where(Registration.event_id == event.id, *is_over(now))
        .order_by(Registration.sort_key, Registration.id, Session.starts_at, Session.code)
    )
    if of is not None:
        query = query.where(Registration.id.in_(of))
    hours = Hours(event)
    attended: Attended = {}
    for person, session, known in db.session.execute(query):
        periods = hours.count(session, stays.read(known))
        if periods:
            part = AttendedSession(session, periods, hours.count(session))
            attended.setdefault(person, []).append(part)
    return attended


def is_over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The session is over; a break is nothing to certify."""
    return Session.ends_at <= now, Session.kind != SessionKind.BREAK


def _list_roles(
    event: Event, *, now: datetime, of: Collection[int] | None
) -> dict[tuple[Registration, CertifiedRole], Sessions]:
    """What people did besides attending, and is over; who did it at the event as a whole, when all of that is."""
    hours = Hours(event)
    found: dict[tuple[Registration, CertifiedRole], Sessions] = {}
    for row in roles.list_of_event(event, of):
        if (row.session.ends_at if row.session else event.ends_at) > now:
            continue
        sessions = found.setdefault((row.registration, row.role), [])
        if row.session:
            sessions += attend_whole([row.session], hours)
    return found


def _make_composer(event: Event, found: CertificateRules, of: Collection[int] | None) -> "_Composer":
    return _Composer(event, found, read_identities(event, of) if found.prints_identity else {})


@dataclass(frozen=True)
class _Composer:
    """Writes what certificates of an event say; what is the same on all of them is read once."""

    event: Event
    rules: CertificateRules
    identities: Mapping[int, str]

    def compose(self, person: Registration, role: CertifiedRole, sessions: Sessions) -> CertificateContent:
        """What the certificate of this person would say now."""
        event, team, rules = self.event, self.event.team, self.rules
        is_own_signatory = bool(rules.signatory_name)
        content = CertificateContent(
            language=person.language,
            formula=rules.formula or team.certificate_formula,
            signatory_name=rules.signatory_name or team.signatory_name,
            signatory_post=rules.signatory_post if is_own_signatory else team.signatory_post,
            organiser=team.name,
            place=rules.place or team.place,
            name=person.full_name,
            event=event.title,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            timezone=event.timezone,
            venue=event.venue,
            address=event.address,
            sessions=tuple(CertifiedSession.of(each) for each in sessions),
            role=role,
            approver_name=rules.approver_name,
            approver_post=rules.approver_post,
            identity=self.identities.get(person.id, ""),
            page_size=rules.page_size,
            logo=team.logo_mark if rules.has_logo else "",
            signature=rules.signature_mark or "",
        )
        words = rules.texts.get(role.value, {}).get(person.language, "")
        if not words:
            return content
        stated = person.organisation if texts.has_field(words, "organisation") else ""
        filled = texts.fill(words, texts.Facts(content, person.organisation))
        return replace(content, text=filled, organisation=stated)
