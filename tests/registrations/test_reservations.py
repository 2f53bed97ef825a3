"""Places kept for groups: how many are free for whom, whoever came first, and what lowering them frees."""

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from events.models import Dimension
from registrations import reservations, services
from registrations.models import RegistrationSource, RegistrationState
from registrations.places import MoreReservedThanPlaces
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases
CITIZENS, INTERNAL = Dimension.CITIZENS, Dimension.INTERNAL


@pytest.fixture
def event(app):
    return factories.make_event(capacity=4)


def keep(event, ada, **places):
    return reservations.keep_places(event, {Dimension(each): count for each, count in places.items()}, by=ada, now=NOW)


def sign_up(event, number, dimension=None):
    given = Answers(first_name="Bob", last_name="Pla", email=f"p{number}@example.org", dimension=dimension)
    return services.register(event, given, source=RegistrationSource.PERSON, language="ca", now=NOW)


def kept(event):
    db.session.expire(event)
    return {each.dimension: (each.places, each.places_taken) for each in event.reserved_places}, event.places_kept


def test_kept_places_are_free_for_the_group_only(event, ada):
    keep(event, ada, citizens=3)

    others = [sign_up(event, number, INTERNAL).state for number in range(2)]
    citizen = sign_up(event, 9, CITIZENS)

    assert others == [RegistrationState.CONFIRMED, RegistrationState.WAITING]
    assert (citizen.state, citizen.has_reserved_place) == (RegistrationState.CONFIRMED, True)
    assert kept(event) == ({CITIZENS: (3, 1)}, 2)


def test_who_was_there_before_counts(event, ada):
    early = [sign_up(event, number, CITIZENS) for number in range(2)]

    keep(event, ada, citizens=3)

    db.session.expire_all()
    assert [each.has_reserved_place for each in early] == [True, True]
    assert kept(event) == ({CITIZENS: (3, 2)}, 1)


def test_keeping_fewer_gives_what_is_free_to_the_first_in_line(event, ada):
    keep(event, ada, citizens=4)
    waiting = sign_up(event, 1, INTERNAL)

    keep(event, ada, citizens=3)

    db.session.expire_all()
    assert waiting.state is RegistrationState.CONFIRMED
    assert kept(event) == ({CITIZENS: (3, 0)}, 3)


def test_keeping_fewer_than_are_taken_throws_nobody_out_and_counts_on(event, ada):
    keep(event, ada, citizens=3)
    people = [sign_up(event, number, CITIZENS) for number in range(3)]

    keep(event, ada, citizens=1)
    for each in people:
        services.cancel(each, now=NOW)

    assert kept(event) == ({CITIZENS: (1, 0)}, 1)
    assert event.places_taken == 0


def test_keeping_none_any_more_leaves_plain_places(event, ada):
    keep(event, ada, citizens=2)
    citizen = sign_up(event, 1, CITIZENS)

    keep(event, ada)
    services.cancel(citizen, now=NOW)

    assert kept(event) == ({}, 0)
    assert event.places_taken == 0


def test_more_than_there_are_places_is_refused(event, ada):
    with pytest.raises(MoreReservedThanPlaces):
        keep(event, ada, citizens=3, internal=2)


def test_same_again_changes_nothing(event, ada):
    first = keep(event, ada, citizens=2)
    again = keep(event, ada, citizens=2, internal=0)

    assert (first, again) == (True, False)
    entries = db.session.scalars(select(AuditEntry)).all()
    assert [(entry.act, entry.details) for entry in entries] == [("event.reserve_places", {"citizens": 2})]
