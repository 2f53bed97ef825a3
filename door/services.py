"""Acts of devices at the door: each accepted once, in whatever order they arrive, and merged into the one attendance.

A device keeps what it did until the server has taken it, so acts come late, twice, and an undo before what it undoes.
The rows are written first: the unique constraint on the device's own id decides what is new, and on SQLite the writer
is alone from then on. Then come the event's row, where places move, and the rows of the people, in order of id; so that
two doors with one person wait for each other and never both (docs/adr/0018).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select, union, update

from accounts.models import StaffMember
from core.database import db, insert_into
from core.text import sort_key
from door.models import DoorAct, DoorActKind, DoorLink, DoorOutcome
from door.reports import Report
from door.rule import list_taken_back
from door.settling import settle
from events.models import Event, EventState, Session, SessionKind
from registrations import aliases, places, promotions, services, trail, waiting_list
from registrations.models import Attendance, Registration, RegistrationSource, RegistrationState


@dataclass(frozen=True)
class Doorkeeper:
    """Who stands at the door: the device, and the member of staff or the link that opened it."""

    device: str
    staff: StaffMember | None = None
    link: DoorLink | None = None


@dataclass(frozen=True)
class Accepted:
    """What came of an act, about whom, and who else on the list has the name of a walk-in."""

    outcome: DoorOutcome
    registration_id: int | None = None
    namesakes: Sequence[str] = field(default=())


def accept(event: Event, reports: Iterable[Report], *, by: Doorkeeper, now: datetime) -> dict[str, Accepted]:
    """Take what a device did, and say for each act, by its id, what came of it; what was taken before is only said.

    Whoever came, came: neither a full room nor a cancelled registration refuses anybody at the door.
    """
    told = {report.client_id: report for report in reports}
    sessions = {session.code: session for session in event.sessions if session.kind is not SessionKind.BREAK}
    can_be = {key: report for key, report in told.items() if _can_be(report, event, sessions)}
    new_ids = _write(event, [can_be[key] for key in sorted(can_be)], sessions, by=by, now=now)
    if new_ids:
        _merge(event, new_ids, can_be, now=now)
    answers = {key: Accepted(DoorOutcome.REFUSED) for key in told}
    for act in _list_acts(event, can_be):
        # Of a person who is not known here nothing can be undone: it has not come about.
        is_idle = act.kind is DoorActKind.UNDO and act.outcome is DoorOutcome.UNKNOWN
        outcome = DoorOutcome.UNDONE if is_idle else act.outcome
        answers[act.client_id] = Accepted(outcome, act.registration_id, _find_namesakes(event, act, told))
    return answers


def _can_be(report: Report, event: Event, sessions: Mapping[str, Session]) -> bool:
    if report.session_code not in sessions:
        return False
    if report.kind is not DoorActKind.WALK_IN:
        return True
    return report.newcomer is not None and event.state is not EventState.CANCELLED


def _write(
    event: Event, reports: Sequence[Report], sessions: Mapping[str, Session], *, by: Doorkeeper, now: datetime
) -> set[int]:
    """Write the rows of the acts that are new, and give their ids."""
    if not reports:
        return set()
    rows = [
        {
            "event_id": event.id,
            "client_id": report.client_id,
            "kind": report.kind,
            "person": report.client_id if report.kind is DoorActKind.WALK_IN else report.person,
            "session_id": sessions[report.session_code].id,
            "source": report.source,
            "takes_back": list(report.takes_back),
            "is_taken_back": False,
            "device": by.device,
            "staff_id": by.staff.id if by.staff else None,
            "link_id": by.link.id if by.link else None,
            "happened_at": min(report.happened_at, now),
            "received_at": now,
            "outcome": DoorOutcome.UNKNOWN,
        }
        for report in reports
    ]
    statement = (
        insert_into(DoorAct)
        .on_conflict_do_nothing(index_elements=[DoorAct.event_id, DoorAct.client_id])
        .returning(DoorAct.id)
    )
    return set(db.session.scalars(statement, rows))


def _merge(event: Event, new_ids: set[int], reports: Mapping[str, Report], *, now: datetime) -> None:
    """Find out who is meant, add who walked in, and make the attendance of all of them what the rule says."""
    unknown = _list_unresolved(event, new_ids)
    new = [act for act in unknown if act.id in new_ids]
    undone_walk_ins = _find_undone_walk_ins(event, new)
    walked_in = [act for act in new if act.kind is DoorActKind.WALK_IN]
    if walked_in or undone_walk_ins:
        places.hold(event)
    for act in walked_in:
        _let_in(event, act, reports[act.client_id], is_undone=act.client_id in _names_taken_back(event, act), now=now)
    found = _resolve(event, unknown)
    ids = sorted({act.registration_id for act in found if act.registration_id is not None})
    db.session.scalars(
        select(Registration.id)
        .where(Registration.id.in_(ids))
        .order_by(Registration.id)
        .with_for_update(key_share=True)
    ).all()
    settled = settle(event, ids, now=now)
    for act in found:
        act.outcome = settled.outcome_of(act)
    db.session.flush()
    for walk_in in undone_walk_ins:
        _send_away(event, walk_in, by=walk_in.staff, now=now)


def _list_unresolved(event: Event, new_ids: Collection[int]) -> list[DoorAct]:
    """The acts of which nobody knows yet whom they are about: the new ones, and those that came too early.

    Of people whom nobody here knows there may be any number: they are left where they are.
    """
    codes = union(select(Registration.code).where(Registration.event_id == event.id), aliases.select_codes(event))
    walk_ins = select(DoorAct.client_id).where(DoorAct.event_id == event.id, DoorAct.kind == DoorActKind.WALK_IN)
    query = select(DoorAct).where(
        DoorAct.event_id == event.id,
        DoorAct.registration_id.is_(None),
        DoorAct.outcome == DoorOutcome.UNKNOWN,
        or_(DoorAct.id.in_(new_ids), DoorAct.person.in_(codes), DoorAct.person.in_(walk_ins)),
    )
    return list(db.session.scalars(query.order_by(DoorAct.id)))


def _find_undone_walk_ins(event: Event, acts: Iterable[DoorAct]) -> list[DoorAct]:
    """The walk-ins, known before, that these undos take back."""
    names = list_taken_back(acts)
    if not names:
        return []
    query = select(DoorAct).where(
        DoorAct.event_id == event.id,
        DoorAct.client_id.in_(names),
        DoorAct.kind == DoorActKind.WALK_IN,
        DoorAct.registration_id.is_not(None),
    )
    return list(db.session.scalars(query))


def _names_taken_back(event: Event, walk_in: DoorAct) -> set[str]:
    """What the undos name that were about a walk-in before it arrived."""
    undos = select(DoorAct).where(
        DoorAct.event_id == event.id, DoorAct.person == walk_in.person, DoorAct.kind == DoorActKind.UNDO
    )
    return list_taken_back(db.session.scalars(undos))


def _let_in(event: Event, act: DoorAct, report: Report, *, is_undone: bool, now: datetime) -> None:
    """Put somebody who came without signing up on the list, above capacity if need be; the event is held."""
    session, newcomer = act.session, report.newcomer
    if is_undone or session is None or newcomer is None:
        act.outcome = DoorOutcome.TAKEN_BACK
        return
    is_full = event.is_full or session.is_full
    answers = services.Answers(
        newcomer.first_name, newcomer.last_name, "", newcomer.organisation, session_codes=[session.code]
    )
    registration = services.add(
        event, answers, has_come=True, over_capacity=True, language=event.language, by=act.staff, now=now
    )
    db.session.execute(
        update(Attendance)
        .where(Attendance.registration_id == registration.id)
        .values(door_act_id=act.id, device=act.device, recorded_at=act.happened_at, source=act.source)
        .execution_options(synchronize_session=False)
    )
    act.registration_id = registration.id
    act.outcome = DoorOutcome.OVER_CAPACITY if is_full else DoorOutcome.ADDED
    db.session.flush()


def _resolve(event: Event, acts: Iterable[DoorAct]) -> list[DoorAct]:
    """Find out whom the acts are about: by code, or by the walk-in that they name; those of whom it is known."""
    acts = list(acts)
    persons = {act.person for act in acts if act.registration_id is None}
    codes = select(Registration.code, Registration.id).where(
        Registration.event_id == event.id, Registration.code.in_(persons)
    )
    walk_ins = select(DoorAct.client_id, DoorAct.registration_id).where(
        DoorAct.event_id == event.id,
        DoorAct.client_id.in_(persons),
        DoorAct.kind == DoorActKind.WALK_IN,
        DoorAct.registration_id.is_not(None),
    )
    known = aliases.read_by_code(event, persons) | dict(
        [*db.session.execute(codes).all(), *db.session.execute(walk_ins).all()]
    )
    for act in acts:
        if act.registration_id is None and act.outcome is DoorOutcome.UNKNOWN:
            act.registration_id = known.get(act.person)
    db.session.flush()
    return [act for act in acts if act.registration_id is not None]


def _send_away(event: Event, walk_in: DoorAct, *, by: StaffMember | None, now: datetime) -> None:
    """Cancel the registration of a walk-in that was a mistake, and free its place; the event is held."""
    registration = db.session.get(Registration, walk_in.registration_id)
    if registration is None or registration.source is not RegistrationSource.DOOR:
        return
    is_there = db.session.scalar(select(Attendance.id).where(Attendance.registration_id == registration.id).limit(1))
    if is_there or registration.state is RegistrationState.CANCELLED:
        return
    waiting_list.release(registration, now=now)
    trail.record("registration.cancel", registration, by=by, now=now, door=walk_in.device)
    promotions.settle(event, reason=promotions.Reason.CANCELLATION, now=now, by=by)


def _list_acts(event: Event, client_ids: Collection[str]) -> Sequence[DoorAct]:
    query = select(DoorAct).where(DoorAct.event_id == event.id, DoorAct.client_id.in_(client_ids))
    return db.session.scalars(query).all()


def _find_namesakes(event: Event, act: DoorAct, reports: Mapping[str, Report]) -> Sequence[str]:
    """The codes of others of the name of a walk-in: perhaps the same person, let in at another door."""
    newcomer = reports[act.client_id].newcomer
    if act.kind is not DoorActKind.WALK_IN or act.registration_id is None or newcomer is None:
        return ()
    plain, mark, _accents = sort_key(newcomer.last_name, newcomer.first_name).partition(" !! ")
    query = select(Registration.code).where(
        Registration.event_id == event.id,
        Registration.sort_key.startswith(plain + mark, autoescape=True),
        Registration.id != act.registration_id,
        Registration.state != RegistrationState.CANCELLED,
    )
    return db.session.scalars(query.order_by(Registration.id).limit(5)).all()
