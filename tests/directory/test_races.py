"""What several organisers say of a name at once, with real threads, on a file SQLite and on PostgreSQL."""

from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import select

from core.database import db, transaction
from core.errors import DomainError, NotFoundError
from directory import known_names, organisations
from directory.known_names import NameJustTaken
from directory.models import KnownName, Organisation
from directory.organisations import OrganisationValues
from tests import factories

PEOPLE = 6


@pytest.mark.both_databases
def test_an_organisation_added_by_many_at_once_is_one(own_app, race):
    def add():
        with transaction():
            return organisations.add(OrganisationValues("El Pont", ("AEP",)), by=None, now=factories.NOW).id

    results = race([add for _ in range(PEOPLE)])

    assert sum(isinstance(each, DomainError) for each in results) == PEOPLE - 1
    with own_app.app_context():
        assert len(db.session.scalars(select(Organisation)).all()) == 1


@pytest.mark.both_databases
def test_a_name_given_to_many_at_once_is_ones(own_app, race):
    with own_app.app_context():
        ids = [factories.make_organisation(f"Entitat {number}").id for number in range(PEOPLE)]
        db.session.commit()

    def give(organisation_id):
        with transaction():
            known_names.give(organisations.get_organisation(organisation_id), "Pont", by=None, now=factories.NOW)

    results = race([lambda each=each: give(each) for each in ids])

    assert (results.count(None), sum(isinstance(each, DomainError) for each in results)) == (1, PEOPLE - 1)
    with own_app.app_context():
        assert db.session.get(KnownName, "pont").organisation_id == ids[results.index(None)]


@pytest.mark.both_databases
def test_two_organisations_made_each_the_others_at_once_are_one_with_all_names(own_app, race):
    with own_app.app_context():
        network = factories.make_network()
        ids = [factories.make_organisation(name, networks=(network,)).id for name in ("El Pont", "La Riba")]
        db.session.commit()
    together = Barrier(3)

    def read(key):
        organisation = organisations.get_organisation(key)
        return organisation, organisation.known_names, organisation.networks

    def merge(one, other):
        with transaction():
            (organisation, *_), (into, *_) = read(one), read(other)
            together.wait(timeout=20)
            organisations.merge(organisation, into, by=None, now=factories.NOW)

    def give():
        with transaction():
            (organisation, *_) = read(ids[0])
            together.wait(timeout=20)
            known_names.give(organisation, "Pont vell", by=None, now=factories.NOW)

    results = race([lambda: merge(*ids), lambda: merge(*reversed(ids)), give])

    merged = [each for each in results[:2] if each is not None]
    assert [type(each) for each in merged] == [NotFoundError]
    with own_app.app_context():
        (organisation,) = db.session.scalars(select(Organisation))
        names = {each.key for each in organisation.known_names}
        assert names == {"el pont", "la riba"} | (set() if isinstance(results[2], NameJustTaken) else {"pont vell"})


@pytest.mark.both_databases
def test_an_organisation_taken_out_while_it_is_changed_is_gone(own_app, race):
    with own_app.app_context():
        key = factories.make_organisation("El Pont", networks=(factories.make_network(),)).id
        db.session.commit()
    together = Barrier(3)

    def read():
        organisation = organisations.get_organisation(key)
        values = organisations.values_of(organisation)
        together.wait(timeout=20)
        return organisation, values

    def remove():
        with transaction():
            organisations.remove(read()[0], by=None, now=factories.NOW)

    def change():
        with transaction():
            organisation, values = read()
            organisations.change(organisation, replace(values, name="Pont"), by=None, now=factories.NOW)

    results = race([remove, remove, change])

    assert {type(each) for each in results} <= {type(None), NotFoundError}
    with own_app.app_context():
        assert db.session.scalars(select(KnownName)).all() == []
