"""The numbers that topics have on Decidim: what is read as numbers, and what is kept."""

import pytest

from accounts import audit
from contributions import topics
from decidim import taxonomies
from tests import factories


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [("", []), ("12", [12]), (" 12; 15,12", [12, 15]), ("2147483647", [2147483647]), (",".join("1" * 20), [1])],
)
def test_numbers_are_read_each_once(typed, numbers):
    assert taxonomies.read(typed) == numbers


@pytest.mark.parametrize("typed", ["x", "-1", "0", "2147483648", "99999999999", "1,²", "1 2", ",".join("1" * 21)])
def test_what_is_no_number_of_a_topic_is_not_read(typed):
    assert taxonomies.read(typed) is None


def test_what_was_typed_is_noted_and_the_rest_stays(app):
    event, ada = factories.make_event(), factories.make_staff()
    first, second, third = (topics.get_or_create(event, name) for name in ("U", "Dos", "Tres"))
    third.taxonomy_ids = [3]

    typed = {first.id: "12, 13", second.id: "x", third.id: "3"}
    wrong = taxonomies.note(event, [first, second, third], typed, by=ada, now=factories.NOW)

    assert wrong == [second]
    assert [topic.taxonomy_ids for topic in (first, second, third)] == [[12, 13], [], [3]]
    assert [(line.act, line.staff_id, line.details) for line in audit.list_entries("event", event.slug)] == [
        ("topic.taxonomies", ada.id, {"topic": "U", "numbers": [12, 13]})
    ]
