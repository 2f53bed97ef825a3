"""QR codes as rows of bits; many that differ in some letters only are made from one another."""

from functools import lru_cache

import segno

_SOME = 96  # codes made one by one, before it is worth the while to find out what each letter changes


class QRCodes:
    """The QR codes of a document.

    With version, mask and level fixed, each bit of a code is a sum modulo 2 of bits of the address: Reed–Solomon codes
    are linear, and the mask and the place of each bit do not depend on what it says. So a letter that is another one at
    its place changes the same modules, whatever the others are, and a code is another one plus what its letters change.
    The first codes (`learns_after`) are made each by itself.
    """

    def __init__(self, *, learns_after: int = _SOME) -> None:
        self._alone = learns_after
        self._made = 0
        self._first: dict[int, str] = {}

    def draw(self, address: str) -> tuple[int, str]:
        """How many modules a side has, and its rows from the top in hexadecimal: a 0 is a dark module."""
        first = self._first.setdefault(len(address), address)
        self._made += 1
        if self._made <= self._alone or not (address.isascii() and first.isascii()):
            size, bits = _make(address)
        else:
            size, bits = _make(first)
            for place, (letter, other) in enumerate(zip(first, address, strict=True)):
                if letter != other:
                    bits ^= _change(len(first), place, ord(letter) ^ ord(other))
        return size, f"{bits:0{_width(size) // 4 * size}X}"


def _width(size: int) -> int:
    """The bits of a row: each fills whole bytes."""
    return size + -size % 8


@lru_cache(maxsize=8192)
def _change(length: int, place: int, letter: int) -> int:
    """The bits of a code that change with these of one letter of its address."""
    if letter & (letter - 1):  # more than one
        lowest = letter & -letter
        return _change(length, place, lowest) ^ _change(length, place, letter ^ lowest)
    plain = "0" * length
    changed = chr(ord("0") ^ letter)
    return int(_make(plain)[1] ^ _make(plain[:place] + changed + plain[place + 1 :])[1])


@lru_cache(maxsize=64)
def _make(address: str) -> tuple[int, int]:
    """Make a code, with a fixed mask: to look for the prettiest of the eight takes longer than all the rest."""
    matrix = segno.make(address, error="m", mode="byte", mask=3, micro=False, boost_error=False).matrix
    size = len(matrix)
    padding = "1" * (-size % 8)
    # In an image mask a 0 is painted (ISO 32000-1, 8.9.6.2).
    rows = ("".join("0" if module else "1" for module in row) + padding for row in matrix)
    return size, int("".join(rows), 2)
