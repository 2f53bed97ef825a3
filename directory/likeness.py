"""Which organisations a name is like: those that whoever typed it may have meant, the most alike first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import islice
from math import log

from core.text import fold
from directory.known_names import Directory, Known

MOST = 3
LEAST_ALIKE = 0.45
_LONGEST = 300
_WHOLE = 0.999  # sums of the same fractions in another order
_JOINING = frozenset(("a al als amb d de del dels e el els en i l la las les los per s y").split())  # noqa: SIM905 - words, to be read as such


class Likeness:
    """The names of a directory, taken apart once, so that many others can be held against them."""

    def __init__(self, directory: Directory) -> None:
        """Take apart every name that is an organisation's."""
        self._known = {key: known for key, known in directory.by_key.items() if known}

    def find(self, name: str) -> list[Known]:
        """Find the organisations that are called nearly so, or whose initials these are, the most alike first."""
        key = fold(name[:_LONGEST])
        best: dict[int, tuple[float, Known]] = {}
        for other, alike in self._compare(key):
            known = self._known[other]
            if alike > best.get(known.id, (0.0, known))[0]:
                best[known.id] = (alike, known)
        in_order = sorted(best.values(), key=lambda each: (-each[0], each[1].key))
        return [known for _alike, known in islice(in_order, MOST)]

    def _compare(self, key: str) -> Iterable[tuple[str, float]]:
        parts = _part(key)
        weight = self._weigh(parts)
        shared: dict[str, float] = defaultdict(float)
        for part in parts:
            of_part = self._weigh([part])
            for other in self._by_part.get(part, ()):
                shared[other] += of_part
        for other, common in shared.items():
            alike = 2 * common / (weight + self._weights[other])
            if common >= min(weight, self._weights[other]) * _WHOLE:  # one is the other with some words more
                alike = (1 + alike) / 2
            if alike >= LEAST_ALIKE:
                yield other, alike
        for other in self._by_initials.get(key.replace(" ", ""), ()):
            yield other, 1.0
        for other in self._called(_initials(key)):
            yield other, 1.0

    def _weigh(self, parts: Iterable[str]) -> float:
        """What parts count for: those of a word that many names have, such as `associació`, for little."""
        return sum(log(1 + len(self._known) / len(self._by_part.get(part, "1"))) for part in parts)

    def _called(self, initials: str) -> Iterable[str]:
        """The names that are these initials, if they are some."""
        return (initials,) if len(initials) > 2 and initials in self._known else ()

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        return {key: self._weigh(_part(key)) for key in self._known}

    @cached_property
    def _by_part(self) -> Mapping[str, Collection[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._known:
            for part in _part(key):
                found[part].append(key)
        return found

    @cached_property
    def _by_initials(self) -> Mapping[str, Collection[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._known:
            if len(initials := _initials(key)) > 2:
                found[initials].append(key)
        return found


def _part(key: str) -> list[str]:
    """Part a name into every three signs that follow each other, once each, without the words that only join others.

    In an order of their own, so that two sums of the same are the same in every process.
    """
    words = [word for word in key.split() if word not in _JOINING] or key.split()
    return sorted({padded[at : at + 3] for word in words for padded in (f" {word} ",) for at in range(len(padded) - 2)})


def _initials(key: str) -> str:
    return "".join(word[0] for word in key.split() if word not in _JOINING)
