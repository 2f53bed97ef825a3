"""Saved views of the attendee list: kept under a name for the whole team, and one of them as one's own beginning."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from accounts.models import StaffMember
from core.database import db, flush_or_refuse, insert_into
from core.errors import DomainError, NotFoundError
from events.models import Event
from registrations import columns
from registrations.filter_addresses import carry_over
from registrations.models import FirstView, Question, SavedView

MOST = 50
NAME_LENGTH = 80

Query = Mapping[str, Sequence[str]]


class NameTaken(DomainError):
    """Another view of the event has this name."""

    message = _l("There is already a view with this name.")
    field = "name"


class TooManyViews(DomainError):
    """Nobody finds one among so many."""

    message = _l("There can be at most %(most)d saved views. Delete one that nobody uses.")
    field = "name"


def list_views(event: Event) -> list[SavedView]:
    """The views of an event, by name."""
    query = select(SavedView).where(SavedView.event_id == event.id)
    return sorted(db.session.scalars(query), key=lambda view: view.name.casefold())


def get_view(event: Event, view_id: int) -> SavedView:
    """The view of this event with this id; raises NotFoundError."""
    view = db.session.scalar(select(SavedView).where(SavedView.event_id == event.id, SavedView.id == view_id))
    if view is None:
        raise NotFoundError
    return view


def save(event: Event, name: str, query: Query, *, by: StaffMember, now: datetime) -> SavedView:
    """Keep what an address asks for under a name. Raises NameTaken and TooManyViews."""
    if len(list_views(event)) >= MOST:
        raise TooManyViews(most=MOST)
    kept = {key: list(values) for key, values in query.items()}
    view = SavedView(event_id=event.id, name=name, query=kept, made_by_id=by.id, made_at=now)
    db.session.add(view)
    flush_or_refuse(NameTaken)
    return view


def copy_all(
    original: Event, event: Event, asked: Mapping[Question, Question], *, by: StaffMember | None, now: datetime
) -> int:
    """Make the views of an event for its copy, and say how many; those of people whom it does not have stay behind."""
    copies = [
        SavedView(
            event_id=event.id,
            name=view.name,
            query=_with_columns(query, columns.carry_over(query.get("column", ()), asked)),
            made_by_id=by.id if by else None,
            made_at=now,
        )
        for view in list_views(original)
        if (query := carry_over(view.query, event, asked)) is not None
    ]
    db.session.add_all(copies)
    db.session.flush()
    return len(copies)


def _with_columns(query: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    rest = {name: values for name, values in query.items() if name != "column"}
    return rest | ({"column": names} if names else {})


def remove(view: SavedView) -> None:
    """Forget a view; who began with it finds the whole list again."""
    db.session.execute(delete(FirstView).where(FirstView.view_id == view.id))
    db.session.delete(view)
    db.session.flush()


def find_first(event: Event, member: StaffMember) -> SavedView | None:
    """The view with which somebody finds the list."""
    query = select(FirstView).where(FirstView.event_id == event.id, FirstView.staff_id == member.id)
    first = db.session.scalar(query.options(joinedload(FirstView.view)))
    return first.view if first else None


def begin_with(event: Event, member: StaffMember, view: SavedView | None) -> None:
    """Have somebody find the list with this view, or (None) whole."""
    if view is None:
        db.session.execute(delete(FirstView).where(FirstView.event_id == event.id, FirstView.staff_id == member.id))
        return
    db.session.execute(
        insert_into(FirstView)
        .values(staff_id=member.id, event_id=event.id, view_id=view.id)
        .on_conflict_do_update(index_elements=[FirstView.staff_id, FirstView.event_id], set_={"view_id": view.id})
    )
