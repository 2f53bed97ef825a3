"""An entry that says several things, taken apart and put together again."""

import pytest
from sqlalchemy import select

from contributions import entry_lists, splits, texts
from contributions.models import EntryActKind, EntrySource, ProposalOrigin, new_key
from contributions.notebooks import Notetaker, accept
from contributions.reports import Report
from contributions.splits import CountsNoMore, NothingToSplit, NotSplit, TooManyParts
from core.database import db
from tests import factories

pytestmark = pytest.mark.both_databases

PARTS = "Més places.\n\n\n  Més temps.  \n"


@pytest.fixture
def session(app):
    return factories.make_session()


@pytest.fixture
def who(app):
    return {"by": factories.make_staff(), "now": factories.NOW}


def do(session, kind, entry, **values):
    accept(session, [Report(new_key(), kind, entry.key, factories.NOW, **values)], by=Notetaker(), now=factories.NOW)


def count(session):
    return sum(entry_lists.count_by_kind(session).values())


def test_parts_take_the_place_of_the_whole(session, who):
    whole = factories.make_entry(session, text="Més places i més temps", topic_name="Salut", source=EntrySource.WRITTEN)
    do(session, EntryActKind.SUPPORT, whole, change=5)

    parts = splits.split(whole, PARTS, **who)

    db.session.expire_all()
    assert [(part.text, part.topic.name, part.supports, part.source) for part in parts] == [
        ("Més places.", "Salut", 5, EntrySource.WRITTEN),
        ("Més temps.", "Salut", 0, EntrySource.WRITTEN),
    ]
    assert (whole.is_deleted, count(session)) == (True, 2)
    assert list(splits.list_parts(whole)) == parts
    assert [splits.find_whole(part) for part in parts] == [whole, whole]


def test_what_grew_from_the_whole_grew_from_each_part(session, who):
    whole, proposal = factories.make_entry(session), factories.make_entry(session, "proposal")
    do(session, EntryActKind.LINK, proposal, other=whole.key)

    parts = splits.split(whole, PARTS, **who)

    query = select(ProposalOrigin.contribution_id).where(ProposalOrigin.proposal_id == proposal.id)
    assert set(db.session.scalars(query)) == {whole.id, *(part.id for part in parts)}
    assert list(splits.list_origins(proposal)) == parts


def test_the_parts_of_a_proposal_grew_from_what_it_grew_from(session, who):
    origin, whole = factories.make_entry(session), factories.make_entry(session, "proposal")
    do(session, EntryActKind.LINK, whole, other=origin.key)

    parts = splits.split(whole, PARTS, **who)

    assert [list(splits.list_origins(part)) for part in parts] == [[origin], [origin]]


def test_a_split_is_undone(session, who):
    whole = factories.make_entry(session)
    parts = splits.split(whole, PARTS, **who)

    splits.undo_split(whole, **who)

    db.session.expire_all()
    assert (whole.is_deleted, [part.is_deleted for part in parts], count(session)) == (False, [True, True], 1)


def test_what_is_whole_cannot_be_put_together(session, who):
    with pytest.raises(NotSplit):
        splits.undo_split(factories.make_entry(session), **who)


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        ("Una cosa", NothingToSplit),
        ("Una\nde sola\n\n \n", NothingToSplit),
        ("\n\n".join("x" * 21), TooManyParts),
        (f"Una\n\n{'x' * (texts.MAX_LENGTH + 1)}", texts.TextTooLong),
    ],
)
def test_what_makes_no_parts_is_refused(session, who, parts, refusal):
    whole = factories.make_entry(session)

    with pytest.raises(refusal):
        splits.split(whole, parts, **who)

    assert count(session) == 1


def test_what_was_split_is_not_split_again(session, who):
    whole = factories.make_entry(session)
    splits.split(whole, PARTS, **who)

    with pytest.raises(CountsNoMore):
        splits.split(whole, PARTS, **who)
