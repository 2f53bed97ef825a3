"""Attendance made what the rule says of the acts at the door, and what came of each of them (docs/adr/0018)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from accounts import audit
from core.database import db, insert_into
from door.lists import name_of_mark
from door.models import DoorAct, DoorActKind, DoorOutcome
from door.rule import list_standing, list_stays, list_taken_back
from events.models import Event
from registrations import stays, trail
from registrations.models import Attendance, Registration
from registrations.stays import Stays

Pair = tuple[int, int]
"""A registration and a session."""


@dataclass(frozen=True)
class Standing:
    """The acts of one person that stand at one session, the one that their attendance stands for first."""

    acts: Sequence[DoorAct]

    @property
    def first(self) -> DoorAct | None:
        return self.acts[0] if self.acts else None

    def list_stays(self, row: Attendance | None) -> Stays:
        """From when to when they were there, with what the workspace has stated on the record, if there is one."""
        return list_stays(self.acts, stays.read(row.stated_stays) if row else ())

    def values(self, row: Attendance | None = None) -> dict[str, object]:
        """What the record of their attendance says; only where an act stands."""
        act = self.acts[0]
        return {
            "source": act.source,
            "recorded_by_id": act.staff_id,
            "recorded_at": act.happened_at,
            "device": act.device,
            "door_act_id": act.id,
            "stays": stays.write(self.list_stays(row)),
        }


@dataclass(frozen=True)
class Settled:
    """How people stand by the rule: what was taken back of each, which acts are leavings, and whose act stands.

    Attendance that stands for no act is `present` with None; `returns` are when people came back in.
    """

    taken_back: Mapping[int, set[str]]
    leavings: set[str]
    present: dict[Pair, int | None] = field(default_factory=dict)
    returns: set[tuple[Pair, datetime | None]] = field(default_factory=set)

    def outcome_of(self, act: DoorAct) -> DoorOutcome:
        """What came of an act of whom it is known whom it is about."""
        pair = (act.registration_id or 0, act.session_id or 0)
        if act.kind is DoorActKind.UNDO:
            is_of_leaving = bool(act.takes_back) and self.leavings.issuperset(act.takes_back)
            return DoorOutcome.MERGED if pair in self.present and not is_of_leaving else DoorOutcome.UNDONE
        if act.kind is DoorActKind.WALK_IN:
            return act.outcome
        if act.client_id in self.taken_back[pair[0]] or act.is_taken_back:
            return DoorOutcome.TAKEN_BACK
        is_first = self.present.get(pair) == act.id
        is_recorded = is_first or act.kind is DoorActKind.LEAVE or (pair, act.happened_at) in self.returns
        return DoorOutcome.RECORDED if is_recorded else DoorOutcome.MERGED


def settle(event: Event, ids: Sequence[int], *, now: datetime) -> Settled:
    """Make the attendance of these people what the rule says."""
    acts: dict[int, list[DoorAct]] = {key: [] for key in ids}
    for act in db.session.scalars(select(DoorAct).where(DoorAct.registration_id.in_(ids))):
        acts[act.registration_id or 0].append(act)
    rows = {
        (row.registration_id, row.session_id): row
        for row in db.session.scalars(
            select(Attendance).where(Attendance.registration_id.in_(ids)).execution_options(populate_existing=True)
        )
    }
    settled = Settled(
        {key: list_taken_back(of_person) for key, of_person in acts.items()},
        {act.client_id for of_person in acts.values() for act in of_person if act.kind is DoorActKind.LEAVE},
    )
    coming: list[Standing] = []
    for key in ids:
        standing = list_standing(acts[key])
        of_person = {pair[1] for pair in rows if pair[0] == key}
        for session_id in sorted(of_person | standing.keys()):
            row, stands = rows.get((key, session_id)), Standing(standing.get(session_id, ()))
            settled.returns.update(((key, session_id), came_at) for came_at, _left_at in stands.list_stays(row)[1:])
            if row is not None and _stands_by_itself(row, settled.taken_back[key]):
                settled.present[key, session_id] = None
                _write_stays(row, stands)
            elif row is not None and stands.first is None:
                _take_away(event, row, acts[key], now=now)
            elif stands.first is not None:
                settled.present[key, session_id] = stands.first.id
                if row is None:
                    coming.append(stands)
                else:
                    _hand_over(row, stands)
    _record(coming, settled.present)
    return settled


def _stands_by_itself(row: Attendance, taken_back: Collection[str]) -> bool:
    """Whether the record came through another of the doors and nobody at this one has taken it back."""
    return row.door_act_id is None and name_of_mark(row.source.value, row.recorded_at) not in taken_back


def _record(coming: Sequence[Standing], present: dict[Pair, int | None]) -> None:
    """Write attendance for these acts; where the workspace was quicker, its record stands, with what the door saw."""
    if not coming:
        return
    statement = (
        insert_into(Attendance)
        .on_conflict_do_nothing(index_elements=[Attendance.registration_id, Attendance.session_id])
        .returning(Attendance.registration_id, Attendance.session_id)
    )
    pairs = [(each.acts[0].registration_id or 0, each.acts[0].session_id or 0) for each in coming]
    rows = [
        {"registration_id": pair[0], "session_id": pair[1], **each.values()}
        for pair, each in zip(pairs, coming, strict=True)
    ]
    written = {(row.registration_id, row.session_id) for row in db.session.execute(statement, rows)}
    for pair, each in zip(pairs, coming, strict=True):
        if pair not in written:
            present[pair] = None
            _write_stays(_read_row(*pair), each)


def _read_row(registration_id: int, session_id: int) -> Attendance:
    return db.session.scalars(
        select(Attendance)
        .where(Attendance.registration_id == registration_id, Attendance.session_id == session_id)
        .execution_options(populate_existing=True)
    ).one()


def _write_stays(row: Attendance, standing: Standing) -> None:
    """Let a record of another of the doors say when the person came and left, as far as this one has seen it."""
    known = stays.write(standing.list_stays(row))
    if row.stays != known:
        _update(row, {"stays": known})


def _hand_over(row: Attendance, standing: Standing) -> None:
    """Let the attendance stand for these acts: for an earlier check-in, or one that was not undone, or a leaving."""
    values = standing.values(row)
    if any(getattr(row, name) != values[name] for name in ("door_act_id", "stays")):
        _update(row, values)


def _update(row: Attendance, values: Mapping[str, object]) -> None:
    db.session.execute(
        update(Attendance).where(Attendance.id == row.id).values(values).execution_options(synchronize_session=False)
    )


def _take_away(event: Event, row: Attendance, acts: Sequence[DoorAct], *, now: datetime) -> None:
    """Take the attendance back, with a line in the trail that says whose door it was."""
    db.session.execute(delete(Attendance).where(Attendance.id == row.id).execution_options(synchronize_session=False))
    undo = max((act for act in acts if act.kind is DoorActKind.UNDO), key=lambda act: act.id, default=None)
    session = next(session for session in event.sessions if session.id == row.session_id)
    code = db.session.scalars(select(Registration.code).where(Registration.id == row.registration_id)).one()
    audit.record(
        "attendance.undo",
        subject_kind=trail.KIND,
        subject_key=trail.key_of(event, code),
        by=undo.staff if undo else None,
        now=now,
        session=session.code,
        source=row.source.value,
        recorded_at=row.recorded_at.isoformat(),
        recorded_by=row.recorded_by_id,
        **({"stays": row.stays} if row.stays else {}),
        door=undo.device if undo else "",
    )
