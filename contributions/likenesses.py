"""Entries that may say the same: found by the rare words that they share, then compared letter by letter.

Comparing all with all takes time that grows with the square. Two texts most of whose words are the same share one among
their rarest (prefix filtering: Bayardo, Ma, Srikant, "Scaling up all pairs similarity search", 2007), so each text is
compared with those alone that it shares one of these with.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

LIKE = 85
"""Of a hundred: from here on people see two texts as one said twice, and not two about the same thing."""
_RAREST = 0.4
"""Which part of a text's words, the rarest first, is looked at to find those it may be like."""
_MANY = 40
"""A word that so many texts have among their rarest tells nothing of any of them."""

Text = tuple[int, str]


def group_alike(texts: Iterable[Text]) -> list[list[int]]:
    """Put texts (an id, and the words folded) that may say the same into groups; those like no other are left out.

    In the order in which the first of each group stands, and within a group likewise.
    """
    ids_by_words: dict[str, list[int]] = defaultdict(list)
    for key, words in texts:
        ids_by_words[words].append(key)
    different = list(ids_by_words)
    roots = list(range(len(different)))
    for one, other in _pairs(different):
        roots[_root(roots, other)] = _root(roots, one)
    groups: dict[int, list[int]] = defaultdict(list)
    for place, words in enumerate(different):
        groups[_root(roots, place)] += ids_by_words[words]
    return [group for group in groups.values() if len(group) > 1]


def _pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give the places of texts that are alike, each pair once."""
    words = [sorted(set(text.split())) for text in texts]
    in_order = [" ".join(sorted(text.split())) for text in texts]
    frequency = Counter(word for each in words for word in each)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(words):
        rarest = sorted(each, key=lambda word: (frequency[word], word))[: 1 + int(len(each) * _RAREST)]
        compared: set[int] = set()
        for word in rarest:
            if len(holders[word]) < _MANY:
                compared.update(holders[word])
                holders[word].append(place)
        for other in sorted(compared):
            if fuzz.ratio(in_order[other], in_order[place], score_cutoff=LIKE):
                yield other, place


def _root(roots: list[int], place: int) -> int:
    while roots[place] != place:
        roots[place] = roots[roots[place]]
        place = roots[place]
    return place
