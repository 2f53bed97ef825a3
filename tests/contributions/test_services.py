"""Recording, correcting, deleting and bringing back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from contributions import services, texts
from contributions.models import EntryKind
from core.database import db
from core.errors import NotFoundError
from events.models import SessionKind
from tests import factories
from tests.factories import NOW

CONTRIBUTION, PROPOSAL = EntryKind.CONTRIBUTION, EntryKind.PROPOSAL

pytestmark = pytest.mark.both_databases


def record(session, text="Cal més temps.", kind=CONTRIBUTION, **values):
    return services.record(session, kind, text, now=NOW, **values)


def test_each_kind_counts_within_its_session(app):
    event = factories.make_event()
    first, second = factories.make_session(event, "INT-07"), factories.make_session(event, "CIT-01")

    entries = [record(first), record(first), record(first, kind=PROPOSAL), record(second)]

    assert [entry.code for entry in entries] == ["INT-07-A-001", "INT-07-A-002", "INT-07-P-001", "CIT-01-A-001"]


def test_a_number_is_never_used_again(app, ada):
    session = factories.make_session()
    record(session)
    services.delete(record(session), by=ada, now=NOW)

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

    with pytest.raises(texts.EmptyText):
        record(session, text)


def test_an_entry_is_no_document(app):
    session = factories.make_session()

    record(session, "x" * 10_000)
    with pytest.raises(texts.TextTooLong):
        record(session, "x" * 10_001)


def test_nothing_is_said_in_a_break(app):
    session = factories.make_session(kind=SessionKind.BREAK)

    with pytest.raises(services.NothingSaidInBreak):
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


def test_a_line_sent_again_after_it_was_corrected_is_still_the_same(app, ada):
    session = factories.make_session()
    entry = record(session, "Una csa", line_id="l1")
    services.edit(entry, kind=CONTRIBUTION, text="Una cosa", topic_name="", by=ada, now=NOW)

    again = record(session, "Una csa", line_id="l1")

    assert again is entry
    assert entry.text == "Una cosa"


def test_editing_changes_words_and_topic_and_leaves_the_number(app, ada):
    entry = factories.make_entry(factories.make_session(), topic_name="Eix 1")

    services.edit(entry, kind=CONTRIBUTION, text="Més ben dit", topic_name="Eix 2", by=ada, now=NOW)

    assert (entry.text, entry.search_key, entry.topic.name, entry.number) == ("Més ben dit", "mes ben dit", "Eix 2", 1)


def test_editing_takes_the_topic_away(app, ada):
    entry = factories.make_entry(factories.make_session(), topic_name="Eix 1")

    services.edit(entry, kind=CONTRIBUTION, text=entry.text, topic_name=" ", by=ada, now=NOW)

    assert entry.topic is None


def test_what_becomes_the_other_kind_takes_a_number_of_that_kind(app, ada):
    session = factories.make_session()
    entry = factories.make_entry(session, "contribution", "Obrir a la tarda", topic_name="Horaris")

    proposal = services.edit(
        entry, kind=PROPOSAL, text="Obrir a la tarda", topic_name="Horaris", by=ada, now=NOW + timedelta(hours=1)
    )

    assert (proposal.reference, proposal.text, proposal.topic.name) == ("P-001", "Obrir a la tarda", "Horaris")
    assert proposal.recorded_at == NOW
    assert entry.is_deleted


def test_deleting_can_be_undone(app, ada):
    session = factories.make_session()
    entry = factories.make_entry(session)

    services.delete(entry, by=ada, now=NOW)
    was_deleted = entry.is_deleted
    services.restore(entry, by=ada, now=NOW)

    assert (was_deleted, entry.is_deleted) == (True, False)
    acts = [line.act for line in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert acts == ["entry.delete", "entry.restore"]


def test_deleting_twice_is_deleting_once(app, ada):
    entry = factories.make_entry(factories.make_session())

    services.delete(entry, by=ada, now=NOW)
    services.delete(entry, by=ada, now=NOW + timedelta(days=1))

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
