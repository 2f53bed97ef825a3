"""Pairs that may be one person: found when people change, remembered as two people, paged."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.errors import NotFoundError
from registrations import duplicates, merging
from registrations.models import DuplicateSearch, PossibleDuplicate, RegistrationState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ada(app):
    return factories.make_staff("ada@example.org", name="Ada")


@pytest.fixture
def event(app):
    return factories.make_event()


def make(event, first_name="Anna", last_name="Puig", email="", **values):
    return factories.make_registration(event, first_name=first_name, last_name=last_name, email=email, **values)


def pairs(event, *, apart=False):
    found = db.session.scalars(duplicates.select_pairs(event, apart=apart)).all()
    return [(pair.first_id, pair.second_id, pair.reasons) for pair in found]


def test_found_and_found_anew_when_somebody_changes(event):
    one, other = make(event), make(event, email="anna@example.org", organisation="Ateneu")

    first, second = duplicates.refresh(event), duplicates.refresh(event)
    found = pairs(event)
    other.first_name, other.updated_at = "Berta", LATER
    third = duplicates.refresh(event)

    assert (first, second, third) == (True, False, True)
    assert found == [(one.id, other.id, ["name"])]
    assert pairs(event) == []


def test_who_cancelled_comes_last(event):
    old, new = make(event, state=RegistrationState.CANCELLED), make(event, email="anna@example.org")
    joan, joana = (
        make(event, "Joan", "Ribas", "j@example.org"),
        make(event, "Joan", "Rivas", "x@example.org", organisation=""),
    )
    duplicates.refresh(event)

    assert [pair[:2] for pair in pairs(event)] == [(joan.id, joana.id), (old.id, new.id)]


def test_telephones_are_those_that_the_organiser_asks_for(event):
    asked, other = factories.make_question(event, "Telèfon mòbil"), factories.make_question(event, "Número?")
    people = [
        make(event, "Anna", "Puig", "a@b.c"),
        make(event, "A.", "Puig", "c@d.e"),
        make(event, "B.", "Puig", "e@f.g"),
    ]
    factories.make_answer(people[0], asked, "600 11 22 33")
    factories.make_answer(people[1], asked, "+34600112233")
    factories.make_answer(people[2], other, "600 11 22 33")

    duplicates.refresh(event)

    assert pairs(event) == [(people[0].id, people[1].id, ["phone", "organisation"])]


def test_two_people_are_remembered_and_doubted(event, ada):
    one, other = make(event), make(event, email="anna@example.org")
    duplicates.refresh(event)

    duplicates.tell_apart(other, one, by=ada, now=LATER)
    duplicates.tell_apart(one, other, by=ada, now=LATER)
    one.updated_at = LATER
    duplicates.refresh(event)
    counted, possible, apart = duplicates.count(event), pairs(event), pairs(event, apart=True)
    duplicates.doubt(event, other.id, one.id, by=ada, now=LATER)
    duplicates.refresh(event)

    assert (counted, possible) == (duplicates.Numbers(0, 1), [])
    assert [pair[:2] for pair in apart] == [(one.id, other.id)]
    assert [pair[:2] for pair in pairs(event)] == [(one.id, other.id)]
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["registration.tell_apart"] * 2 + ["registration.doubt"] * 2
    with pytest.raises(NotFoundError):
        duplicates.doubt(event, one.id, other.id, by=ada, now=LATER)


def test_who_was_told_apart_stays_so_through_a_merge(event, ada):
    one, other, third = make(event), make(event, email="a@example.org"), make(event, email="b@example.org")
    duplicates.tell_apart(one, third, by=ada, now=LATER)

    said = merging.merge(event, (one.id, other.id), {}, by=ada, now=LATER)
    duplicates.refresh(event)

    assert said.name == "Anna Puig"
    assert (len(pairs(event, apart=True)), pairs(event)) == (1, [])


def test_the_clock_searches_each_event_whose_people_have_changed(own_app):
    with own_app.app_context():
        for slug, days in (("una", 1), ("altra", 1), ("antiga", -200)):
            event = factories.make_event(slug, starts_at=NOW + timedelta(days=days))
            make(event)
            make(event, email="anna@example.org")
        db.session.commit()

        first, second = duplicates.find_duplicates(NOW), duplicates.find_duplicates(NOW)

        assert (first, second) == (2, 0)
        assert len(db.session.scalars(select(PossibleDuplicate)).all()) == 2
        assert len(db.session.scalars(select(DuplicateSearch)).all()) == 2


def test_others_are_found_by_all_the_words(event):
    one, other = make(event), make(event, "Berta", "Roca", "berta@example.org", organisation="Ateneu Popular")
    make(factories.make_event("altra"), "Berta", "Roca")

    found = [db.session.scalars(duplicates.select_others(one, text)).all() for text in ("roca ateneu", "puig", "")]

    assert found == [[other], [], [other]]
