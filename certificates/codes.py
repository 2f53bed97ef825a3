"""Verification codes: impossible to guess, easy to read aloud, and a typing error is told from an unknown code."""

import re
import secrets
import unicodedata

# Nothing that is taken for something else on paper: no 0 O, 1 I L, U V, 5 S. 29 signs, because a weighted sum modulo a
# prime notices every single wrong sign and every two signs that changed places.
ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
RANDOM_SIGNS = 19  # 19 · log2(29) = 92 bits
LENGTH = RANDOM_SIGNS + 1
GROUP = 5
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−_.·]+")


def make_code() -> str:
    """A new code, without separators: its signs at random and one that checks them."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_SIGNS))
    return signs + check_sign(signs)


def check_sign(signs: str) -> str:
    """The sign that closes `signs`: their sum, each weighted by its place, modulo 29."""
    return ALPHABET[sum(place * ALPHABET.index(sign) for place, sign in enumerate(signs, start=2)) % len(ALPHABET)]


def group(code: str) -> str:
    """The code as it is printed, in groups that the eye can hold."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def find_code(typed: str) -> str | None:
    """The code that `typed` means, whatever its case and separators; None when there is a typing error in it."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code if check_sign(code[:-1]) == code[-1] else None
