"""People write while others do: with real threads, on a file SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import StaffMember
from contributions import own_entries, sorting, written
from contributions.models import Entry, EntryKind, EntryState
from core.database import db, transaction
from registrations.models import Registration
from tests import factories
from tests.factories import NOW


@pytest.fixture
def committed(own_app):
    """Somebody who was at a session yesterday, and wrote all they can but one."""
    with own_app.app_context():
        event = factories.make_event(starts_at=NOW - timedelta(days=1))
        session = factories.make_session(event)
        bob = factories.make_registration(event)
        factories.make_attendance(bob, session)
        for number in range(written.MOST - 1):
            written.write(bob, session, EntryKind.PROPOSAL, f"Línia {number}", now=NOW)
        factories.make_staff()
        db.session.commit()


def write(text):
    with transaction():
        bob = db.session.scalars(select(Registration)).one()
        (session,) = written.list_sessions(bob, NOW)
        return written.write(bob, session, EntryKind.PROPOSAL, text, now=NOW, line_id="one").id


def test_one_person_writes_no_more_than_they_may_however_fast(own_app, committed, race):
    results = race([lambda text=text: write(text) for text in "abcd"])

    assert sorted(type(result).__name__ for result in results) == ["TooManyWritten"] * 3 + ["int"]
    with own_app.app_context():
        assert len(db.session.scalars(select(Entry)).all()) == written.MOST


def test_sent_four_times_at_once_it_is_one(own_app, committed, race):
    results = race([lambda: write("Un sol cop")] * 4)

    assert len(set(results)) == 1
    with own_app.app_context():
        assert len(db.session.scalars(select(Entry)).all()) == written.MOST


def withdraw():
    with transaction():
        bob = db.session.scalars(select(Registration)).one()
        written.withdraw(own_entries.get_own(bob, "T1", "P-001"), now=NOW)


def publish():
    with transaction():
        first = db.session.scalars(select(Entry).order_by(Entry.id)).first()
        ada = db.session.scalars(select(StaffMember)).one()
        sorting.set_state([first], EntryState.PUBLISHED, by=ada, now=NOW)


def test_what_the_team_publishes_is_not_withdrawn_at_the_same_moment(own_app, committed, race):
    published, withdrawn = race([publish, withdraw])

    with own_app.app_context():
        first = db.session.scalars(select(Entry).order_by(Entry.id)).first()
        was_withdrawn = first.is_deleted
    assert published is None
    assert (type(withdrawn).__name__, was_withdrawn) in {("ReadAlready", False), ("NoneType", True)}
