"""What may be the same said twice."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from contributions.likenesses import group_alike


def test_equal_words_are_alike():
    assert group_alike([(1, "cal obrir a la tarda"), (2, "altra cosa"), (3, "cal obrir a la tarda")]) == [[1, 3]]


def test_words_in_another_order_and_a_letter_less_are_alike():
    texts = [(1, "obrir el centre civic a la tarda"), (2, "a la tarda obrir el centre civi"), (3, "tancar el centre")]

    assert group_alike(texts) == [[1, 2]]


def test_what_is_like_one_of_a_group_joins_it():
    texts = [
        (1, "mes places de guarderia al barri"),
        (2, "mes places de guarderia als barris"),
        (3, "mes places guarderia als barris"),
    ]

    assert group_alike(texts) == [[1, 2, 3]]


def test_two_ways_to_speak_of_one_thing_are_not_the_same():
    texts = [(1, "cal mes temps per atendre cada persona"), (2, "cal mes temps per coordinar els equips")]

    assert group_alike(texts) == []


def test_nothing_is_like_nothing():
    assert group_alike([]) == []
    assert group_alike([(1, "")]) == []


@given(st.lists(st.text("abc ", max_size=20), max_size=12))
def test_groups_part_what_is_there(words):
    groups = group_alike(enumerate(words))

    members = [place for group in groups for place in group]
    assert len(members) == len(set(members))
    assert set(members) <= set(range(len(words)))
    equal = {place for place, each in enumerate(words) if words.count(each) > 1}
    assert equal <= set(members)


def test_five_thousand_entries_take_a_moment():
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghilmnoprstu", k=chance.randint(2, 9))) for _ in range(2500)]
    weights = [1 / (place + 1) for place in range(len(words))]
    texts = [" ".join(chance.choices(words, weights, k=chance.randint(5, 25))) for _ in range(4500)]
    texts += [f"{text} avui" for text in texts[:500]]

    began = time.process_time()
    groups = group_alike(enumerate(texts))

    assert time.process_time() - began < 1
    assert sum(map(len, groups)) >= 950
