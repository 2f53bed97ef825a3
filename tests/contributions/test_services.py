"""Recording, correcting, deleting and bringing back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from contributions import entry_texts, notebooks, services
from contributions.models import EntryAct, EntryKind, FormerNumber
from contributions.notebooks import Notetaker
from core.database import db
from core.errors import NotFoundError
from events.models import SessionKind
from tests import factories
from tests.factories import NOW

ADA = Notetaker("Ada")
CONTRIBUTION, PROPOSAL = EntryKind.CONTRIBUTION, EntryKind.PROPOSAL

pytestmark = pytest.mark.both_databases


def record(session, text="Cal més temps.", kind=CONTRIBUTION, **values):
    return services.record(session, kind, text, now=NOW, **values)


def test_each_kind_counts_within_its_session(app):
    event = factories.make_event()
    first, second = factories.make_session(event, "INT-07"), factories.make_session(event, "CIT-01")

    entries = [record(first), record(first), record(first, kind=PROPOSAL), record(second)]

    assert [entry.code for entry in entries] == ["INT-07-A-001", "INT-07-A-002", "INT-07-P-001", "CIT-01-A-001"]


def test_a_number_is_never_used_again(app):
    session = factories.make_session()
    record(session)
    services.delete(record(session), by=ADA, now=NOW)

    entry = record(session)

    assert entry.reference == "A-003"


def test_an_entry_keeps_what_was_said_cleaned(app):
    session = factories.make_session()
    text = "  <b>Burocràcia</b>\x00 \u202e&\"'=1+1 😀  \r\n segona línia "

    entry = record(session, text, topic_name=" Model  d’atenció ")

    assert entry.text == "<b>Burocràcia</b> &\"'=1+1 😀\n segona línia"
    assert entry.topic.name == "Model d’atenció"
    assert entry.recorded_at == NOW


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\u200b"])
def test_an_entry_says_something(app, text):
    session = factories.make_session()

    with pytest.raises(entry_texts.EmptyText):
        record(session, text)


def test_an_entry_is_no_document(app):
    session = factories.make_session()

    record(session, "x" * 10_000)
    with pytest.raises(entry_texts.TextTooLong):
        record(session, "x" * 10_001)


def test_nothing_is_said_in_a_break(app):
    session = factories.make_session(kind=SessionKind.BREAK)

    with pytest.raises(notebooks.NothingSaidInBreak):
        record(session)


def test_a_line_sent_twice_is_recorded_once(app):
    session = factories.make_session()

    first = record(session, line_id="l1", topic_name="Eix")
    second = record(session, line_id="l1", topic_name="Eix")
    third = record(session, line_id="l2")

    assert second is first
    assert third.number == 2


def test_a_line_with_an_old_id_and_other_words_is_another_line(app):
    session = factories.make_session()

    entries = [record(session, "Una cosa", line_id="l1"), record(session, "Una altra", line_id="l1")]

    assert [entry.number for entry in entries] == [1, 2]


def test_a_line_sent_again_after_it_was_corrected_is_still_the_same(app):
    session = factories.make_session()
    entry = record(session, "Una csa", line_id="l1")
    services.edit(entry, kind=CONTRIBUTION, text="Una cosa", topic_name="", by=ADA, now=NOW)

    again = record(session, "Una csa", line_id="l1")

    assert again is entry
    assert entry.text == "Una cosa"


def test_editing_changes_words_and_topic_and_leaves_the_number(app):
    entry = factories.make_entry(factories.make_session(), topic_name="Eix 1")

    services.edit(entry, kind=CONTRIBUTION, text="Més ben dit", topic_name="Eix 2", by=ADA, now=NOW)

    assert (entry.text, entry.search_key, entry.topic.name, entry.number) == ("Més ben dit", "mes ben dit", "Eix 2", 1)


def test_editing_takes_the_topic_away(app):
    entry = factories.make_entry(factories.make_session(), topic_name="Eix 1")

    services.edit(entry, kind=CONTRIBUTION, text=entry.text, topic_name=" ", by=ADA, now=NOW)

    assert entry.topic is None


def test_what_becomes_the_other_kind_takes_a_number_of_that_kind_and_keeps_its_own(app):
    session = factories.make_session()
    entry = factories.make_entry(session, "contribution", "Obrir a la tarda", topic_name="Horaris")

    services.edit(entry, kind=PROPOSAL, by=ADA, now=NOW + timedelta(hours=1))

    assert (entry.reference, entry.text, entry.topic.name, entry.recorded_at) == (
        "P-001",
        "Obrir a la tarda",
        "Horaris",
        NOW,
    )
    assert services.get_entry(session, "A-001") is services.get_entry(session, "P-001") is entry


def test_what_goes_back_to_its_first_kind_has_its_first_number_again(app):
    session = factories.make_session()
    entry = factories.make_entry(session)
    services.edit(entry, kind=PROPOSAL, by=ADA, now=NOW)
    factories.make_entry(session)

    services.edit(entry, kind=CONTRIBUTION, by=ADA, now=NOW)
    was = entry.reference
    services.edit(entry, kind=PROPOSAL, by=ADA, now=NOW)

    assert (was, entry.reference) == ("A-001", "P-001")
    assert [(row.kind, row.number) for row in db.session.scalars(select(FormerNumber))] == [(CONTRIBUTION, 1)]


def test_what_is_sent_as_it_stands_is_no_act(app):
    entry = factories.make_entry(factories.make_session(), topic_name="Eix")

    services.edit(entry, kind=CONTRIBUTION, text=entry.text, topic_name="Eix", by=ADA, now=NOW)

    assert list(db.session.scalars(select(EntryAct.kind))) == ["write"]


def test_who_corrects_the_topic_alone_does_not_undo_what_another_did_to_the_words(app):
    entry = factories.make_entry(factories.make_session(), text="Una csa")
    shown = services.list_act_keys(entry)
    services.edit(entry, text="Una cosa", by=ADA, now=NOW)

    services.edit(
        entry, kind=CONTRIBUTION, text="Una csa", topic_name="Eix", seen=shown, by=ADA, now=NOW + timedelta(hours=1)
    )

    assert (entry.text, entry.topic.name, entry.has_conflict) == ("Una cosa", "Eix", False)


def test_two_who_change_the_same_words_leave_both_to_choose_from(app):
    entry = factories.make_entry(factories.make_session(), text="Una csa")
    shown = services.list_act_keys(entry)
    services.edit(entry, text="Una cosa", by=ADA, now=NOW)

    services.edit(entry, text="Una casa", seen=shown, by=ADA, now=NOW + timedelta(hours=1))
    was = (entry.text, entry.has_conflict)
    services.edit(entry, text="Una casa", by=ADA, now=NOW + timedelta(hours=2))

    assert was == ("Una casa", True)
    assert (entry.text, entry.has_conflict) == ("Una casa", False)


def test_an_old_version_is_put_back(app):
    entry = factories.make_entry(factories.make_session(), text="Una cosa")
    services.edit(entry, text="Res", by=ADA, now=NOW)

    services.put_back(entry, entry.key, by=ADA, now=NOW)

    assert entry.text == "Una cosa"


def test_what_is_no_version_of_the_entry_is_not_put_back(app):
    session = factories.make_session()
    entry, other = factories.make_entry(session), factories.make_entry(session)

    with pytest.raises(NotFoundError):
        services.put_back(entry, other.key, by=ADA, now=NOW)


def test_deleting_can_be_undone(app):
    entry = factories.make_entry(factories.make_session())

    services.delete(entry, by=ADA, now=NOW)
    was_deleted = entry.is_deleted
    services.restore(entry, by=ADA, now=NOW)

    assert (was_deleted, entry.is_deleted) == (True, False)


def test_deleting_twice_is_deleting_once(app):
    entry = factories.make_entry(factories.make_session())

    services.delete(entry, by=ADA, now=NOW)
    services.delete(entry, by=ADA, now=NOW + timedelta(days=1))

    assert entry.deleted_at == NOW


@pytest.mark.parametrize("reference", ["A-1", "A-001"])
def test_an_entry_is_found_by_its_reference(app, reference):
    entry = factories.make_entry(factories.make_session())

    assert services.get_entry(entry.session, reference) is entry


@pytest.mark.parametrize("reference", ["A-002", "P-001", "X-001", "A001", "A-9999999999", "", "A-٣"])
def test_an_unknown_reference_is_not_found(app, reference):
    entry = factories.make_entry(factories.make_session())

    with pytest.raises(NotFoundError):
        services.get_entry(entry.session, reference)
