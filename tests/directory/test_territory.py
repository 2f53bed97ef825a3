"""The territory of Barcelona, found however people spell it."""

import pytest
from sqlalchemy import delete, func, select

from core.database import db
from directory import territory
from directory.models import District, Neighbourhood


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def nowhere(app):
    """A database in which nobody has asked for the territory yet."""
    for model in (Neighbourhood, District):
        db.session.execute(delete(model))


@pytest.mark.both_databases
@pytest.mark.usefixtures("nowhere")
def test_who_asks_first_finds_the_whole_city():
    assert territory.find_neighbourhood("Bon Pastor").district.name == "Sant Andreu"
    assert (count(District), count(Neighbourhood)) == (10, 73)


@pytest.mark.both_databases
@pytest.mark.usefixtures("nowhere")
def test_load_brings_the_whole_city_once():
    territory.load()
    territory.load()

    assert (count(District), count(Neighbourhood)) == (10, 73)
    assert db.session.get(Neighbourhood, "59").name == "el Bon Pastor"
    assert db.session.get(Neighbourhood, "59").district.name == "Sant Andreu"


def test_load_corrects_a_changed_name(app):
    territory.load()
    db.session.get(Neighbourhood, "01").name = "Raval"

    territory.load()

    assert db.session.get(Neighbourhood, "01").name == "el Raval"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("el Bon Pastor", "59"),
        ("Bon Pastor", "59"),
        ("  EL BON  PASTOR ", "59"),
        ("Trinitat Vella", "57"),
        ("la trinitat nova", "53"),
        ("Baró de Viver", "58"),
        ("Baro de Viver", "58"),
        ("Sants-Badal", "17"),
        ("Sants - Badal", "17"),
        ("Sant Gervasi-Galvany", "26"),
        ("Sant Pere, Santa Caterina i la Ribera", "04"),
        ("Sant Pere Santa Caterina y la Ribera", "04"),
        ("l’Antiga Esquerra de l'Eixample", "08"),
        ("59", "59"),
        ("1", "01"),
        ("001", "01"),
    ],
)
def test_find_neighbourhood_in_many_spellings(app, text, code):
    assert territory.find_neighbourhood(text).code == code


@pytest.mark.parametrize("text", ["", "Badalona", "74", "0", "9" * 5000, "Ciutat Vella", "<b>", "Raval; DROP"])
def test_find_neighbourhood_gives_none_for_what_is_none(app, text):
    assert territory.find_neighbourhood(text) is None


def test_list_neighbourhoods_goes_district_by_district(app):
    neighbourhoods = territory.list_neighbourhoods()

    assert len(neighbourhoods) == 73
    assert [each.district_code for each in neighbourhoods] == sorted(each.district_code for each in neighbourhoods)
