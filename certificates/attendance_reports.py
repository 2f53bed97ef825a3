"""The attendance report of an event, from rows: nobody who only signed up is in it, and nothing unknown is a zero.

Sessions are counted as the figures of an event count them (`contributions.figures`): every working session, and a visit
or plenary that has a dimension or of which something was recorded; never a break.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select

from certificates.content import AttendanceReport, ReportSession, SheetRow, Turnout
from core.database import db
from events.models import Dimension, Event, Session, SessionKind
from registrations.models import Attendance, ChosenSession, Registration, RegistrationState

People = Mapping[int, list[Registration]]


def make_report(event: Event, *, now: datetime) -> AttendanceReport:
    """The report as things are recorded at `now`."""
    people = _list_people(event)
    registered = _count_registered(event)
    sessions = [session for session in event.sessions if _counts(session, people)]
    confirmed = select(Registration.id).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
    )
    confirmed_ids = set(db.session.scalars(confirmed))
    attended_ids = {person.id for listed in people.values() for person in listed}
    return AttendanceReport(
        language=event.language,
        organiser=event.team.name,
        event=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        venue=event.venue,
        address=event.address,
        made_at=now,
        registered=len(confirmed_ids),
        registered_attended=len(confirmed_ids & attended_ids),
        turnout=_add_up(sessions, people),
        by_dimension=tuple(
            (dimension, _add_up(of_dimension, people))
            for dimension in (*Dimension, None)
            if (of_dimension := [session for session in sessions if session.dimension is dimension])
        ),
        sessions=tuple(_report(session, people, registered, now) for session in sessions),
    )


def _counts(session: Session, people: People) -> bool:
    if session.kind is SessionKind.BREAK or session.is_cancelled:
        return False
    has_record = session.id in people or session.has_declared_figures
    return has_record or session.kind is SessionKind.WORKING or session.dimension is not None


def _report(session: Session, people: People, registered: Mapping[int, int], now: datetime) -> ReportSession:
    return ReportSession(
        code=session.code,
        title=session.title,
        dimension=session.dimension,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        registered=registered.get(session.id, 0) if session.is_chosen else None,
        declared=session.declared_participants,
        is_over=session.ends_at <= now,
        people=tuple(SheetRow.of(person) for person in people.get(session.id, ())),
    )


def _add_up(sessions: Iterable[Session], people: People) -> Turnout:
    sessions = list(sessions)
    without_list = [session for session in sessions if session.id not in people]
    lists = [people[session.id] for session in sessions if session.id in people]
    return Turnout(
        sessions=len(sessions),
        people=len({person.id for listed in lists for person in listed}),
        declared=sum(session.declared_participants or 0 for session in without_list),
        entries=sum(len(listed) for listed in lists),
        unknown_sessions=sum(session.declared_participants is None for session in without_list),
    )


def _list_people(event: Event) -> People:
    """Who was in each session, in Catalan order; an event knows a person by one registration."""
    query = (
        select(Attendance.session_id, Registration)
        .join(Attendance.registration)
        .where(Registration.event_id == event.id)
        .order_by(Registration.sort_key, Registration.id)
    )
    people: dict[int, list[Registration]] = defaultdict(list)
    for session_id, registration in db.session.execute(query):
        people[session_id].append(registration)
    return dict(people)


def _count_registered(event: Event) -> dict[int, int]:
    query = (
        select(ChosenSession.session_id, func.count())
        .join(Registration, Registration.id == ChosenSession.registration_id)
        .where(Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED)
        .group_by(ChosenSession.session_id)
    )
    return {session_id: count for session_id, count in db.session.execute(query)}  # noqa: C416 - a Result has keys()
