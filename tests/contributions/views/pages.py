"""What the tests of the pages look at."""

from sqlalchemy import select

from contributions.models import Entry
from core.database import db


def entries():
    db.session.expire_all()
    return db.session.scalars(select(Entry).order_by(Entry.id)).all()
