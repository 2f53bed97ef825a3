"""The attendee list: who is on it, in which order, and how it is filtered."""

import pytest

from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST, names


@pytest.mark.parametrize("query", ["", "?page=0", "?page=-3", "?page=99999999999999999999", "?page=x", "?q=%25"])
def test_odd_addresses_show_the_list(event, desk, query):
    factories.make_registration(event, last_name="100%")

    assert names(desk.get(LIST + query)) == ["100%, Bob"]


def test_an_empty_list_says_what_to_do(event, desk):
    response = desk.get(LIST)

    assert "Encara no s’ha inscrit ningú." in response.text
    assert f'href="{LIST}/fitxer"' in response.text


def test_a_filter_that_finds_nobody_says_so(event, desk):
    factories.make_registration(event)

    response = desk.get(f"{LIST}?q=zzz")

    assert "No hi ha cap inscripció així." in response.text
    assert names(response) == []


def test_the_list_is_filtered_and_sorted(event, desk):
    one, two = event.sessions
    a = factories.make_registration(event, one, first_name="Àngels", last_name="Çelik", email="a@example.org")
    factories.make_registration(
        event, one, first_name="Bob", last_name="Celma", email="b@example.org", organisation="Àgora"
    )
    factories.make_registration(
        event, two, first_name="Cleo", last_name="Zamora", email="c@example.org", organisation="Barri"
    )
    factories.make_attendance(a, one)

    assert names(desk.get(LIST)) == ["Çelik, Àngels", "Celma, Bob", "Zamora, Cleo"]
    assert names(desk.get(f"{LIST}?sort=organisation")) == ["Celma, Bob", "Çelik, Àngels", "Zamora, Cleo"]
    assert names(desk.get(f"{LIST}?session=T1&presence=not_yet")) == ["Celma, Bob"]
    assert names(desk.get(f"{LIST}?q=CELIK&state=confirmed")) == ["Çelik, Àngels"]


def test_hostile_names_are_shown_as_text(event, desk):
    factories.make_registration(event, first_name=HOSTILE, last_name="😀", organisation="<script>alert(1)</script>")

    page = desk.get(LIST).text

    assert "<script>alert" not in page
    assert "😀, &lt;b&gt;&amp;&#34;&#39;=1+1&lt;/b&gt;" in page


def test_fifty_are_shown_at_a_time(event, desk):
    for number in range(51):
        factories.make_registration(event, last_name=f"{number:02}", email=f"{number}@example.org")

    first, second = desk.get(LIST), desk.get(f"{LIST}?page=2")

    assert (len(names(first)), names(second)) == (50, ["50, Bob"])
    assert "1–50 de 51" in first.text
    assert "51–51 de 51" in second.text


@pytest.mark.parametrize("query", ["", "?session=T1"])
def test_one_row_and_fifty_take_the_same_number_of_queries(event, desk, ada, count_queries, query):
    def add(number):
        bob = factories.make_registration(event, *event.sessions, email=f"{number}@example.org")
        factories.make_attendance(bob, event.sessions[0], recorded_by_id=ada.id)

    add(0)
    with_one = count_queries(lambda: desk.get(LIST + query))
    for number in range(1, 50):
        add(number)

    assert count_queries(lambda: desk.get(LIST + query)) == with_one
