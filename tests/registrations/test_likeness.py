"""Who may be one person: every rule on values, what is nobody's slip, and how the time grows."""

import pytest

from registrations import likeness
from registrations.likeness import Likeness, Person


def reasons(one, other):
    return find([one, other]).get((1, 2), frozenset())


def find(people):
    return likeness.find_pairs(Person(number, *person) for number, person in enumerate(people, start=1))


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Anna Puig", "Puig, Anna", Likeness.NAME),
        ("Núria Col·lell i Güell", "nuria collell guell", Likeness.NAME),
        ("Montserrat Puig", "Monserrat Puig", Likeness.SPELLING),
        ("Xavier Giménez", "Javier Jimenes", Likeness.SPELLING),
        ("Queralt Homs", "Keralt Oms", Likeness.SPELLING),
        ("Jordi Casals", "Jodri Casals", Likeness.SPELLING),
        ("Carles Font", "Carlos Font", Likeness.SPELLING),
        ("Maria Puig", "Marta Puig", None),
        ("Joan Puig", "Joana Puig", None),
        ("Francesc Pou", "Francesca Pou", None),
        ("Pau Riba", "Pol Riba", None),
        ("Anna Puig", "Anna Puig Serra", None),
        ("Anna", "Anna", None),
        ("!", "?", None),
        ("", "", None),
    ],
)
def test_names(one, other, reason):
    found = reasons((one, "a@example.org"), (other, "b@example.org"))

    assert found == (frozenset({reason}) if reason else frozenset())


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("anna.puig@gmail.com", "annapuig+jornada@gmail.con", Likeness.MAILBOX),
        ("anna@entitat.cat", "anna+llista@entitat.cat", Likeness.MAILBOX),
        ("anna@entitat.con", "anna@entitat.com", Likeness.MAILBOX),
        ("anna@hotmail.es", "anna@outlook.com", Likeness.PROVIDER),
        ("anna.puig@entitat.cat", "annapuig@entitat.cat", None),
        ("info@ateneu.cat", "info@casal.cat", None),
    ],
)
def test_addresses(one, other, reason):
    assert reasons(("Aa Bb", one), ("Cc Dd", other)) == (frozenset({reason}) if reason else frozenset())


def test_a_part_of_a_name_says_something_where_something_else_does():
    walk_in, known = ("Anna Puig", "", ""), ("Anna Puig Serra", "a@example.org", "Ateneu")

    assert reasons(walk_in, known) == {Likeness.PART}
    assert reasons(("Anna Puig", "b@example.org", "ateneu"), known) == {Likeness.PART, Likeness.ORGANISATION}


def test_one_name_is_enough_within_an_organisation():
    assert reasons(("Maria", "", "Ateneu"), ("María", "", "ateneu")) == {Likeness.NAME, Likeness.ORGANISATION}


def test_a_telephone_is_of_one_person_when_a_name_is_too():
    number = likeness.phone("+34 600 11-22.33")
    people = [("Anna Puig", "a@b.c", "", frozenset({number})), ("A. Puig", "c@d.e", "", frozenset({"600112233"}))]

    assert reasons(*people) == {Likeness.PHONE}
    assert [likeness.phone(text) for text in ("12", "no en tinc", "0034600112233")] == ["", "", "600112233"]


def test_of_many_alike_each_is_compared_with_the_first_alone():
    """Somebody who signs up a thousand times makes a thousand pairs and not half a million."""
    found = find([("Anna Puig", f"a{number}@example.org") for number in range(1000)])

    assert set(found) == {(1, other) for other in range(2, 1001)}


def test_what_speaks_most_comes_first():
    strong = likeness.score({Likeness.NAME, Likeness.ORGANISATION})

    assert strong > likeness.score({Likeness.NAME}) > likeness.score({Likeness.PART})


def test_hostile_names_take_no_longer():
    people = [("a" * 120, f"{number}@example.org") for number in range(40)]
    people += [(" ".join("abcdefghijklmnopqrstuvwxyz" * 2), f"x{number}@example.org") for number in range(40)]

    assert len(find(people)) == 39  # one word alone is nobody
