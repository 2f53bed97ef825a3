"""A name that nobody knows is held against those that are known: typing errors, word order, initials."""

import pytest

from directory import known_names
from directory.likeness import Likeness
from tests import factories


@pytest.fixture
def likeness(app):
    factories.make_organisation("Associació Benestar i Desenvolupament")
    factories.make_organisation("Centre de Serveis Socials Garcilaso", "CSS Garcilaso")
    factories.make_organisation("Fundació Pont Nou")
    factories.make_organisation("PAH", networks=())
    known_names.say_none("particular", by=None, now=factories.NOW)
    return Likeness(known_names.read())


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ABD", "Associació Benestar i Desenvolupament"),
        ("A.B.D.", "Associació Benestar i Desenvolupament"),
        ("Plataforma d’Afectats per la Hipoteca", "PAH"),
        ("Css garcilasso", "Centre de Serveis Socials Garcilaso"),
        ("Serveis Socials Garcilaso (centre)", "Centre de Serveis Socials Garcilaso"),
        ("Fundacio Pontnou", "Fundació Pont Nou"),
        ("Pont Nou", "Fundació Pont Nou"),
        ("Fundació Privada Pont Nou (delegació de Barcelona)", "Fundació Pont Nou"),
    ],
)
def test_what_is_nearly_the_same_is_found(likeness, typed, first):
    assert likeness.find(typed)[0].name == first


@pytest.mark.parametrize("typed", ["Escola Riu Clar", "particulars", "i", "", "—", "東京", "x" * 100_000])
def test_what_is_not_alike_is_not_found(likeness, typed):
    assert likeness.find(typed) == []


def test_an_empty_directory_is_like_nothing(app):
    assert Likeness(known_names.read()).find("El Pont") == []


def test_an_organisation_is_found_once_however_many_of_its_names_are_alike(likeness):
    found = likeness.find("CSS Garcilaso centre de serveis socials")

    assert [each.name for each in found] == ["Centre de Serveis Socials Garcilaso"]
