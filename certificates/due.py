"""Who is due which certificate, and what it would say: from attendance that is over, from roles, and by the rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from certificates import roles, rules, texts
from certificates.content import CertificateContent, CertifiedSession
from certificates.models import CertificateRules, CertifiedRole, Requirement
from core.database import db
from events.models import Event, Session, SessionKind
from registrations.identities import read_identities
from registrations.models import Attendance, Registration

Sessions = list[Session]
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
    composer = _Composer(event, found, read_identities(event, of) if found.prints_identity else {})
    ordered = sorted(parts, key=lambda part: (part[0].sort_key, part[0].id, part[1].place))
    return [Due(*part, composer.compose(*part, parts[part])) for part in ordered]


def find_due(registration: Registration, role: CertifiedRole, *, now: datetime) -> Due | None:
    """What one person is due of one role."""
    every = list_due(registration.event, now=now, of=[registration.id])
    return next((due for due in every if due.role is role), None)


def count_attendees(event: Event, *, now: datetime) -> int:
    """How many people have attended what the rules ask for, whether their certificate was revoked or not."""
    found = rules.of(event)
    if found.requirement is not Requirement.ANY:
        return sum(rules.is_enough(found, event, sessions) for sessions in list_attended(event, now=now).values())
    query = select(func.count(Attendance.registration_id.distinct())).join(Attendance.registration)
    query = query.join(Attendance.session).where(Registration.event_id == event.id, *is_over(now))
    return db.session.scalar(query) or 0


def list_attended(event: Event, *, now: datetime, of: Collection[int] | None = None) -> Attended:
    """The sessions each person attended that are over, in order of time, the people in Catalan order."""
    query = (
        select(Registration, Session)
        .select_from(Attendance)
        .join(Attendance.registration)
        .join(Attendance.session)
        .where(Registration.event_id == event.id, *is_over(now))
        .order_by(Registration.sort_key, Registration.id, Session.starts_at, Session.code)
    )
    if of is not None:
        query = query.where(Registration.id.in_(of))
    attended: Attended = {}
    for person, session in db.session.execute(query):
        attended.setdefault(person, []).append(session)
    return attended


def is_over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The session is over; a break is nothing to certify."""
    return Session.ends_at <= now, Session.kind != SessionKind.BREAK


def _list_roles(
    event: Event, *, now: datetime, of: Collection[int] | None
) -> dict[tuple[Registration, CertifiedRole], Sessions]:
    """What people did besides attending, and is over; who did it at the event as a whole, when all of that is."""
    found: dict[tuple[Registration, CertifiedRole], Sessions] = {}
    for row in roles.list_of_event(event, of):
        if (row.session.ends_at if row.session else event.ends_at) > now:
            continue
        sessions = found.setdefault((row.registration, row.role), [])
        if row.session:
            sessions.append(row.session)
    return found


@dataclass(frozen=True)
class _Composer:
    """Writes what certificates of an event say; what is the same on all of them is read once."""

    event: Event
    rules: CertificateRules
    identities: Mapping[int, str]

    def compose(self, person: Registration, role: CertifiedRole, sessions: Sequence[Session]) -> CertificateContent:
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
            sessions=tuple(CertifiedSession(each.code, each.title, each.starts_at, each.ends_at) for each in sessions),
            role=role,
            approver_name=rules.approver_name,
            approver_post=rules.approver_post,
            identity=self.identities.get(person.id, ""),
            page_size=rules.page_size,
            logo=team.logo_mark if rules.has_logo else "",
            signature=rules.signature_mark or "",
        )
        words = rules.texts.get(role.value, {}).get(person.language, "")
        return replace(content, text=texts.fill(words, texts.Facts(content, person.organisation))) if words else content
