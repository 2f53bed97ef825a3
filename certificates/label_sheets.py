"""The sheets of labels, badges and table cards that shops sell, by the size of a label: in one table, in millimetres.

Measures and numbers of products are those of the templates of gLabels (github.com/jimevins/glabels-qt, templates/
{avery-iso,avery-us,zweckform-iso,misc-iso}-templates.xml). Other makers give the same sizes other numbers, so each goes
by its size; the test page tells whether a sheet is like that. Table cards are plain sheets, folded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

A4 = (210.0, 297.0)
A4_BROAD = (297.0, 210.0)
LETTER = (215.9, 279.4)
_INCH = 25.4


class Use(StrEnum):
    """What a sheet is for."""

    LABELS = "labels"
    BADGES = "badges"
    CARDS = "cards"


USES = {
    Use.LABELS: _l("Adhesive labels"),
    Use.BADGES: _l("Badges"),
    Use.CARDS: _l("Table cards, to fold"),
}


@dataclass(frozen=True)
class LabelSheet:
    """A sheet of equal labels: where the first begins, how large each is, and from one to the next.

    `sold_as` are the numbers of products that are such sheets. A card is folded in its middle: each half shows all.
    """

    use: Use
    page: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    first: tuple[float, float]
    """From the left and the upper edge of the page to the first label."""
    step: tuple[float, float]
    sold_as: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many labels there are on a sheet."""
        return self.columns * self.rows

    @property
    def is_folded(self) -> bool:
        return self.use is Use.CARDS

    @property
    def name(self) -> str:
        """Its size as shops say it, in the language in force, and what it is sold as."""
        paper = "US Letter" if self.page == LETTER else "A4"
        wide, high = (format_decimal(round(measure, 1)) for measure in self.size)
        size = _("%(paper)s, %(count)s of %(wide)s × %(high)s mm", paper=paper, count=self.count, wide=wide, high=high)
        return " · ".join((size, *self.sold_as))

    def find_place(self, index: int) -> tuple[float, float]:
        """Where label `index` (from 0, along the rows) has its left and upper edge on its page."""
        row, column = divmod(index % self.count, self.columns)
        return self.first[0] + column * self.step[0], self.first[1] + row * self.step[1]


def _centred(
    page: tuple[float, float],
    grid: tuple[int, int],
    size: tuple[float, float],
    *sold_as: str,
    use: Use = Use.LABELS,
    gaps: tuple[float, float] = (0.0, 0.0),
) -> LabelSheet:
    """A sheet whose labels stand in its middle, with these gaps between columns and between rows."""
    step = (size[0] + gaps[0], size[1] + gaps[1])
    left, top = ((page[each] - grid[each] * step[each] + gaps[each]) / 2 for each in (0, 1))
    return LabelSheet(use, page, *grid, size, (left, top), step, sold_as)


SHEETS: Mapping[str, LabelSheet] = {
    "70x30": _centred(A4, (3, 9), (70.0, 30.0), "Apli 1271"),
    "70x33": _centred(A4, (3, 8), (70.0, 33.3), "Apli 1293"),
    "70x37": _centred(A4, (3, 8), (70.0, 37.0), "Avery Zweckform 3474"),
    "63x38": _centred(A4, (3, 7), (63.5, 38.1), "Avery L7160, J8160", gaps=(2.54, 0)),
    "63x46": _centred(A4, (3, 6), (63.5, 46.6), "Avery L7161, J8161", gaps=(2.5, 0)),
    "99x34": _centred(A4, (2, 8), (99.1, 33.9), "Avery L7162", gaps=(2.5, 0)),
    "99x38": _centred(A4, (2, 7), (99.1, 38.1), "Avery L7163", gaps=(2.5, 0)),
    "99x67": _centred(A4, (2, 4), (99.1, 67.7), "Avery L7165, J8165", gaps=(2.5, 0)),
    "105x41": _centred(A4, (2, 7), (105.0, 41.0), "Avery Zweckform 3477"),
    "105x148": _centred(A4, (2, 2), (105.0, 148.0)),
    "letter-67x25": _centred(LETTER, (3, 10), (2.625 * _INCH, _INCH), "Avery 5160", gaps=(0.125 * _INCH, 0)),
    "80x50": _centred(A4, (2, 5), (80.0, 50.0), "Avery L4784, L4785, L4786", use=Use.BADGES, gaps=(15.0, 5.0)),
    "90x51": _centred(A4, (2, 5), (90.0, 50.8), "Apli 2793", use=Use.BADGES),
    "90x52": _centred(A4, (2, 5), (90.0, 52.0), "Avery L7414", use=Use.BADGES),
    "90x54": _centred(A4, (2, 5), (90.0, 54.0), use=Use.BADGES),
    "letter-102x76": _centred(LETTER, (2, 3), (4 * _INCH, 3 * _INCH), use=Use.BADGES),
    "card-a4": _centred(A4_BROAD, (1, 1), A4_BROAD, use=Use.CARDS),
    "card-a5": _centred(A4, (1, 2), (210.0, 148.5), use=Use.CARDS),
    "card-letter": _centred(LETTER, (1, 2), (LETTER[0], LETTER[1] / 2), use=Use.CARDS),
}
USUAL = "70x37"
"""The sheet that is offered first."""
