"""Which people of a list may be one and the same, and by what: pure rules over values, without comparing everybody.

Only people who share a key are compared: a name as it sounds, a name with a letter less, a mailbox, a telephone. So the
time grows with the number of people and not with its square.

What counts as a spelling slip is one letter too many, too few, wrong or out of turn, in one word of five letters or
more (six for a wrong one), all other words being equal as they sound. Four of five slips of people who type are one
such letter (Damerau 1964); shorter words and a second slip make other people's names: Marta and Maria, Joan and Joana.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from core.text import fold

Pair = tuple[int, int]


class Likeness(StrEnum):
    """By what two may be one person."""

    NAME = "name"
    MAILBOX = "mailbox"
    PHONE = "phone"
    SPELLING = "spelling"
    PART = "part"
    PROVIDER = "provider"
    ORGANISATION = "organisation"


WEIGHTS = {
    Likeness.NAME: 6,
    Likeness.MAILBOX: 6,
    Likeness.PHONE: 4,
    Likeness.SPELLING: 3,
    Likeness.PART: 3,
    Likeness.PROVIDER: 3,
    Likeness.ORGANISATION: 2,
}


@dataclass(frozen=True)
class Person:
    """What is compared of somebody."""

    id: int
    name: str
    email: str = ""
    organisation: str = ""
    phones: frozenset[str] = frozenset()


SLIP_LENGTH = 5
WRONG_LETTER_LENGTH = 6
MOST_PARTS = 6
"""In names of more words no part is looked for."""
MOST_ALIKE = 12
"""Of more people with one key each is compared with the first alone: the rest shows once those are merged."""

_SOUNDS = (
    (re.compile("l·l|ll"), "l"),
    (re.compile("ph"), "f"),
    (re.compile("qu(?=[ei])|k|c(?![eih])|ck"), "k"),
    (re.compile("t?[jx]|t?g(?=[ei])"), "j"),
    (re.compile("gu(?=[ei])"), "g"),
    (re.compile("ny"), "n"),
    (re.compile("ss|z|c(?=[ei])"), "s"),
    (re.compile("[vw]"), "b"),
    (re.compile("y"), "i"),
    (re.compile("(?<!c)h"), ""),
    (re.compile("nt(?=s)|mp(?=t)"), "n"),
    (re.compile(r"(.)\1"), r"\1"),
)
_LINKS = frozenset({"i", "de", "del", "la", "el", "d", "y", "dels", "les", "los", "las"})
"""Words that people leave out of their names."""

_SLIPS = {
    "gmail.com": "gmail.con gmail.cm gmail.co gmail.om gmail.es gmail.cat gmail.comm gmai.com gmal.com gmial.com"
    " gmil.com gamil.com gnail.com gmaill.com googlemail.com",
    "hotmail.com": "hotmail.con hotmail.cm hotmail.co hotmai.com hotmal.com hotmial.com hotmil.com htmail.com"
    " homail.com",
    "outlook.com": "outlook.con outlook.co outlok.com outloo.com",
    "yahoo.com": "yahoo.con yaho.com yahho.com yahoo.co",
    "icloud.com": "icloud.con iclou.com icoud.com",
}
_MEANT = {slip: meant for meant, slips in _SLIPS.items() for slip in slips.split()}
_FAMILIES = {"hotmail": "microsoft", "outlook": "microsoft", "live": "microsoft", "msn": "microsoft", "yahoo": "yahoo"}
_DIGITS = re.compile(r"\D+")


def find_pairs(people: Iterable[Person]) -> dict[Pair, frozenset[Likeness]]:
    """The pairs of people, by their ids with the lower first, who may be one, and by what."""
    known = {person.id: _Known(person) for person in people}
    found: defaultdict[Pair, set[Likeness]] = defaultdict(set)
    for one, other in _list_candidates(known.values()):
        pair = (min(one.id, other.id), max(one.id, other.id))
        if pair not in found:
            found[pair] |= _compare(one, other)
    return {pair: frozenset(reasons) for pair, reasons in found.items() if reasons - {Likeness.ORGANISATION}}


def score(reasons: Iterable[Likeness]) -> int:
    """How much speaks for their being one person."""
    return sum(WEIGHTS[reason] for reason in reasons)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name without those that people leave out, in an order of their own."""
    words = fold(name).split()
    return tuple(sorted([word for word in words if word not in _LINKS] or words))


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A folded word as it sounds in Catalan and Castilian, near enough: Ximenes, Giménez and Jimenez are one."""
    for pattern, letters in _SOUNDS:
        word = pattern.sub(letters, word)
    return word


def mailbox(email: str) -> str:
    """Where mail to an address arrives, slips of the pen in well-known names set right."""
    local, _at, domain = email.casefold().rpartition("@")
    domain = _MEANT.get(domain, domain)
    if domain.endswith(".con"):
        domain = f"{domain[:-1]}m"
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain == 'gmail.com' else local}@{domain}"


def provider_box(email: str) -> str:
    """The same, whatever the country of a provider that gives one name in several: a hint and no more."""
    local, _at, domain = mailbox(email).rpartition("@")
    host = domain.partition(".")[0]
    return f"{local}@{_FAMILIES[host]}" if host in _FAMILIES else ""


def phone(text: str) -> str:
    """The digits that a telephone is called by, without the country (+34, 0034); nothing for what is no telephone."""
    digits = _DIGITS.sub("", text)
    return digits[-9:] if 9 <= len(digits) <= 13 else ""


class _Known:
    """A person with what is compared, worked out once."""

    def __init__(self, person: Person) -> None:
        self.id, self.phones = person.id, person.phones
        self.words = name_words(person.name)
        self.sounds = tuple(sorted(sound(word) for word in self.words))
        self.email = person.email.casefold()
        self.mailbox = mailbox(person.email) if person.email else ""
        self.provider_box = provider_box(person.email) if person.email else ""
        self.organisation = fold(person.organisation)

    def list_keys(self) -> set[str]:
        """What people who may be this one have too."""
        return {*self._list_whole_keys(), *self._list_slips()}

    def _list_whole_keys(self) -> Iterator[str]:
        if self.mailbox:
            yield f"m {self.mailbox}"
        if self.provider_box:
            yield f"p {self.provider_box}"
        for number in self.phones:
            yield f"t {number}"
        if self.sounds:
            yield _key_of_name(self.sounds)

    def _list_slips(self) -> Iterator[str]:
        """The name with a letter less: two with a slip between them have one of these in common."""
        for at, word in enumerate(self.sounds):
            others = self.sounds[:at] + self.sounds[at + 1 :]
            if others and len(word) >= SLIP_LENGTH - 1:
                start = f"s {' '.join(others)} "
                yield start + word
                yield from (start + word[:cut] + word[cut + 1 :] for cut in range(len(word)))

    def list_parts(self) -> Iterator[tuple[str, ...]]:
        """The names that are a part of this one, of two words at least."""
        if len(self.sounds) <= MOST_PARTS:
            for length in range(2, len(self.sounds)):
                yield from set(combinations(self.sounds, length))


def _list_candidates(people: Iterable[_Known]) -> Iterator[tuple[_Known, _Known]]:
    by_key: defaultdict[str, list[_Known]] = defaultdict(list)
    everybody = list(people)
    for person in everybody:
        for key in person.list_keys():
            by_key[key].append(person)
    for group in by_key.values():
        if len(group) > 1:
            yield from _pair_up(group)
    for person in everybody:
        for part in person.list_parts():
            for shorter in by_key.get(_key_of_name(part), ())[:MOST_ALIKE]:
                yield shorter, person


def _key_of_name(sounds: Iterable[str]) -> str:
    return f"n {' '.join(sounds)}"


def _pair_up(group: Sequence[_Known]) -> Iterator[tuple[_Known, _Known]]:
    if len(group) <= MOST_ALIKE:
        yield from combinations(group, 2)
    else:
        yield from ((group[0], other) for other in group[1:])


def _compare(one: _Known, other: _Known) -> set[Likeness]:
    """By what these two may be one person; nothing when too little speaks for it."""
    reasons = _compare_addresses(one, other)
    is_same_organisation = bool(one.organisation) and one.organisation == other.organisation
    has_no_address = not (one.email and other.email)
    if one.phones & other.phones and set(one.sounds) & set(other.sounds):
        reasons.add(Likeness.PHONE)
    is_whole = len(one.words) > 1 or is_same_organisation  # Maria of one organisation and Maria of another are two
    if one.words and one.words == other.words:
        if is_whole:
            reasons.add(Likeness.NAME)
    elif one.sounds and (one.sounds == other.sounds or _differ_by_a_slip(one.sounds, other.sounds)):
        if is_whole:
            reasons.add(Likeness.SPELLING)
    elif _is_part(one.sounds, other.sounds) and (reasons or is_same_organisation or has_no_address):
        reasons.add(Likeness.PART)
    if reasons and is_same_organisation:
        reasons.add(Likeness.ORGANISATION)
    return reasons


def _compare_addresses(one: _Known, other: _Known) -> set[Likeness]:
    if one.mailbox and one.mailbox == other.mailbox:
        return {Likeness.MAILBOX}
    if one.provider_box and one.provider_box == other.provider_box:
        return {Likeness.PROVIDER}
    return set()


def _differ_by_a_slip(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all words are equal but one, in which one letter is not as it should be."""
    if len(one) != len(other):
        return False
    rest = list(other)
    left = [word for word in one if not _take(rest, word)]
    return len(left) == 1 and is_slip(left[0], rest[0])


def _take(words: list[str], word: str) -> bool:
    if word in words:
        words.remove(word)
        return True
    return False


def is_slip(one: str, other: str) -> bool:
    """Whether one letter is too many, too few, wrong or out of turn; an ending that makes it another name is none."""
    short, long = sorted((one, other), key=len)
    start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) - len(short) == 1:
        is_ending = start == len(short) and long[-1] in "aoe"  # Francesc and Francesca
        return len(long) >= SLIP_LENGTH and not is_ending and short[start:] == long[start + 1 :]
    if len(long) != len(short):
        return False
    if short[start + 1 :] == long[start + 1 :]:
        is_ending = start == len(short) - 1 and {short[-1], long[-1]} <= set("aoe")
        return len(long) >= WRONG_LETTER_LENGTH and not is_ending
    swapped = short[:start] + short[start + 1 : start + 2] + short[start : start + 1] + short[start + 2 :]
    return len(long) >= SLIP_LENGTH and swapped == long


def _is_part(one: Sequence[str], other: Sequence[str]) -> bool:
    short, long = sorted((one, other), key=len)
    rest = list(long)
    return 1 < len(short) < len(long) and all(_take(rest, word) for word in short)


def order(pairs: Mapping[Pair, frozenset[Likeness]]) -> list[Pair]:
    """The pairs for which most speaks first."""
    return sorted(pairs, key=lambda pair: (-score(pairs[pair]), pair))
