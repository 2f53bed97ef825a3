"""The rule by which acts make entries: the cases that the page's script is held to as well, and what holds for any."""

import json
import random
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contributions.entry_rule import Act, sum_up
from contributions.models import EntryActKind, EntryKind
from tests.factories import NOW

CASES = json.loads(Path(__file__).with_name("rule_cases.json").read_text())


def act_of(sent) -> Act:
    return Act(
        key=sent["key"],
        kind=EntryActKind(sent["kind"]),
        entry=sent["entry"],
        at=datetime.fromisoformat(sent["at"]),
        sets=sent.get("sets", {}),
        seen=frozenset(sent.get("seen", ())),
        other=sent.get("other"),
        change=sent.get("change", 0),
    )


def told(sums):
    return {
        key: {
            "text": each.text,
            "kind": each.kind,
            "topic": each.topic,
            "several": each.is_of_several,
            "supports": each.supports,
            "deleted": each.deleted_at is not None,
            "into": each.into,
            "origins": sorted(each.origins),
            "versions": sorted(act.key for act in each.versions) if each.has_conflict else [],
        }
        for key, each in sums.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_in_whatever_order_and_however_often(case):
    acts = [act_of(sent) for sent in case["acts"]]

    for seed in range(20):
        mixed = random.Random(seed).choices(acts, k=5) + random.Random(seed).sample(acts, len(acts))
        assert told(sum_up(mixed)) == case["entries"]


@pytest.mark.parametrize("step", [1, -1])
def test_the_end_of_a_very_long_chain_is_found_from_either_side(step):
    """Walked anew for each, a chain of this length would take minutes."""
    keys = [f"{number:05}" for number in range(20_000)]
    acts = [Act(key, EntryActKind.WRITE, key, NOW, {"text": "x", "kind": EntryKind.CONTRIBUTION}) for key in keys]
    acts += [
        Act(f"m{key}", EntryActKind.MERGE, key, NOW + step * timedelta(seconds=number), other=other)
        for number, (key, other) in enumerate(pairwise(keys))
    ]

    sums = sum_up(acts)

    assert {each.into for key, each in sums.items() if key != keys[-1]} == {keys[-1]}


def test_what_was_merged_twice_goes_where_no_circle_closes():
    """The later merge of `a` would close one with the earlier merge of `c`: then the other one holds."""
    acts = [Act(key, EntryActKind.WRITE, key, NOW, {"text": key, "kind": EntryKind.PROPOSAL}) for key in ENTRIES]
    merges = [("a", "b"), ("c", "a"), ("a", "c")]
    acts += [
        Act(f"{number}", EntryActKind.MERGE, entry, NOW + timedelta(seconds=number), other=other)
        for number, (entry, other) in enumerate(merges)
    ]

    assert {key: each.into for key, each in sum_up(acts).items()} == {"a": "b", "b": None, "c": "b"}


ENTRIES = ("a", "b", "c")


@st.composite
def notebooks(draw):
    """Acts of several devices, each of which has seen any part of what was there."""
    acts = [
        Act(key, EntryActKind.WRITE, key, NOW, {"text": key, "kind": EntryKind.CONTRIBUTION})
        for key in ENTRIES[: draw(st.integers(1, 3))]
    ]
    for number in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from([kind for kind in EntryActKind if kind is not EntryActKind.WRITE]))
        entry = draw(st.sampled_from(ENTRIES))
        known = [act.key for act in acts if act.entry == entry]
        sets = {"text": draw(st.sampled_from("xyz"))} if draw(st.booleans()) else {"topic": draw(st.sampled_from("xy"))}
        acts.append(
            Act(
                key=f"{number}",
                kind=kind,
                entry=entry,
                at=NOW + timedelta(seconds=draw(st.integers(0, 3))),
                sets=sets if kind is EntryActKind.EDIT else {},
                seen=frozenset(draw(st.sets(st.sampled_from(known)))) if known else frozenset(),
                other=draw(st.sampled_from(ENTRIES)),
                change=draw(st.sampled_from([-1, 1])) if kind is EntryActKind.SUPPORT else 0,
            )
        )
    return acts


@given(notebooks(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_decides(acts, chance):
    mixed = [*acts, *chance.choices(acts, k=3)]
    chance.shuffle(mixed)

    assert sum_up(mixed) == sum_up(acts)


@settings(max_examples=50)
@given(notebooks())
def test_no_words_that_nobody_saw_are_lost(acts):
    """Words stand, are a version to choose from, or somebody who set others or deleted the entry knew them."""
    sums = sum_up(acts)

    for act in acts:
        if act.entry not in sums or "text" not in act.sets:
            continue
        summed = sums[act.entry]
        of_entry = [other for other in acts if other.entry == act.entry and other.key != act.key]
        knew = any("text" in other.sets and (act.key in other.seen or act.key == act.entry) for other in of_entry)
        assert knew or act.sets["text"] in {version.sets["text"] for version in summed.versions}
        if summed.deleted_at and not knew and act.key != act.entry:
            assert any(other.kind is EntryActKind.DELETE and act.key in other.seen for other in of_entry)


@settings(max_examples=50)
@given(notebooks())
def test_every_entry_counts_once(acts):
    """Whatever was merged in whatever circles ends in an entry that is merged into none and is not deleted."""
    sums = sum_up(acts)

    merged = {key: each.into for key, each in sums.items() if each.into}
    assert all(sums[root].into is None and sums[root].deleted_at is None for root in merged.values())
    assert all(sums[key].deleted_at is None for key in merged)


@settings(max_examples=50)
@given(notebooks())
def test_part_of_a_notebook_is_enough_for_an_entry_that_was_never_merged(acts):
    alone = [act for act in acts if act.kind is not EntryActKind.MERGE]

    together = sum_up(alone)

    assert together == {
        key: each for entry in ENTRIES for key, each in sum_up(act for act in alone if act.entry == entry).items()
    }
