"""The directory from a file: all or nothing, each bad row named, nothing twice; and back into a file."""

from io import BytesIO

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.errors import InputError
from directory import networks, organisation_files, organisations, territory
from tests import factories

FILE = """nom;altres noms;barri;xarxes
Associació El Pont;El Pont | AEP;Trinitat Vella;"Acollida; Inserció"
Ateneu La Sínia;;;
"""


def take_in(text):
    rows = organisation_files.read_file(text.encode(), "entitats.csv")
    return organisation_files.take_in(rows, by=None, now=factories.NOW)


def describe():
    db.session.expire_all()
    return [
        (
            each.name,
            each.other_names,
            each.neighbourhood and each.neighbourhood.name,
            [network.name for network in each.networks],
        )
        for each in db.session.scalars(organisations.select_organisations())
    ]


TAKEN = [
    ("Associació El Pont", ["AEP", "El Pont"], "la Trinitat Vella", ["Acollida", "Inserció"]),
    ("Ateneu La Sínia", [], None, []),
]


@pytest.fixture
def city(app):
    territory.ensure_loaded()


@pytest.mark.both_databases
def test_a_file_brings_organisations_with_their_networks(city):
    taken = take_in(FILE)

    assert (taken.added, taken.changed, taken.known, taken.networks) == (2, 0, 0, ["Acollida", "Inserció"])
    assert describe() == TAKEN
    assert taken.describe().startswith("2 entitats afegides, ")
    assert taken.describe().endswith(", 2 xarxes noves: Acollida, Inserció")


@pytest.mark.both_databases
def test_the_same_file_twice_changes_nothing(city):
    take_in(FILE)
    lines = len(db.session.scalars(select(AuditEntry)).all())

    taken = take_in(FILE)

    assert (taken.added, taken.changed, taken.known, taken.networks) == (0, 0, 2, [])
    assert (describe(), len(db.session.scalars(select(AuditEntry)).all())) == (TAKEN, lines)


def test_an_organisation_that_is_there_gets_what_it_lacks_and_keeps_the_rest(city):
    factories.make_organisation("AEP", "L’AEP", networks=(factories.make_network("Salut"),))

    taken = take_in(FILE)

    assert (taken.added, taken.changed) == (1, 1)
    assert describe()[0] == (
        "AEP",
        ["Associació El Pont", "El Pont", "L’AEP"],
        "la Trinitat Vella",
        ["Acollida", "Inserció", "Salut"],
    )


def test_two_rows_of_one_organisation_are_one(city):
    taken = take_in("name,other names\nEl Pont,AEP\nAEP,Pont\n")

    assert (taken.added, taken.changed) == (1, 1)
    assert describe()[0][:2] == ("El Pont", ["AEP", "Pont"])


def test_every_bad_row_is_named_and_nothing_is_taken_in(city):
    text = "nom;altres noms;barri;xarxes\n;AEP;;\n…;;;\nEl Pont;;Atlantis;\nAteneu;;;=1+1\n" + "x" * 301 + ";;;\n"

    with pytest.raises(InputError) as error:
        take_in(text)

    assert error.value.problems == [
        "Fila 2: no anomena cap entitat",
        "Fila 3: «…» no té lletres ni xifres: no s’hi trobaria ningú.",
        "Fila 4: «Atlantis» no és cap barri de Barcelona",
        "Fila 6: Un nom pot tenir fins a 300 caràcters.",
    ]


def test_a_row_whose_names_are_those_of_two_is_refused_with_all_the_rest(city):
    factories.make_organisation("El Pont")
    factories.make_organisation("La Riba")
    rows = organisation_files.read_file(b"nom;altres noms\nNova;\nEl Pont;La Riba\n", "e.csv")
    db.session.commit()

    with pytest.raises(InputError) as error, transaction():
        organisation_files.take_in(rows, by=None, now=factories.NOW)

    assert error.value.problems == ["Fila 3: els seus noms són de més d’una: “El Pont”, “La Riba”"]
    assert [each[0] for each in describe()] == ["El Pont", "La Riba"]


@pytest.mark.parametrize("text", ["", "cognom\nPuig\n", "nom\n", "nom;nom\na;b\n"])
def test_what_is_no_list_of_organisations_is_refused(city, text):
    with pytest.raises(InputError):
        organisation_files.read_file(text.encode(), "e.csv")


def test_a_file_of_too_many_rows_is_refused(city, monkeypatch):
    monkeypatch.setattr(organisation_files, "MOST_ROWS", 1)

    with pytest.raises(InputError):
        organisation_files.read_file(FILE.encode(), "e.csv")


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods"])
def test_what_is_given_out_can_be_taken_in_again(city, format_):
    take_in(FILE)
    factories.make_organisation("=1+1 <b>", "Una; altra", "Encara una")
    before = describe()
    file = BytesIO()

    organisation_files.write(format_, file)

    for each in db.session.scalars(organisations.select_organisations()).all():
        organisations.remove(each, by=None, now=factories.NOW)
    rows = organisation_files.read_file(file.getvalue(), "e")
    organisation_files.take_in(rows, by=None, now=factories.NOW)
    assert describe() == before


def test_rows_are_shown_as_text_that_reads_the_same(city):
    rows = organisation_files.read_file(FILE.encode(), "e.csv")

    again = organisation_files.read_file(organisation_files.as_text(rows).encode(), "text")

    assert again == rows


@pytest.mark.parametrize("names", [("A; B",), ("C | D", "E; F"), ("=1+1", "G")])
@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods"])
def test_names_with_the_signs_that_part_names_stay_whole(city, names, format_):
    network = factories.make_network("Acollida; Inserció")
    factories.make_organisation("El Pont | La Clau", *names, networks=(network,))
    file = BytesIO()
    organisation_files.write(format_, file)

    rows = organisation_files.read_file(file.getvalue(), "e")
    again = organisation_files.read_file(organisation_files.as_text(rows).encode(), "text")

    assert (rows[0].name, sorted(rows[0].other_names), rows[0].networks) == (
        "El Pont | La Clau",
        sorted(names),
        ("Acollida; Inserció",),
    )
    assert again[0].keys == rows[0].keys
    assert organisation_files.take_in(again, by=None, now=factories.NOW).known == 1


def test_a_file_with_something_else_in_the_column_of_networks_is_refused(city):
    rows = "".join(f"Entitat {number};Nota {number}\n" for number in range(organisation_files.MOST_NETWORKS + 1))

    with pytest.raises(InputError) as refusal:
        take_in(f"nom;xarxes\n{rows}")

    assert refusal.value.problems == ["entitats.csv anomena més de 500 xarxes."]


def test_many_organisations_are_taken_in_with_a_query_for_each_new_one_and_few_besides(city, count_queries):
    rows = organisation_files.read_file(
        ("nom;xarxes\n" + "".join(f"Entitat {n};Xarxa\n" for n in range(200))).encode(), "e"
    )

    count = count_queries(lambda: organisation_files.take_in(rows, by=None, now=factories.NOW))

    assert (len(networks.list_networks()), count < 200 + 10) == (1, True)
