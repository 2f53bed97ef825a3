"""What becomes of each row of a file, a line for each, to be looked through before anything is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask_babel import gettext as _

from core.sheets import Sheet, iterate_cells
from core.tables import write_csv
from core.web import PAGE_SIZE, Page

F = TypeVar("F")


@dataclass(frozen=True)
class Line(Generic[F]):
    """A row of the file: what it is about, what becomes of it, and the details, a sentence each."""

    number: int
    name: str
    fate: F
    details: Sequence[str] = ()


def count_fates(lines: Sequence[Line[F]], fates: Iterable[F]) -> dict[F, int]:
    """How many rows fare how, in the order of `fates`; those that none does are not named."""
    counts = Counter(line.fate for line in lines)
    return {fate: counts[fate] for fate in fates if counts[fate]}


def show_page(lines: Sequence[Line[F]], number: int) -> Page[Line[F]]:
    """The page of lines with this number, or the nearest there is."""
    number = min(max(number, 1), max(1, -(-len(lines) // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    return Page(lines[start : start + PAGE_SIZE], number, len(lines))


def write_problems(sheet: Sheet, lines: Sequence[Line[F]], refused: F) -> Iterator[bytes]:
    """Write the rows that are `refused` as CSV, as they were, with what is wrong with each in front."""
    wrong = {line.number: line for line in lines if line.fate == refused}
    header = [_("Row"), _("Problem"), *sheet.headings]
    return write_csv(
        header,
        (
            [number, " · ".join(wrong[number].details), *cells]
            for number, cells in iterate_cells(sheet)
            if number in wrong
        ),
    )
