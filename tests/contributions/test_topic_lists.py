"""The list of topics: names in several languages, order, merging, and what is taken in from elsewhere."""

import pytest
from sqlalchemy import select, true

from accounts.models import AuditEntry
from contributions import topic_lists, topics
from contributions.models import Entry, EntryAct, EntryActKind, EntryKind, Notebook, Theme, TopicColour
from contributions.topic_lists import MergedWithItself, Taken, TopicInUse, TopicNameTaken, TopicValues
from core.database import db
from core.errors import NotFoundError
from tests import factories

pytestmark = pytest.mark.both_databases

WHO = {"by": None, "now": factories.NOW}


@pytest.fixture
def process(app):
    return factories.make_process()


@pytest.fixture
def event(process):
    return factories.make_event(process_id=process.id)


def names(owner):
    return [topic.name for topic in topic_lists.list_topics(owner)]


def add(owner, name, **values):
    return topic_lists.add(owner, TopicValues(name, **values), **WHO)


def write_act(session, topic):
    act = EntryAct(
        session_id=session.id,
        key="k",
        kind=EntryActKind.EDIT,
        entry_key="e",
        topic_id=topic.id,
        content={},
        happened_at=factories.NOW,
        received_at=factories.NOW,
    )
    db.session.add(act)
    db.session.flush()
    return act


def test_a_topic_is_called_as_the_reader_does(process):
    topic = add(process, "Habitatge", names={"es": "Vivienda"})

    assert [topic.name_in(language) for language in ("ca", "es", "en")] == ["Habitatge", "Vivienda", "Habitatge"]


def test_whoever_writes_a_name_in_another_language_writes_about_the_topic(process, event):
    topic = add(process, "Habitatge", names={"es": "Vivienda"})

    assert topics.get_or_create(event, "vivienda") is topic


def test_whoever_writes_a_former_name_writes_about_the_topic(process, event):
    topic = add(process, "Casa", names={"es": "Casas"})

    topic_lists.change(topic, process, TopicValues("Habitatge", {"es": "Vivienda"}), **WHO)

    assert [topics.get_or_create(event, name) for name in ("casa", "CASAS", "habitatge")] == [topic] * 3


def test_a_former_name_is_free_for_another_topic(process, event):
    first = add(process, "Casa")
    topic_lists.change(first, process, TopicValues("Habitatge"), **WHO)

    second = add(process, "Casa")

    assert (topics.get_or_create(event, "Casa"), first.former_keys) == (second, [])


@pytest.mark.parametrize("values", [TopicValues("habitàtge"), TopicValues("Una", {"es": "VIVIENDA"})])
def test_a_name_of_another_topic_is_refused(process, values):
    add(process, "Habitatge", names={"es": "Vivienda"})

    with pytest.raises(TopicNameTaken):
        topic_lists.add(process, values, **WHO)


def test_a_topic_keeps_its_name_when_only_its_colour_changes(process):
    topic = add(process, "Habitatge")

    topic_lists.change(topic, process, TopicValues("Habitatge", {}, TopicColour.ROSE), **WHO)

    assert (topic.name, topic.colour, topic.former_keys) == ("Habitatge", TopicColour.ROSE, [])


def test_a_change_that_changes_nothing_leaves_no_line(process):
    topic = add(process, "Habitatge", colour=TopicColour.ROSE)

    topic_lists.change(topic, process, topic_lists.values_of(topic), **WHO)

    assert db.session.scalars(select(AuditEntry.act)).all() == ["topic.create"]


def test_each_topic_gets_a_colour_that_no_other_has(process, event):
    for number in range(len(TopicColour)):
        topics.get_or_create(event, f"Eix {number}")

    assert {topic.colour for topic in topic_lists.list_topics(process)} == set(TopicColour)


def test_topics_stand_in_order_of_name_until_somebody_moves_one(process):
    for name in ("C", "A", "B"):
        add(process, name)
    before = names(process)

    topic_lists.move(topic_lists.list_topics(process)[2], process, -1, **WHO)
    add(process, "AA")

    assert (before, names(process)) == (["A", "B", "C"], ["A", "C", "B", "AA"])


@pytest.mark.parametrize(("place", "step"), [(0, -1), (1, 1)])
def test_the_first_and_the_last_stay_where_they_are(process, place, step):
    add(process, "A")
    add(process, "B")

    topic_lists.move(topic_lists.list_topics(process)[place], process, step, **WHO)

    assert names(process) == ["A", "B"]


def test_merging_takes_entries_acts_themes_and_names_along(process, event):
    session = factories.make_session(event)
    entry = factories.make_entry(session, topic_name="Casa")
    topic, into = entry.topic, add(process, "Habitatge")
    act = write_act(session, topic)
    theme = Theme(event_id=event.id, topic_id=topic.id, name="Lloguer")
    db.session.add(theme)
    before = entry.revision

    count = topic_lists.merge(topic, into, process, **WHO)

    db.session.expire_all()
    assert count == 1
    assert {entry.topic, act.topic, theme.topic, topics.get_or_create(event, "casa")} == {into}
    assert names(process) == ["Habitatge"]
    assert entry.revision > before
    assert entry.revision == db.session.get_one(Notebook, session.id).revision


def test_a_merged_topic_goes_to_decidim_under_the_numbers_of_both(process):
    topic, into = add(process, "Casa"), add(process, "Habitatge")
    topic.taxonomy_ids, into.taxonomy_ids = [7, 12], [12, 3]

    topic_lists.merge(topic, into, process, **WHO)

    assert into.taxonomy_ids == [12, 3, 7]


def test_a_topic_is_not_merged_with_itself(process):
    topic = add(process, "Casa")

    with pytest.raises(MergedWithItself):
        topic_lists.merge(topic, topic, process, **WHO)


def test_a_topic_that_nothing_is_about_is_deleted(process):
    topic_lists.delete(add(process, "Casa"), process, **WHO)

    assert names(process) == []


def test_a_topic_of_a_deleted_entry_is_in_use(process, event):
    entry = factories.make_entry(factories.make_session(event), topic_name="Casa", deleted_at=factories.NOW)

    with pytest.raises(TopicInUse):
        topic_lists.delete(entry.topic, process, **WHO)


def test_counts_are_of_entries_that_stand(process, event):
    session = factories.make_session(event)
    entry = factories.make_entry(session, topic_name="Casa")
    factories.make_entry(session, "proposal", topic_name="Casa")
    factories.make_entry(session, topic_name="Casa", deleted_at=factories.NOW)
    factories.make_entry(session, topic_name="Casa", merged_into_id=entry.id)

    expected = {entry.topic_id: {EntryKind.CONTRIBUTION: 1, EntryKind.PROPOSAL: 1}}
    assert topic_lists.count_entries(process, true()) == expected


def test_a_list_that_is_taken_in_completes_what_is_there(process):
    add(process, "Habitatge", colour=TopicColour.ROSE)
    rows = [
        TopicValues("Treball", {"es": "Trabajo"}, TopicColour.NAVY),
        TopicValues("HABITATGE", {"es": "Vivienda", "en": "Housing"}, TopicColour.TEAL),
        TopicValues("Àpats"),
        TopicValues("treball"),
    ]

    taken = topic_lists.take_in(process, rows, **WHO)
    again = topic_lists.take_in(process, rows, **WHO)

    assert (taken, again) == (Taken(added=2, changed=1, known=1), Taken(known=4))
    assert [(each.name, each.names, each.colour) for each in topic_lists.list_topics(process)][:2] == [
        ("Habitatge", {"es": "Vivienda", "en": "Housing"}, TopicColour.ROSE),
        ("Treball", {"es": "Trabajo"}, TopicColour.NAVY),
    ]


def test_a_topic_of_another_list_is_not_found(process):
    other = add(factories.make_process("altre"), "Casa")

    with pytest.raises(NotFoundError):
        topic_lists.get_topic(process, other.id)


def test_a_process_lists_what_its_events_brought(process):
    event = factories.make_event()
    add(event, "Casa")
    event.process_id = process.id
    db.session.flush()

    assert names(process) == ["Casa"]


def test_entries_hear_of_another_name(process, event):
    entry = factories.make_entry(factories.make_session(event), topic_name="Casa")
    before = entry.revision

    topic_lists.change(entry.topic, process, TopicValues("Habitatge"), **WHO)

    db.session.refresh(entry)
    assert entry.revision > before


def test_an_entry_of_another_event_stays_as_it_was(process, event):
    other = factories.make_entry(factories.make_session(factories.make_event("altra")), topic_name="Casa")
    add(process, "Casa")

    topic_lists.take_in(process, [TopicValues("Casa", {"es": "Vivienda"})], **WHO)

    assert db.session.scalars(select(Entry.topic_id)).all() == [other.topic_id]
    assert other.topic.names == {}
