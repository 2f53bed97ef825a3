"""Lists of an event's own: made by its organisers from columns, for a purpose they write down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts import audit
from accounts.models import StaffMember, StaffRole
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events.models import Event
from registrations import lists
from registrations.filter_addresses import carry_over
from registrations.models import ListProfile, Question

MOST = 30
NAME_LENGTH = 80
PURPOSE_LENGTH = 300
ROLES = (StaffRole.FACILITATOR, StaffRole.DOOR)
"""Who may be let take an own list, besides those who make it; who only reads figures needs nobody's name."""


class NameTaken(DomainError):
    """Another list of the event has this name."""

    message = _l("There is already a list with this name.")
    field = "name"


class TooManyLists(DomainError):
    """Nobody finds one among so many."""

    message = _l("There can be at most %(most)d lists of your own. Delete one that nobody uses.")
    field = "name"


class ListProfileValues(TypedDict):
    """What an own list is made of."""

    name: str
    purpose: str
    columns: list[str]
    wanted: dict[str, str]
    roles: list[str]


def list_profiles(event: Event) -> Sequence[ListProfile]:
    """The own lists of an event, by name."""
    rows = db.session.scalars(select(ListProfile).where(ListProfile.event_id == event.id))
    return sorted(rows, key=lambda row: row.name.casefold())


def get_profile(event: Event, list_id: int) -> ListProfile:
    """The own list of this event with this id; raises NotFoundError."""
    query = select(ListProfile).where(ListProfile.event_id == event.id, ListProfile.id == list_id)
    row = db.session.scalar(query)
    if row is None:
        raise NotFoundError
    return row


def create(event: Event, values: ListProfileValues, *, by: StaffMember, now: datetime) -> ListProfile:
    """Keep a new list. Raises NameTaken and TooManyLists."""
    count = db.session.scalar(select(func.count()).where(ListProfile.event_id == event.id)) or 0
    if count >= MOST:
        raise TooManyLists(most=MOST)
    row = ListProfile(event=event, updated_at=now, **values)
    db.session.add(row)
    flush_or_refuse(NameTaken)
    _record("list_profile.create", row, by=by, now=now)
    return row


def update(row: ListProfile, values: ListProfileValues, *, by: StaffMember, now: datetime) -> None:
    """Change a list. Raises NameTaken."""
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    flush_or_refuse(NameTaken)
    _record("list_profile.change", row, by=by, now=now)


def delete(row: ListProfile, *, by: StaffMember, now: datetime) -> None:
    """Forget a list; what was taken of it stays in the trail."""
    _record("list_profile.delete", row, by=by, now=now)
    db.session.delete(row)
    db.session.flush()


def copy_all(original: Event, event: Event, asked: Mapping[Question, Question], *, now: datetime) -> int:
    """Make the lists of an event for its copy, and say how many.

    Those of people whom nobody could find there stay behind.
    """
    names = {lists.name_column(old): lists.name_column(new) for old, new in asked.items()}
    copies = [
        ListProfile(
            event=event,
            name=row.name,
            purpose=row.purpose,
            columns=columns,
            wanted=wanted,
            roles=list(row.roles),
            updated_at=now,
        )
        for row in list_profiles(original)
        if (wanted := carry_over(row.wanted, event, asked)) is not None and (columns := _rename(row.columns, names))
    ]
    db.session.add_all(copies)
    db.session.flush()
    return len(copies)


def _rename(columns: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Name the columns as the copy does, without those of questions that it does not ask."""
    return [names.get(each, each) for each in columns if each in names or not each.startswith(lists.ASKED)]


def _record(act: str, row: ListProfile, *, by: StaffMember, now: datetime) -> None:
    audit.record(
        act,
        subject_kind="event",
        subject_key=row.event.slug,
        by=by,
        now=now,
        name=row.name,
        purpose=row.purpose,
        columns=row.columns,
        roles=row.roles,
    )
