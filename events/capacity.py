"""How many places there are. The places taken are moved by `registrations.places` alone."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm.attributes import set_committed_value

from core.database import db
from core.public_version import note_change
from events.models import Event, Session

COUNTERS = ("capacity", "places_taken", "extra_places", "people_waiting")


def hold(event: Event) -> None:
    """Be alone with all counters of the event until the transaction ends, and know them as they stand.

    The event's row comes before those of its sessions, always (docs/adr/0005). A write that changes nothing: SQLite
    knows no other lock, and on PostgreSQL it locks the row as `FOR NO KEY UPDATE` does. Whoever had to wait for an
    organiser knows the programme as it is now, too.
    """
    row = db.session.execute(
        update(Event)
        .where(Event.id == event.id)
        .values(places_taken=Event.places_taken)
        .returning(*(getattr(Event, name) for name in (*COUNTERS, "places_kept", "sequence")))
        .execution_options(synchronize_session=False)
    ).one()
    catch_up(event, row.sequence)
    know(event, {name: getattr(row, name) for name in (*COUNTERS, "places_kept")})
    know_sessions(event)


def know_sessions(event: Event) -> None:
    """Know the counters of the sessions as they stand; the event's row is held."""
    counters = select(Session.id, *(getattr(Session, name) for name in COUNTERS)).where(Session.event_id == event.id)
    by_id = {row.id: row._asdict() for row in db.session.execute(counters)}
    for session in event.sessions:
        if session.id in by_id:
            know(session, {name: value for name, value in by_id[session.id].items() if name != "id"})


def catch_up(event: Event, sequence: int) -> None:
    """Read the programme again if what is known of it is not this revision; the event's row is held."""
    if event.sequence != sequence:
        read_again(event)


def read_again(event: Event) -> None:
    """Read the event and its sessions as they stand; nothing that is known of them is pending."""
    db.session.refresh(event)
    sessions = select(Session).where(Session.event_id == event.id).execution_options(populate_existing=True)
    db.session.scalars(sessions).all()


def know(counter: Event | Session, values: Mapping[str, Any]) -> None:
    """Take what the database says of a counter for what is known of it, so that no flush writes it."""
    for name, value in values.items():
        set_committed_value(counter, name, value)


def set_capacity(row: Event | Session, capacity: int | None) -> bool:
    """Change the capacity of an event or session (None: no limit) and say whether it was another before.

    Below the places already taken nobody is thrown out: what exceeds counts as given on purpose, so the CHECK holds.
    One statement over the counter as it stands in the database, so that it cannot cross a sign-up under way.
    """
    if row.capacity == capacity:
        return False
    table = type(row)
    over = 0 if capacity is None else case((table.places_taken > capacity, table.places_taken - capacity), else_=0)
    db.session.flush()
    db.session.execute(
        update(table)
        .where(table.id == row.id)
        .values(capacity=capacity, extra_places=over)
        .execution_options(synchronize_session=False)
    )
    note_change(db.session)
    db.session.expire(row, ["capacity", "places_taken", "extra_places"])
    return True
