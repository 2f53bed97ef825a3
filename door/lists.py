"""What a device at the door keeps: who may come, how they stand, who is in; nothing else of anybody.

People are parted into groups by their id, each with a mark of its content: a device says which marks it has and gets
the groups that differ, whatever has changed in them, deletions too. So nothing has to be remembered of any device, and
no clock or order of commits can hide a change from it.
"""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from accounts.models import StaffMember
from core.database import db
from door.models import DoorAct, DoorActKind
from events.models import Event, Session
from registrations import aliases, stays
from registrations.models import Attendance, ChosenSession, Registration, WaitingListEntry

GROUPS = 128
MARK_LENGTH = 6
_WITHOUT_STAYS = 5  # parts of a mark

Row = list[Any]


class StandingAct(NamedTuple):
    """A check-in or a leaving that no undo names."""

    client_id: str
    kind: DoorActKind
    happened_at: datetime


@dataclass(frozen=True)
class DoorList:
    """The people of an event as the door needs them, in groups, each with the mark of its content."""

    groups: list[list[Row]]
    marks: list[str]

    @property
    def version(self) -> str:
        return mark_of("".join(self.marks))

    def list_changes(self, known: str) -> dict[str, list[Any]]:
        """The groups, by number, that are not as a device with the marks `known` has them."""
        has = [known[start : start + MARK_LENGTH] for start in range(0, len(known), MARK_LENGTH)]
        if len(has) != GROUPS:
            has = [""] * GROUPS
        pairs = zip(self.marks, self.groups, has, strict=True)
        return {str(number): [mark, rows] for number, (mark, rows, old) in enumerate(pairs) if mark != old}


def read_list(event: Event) -> DoorList:
    """Read everybody of the event."""
    groups: list[list[Row]] = [[] for _ in range(GROUPS)]
    rows = _read_rows(Registration.event_id == event.id, with_stays=event.records_exits)
    for key, row in rows.items():
        groups[key % GROUPS].append(row)
    return DoorList(groups, [mark_of(json.dumps(rows)) for rows in groups])


def read_rows(event: Event, registration_ids: set[int]) -> dict[int, Row]:
    """Read these people of the event as the list has them, by id."""
    if not registration_ids:
        return {}
    return _read_rows(Registration.id.in_(registration_ids), with_stays=event.records_exits)


def group_of(registration_id: int) -> int:
    """The number of the group that a registration is in."""
    return registration_id % GROUPS


def mark_of(text: str) -> str:
    """A short mark of a text: one in 10¹⁰ is the chance that a change of it does not show."""
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=6).digest()).decode()[:MARK_LENGTH]


def name_of_mark(source: str, recorded_at: datetime) -> str:
    """How an undo names a record that came through another of the doors: list, file, paper or self check-in."""
    return f"{source}@{recorded_at.isoformat()}"


def find_leaving(mark: Row) -> Row | None:
    """The leaving of who has this mark, if they have left and not come back: milliseconds, 1, and the act's name."""
    moments = mark[5] if len(mark) > _WITHOUT_STAYS else []
    last = max(moments, default=None)
    return last if last and last[1] else None


def in_milliseconds(moment: datetime) -> int:
    """The instant as clocks of browsers count."""
    return int(moment.timestamp() * 1000)


def _read_rows(which: ColumnElement[bool], *, with_stays: bool) -> dict[int, Row]:
    chosen = _read_codes(ChosenSession, which)
    waited = _read_codes(WaitingListEntry, which)
    marks = _read_marks(which, with_stays=with_stays)
    former = aliases.read_codes(which)
    people = db.session.execute(
        select(
            Registration.id,
            Registration.code,
            Registration.first_name,
            Registration.last_name,
            Registration.organisation,
            Registration.state,
        )
        .where(which)
        .order_by(Registration.id)
    )
    return {
        key: [
            code,
            first,
            last,
            organisation,
            state.value,
            chosen.get(key, []),
            waited.get(key, []),
            marks.get(key, []),
            former.get(key, []),
        ]
        for key, code, first, last, organisation, state in people
    }


def _read_codes(kind: type[ChosenSession | WaitingListEntry], which: ColumnElement[bool]) -> Mapping[int, list[str]]:
    codes: dict[int, list[str]] = defaultdict(list)
    for key, code in db.session.execute(
        select(kind.registration_id, Session.code)
        .join(Session, Session.id == kind.session_id)
        .join(Registration, Registration.id == kind.registration_id)
        .where(which)
        .order_by(Session.starts_at, Session.code)
    ):
        codes[key].append(code)
    return codes


def _read_marks(which: ColumnElement[bool], *, with_stays: bool) -> Mapping[int, list[Row]]:
    """Each mark as session, milliseconds, source, who made it, and the names by which an undo takes it back.

    Where exits are recorded, with the comings and leavings: milliseconds, whether it is a leaving, and the act's name.
    What the workspace has stated has none.
    """
    standing = _read_standing(which)
    marks: dict[int, list[Row]] = defaultdict(list)
    for row in db.session.execute(
        select(
            Attendance.registration_id,
            Attendance.session_id,
            Session.code,
            Attendance.source,
            Attendance.recorded_at,
            Attendance.door_act_id,
            Attendance.device,
            Attendance.stated_stays,
            StaffMember.name,
        )
        .join(Session, Session.id == Attendance.session_id)
        .join(Registration, Registration.id == Attendance.registration_id)
        .join(StaffMember, StaffMember.id == Attendance.recorded_by_id, isouter=True)
        .where(which)
        .order_by(Session.starts_at, Session.code)
    ):
        acts = standing.get((row.registration_id, row.session_id), [])
        names = [act.client_id for act in acts]
        if row.door_act_id is None:
            names = [name_of_mark(row.source.value, row.recorded_at), *names]
        who = row.device if row.door_act_id is not None else row.name
        mark = [row.code, in_milliseconds(row.recorded_at), row.source.value, who or "", names]
        if with_stays:
            mark.append([*_list_stated(row.stated_stays), *map(_tell, acts)])
        marks[row.registration_id].append(mark)
    return marks


def _list_stated(stated: stays.Written) -> list[Row]:
    moments = stays.list_moments(stays.read(stated))
    return [[in_milliseconds(moment.at), int(moment.is_leaving), ""] for moment in moments]


def _tell(act: StandingAct) -> Row:
    return [in_milliseconds(act.happened_at), int(act.kind is DoorActKind.LEAVE), act.client_id]


def _read_standing(which: ColumnElement[bool]) -> Mapping[tuple[int, int], list[StandingAct]]:
    """The acts at the door that stand, by person and session: what an undo may name is limited."""
    undone: dict[int, set[str]] = defaultdict(set)
    for registration_id, names in db.session.execute(
        select(DoorAct.registration_id, DoorAct.takes_back)
        .join(Registration, Registration.id == DoorAct.registration_id)
        .where(which, DoorAct.kind == DoorActKind.UNDO)
    ):
        undone[registration_id or 0].update(names)
    standing: dict[tuple[int, int], list[StandingAct]] = defaultdict(list)
    for registration_id, session_id, client_id, kind, happened_at in db.session.execute(
        select(DoorAct.registration_id, DoorAct.session_id, DoorAct.client_id, DoorAct.kind, DoorAct.happened_at)
        .join(Registration, Registration.id == DoorAct.registration_id)
        .where(which, DoorAct.kind != DoorActKind.UNDO, DoorAct.is_taken_back.is_(False))
        .order_by(DoorAct.id)
    ):
        if client_id not in undone.get(registration_id or 0, ()):
            act = StandingAct(client_id, kind, happened_at)
            standing[registration_id or 0, session_id or 0].append(act)
    return standing
