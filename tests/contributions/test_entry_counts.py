"""What is kept of how many entries there are is what their rows say, after whatever was done to them."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import insert, select, update

from contributions import (
    entry_counts,
    imports,
    notebooks,
    publications,
    revisions,
    services,
    sorting,
    splits,
    topic_lists,
    written,
)
from contributions.models import Entry, EntryKind, Notebook
from contributions.notebooks import Notetaker
from core.database import db, transaction, undo
from core.errors import DomainError
from events.models import Session
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

CONTRIBUTION, PROPOSAL = EntryKind


@pytest.fixture
def ada(app):
    return factories.make_staff()


@pytest.fixture
def sessions(ada):
    """Two sessions of an event, with an entry about a topic in each."""
    with transaction():
        event = factories.make_event()
        sessions = [factories.make_session(event, code) for code in ("T1", "T2")]
        for session in sessions:
            factories.make_entry(session, topic_name="Salut")
    return sessions


def kept(session):
    """What is kept of a session; None when nothing is."""
    return db.session.scalar(select(Notebook.counts).where(Notebook.session_id == session.id))


def read(session):
    return entry_counts.read(Session.id == session.id).get(session.id, {})


def entries_of(session):
    return list(db.session.scalars(select(Entry).where(Entry.session_id == session.id).order_by(Entry.id)))


def record(session, kind=CONTRIBUTION, text="Cal més temps."):
    return services.record(session, kind, text, topic_name="", now=NOW)


def change_kind(session, ada):
    services.edit(
        entries_of(session)[0], kind=PROPOSAL, text="Sí", topic_name="Salut", by=Notetaker(staff=ada), now=NOW
    )


def change_topic(session, ada):
    services.edit(
        entries_of(session)[0], kind=CONTRIBUTION, text="Sí", topic_name="Cultura", by=Notetaker(staff=ada), now=NOW
    )


def delete(session, ada):
    services.delete(entries_of(session)[0], by=Notetaker(staff=ada), now=NOW)


def restore(session, ada):
    services.restore(entries_of(session)[0], by=Notetaker(staff=ada), now=NOW)


def merge(session, ada):
    record(session)
    sorting.merge(entries_of(session)[:2], by=ada, now=NOW)


def unmerge(session, ada):
    merge(session, ada)
    merged = next(entry for entry in entries_of(session) if entry.is_merged)
    sorting.unmerge(merged, by=ada, now=NOW)


def split(session, ada):
    splits.split(entries_of(session)[0], "Una cosa\n\nUna altra", by=ada, now=NOW)


def undo_split(session, ada):
    split(session, ada)
    splits.undo_split(entries_of(session)[0], by=ada, now=NOW)


def merge_topics(session, ada):
    record(session)
    topic = factories.make_topic(session.event, "Sanitat")
    topic_lists.merge(entries_of(session)[0].topic, topic, session.event, by=ada, now=NOW)


def put_topic(session, ada):
    topic = factories.make_topic(session.event, "Sanitat")
    sorting.put(entries_of(session), sorting.Target(is_theme=False, topic=topic), by=ada, now=NOW)


def load_file(session, ada):
    data = f"session;text\n{session.code};Una\n{session.code};Dues\n".encode()
    imports.import_entries(session.event, data, "f.csv", kind=PROPOSAL, by=ada, now=NOW)


def write_from_home(session, _ada):
    person = factories.make_registration(session.event)
    factories.make_attendance(person, session)
    session.event.writing_days = 3
    written.write(person, session, CONTRIBUTION, "Des de casa", now=session.ends_at)


def withhold(session, ada):
    publications.withhold(entries_of(session)[0], "Fereix.", by=ada, now=NOW)


def close(session, ada):
    notebooks.close(session, by=ada, now=NOW)


ACTS = (
    lambda session, _ada: record(session, PROPOSAL),
    change_kind,
    change_topic,
    delete,
    merge,
    unmerge,
    split,
    undo_split,
    merge_topics,
    put_topic,
    load_file,
    write_from_home,
    withhold,
    close,
)


@pytest.mark.parametrize("act", ACTS)
def test_what_is_kept_is_right_at_once_after_every_act(sessions, ada, act):
    with transaction():
        act(sessions[0], ada)

    assert [kept(session) is not None for session in sessions] == [True, True]
    assert entry_counts.list_astray() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(
    some.lists(some.tuples(some.sampled_from([record, change_kind, delete, restore, merge, split]), some.booleans()))
)
def test_what_is_kept_is_right_after_any_history(sessions, ada, history):
    for act, is_rolled_back in history:
        with suppress(DomainError), transaction():
            act(sessions[0], *([] if act is record else [ada]))
            if is_rolled_back:
                undo()

        assert entry_counts.list_astray() == []
        assert read(sessions[0]) == entry_counts.count_rows([sessions[0].id]).get(sessions[0].id, {})


def test_it_is_kept_by_kind_and_topic(sessions):
    with transaction():
        for kind in (CONTRIBUTION, PROPOSAL, PROPOSAL):
            record(sessions[0], kind)

    topic_id = entries_of(sessions[0])[0].topic_id
    assert read(sessions[0]) == {(CONTRIBUTION, topic_id): 1, (CONTRIBUTION, None): 1, (PROPOSAL, None): 2}
    assert entry_counts.count_by_session(Session.id == sessions[0].id) == {
        sessions[0].id: {CONTRIBUTION: 2, PROPOSAL: 2}
    }


def test_who_changes_something_sees_it_before_it_is_kept(sessions):
    with transaction():
        record(sessions[0], PROPOSAL)

        assert kept(sessions[0]) is None
        assert sum(read(sessions[0]).values()) == 2


def test_what_is_rolled_back_leaves_what_was_kept(sessions):
    before = kept(sessions[0])

    with pytest.raises(ZeroDivisionError), transaction():
        record(sessions[0])
        raise ZeroDivisionError

    assert kept(sessions[0]) == before


def test_a_row_written_without_a_revision_is_counted_too(sessions):
    with transaction():
        entries_of(sessions[0])[0].kind = PROPOSAL

    assert [kind for kind, _topic in read(sessions[0])] == [PROPOSAL]
    assert entry_counts.list_astray() == []


def test_what_was_never_counted_is_counted_from_rows(sessions):
    values = {"kind": PROPOSAL, "number": 9, "text": "Nou", "search_key": "nou", "recorded_at": NOW}
    with transaction():
        db.session.execute(insert(Entry), [{**values, "session_id": sessions[0].id}])
        db.session.execute(update(Notebook).values(counts=entry_counts.UNKNOWN))

    assert entry_counts.count_by_session(Session.id == sessions[0].id) == {
        sessions[0].id: {CONTRIBUTION: 1, PROPOSAL: 1}
    }


def test_what_was_written_past_the_program_is_found_and_put_right(sessions):
    with transaction():
        db.session.execute(update(Entry).where(Entry.session_id == sessions[1].id).values(kind=PROPOSAL))
    assert entry_counts.list_astray() == [sessions[1].id]

    with transaction():
        entry_counts.recount([sessions[1].id])

    assert entry_counts.list_astray() == []


def test_those_who_write_at_once_keep_what_all_of_them_wrote(own_app, race):
    """Each counts while it holds the notebook: who counted without would miss what another commits meanwhile."""
    with transaction():
        session_id = factories.make_session().id

    def write():
        for _ in range(5):
            with transaction():
                session = db.session.get_one(Session, session_id)
                record(session)
        return "done"

    results = race([write] * 4)

    assert results == ["done"] * 4
    assert sum(read(db.session.get_one(Session, session_id)).values()) == 20
    assert entry_counts.list_astray() == []


def test_rows_written_at_once_without_a_revision_are_all_counted(own_app, race):
    with transaction():
        session_id = factories.make_session().id
        revisions.take(session_id)

    def write(number):
        def run():
            values = {"text": "Una", "search_key": "una", "recorded_at": NOW, "number": number}
            with transaction():
                db.session.add(Entry(session_id=session_id, kind=CONTRIBUTION, **values))
            return "done"

        return run

    results = race([write(number) for number in range(6)])

    assert results == ["done"] * 6
    assert sum(read(db.session.get_one(Session, session_id)).values()) == 6
