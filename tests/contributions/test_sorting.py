"""What the team makes of entries: themes, states, many at once, merging."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from contributions import entry_lists, sorting, themes, topic_lists, topics
from contributions.entry_lists import EntryFilter
from contributions.models import Entry, EntryAct, EntryState, Theme
from contributions.sorting import Group, MergedAcross, NothingChosen, NothingToMerge, Target
from contributions.themes import ThemeNameTaken
from core.database import db
from core.errors import NotFoundError
from tests import factories

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    return factories.make_event()


@pytest.fixture
def session(event):
    return factories.make_session(event)


@pytest.fixture
def who(app):
    return {"by": factories.make_staff(), "now": factories.NOW}


def make_topic(event, name="Salut"):
    return topics.get_or_create(event, name)


def acts_in_trail():
    return db.session.execute(select(AuditEntry.act, AuditEntry.subject_key).order_by(AuditEntry.id)).all()


def test_entries_are_put_into_a_topic_by_acts_of_their_notebooks(event, session, who):
    other = factories.make_session(event, "T2")
    entries = [
        factories.make_entry(session),
        factories.make_entry(other),
        factories.make_entry(session, topic_name="Salut"),
    ]
    before = [entry.revision for entry in entries]

    count = sorting.put(entries, Target(is_theme=False, topic=make_topic(event)), **who)

    db.session.expire_all()
    assert count == 2
    assert {entry.topic.name for entry in entries} == {"Salut"}
    assert [entry.revision > was for entry, was in zip(entries, before, strict=True)] == [True, True, False]
    assert len(db.session.scalars(select(EntryAct).where(EntryAct.staff_id == who["by"].id)).all()) == 2


def test_entries_are_taken_out_of_every_topic(event, session, who):
    entry = factories.make_entry(session, topic_name="Salut")

    sorting.put([entry], Target(is_theme=False), **who)

    assert entry.topic is None


def test_a_theme_within_a_topic_takes_its_entries_there(event, session, who):
    entry = factories.make_entry(session, topic_name="Altres")
    theme = themes.create(event, "Horaris", make_topic(event), **who)

    count = sorting.put([entry], Target(is_theme=True, theme=theme), **who)

    assert (count, entry.theme.name, entry.topic.name) == (1, "Horaris", "Salut")


def test_another_topic_takes_entries_out_of_a_theme_that_is_not_in_it(event, session, who):
    first, second = factories.make_entry(session), factories.make_entry(session)
    within = themes.create(event, "Horaris", make_topic(event), **who)
    across = themes.create(event, "Arreu", None, **who)
    sorting.put([first], Target(is_theme=True, theme=within), **who)
    sorting.put([second], Target(is_theme=True, theme=across), **who)

    sorting.put([first, second], Target(is_theme=False, topic=make_topic(event, "Altres")), **who)

    db.session.expire_all()
    assert (first.theme, second.theme) == (None, across)


def test_a_state_leaves_a_line_for_each_entry_that_changed(event, session, who):
    first, second = factories.make_entry(session), factories.make_entry(session, state=EntryState.REVIEWED)

    count = sorting.set_state([first, second], EntryState.REVIEWED, **who)

    assert (count, first.state, second.state) == (1, EntryState.REVIEWED, EntryState.REVIEWED)
    assert acts_in_trail() == [("entry.review", first.code)]


def test_groups_are_counted_as_the_list_shows_them(event, session, who):
    topic = make_topic(event)
    theme = themes.create(event, "Horaris", topic, **who)
    entry = factories.make_entry(session, topic_name="Salut")
    factories.make_entry(session, topic_name="Salut", theme_id=theme.id)
    factories.make_entry(session, "proposal")
    factories.make_entry(session, deleted_at=factories.NOW)
    factories.make_entry(session, merged_into_id=entry.id)

    groups = sorting.count_groups(event, EntryFilter())

    assert sorted(groups, key=str) == sorted(
        [Group(None, None, 1), Group(topic.id, None, 1), Group(topic.id, theme.id, 1)], key=str
    )


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"lacks_topic": True}, ["T1-A-002"]),
        ({"state": EntryState.PUBLISHED}, ["T1-A-002"]),
        ({"has_conflict": True}, ["T1-A-001"]),
        ({"is_withheld": True}, ["T1-A-002"]),
        ({"lacks_theme": True}, ["T1-A-001", "T1-A-002"]),
    ],
)
def test_entries_are_found_by_what_the_team_made_of_them(event, session, chosen, expected):
    factories.make_entry(session, topic_name="Salut", has_conflict=True)
    factories.make_entry(session, state=EntryState.PUBLISHED, withheld_at=factories.NOW)

    found = db.session.scalars(entry_lists.select_of_event(event, EntryFilter(**chosen)))

    assert [entry.code for entry in found] == expected


def test_merging_counts_several_as_the_first(event, session, who):
    first, second, third = (factories.make_entry(session, text=text) for text in ("Una", "Dues", "Tres"))

    root = sorting.merge([first, second, third], **who)

    db.session.expire_all()
    assert (root, second.merged_into, third.merged_into, first.text) == (first, first, first, "Una")
    assert list(sorting.list_merged(first)) == [second, third]
    assert entry_lists.count_by_kind(session)["contribution"] == 1
    assert acts_in_trail() == [("entry.merge", second.code), ("entry.merge", third.code)]


def test_what_was_merged_is_parted_again(event, session, who):
    first, second = factories.make_entry(session), factories.make_entry(session)
    sorting.merge([first, second], **who)

    sorting.unmerge(second, **who)

    assert (second.merged_into_id, entry_lists.count_by_kind(session)["contribution"]) == (None, 2)


def test_one_entry_is_not_merged(session, who):
    with pytest.raises(NothingToMerge):
        sorting.merge([factories.make_entry(session)], **who)


@pytest.mark.parametrize("other", [("T2", "contribution"), ("T1", "proposal")])
def test_what_counts_in_two_places_is_not_merged(event, session, who, other):
    code, kind = other
    elsewhere = session if code == "T1" else factories.make_session(event, code)

    with pytest.raises(MergedAcross):
        sorting.merge([factories.make_entry(session), factories.make_entry(elsewhere, kind)], **who)


def test_entries_of_another_event_are_not_there(event, session):
    other = factories.make_entry(factories.make_session(factories.make_event("altra")))
    own = factories.make_entry(session)

    assert sorting.get_entries(event, [other.id, own.id, own.id]) == [own]
    with pytest.raises(NothingChosen):
        sorting.get_entries(event, [other.id])


def test_entries_alike_are_found_across_sessions(event, session):
    other = factories.make_session(event, "T2")
    first = factories.make_entry(session, text="Cal obrir el centre a la tarda")
    factories.make_entry(session, text="Falten places")
    second = factories.make_entry(other, "proposal", text="Cal obrir els centres a la tarda")

    assert sorting.find_alike(event, EntryFilter()) == [[first.id, second.id]]


def test_two_themes_of_one_name_are_refused(event, who):
    themes.create(event, "Horaris", None, **who)

    with pytest.raises(ThemeNameTaken):
        themes.create(event, "HORARIS", None, **who)


def test_a_theme_is_renamed_and_put_within_a_topic(event, who):
    theme = themes.create(event, "Horaris", None, **who)
    topic = make_topic(event)

    themes.change(theme, event, "Horari", topic, **who)
    themes.change(theme, event, "Horari", topic, **who)

    assert (theme.name, theme.topic) == ("Horari", topic)
    assert acts_in_trail() == [("theme.create", "jornada"), ("theme.update", "jornada")]


def test_the_entries_of_a_theme_outlive_it(event, session, who):
    theme = themes.create(event, "Horaris", None, **who)
    entry = factories.make_entry(session, theme_id=theme.id)

    count = themes.delete(theme, event, **who)

    db.session.expire_all()
    assert (count, entry.theme_id, db.session.scalars(select(Theme)).all()) == (1, None, [])


def test_a_theme_of_another_event_is_not_found(event, who):
    theme = themes.create(factories.make_event("altra"), "Horaris", None, **who)

    with pytest.raises(NotFoundError):
        themes.get_theme(event, theme.id)


def test_a_theme_stays_when_its_topic_becomes_part_of_another(event, session, who):
    topic, into = make_topic(event), make_topic(event, "Altres")
    theme = themes.create(event, "Horaris", topic, **who)
    entry = factories.make_entry(session, topic_name="Salut", theme_id=theme.id)

    topic_lists.merge(topic, into, event, **who)

    db.session.expire_all()
    assert (theme.topic, entry.topic, entry.theme) == (into, into, theme)


def test_many_entries_move_in_few_statements(event, session, who):
    for number in range(30):
        factories.make_entry(session, text=f"Línia {number}")
    entries = sorting.get_entries(event, db.session.scalars(select(Entry.id)).all())

    assert sorting.put(entries, Target(is_theme=False, topic=make_topic(event)), **who) == 30


def test_the_next_to_be_published_is_of_the_same_kind_and_waits(event, who):
    first = factories.make_session(event, "T1")
    second = factories.make_session(event, "T2", starts_at=first.starts_at, ends_at=first.ends_at)
    later = factories.make_session(event, "A1", starts_at=first.ends_at, ends_at=first.ends_at + timedelta(hours=1))
    places = [first, first, first, first, second, later]
    one, two, three, four, five, six = [factories.make_entry(place, "proposal") for place in places]
    factories.make_entry(second)
    two.state = EntryState.PUBLISHED
    three.withheld_at = factories.NOW
    four.merged_into_id = one.id
    six.state = EntryState.REVIEWED
    db.session.flush()

    found = [sorting.find_next(entry) for entry in (one, five, six)]

    assert found == [five, six, None]
