"""Saved views: which of them a copy of the event takes along, and as what."""

import pytest

from registrations import saved_views
from tests import factories
from tests.factories import NOW


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


@pytest.fixture
def copy(event):
    copy = factories.make_event("copia")
    factories.make_session(copy, "T1")
    return copy


def take_along(event, copy, asked, ada):
    saved_views.copy_all(event, copy, asked, by=ada, now=NOW)
    return {view.name: view.query for view in saved_views.list_views(copy)}


def test_a_view_names_what_the_copy_has(event, copy, ada):
    asked, withdrawn = (factories.make_question(event, text, "yes_no") for text in ("Com?", "Abans"))
    new = factories.make_question(copy, "Com?", "yes_no")
    columns = ["email", f"q{asked.id}", f"q{withdrawn.id}"]
    query = {"session": ["T1"], f"answer-{asked.id}": ["=yes"], "column": columns, "sort": ["date"]}
    factories.make_saved_view(event, "Sala", **query)
    factories.make_saved_view(event, "Antiga", column=[f"q{withdrawn.id}"])

    views = take_along(event, copy, {asked: new}, ada)

    column = ["email", f"q{new.id}"]
    assert views == {
        "Antiga": {},
        "Sala": {"session": ["T1"], f"answer-{new.id}": ["=yes"], "sort": ["date"], "column": column},
    }


@pytest.mark.parametrize(
    "query", [{"session": ["T9"]}, {"people": ["1,2"]}, {"q": ["pla"]}, {"invitation": ["1"]}, {"answer-1": ["=a"]}]
)
def test_a_view_of_people_the_copy_cannot_have_stays_behind(event, copy, ada, query):
    factories.make_saved_view(event, "Aquestes", **query)

    assert take_along(event, copy, {}, ada) == {}
