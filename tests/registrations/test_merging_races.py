"""Two registrations that several hands merge, part or change at once, by real threads on real databases."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from accounts.models import StaffMember
from core.database import db, transaction
from core.errors import DomainError, NotFoundError
from events.models import Event
from registrations import attendance, duplicates, merges, merging, services
from registrations.models import (
    Attendance,
    AttendanceSource,
    PossibleDuplicate,
    Registration,
    RegistrationMerge,
    RegistrationSource,
)
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)
HANDS = 4


@pytest.fixture
def ids(own_app) -> list[int]:
    """Three registrations of one person at one session."""
    with transaction():
        event = factories.make_event(capacity=10)
        factories.make_session(event, "A", capacity=10)
        factories.make_staff("ada@example.org", name="Ada")
        for number in range(3):
            answers = Answers("Bob", "Pla", f"p{number}@example.org", session_codes=["A"])
            services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=NOW)
        return list(db.session.scalars(select(Registration.id).order_by(Registration.id)))


def _merge(one_id: int, other_id: int) -> str:
    try:
        with transaction():
            ada = db.session.scalars(select(StaffMember)).one()
            merging.merge(db.session.scalars(select(Event)).one(), (one_id, other_id), {}, by=ada, now=LATER)
    except (DomainError, NotFoundError) as refusal:
        return type(refusal).__name__
    return "merged"


def _counters() -> tuple[int, int, int]:
    event = db.session.scalars(select(Event)).one()
    people = db.session.scalar(select(func.count(Registration.id)))
    return people, event.places_taken, event.sessions[0].places_taken


def test_hands_that_merge_one_pair_at_once_merge_it_once(race, ids):
    done = race([partial(_merge, ids[0], ids[1])] * HANDS)

    assert sorted(done) == ["GoneMeanwhile"] * (HANDS - 1) + ["merged"]
    assert _counters() == (2, 2, 2)


def test_two_merges_with_one_in_common(race, ids):
    done = race([partial(_merge, ids[0], ids[1]), partial(_merge, ids[0], ids[2]), partial(_merge, ids[1], ids[2])])

    merged = done.count("merged")
    assert merged >= 1
    assert set(done) <= {"merged", "GoneMeanwhile"}
    assert _counters() == (3 - merged, 3 - merged, 3 - merged)


def test_hands_that_undo_at_once_undo_once(race, ids):
    _merge(ids[0], ids[1])

    def undo() -> str:
        try:
            with transaction():
                ada = db.session.scalars(select(StaffMember)).one()
                merges.undo(db.session.scalars(select(RegistrationMerge)).one(), by=ada, now=LATER)
        except DomainError as refusal:
            return type(refusal).__name__
        return "undone"

    done = race([undo] * HANDS)

    assert sorted(done) == ["UndoneAlready"] * (HANDS - 1) + ["undone"]
    assert _counters() == (3, 3, 3)


def test_somebody_who_cancels_by_the_former_link_meanwhile(race, ids):
    """The link leads to whoever they are by then, or to nobody for the moment; no place is lost or counted twice."""
    tokens = db.session.scalars(select(Registration.token).where(Registration.id.in_(ids[:2]))).all()
    db.session.rollback()

    def cancel(token: str) -> str:
        try:
            with transaction():
                services.cancel(services.get_registration(token), now=LATER)
        except NotFoundError:
            return "gone"
        return "cancelled"

    race([partial(_merge, ids[0], ids[1]), *(partial(cancel, token) for token in tokens)])

    people, taken, of_session = _counters()
    standing = db.session.scalar(select(func.count(Registration.id)).where(Registration.state == "confirmed"))
    assert people == 2
    assert taken == of_session == standing


def test_a_door_that_records_meanwhile_loses_nothing(race, ids):
    def check_in() -> str:
        with transaction():
            found = db.session.scalar(select(Registration).where(Registration.id == ids[1]))
            attendance.check_in(found, found.event.sessions[0], source=AttendanceSource.LIST, by=None, now=LATER)
        return "recorded"

    done = race([partial(_merge, ids[0], ids[1]), check_in])

    assert sorted(done) == ["merged", "recorded"]
    assert db.session.scalars(select(Attendance.registration_id)).all() == [ids[1]]


def test_searching_while_two_are_merged_leaves_no_pair_with_who_has_gone(race, ids):
    def search() -> str:
        with transaction():
            duplicates.refresh(db.session.scalars(select(Event)).one())
        return "searched"

    race([partial(_merge, ids[0], ids[1]), search, search])
    search()

    rows = db.session.scalars(select(PossibleDuplicate)).all()
    assert [(row.first_id, row.second_id) for row in rows] == [(ids[1], ids[2])]
