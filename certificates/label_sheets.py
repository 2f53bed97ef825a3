"""The sheets of labels and badges that shops sell, by the size of a label: in one table, in millimetres."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

A4 = (210.0, 297.0)
LETTER = (215.9, 279.4)
_INCH = 25.4


@dataclass(frozen=True)
class LabelSheet:
    """A sheet of equal labels: where the first begins, how large each is, and from one to the next."""

    name: object
    page: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    first: tuple[float, float]
    """From the left and the upper edge of the page to the first label."""
    step: tuple[float, float]

    @property
    def count(self) -> int:
        """How many labels there are on a sheet."""
        return self.columns * self.rows

    def find_place(self, index: int) -> tuple[float, float]:
        """Where label `index` (from 0, along the rows) has its left and upper edge on its page."""
        row, column = divmod(index % self.count, self.columns)
        return self.first[0] + column * self.step[0], self.first[1] + row * self.step[1]


def _centred(
    name: object, page: tuple[float, float], grid: tuple[int, int], size: tuple[float, float], gap: float = 0.0
) -> LabelSheet:
    """A sheet whose labels stand in its middle, with this gap between columns."""
    (columns, rows), (wide, high) = grid, size
    left = (page[0] - columns * wide - (columns - 1) * gap) / 2
    top = (page[1] - rows * high) / 2
    return LabelSheet(name, page, columns, rows, size, (left, top), (wide + gap, high))


SHEETS: Mapping[str, LabelSheet] = {
    "70x37": _centred(_l("A4, 24 labels of 70 × 37 mm"), A4, (3, 8), (70.0, 37.0)),
    "63x38": _centred(_l("A4, 21 labels of 63.5 × 38.1 mm"), A4, (3, 7), (63.5, 38.1), 2.54),
    "99x67": _centred(_l("A4, 8 labels of 99.1 × 67.7 mm"), A4, (2, 4), (99.1, 67.7), 2.5),
    "105x148": _centred(_l("A4, 4 labels of 105 × 148 mm"), A4, (2, 2), (105.0, 148.0)),
    "90x54": _centred(_l("A4, 10 badges of 90 × 54 mm"), A4, (2, 5), (90.0, 54.0)),
    "letter-67x25": _centred(
        _l("US Letter, 30 labels of 2 5/8 × 1 in"), LETTER, (3, 10), (2.625 * _INCH, _INCH), 0.125 * _INCH
    ),
    "letter-102x76": _centred(_l("US Letter, 6 badges of 4 × 3 in"), LETTER, (2, 3), (4 * _INCH, 3 * _INCH)),
}
"""Makers give the same sizes different numbers, so each goes by its size; the margins are those of such sheets."""
