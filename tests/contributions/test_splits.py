"""An entry that says several things, taken apart and put together again."""

import pytest
from sqlalchemy import select

from contributions import entry_links, entry_lists, entry_texts, services, splits
from contributions.models import EntryActKind, EntrySource, ProposalOrigin, new_key
from contributions.notebooks import Notetaker, accept
from contributions.reports import Report
from contributions.splits import CountsInParts, CountsInWhole, CountsNoMore, NothingToSplit, NotSplit, TooManyParts
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
    assert list(entry_links.list_linked(proposal)) == parts


def test_the_parts_of_a_proposal_grew_from_what_it_grew_from(session, who):
    origin, whole = factories.make_entry(session), factories.make_entry(session, "proposal")
    do(session, EntryActKind.LINK, whole, other=origin.key)

    parts = splits.split(whole, PARTS, **who)

    assert [list(entry_links.list_linked(part)) for part in parts] == [[origin], [origin]]


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
        (f"Una\n\n{'x' * (entry_texts.MAX_LENGTH + 1)}", entry_texts.TextTooLong),
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


def test_a_whole_is_not_brought_back_beside_its_parts(session, who):
    whole = factories.make_entry(session)
    parts = splits.split(whole, PARTS, **who)

    with pytest.raises(CountsInParts) as refusal:
        splits.restore(whole, by=Notetaker(), now=factories.NOW)

    assert str(refusal.value) == (
        f"{whole.code} es va dividir en {parts[0].code}, {parts[1].code}, que són les que ara compten. "
        "A «Ordenació» es pot tornar a unir."
    )
    assert (whole.is_deleted, count(session)) == (True, 2)


def test_a_part_is_not_brought_back_beside_its_whole(session, who):
    whole = factories.make_entry(session)
    part, _other = splits.split(whole, PARTS, **who)
    splits.undo_split(whole, **who)

    with pytest.raises(CountsInWhole, match=part.code):
        splits.restore(part, by=Notetaker(), now=factories.NOW)

    assert (part.is_deleted, count(session)) == (True, 1)


def test_a_whole_whose_parts_were_all_deleted_is_brought_back(session, who):
    whole = factories.make_entry(session)
    for part in splits.split(whole, PARTS, **who):
        services.delete(part, by=Notetaker(), now=factories.NOW)

    splits.restore(whole, by=Notetaker(), now=factories.NOW)

    assert count(session) == 1


def restoring(entry, seen=None):
    seen = services.list_act_keys(entry) if seen is None else seen
    return Report(new_key(), EntryActKind.RESTORE, entry.key, factories.NOW, seen=seen)


def test_a_device_that_brings_back_what_counts_elsewhere_is_refused(session, who):
    """One that knows nothing of the split brings nothing back, and what was accepted before it is known."""
    whole, other = factories.make_entry(session), factories.make_entry(session)
    services.delete(whole, by=Notetaker(), now=factories.NOW)
    before = restoring(whole)
    accept(session, [before], by=Notetaker(), now=factories.NOW)
    part, _other = splits.split(whole, PARTS, **who)
    services.delete(part, by=Notetaker(), now=factories.NOW)
    services.delete(other, by=Notetaker(), now=factories.NOW)
    knowing, unknowing = restoring(whole), restoring(whole, seen=[whole.key])

    doubling = splits.find_doubling(session, [before, knowing, unknowing, restoring(part), restoring(other)])

    assert {key: type(refusal) for key, refusal in doubling.items()} == {knowing.key: CountsInParts}


def test_a_correction_that_the_split_did_not_know_of_is_kept_and_can_be_put_together(session, who):
    whole = factories.make_entry(session)
    splits.split(whole, PARTS, **who)
    do(session, EntryActKind.EDIT, whole, sets={"text": "Més llum"}, seen=[whole.key])
    beside = count(session)

    splits.undo_split(whole, **who)

    assert (beside, count(session), whole.text) == (3, 1, "Més llum")
