"""Accepting acts: each once, in whatever order, and what the rows of entries are made by them."""

import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from accounts.models import AuditEntry
from contributions import entry_history, imports, notebooks, services
from contributions.models import Entry, EntryAct, EntryAuthor, EntryKind, EntrySource, ProposalOrigin
from contributions.notebooks import Notetaker
from contributions.reports import read_batch
from core.database import db
from events.models import SessionKind
from registrations.models import Registration
from tests import factories
from tests.contributions.samples import act, batch, write
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(minutes=1)


def send(session, *acts, by=None, now=LATER):
    read = read_batch(batch(*acts, clock=now).encode(), now=now)
    assert read.refused == {}
    answers = notebooks.accept(session, read.reports, by=by or Notetaker("Mòbil"), now=now)
    return [answers[each["key"]].value for each in acts]


def entries(session=None):
    query = select(Entry).order_by(Entry.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


@pytest.fixture
def session(app):
    return factories.make_session(factories.make_event(), "T1")


def test_entries_are_numbered_in_the_order_of_the_batch(session):
    outcomes = send(session, write("Una"), write("Dues", "proposal"), write("Tres"))

    assert outcomes == ["accepted"] * 3
    assert [(each.reference, each.text, each.recorded_at) for each in entries()] == [
        ("A-001", "Una", NOW),
        ("P-001", "Dues", NOW),
        ("A-002", "Tres", NOW),
    ]


def test_what_is_sent_twice_is_accepted_once(session):
    line = write("Una")
    edit = act("edit", line, sets={"text": "Dues"})

    outcomes = [send(session, line, line), send(session, line, edit), send(session, line, edit)]

    assert outcomes == [["accepted"] * 2, ["known", "accepted"], ["known"] * 2]
    assert [each.text for each in entries()] == ["Dues"]
    assert len(db.session.scalars(select(EntryAct)).all()) == 2


def test_an_act_that_comes_before_its_entry_waits_for_it(session):
    line = write("Una")

    early = send(session, act("edit", line, sets={"text": "Dues", "kind": "proposal"}))
    there = len(entries())
    send(session, line)

    assert (early, there) == (["early"], 0)
    assert [(each.reference, each.text) for each in entries()] == [("P-001", "Dues")]


def test_an_act_sets_what_it_says(session):
    line = write("Una", topic="Eix")
    edit = {"text": "Dues", "kind": "proposal", "topic": "Un altre", "is_of_several": True}

    send(session, line, act("edit", line, sets=edit), act("support", line, change=5), act("support", line, change=-2))

    (entry,) = entries()
    assert (entry.text, entry.search_key, entry.kind) == ("Dues", "dues", EntryKind.PROPOSAL)
    assert (entry.topic.name, entry.is_of_several, entry.supports) == ("Un altre", True, 3)


def test_a_topic_is_taken_away(session):
    line = write("Una", topic="Eix")

    send(session, line, act("edit", line, sets={"topic": ""}))

    assert entries()[0].topic is None


def test_links_wait_for_what_they_link_to(session):
    one, other, proposal = write("Una"), write("Dues"), write("Tres", "proposal")
    link = act("link", proposal, other=one["key"])
    send(session, proposal, link, act("link", proposal, other=other["key"]))
    before = list(db.session.scalars(select(ProposalOrigin)))

    send(session, one, other)
    send(session, act("unlink", proposal, other=one["key"], seen=[link["key"]]))

    keys = {each.id: each.key for each in entries()}
    links = db.session.scalars(select(ProposalOrigin))
    assert before == []
    assert [(keys[link.proposal_id], keys[link.contribution_id]) for link in links] == [(proposal["key"], other["key"])]


def test_what_is_merged_counts_where_it_went_and_can_be_parted(session):
    one, other, third = write("Una"), write("Dues"), write("Tres")
    send(session, one, other, third, act("support", one, change=2), act("support", other, change=1))
    merge = act("merge", one, other=other["key"])
    send(session, merge, act("merge", other, other=third["key"]))

    merged = [(each.merged_into and each.merged_into.reference, each.supports) for each in entries()]
    send(session, act("unmerge", one, seen=[merge["key"]]))

    assert merged == [("A-003", 2), ("A-003", 1), (None, 3)]
    assert [(each.merged_into_id is not None, each.supports) for each in entries()] == [
        (False, 2),
        (True, 1),
        (False, 1),
    ]


def test_deleting_what_others_were_merged_into_gives_them_back(session):
    one, other = write("Una"), write("Dues")
    send(session, one, other, act("merge", one, other=other["key"]))

    send(session, act("delete", other))

    assert [(each.merged_into_id, each.is_deleted) for each in entries()] == [(None, False), (None, True)]


def test_nothing_is_written_in_a_break(app):
    session = factories.make_session(kind=SessionKind.BREAK)

    with pytest.raises(notebooks.NothingSaidInBreak):
        send(session, write())


def test_a_key_of_another_session_is_nothing_here(session):
    line = write("Una")
    send(session, line)
    other = factories.make_session(session.event, "T2")

    outcomes = send(other, act("delete", line), act("merge", line, other=line["key"][::-1]))

    assert outcomes == ["early", "early"]
    assert [each.is_deleted for each in entries()] == [False]


def test_every_change_has_a_revision_of_its_own(session):
    line, other = write("Una"), write("Dues")
    revision = [send(session, line, other) and [each.revision for each in entries()]]

    revision.append(send(session, act("support", other, change=1)) and [each.revision for each in entries()])
    send(session, line)

    assert revision == [[2, 2], [2, 3]]
    assert notebooks.find_notebook(session).revision == 3


def test_merging_changes_the_revision_of_both(session):
    one, other = write("Una"), write("Dues")
    send(session, one, other)

    send(session, act("support", one, change=1), act("merge", one, other=other["key"]))

    assert [each.revision for each in entries()] == [3, 3]


@pytest.fixture
def imported(session):
    def bring(text, kind):
        imports.import_entries(session.event, text.encode(), "f.csv", kind=EntryKind(kind), by=None, now=NOW)

    bring("session,topic,text,id\nT1,Eix,Una,a\nT1,,Dues,b\n", "contribution")
    bring("session,text,id,from\nT1,Tres,p,a b\n", "proposal")
    return entries()


def test_a_file_stamps_what_it_brings(session, imported):
    assert [(each.reference, each.source, each.revision) for each in imported] == [
        ("A-001", EntrySource.IMPORTED, 2),
        ("A-002", EntrySource.IMPORTED, 2),
        ("P-001", EntrySource.IMPORTED, 3),
    ]
    assert all(len(each.key) == 32 for each in imported)


def test_the_first_act_about_an_entry_from_a_file_writes_down_what_the_file_said(session, imported):
    proposal = imported[2]
    known = services.list_act_keys(proposal)

    edit = act("edit", proposal.key, sets={"text": "Més"}, seen=known, at=LATER)
    send(session, act("support", proposal.key, change=1), edit)

    assert (proposal.text, proposal.supports, proposal.recorded_at, proposal.has_conflict) == ("Més", 1, NOW, False)
    assert services.list_act_keys(proposal)[:-1] == known
    assert len(db.session.scalars(select(ProposalOrigin)).all()) == 2
    assert [line.text for line in entry_history.list_lines(proposal)][:1] == ["Més"]


def test_a_link_from_a_file_is_taken_back_like_any_other(session, imported):
    first, _second, proposal = imported

    send(session, act("unlink", proposal.key, other=first.key, seen=services.list_act_keys(proposal)))

    assert [link.contribution_id for link in db.session.scalars(select(ProposalOrigin))] == [imported[1].id]


def test_entries_from_files_are_merged(session, imported):
    first, second, _proposal = imported

    send(session, act("merge", first.key, other=second.key))

    assert first.merged_into is second


def test_nobody_rewrites_an_entry_from_a_file_by_its_key(session, imported):
    outcomes = send(session, write("Una altra cosa", key=imported[0].key))

    assert outcomes == ["known"]
    assert entries()[0].text == "Una"


def test_a_closed_notebook_takes_what_was_written_before_the_device_knew(session, ada):
    send(session, write("Una"))
    notebooks.close(session, by=ada, now=LATER)
    notebooks.close(session, by=ada, now=LATER + timedelta(hours=1))
    was = notebooks.find_notebook(session).closed_at

    outcomes = send(session, write("Dues"), now=LATER + timedelta(minutes=5))
    notebooks.reopen(session, by=ada, now=LATER)

    assert (was, outcomes, notebooks.find_notebook(session).closed_at) == (LATER, ["accepted"], None)
    acts = list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["notebook.close", "notebook.reopen"]


def test_the_history_says_who_and_what(session, ada):
    line = write("Una", topic="Eix")
    send(session, line, by=Notetaker("Mòbil", staff=ada))
    send(session, act("edit", line, sets={"text": "Dues"}, at=LATER), by=Notetaker("Taula 2"))
    send(session, act("edit", line, sets={"text": "Tres"}, at=LATER + timedelta(1)), now=LATER + timedelta(1))

    lines = entry_history.list_lines(entries()[0])

    assert [(each.writer, each.text, each.is_version) for each in lines] == [
        ("Mòbil", "Tres", True),
        ("Taula 2", "Dues", True),
        ("Ada", "Una", False),
    ]


SCRIPT = [
    one := write("Una", topic="Eix"),
    two := write("Dues", "proposal"),
    three := write("Tres"),
    act("edit", one, sets={"text": "Una!"}, key="1" * 32),
    act("edit", one, sets={"text": "Una?", "kind": "proposal"}, key="2" * 32),
    act("support", three, change=2, key="3" * 32),
    act("link", two, other=one["key"], key="4" * 32),
    act("merge", three, other=one["key"], key="5" * 32),
    act("delete", two, seen=[two["key"]], key="6" * 32),
    act("restore", two, seen=[two["key"], "6" * 32], key="7" * 32),
    act("edit", two, sets={"topic": "Altre"}, key="8" * 32),
]


def told(session):
    """All but the numbers, which are given as they come."""
    rows = [each for each in entries() if each.session_id == session.id]
    keys = {each.id: each.key for each in rows}
    links = [link for link in db.session.scalars(select(ProposalOrigin)) if link.proposal_id in keys]
    return {(keys[link.proposal_id], keys[link.contribution_id]) for link in links}, {
        each.key: (
            *(each.text, each.kind, each.topic and each.topic.name, each.supports, each.has_conflict),
            *(each.is_deleted, keys.get(each.merged_into_id)),
        )
        for each in rows
    }


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_rows_are_the_same_in_whatever_order_the_acts_come(app, chance, parts):
    session = factories.make_session(factories.make_event(secrets.token_hex(8)), "T1")
    acts = [*SCRIPT, *chance.choices(SCRIPT, k=3)]
    chance.shuffle(acts)

    for start in range(parts):
        send(session, *acts[start::parts])

    assert told(session) == (
        {(two["key"], one["key"])},
        {
            one["key"]: ("Una?", EntryKind.PROPOSAL, "Eix", 2, True, False, None),
            two["key"]: ("Dues", EntryKind.PROPOSAL, "Altre", 0, False, False, None),
            three["key"]: ("Tres", EntryKind.CONTRIBUTION, None, 2, False, False, one["key"]),
        },
    )


def test_who_wrote_an_entry_goes_with_their_data_and_the_entry_stays(session):
    registration = factories.make_registration(session.event)
    entry = factories.make_entry(session)
    db.session.add(EntryAuthor(entry_id=entry.id, registration_id=registration.id, name="Bob"))
    db.session.flush()

    db.session.execute(delete(Registration).where(Registration.id == registration.id))

    assert list(db.session.scalars(select(EntryAuthor.entry_id))) == []
    assert [each.text for each in entries()] == ["Cal més temps."]
