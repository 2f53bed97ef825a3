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
from typing import Any

from sqlalchemy import ColumnElement, select

from accounts.models import StaffMember
from core.database import db
from door.models import DoorAct, DoorActKind
from events.models import Event, Session
from registrations import aliases
from registrations.models import Attendance, ChosenSession, Registration, WaitingListEntry

GROUPS = 128
MARK_LENGTH = 6

Row = list[Any]


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
    for key, row in _read_rows(Registration.event_id == event.id).items():
        groups[key % GROUPS].append(row)
    return DoorList(groups, [mark_of(json.dumps(rows)) for rows in groups])


def read_rows(registration_ids: set[int]) -> dict[int, Row]:
    """Read these people as the list has them, by id."""
    return _read_rows(Registration.id.in_(registration_ids)) if registration_ids else {}


def group_of(registration_id: int) -> int:
    """The number of the group that a registration is in."""
    return registration_id % GROUPS


def mark_of(text: str) -> str:
    """A short mark of a text: one in 10¹⁰ is the chance that a change of it does not show."""
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=6).digest()).decode()[:MARK_LENGTH]


def name_of_mark(source: str, recorded_at: datetime) -> str:
    """How an undo names a record that came through another of the doors: list, file, paper or self check-in."""
    return f"{source}@{recorded_at.isoformat()}"


def in_milliseconds(moment: datetime) -> int:
    """The instant as clocks of browsers count."""
    return int(moment.timestamp() * 1000)


def _read_rows(which: ColumnElement[bool]) -> dict[int, Row]:
    chosen = _read_codes(ChosenSession, which)
    waited = _read_codes(WaitingListEntry, which)
    marks = _read_marks(which)
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


def _read_marks(which: ColumnElement[bool]) -> Mapping[int, list[Row]]:
    """Each mark as session, milliseconds, source, who made it, and the names by which an undo takes it back."""
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
            StaffMember.name,
        )
        .join(Session, Session.id == Attendance.session_id)
        .join(Registration, Registration.id == Attendance.registration_id)
        .join(StaffMember, StaffMember.id == Attendance.recorded_by_id, isouter=True)
        .where(which)
        .order_by(Session.starts_at, Session.code)
    ):
        names = standing.get((row.registration_id, row.session_id), [])
        if row.door_act_id is None:
            names = [name_of_mark(row.source.value, row.recorded_at), *names]
        who = row.device if row.door_act_id is not None else row.name
        marks[row.registration_id].append(
            [row.code, in_milliseconds(row.recorded_at), row.source.value, who or "", names]
        )
    return marks


def _read_standing(which: ColumnElement[bool]) -> Mapping[tuple[int, int], list[str]]:
    """The ids of the check-ins at the door that stand, by person and session: what an undo may name is limited."""
    undone: dict[int, set[str]] = defaultdict(set)
    for registration_id, names in db.session.execute(
        select(DoorAct.registration_id, DoorAct.takes_back)
        .join(Registration, Registration.id == DoorAct.registration_id)
        .where(which, DoorAct.kind == DoorActKind.UNDO)
    ):
        undone[registration_id or 0].update(names)
    ids: dict[tuple[int, int], list[str]] = defaultdict(list)
    for registration_id, session_id, client_id in db.session.execute(
        select(DoorAct.registration_id, DoorAct.session_id, DoorAct.client_id)
        .join(Registration, Registration.id == DoorAct.registration_id)
        .where(which, DoorAct.kind != DoorActKind.UNDO, DoorAct.is_taken_back.is_(False))
        .order_by(DoorAct.id)
    ):
        if client_id not in undone.get(registration_id or 0, ()):
            ids[registration_id or 0, session_id or 0].append(client_id)
    return ids
