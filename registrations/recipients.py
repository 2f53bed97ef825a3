"""Registrations read with all that a mail to their people tells."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from core.database import db
from events.models import Event, Session
from registrations.models import Registration


def select_people() -> Select[Registration]:
    """Make the query for people, to be narrowed down; what is known of them is read anew, for a worker works long."""
    return (
        select(Registration)
        .options(
            joinedload(Registration.event).joinedload(Event.team),
            selectinload(Registration.sessions).joinedload(Session.room),
            selectinload(Registration.calendar_entries),
        )
        .execution_options(populate_existing=True)
    )


def read_people(ids: Collection[int]) -> dict[int, Registration]:
    """Give these people by their ids."""
    return {each.id: each for each in db.session.scalars(select_people().where(Registration.id.in_(ids)))}
