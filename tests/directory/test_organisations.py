"""Organisations and networks: added, changed, made one, taken out; a name is one's alone."""

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.errors import NotFoundError
from directory import known_names, networks, organisations, territory
from directory.known_names import NameTooLong, NoName
from directory.models import KnownName, Organisation
from directory.networks import NetworkNameTaken, NetworkValues
from directory.organisations import MergedWithItself, NameTaken, OrganisationValues
from tests import factories

NOW = factories.NOW


def add(name, *other_names, **values):
    return organisations.add(OrganisationValues(name, other_names, **values), by=None, now=NOW)


def find(search="", network=None):
    return [each.name for each in db.session.scalars(organisations.select_organisations(search, network))]


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_organisations_are_listed_in_catalan_order(app):
    for name in ("Çelik", "Casal", "Àgora", "l·lusió"):
        add(name)

    assert find() == ["Àgora", "Casal", "Çelik", "l·lusió"]


@pytest.mark.both_databases
def test_organisations_are_found_by_any_name_and_by_network(app):
    network = factories.make_network()
    add("Associació El Pont", "AEP", networks=(network,))
    add("Ateneu")

    assert (find("pont associació"), find("aep"), find("%"), find(network=network)) == (
        ["Associació El Pont"],
        ["Associació El Pont"],
        [],
        ["Associació El Pont"],
    )


@pytest.mark.parametrize(("name", "others", "field"), [("EL PONT", (), "name"), ("Nova", ("el-pont",), "other_names")])
def test_a_name_of_another_organisation_is_refused_at_its_field(app, name, others, field):
    add("El Pont")

    with pytest.raises(NameTaken) as refusal:
        add(name, *others)

    assert refusal.value.field == field
    assert "El Pont" in str(refusal.value)


def test_another_name_without_letters_is_refused_at_its_field(app):
    with pytest.raises(NoName) as refusal:
        add("El Pont", "···")

    assert refusal.value.field == "other_names"


def test_spellings_of_one_name_are_one(app):
    pont = add("El Pont", "EL PONT", "el-pont", "Pont")

    assert pont.other_names == ["Pont"]


def test_an_organisation_stays_known_by_what_it_was_called(app):
    pont = add("El Pont", "Pont vell")

    organisations.change(pont, OrganisationValues("Fundació Pont"), by=None, now=NOW)

    assert (pont.name, pont.other_names) == ("Fundació Pont", ["El Pont"])
    assert known_names.read().tell("Pont vell") == ("pont vell", "Pont vell")


def test_a_correction_of_the_spelling_leaves_no_other_name(app):
    pont = add("El pont")

    organisations.change(pont, OrganisationValues("El Pont"), by=None, now=NOW)

    assert (pont.name, pont.other_names) == ("El Pont", [])


def test_saving_without_a_change_leaves_no_line_in_the_trail(app):
    pont = add("El Pont", "Pont")

    assert organisations.change(pont, organisations.values_of(pont), by=None, now=NOW) is False
    assert count(AuditEntry) == 1


@pytest.mark.both_databases
def test_merging_takes_names_networks_and_a_neighbourhood_that_is_missing(app):
    territory.ensure_loaded()
    salut, cures = factories.make_network("Salut"), factories.make_network("Cures")
    place = territory.find_neighbourhood("Baró de Viver")
    one = add("El Pont", "Pont", networks=(salut, cures), neighbourhood=place)
    other = add("Fundació El Pont", networks=(salut,))

    organisations.merge(one, other, by=None, now=NOW)
    db.session.expire_all()

    assert find() == ["Fundació El Pont"]
    assert other.other_names == ["El Pont", "Pont"]
    assert ([each.name for each in other.networks], other.neighbourhood.name) == (["Cures", "Salut"], "Baró de Viver")


def test_an_organisation_is_not_merged_with_itself(app):
    pont = add("El Pont")

    with pytest.raises(MergedWithItself):
        organisations.merge(pont, pont, by=None, now=NOW)


@pytest.mark.both_databases
def test_an_organisation_that_is_taken_out_leaves_no_name(app):
    pont = add("El Pont", "Pont", networks=(factories.make_network(),))

    organisations.remove(pont, by=None, now=NOW)

    assert (count(Organisation), count(KnownName), known_names.read().tell("pont")) == (0, 0, ("pont", "pont"))


def test_only_own_names_are_suggested_and_none_when_they_are_too_many(app, monkeypatch):
    add("El Pont", "Maria del Pont")
    add("Ateneu")

    assert organisations.list_offered_names() == ["Ateneu", "El Pont"]
    monkeypatch.setattr(organisations, "MOST_OFFERED", 1)
    assert organisations.list_offered_names() == []


@pytest.mark.both_databases
def test_a_network_that_is_taken_out_leaves_its_organisations(app):
    network = factories.make_network()
    add("El Pont", networks=(network,))

    networks.remove(network, by=None, now=NOW)
    db.session.expire_all()

    assert (find(), networks.list_networks(), networks.count_organisations()) == (["El Pont"], [], {})


def test_two_networks_have_two_names(app):
    factories.make_network("Xarxa d’Habitatge")
    other = factories.make_network("Salut")

    with pytest.raises(NetworkNameTaken):
        networks.change(other, NetworkValues("XARXA D'HABITATGE"), by=None, now=NOW)


@pytest.mark.parametrize(("name", "error"), [("…", NoName), ("x" * 201, NameTooLong)])
def test_what_can_be_no_network_is_refused(app, name, error):
    with pytest.raises(error):
        factories.make_network(name)


def test_what_is_not_there_is_not_found(app):
    with pytest.raises(NotFoundError):
        organisations.get_organisation(1)
    with pytest.raises(NotFoundError):
        networks.get_network(1)
