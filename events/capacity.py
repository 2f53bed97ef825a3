"""How many places there are. The places taken are moved by `registrations.places` alone."""

from sqlalchemy import case, update

from core.database import db
from events.models import Event, Session


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
    db.session.expire(row, ["capacity", "places_taken", "extra_places"])
    return True
