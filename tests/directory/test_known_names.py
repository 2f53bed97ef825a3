"""What people type is found in the directory, however it is spelt; what nobody knows stays as it was typed."""

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from directory import known_names, organisations, territory
from directory.known_names import Group, NameJustTaken, NameTooLong, NoName
from directory.models import KnownName
from tests import factories

NOW = factories.NOW


def list_names():
    return [tuple(row) for row in db.session.execute(select(KnownName.key, KnownName.name).order_by(KnownName.key))]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Associació El Pont", ("associacio el pont", "Associació El Pont")),
        ("ASSOCIACIÓ  EL-PONT.", ("associacio el pont", "Associació El Pont")),
        ("el pont", ("associacio el pont", "Associació El Pont")),
        ("Ateneu La Sínia", ("ateneu la sinia", "Ateneu La Sínia")),
        ("veïna del barri", ("", "")),
        ("", ("", "")),
        ("—", ("", "")),
    ],
)
def test_what_was_typed_is_told_as_the_organisation_that_it_is(app, typed, told):
    factories.make_organisation("Associació El Pont", "El Pont")
    known_names.say_none("Veïna del barri", by=None, now=NOW)

    assert known_names.read().tell(typed) == told


@pytest.mark.both_databases
def test_directory_knows_networks_and_neighbourhoods(app):
    territory.ensure_loaded()
    salut, habitatge = factories.make_network("Salut"), factories.make_network("Habitatge")
    place = territory.find_neighbourhood("Bon Pastor")
    factories.make_organisation("El Pont", networks=(salut, habitatge), neighbourhood=place)

    known = known_names.read().get("el pont")

    assert [each.name for each in known.networks] == ["Habitatge", "Salut"]
    assert known.neighbourhood == Group("bon pastor", "el Bon Pastor")


@pytest.mark.both_databases
def test_directory_is_read_in_as_many_queries_however_large_it_is(app, count_queries):
    network = factories.make_network()
    factories.make_organisation("Una", networks=(network,))
    db.session.flush()
    before = count_queries(known_names.read)

    for number in range(5):
        factories.make_organisation(f"Altra {number}", f"L’altra {number}", networks=(network,))
    db.session.flush()

    assert (before, count_queries(known_names.read)) == (3, 3)


def test_a_name_is_given_to_an_organisation_once(app):
    pont = factories.make_organisation("El Pont")

    for _time in range(2):
        known_names.give(pont, "Assoc. el Pont", by=None, now=NOW)

    assert list_names() == [("assoc el pont", "Assoc. el Pont"), ("el pont", "El Pont")]
    assert db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all() == [
        "organisation.create",
        "organisation.add_name",
    ]


def test_a_name_of_another_organisation_stays_with_it(app):
    factories.make_organisation("El Pont")
    other = factories.make_organisation("La Riba")

    with pytest.raises(NameJustTaken):
        known_names.give(other, "el pont", by=None, now=NOW)
    with pytest.raises(NameJustTaken):
        known_names.say_none("el pont", by=None, now=NOW)


def test_what_was_no_organisation_can_become_one(app):
    known_names.say_none("El Pont", by=None, now=NOW)

    pont = factories.make_organisation("El Pont")

    assert known_names.read().get("el pont").id == pont.id


def test_forgetting_takes_back_what_was_said_and_leaves_an_organisation_its_name(app):
    factories.make_organisation("El Pont", "Pont")
    known_names.say_none("particular", by=None, now=NOW)

    for name in ("pont", "particular", "El Pont", "mai escrit"):
        known_names.forget(name, by=None, now=NOW)

    assert list_names() == [("el pont", "El Pont")]


def test_trail_never_keeps_what_was_typed(app):
    known_names.say_none("Maria Puig", by=None, now=NOW)
    known_names.forget("Maria Puig", by=None, now=NOW)

    details = [entry.details for entry in db.session.scalars(select(AuditEntry))]

    assert "Maria" not in str(details)


@pytest.mark.parametrize(("name", "error"), [("…", NoName), ("x" * 301, NameTooLong), ("ﷺ" * 40, NameTooLong)])
def test_what_can_be_no_name_is_refused(app, name, error):
    with pytest.raises(error):
        known_names.say_none(name, by=None, now=NOW)


def test_keys_beside_a_name_are_those_of_its_organisation(app):
    factories.make_organisation("El Pont", "AEP")
    known_names.say_none("particular", by=None, now=NOW)

    assert known_names.list_keys_beside("aep") == {"el pont", "aep"}
    assert known_names.list_keys_beside("Ningú") == {"ningu"}
    assert known_names.list_keys_beside("particular") == {"particular"}


def test_keys_of_a_network_are_those_of_its_organisations(app):
    network = factories.make_network()
    factories.make_organisation("El Pont", "AEP", networks=(network,))
    factories.make_organisation("La Riba")

    assert known_names.list_keys_of(network) == {"el pont", "aep"}
    assert organisations.find_by_name("AEP.").name == "El Pont"
