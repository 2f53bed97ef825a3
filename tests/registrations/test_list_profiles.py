"""Lists of an event's own: their limit, and what a copy of the event takes along."""

import pytest

from registrations import list_profiles
from tests import factories


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


def values(**more):
    return {"name": "Una", "purpose": "Per provar.", "columns": ["email"], "wanted": {}, "roles": [], **more}


def test_an_event_has_no_more_lists_than_people_can_find(event, ada, monkeypatch):
    monkeypatch.setattr(list_profiles, "MOST", 1)
    factories.make_list_profile(event)

    with pytest.raises(list_profiles.TooManyLists):
        list_profiles.create(event, values(), by=ada, now=factories.NOW)


@pytest.mark.both_databases
def test_lists_stand_by_name_and_each_event_has_its_own(event, ada):
    other = factories.make_event("other")
    for name in ("b", "A"):
        list_profiles.create(event, values(name=name), by=ada, now=factories.NOW)
    list_profiles.create(other, values(name="A"), by=ada, now=factories.NOW)

    assert [row.name for row in list_profiles.list_profiles(event)] == ["A", "b"]


def test_a_copy_takes_along_the_lists_that_mean_the_same_there(event):
    copy = factories.make_event("copy")
    factories.make_session(copy, "T1")
    asked, withdrawn = (factories.make_question(event, text) for text in ("Com?", "Abans"))
    new = factories.make_question(copy, "Com?")
    columns = [f"question-{asked.id}", "email", f"question-{withdrawn.id}"]
    factories.make_list_profile(event, "a", columns=columns, wanted={"session": "T1"}, roles=["door"])
    factories.make_list_profile(event, "of a question that is gone", columns=[f"question-{withdrawn.id}"])
    unknown = {f"answer-{withdrawn.id}": "=c"}
    for number, wanted in enumerate(({"people": "1,2"}, {"q": "pla"}, {"session": "T9"}, unknown)):
        factories.make_list_profile(event, f"b{number}", wanted=wanted)

    count = list_profiles.copy_all(event, copy, {asked: new}, now=factories.NOW)

    (row,) = list_profiles.list_profiles(copy)
    assert count == 1
    assert (row.name, row.columns) == ("a", [f"question-{new.id}", "email"])
    assert (row.wanted, row.roles) == ({"session": "T1"}, ["door"])
