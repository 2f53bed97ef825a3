"""An act on several people that is undone by several hands at once, by real threads on real databases."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry, StaffMember
from core.database import db, transaction
from events.models import Event
from registrations import bulk, services
from registrations.bulk import Task
from registrations.models import BulkAct, BulkActPerson, BulkKind, Registration, RegistrationSource
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)
PEOPLE = 3
HANDS = 4


def _cancel_all():
    """Cancel everybody who has a place, as one act."""
    event = factories.make_event(capacity=10)
    factories.make_session(event, "A", capacity=10)
    for number in range(PEOPLE):
        answers = Answers("Bob", f"Pla {number}", f"p{number}@example.org", session_codes=["A"])
        services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=NOW)
    people = list(db.session.scalars(select(Registration.id)))
    ada = factories.make_staff("ada@example.org", name="Ada")
    return bulk.do(event, people, Task(BulkKind.CANCEL), by=ada, now=LATER)[1].id


@pytest.fixture
def act_id(own_app) -> int:
    with transaction():
        return _cancel_all()


def _undo(act_id: int) -> int:
    """Undo the act; for how many people."""
    with transaction():
        ada = db.session.scalars(select(StaffMember)).one()
        return len(bulk.undo(db.session.get_one(BulkAct, act_id), by=ada, now=LATER).done)


def test_hands_that_undo_at_once_undo_once(race, act_id):
    done = race([partial(_undo, act_id)] * HANDS)

    event = db.session.scalars(select(Event)).one()
    trail = dict(db.session.execute(select(AuditEntry.act, func.count()).group_by(AuditEntry.act)).all())
    states = [each.is_confirmed for each in db.session.scalars(select(Registration))]
    assert Counter(done) == {0: HANDS - 1, PEOPLE: 1}
    assert (event.places_taken, event.sessions[0].places_taken, states) == (PEOPLE, PEOPLE, [True] * PEOPLE)
    assert (trail["event.undo_bulk"], trail["registration.undo_bulk"]) == (1, PEOPLE)
    assert set(db.session.scalars(select(BulkActPerson.is_undone))) == {True}
