"""A table as somebody uploaded it: its headings, if it has any, and its rows, before anybody knows what they hold."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from core.errors import InputError
from core.tables import ROWS_SEARCHED_FOR_HEADER, Row, fold_heading, read_cells
from core.text import clean_line

MOST_COLUMNS = 200
SAMPLES = 4
SAMPLED_ROWS = 50
_SAMPLE_LENGTH = 60


@dataclass(frozen=True)
class Sheet:
    """The rows under the headings; a column without a heading has an empty one, and so have all when there are none."""

    headings: Sequence[str]
    rows: Sequence[Row]
    has_headings: bool

    def list_values(self, column: int) -> list[str]:
        """What the first rows hold in this column, without what is empty."""
        values = (clean_line(cells[column][:1000]) for _number, cells in self.rows[:SAMPLED_ROWS] if cells[column:])
        return [value for value in values if value]

    def list_samples(self, column: int) -> list[str]:
        """The first different values of this column, short enough to be shown."""
        values = list(dict.fromkeys(self.list_values(column)))[:SAMPLES]
        return [value if len(value) <= _SAMPLE_LENGTH else f"{value[:_SAMPLE_LENGTH]}…" for value in values]


def read_sheet(data: bytes, filename: str, known: Collection[str], *, has_headings: bool | None = None) -> Sheet:
    """Read a file whose headings are found by `known`, the folded ones; `has_headings` says it when somebody knows.

    Raises `InputError` when the file cannot be read, holds no rows, or has more columns than anybody could go through.
    """
    rows = read_cells(data, filename)
    place = _find_headings(rows, known) if has_headings is None else 0 if has_headings else None
    if has_headings and place is not None:
        place = _find_best(rows, known)
    headings = [clean_line(text) for text in rows[place][1]] if place is not None else []
    under = rows if place is None else rows[place + 1 :]
    width = max([len(headings), *(_width(cells) for _number, cells in under)])
    if width > MOST_COLUMNS:
        raise InputError([_("%(file)s has more than %(count)d columns", file=filename, count=MOST_COLUMNS)])
    if not under:
        raise InputError([_("%(file)s has headings but no rows", file=filename)])
    headings = [*headings[:width], *[""] * (width - len(headings))]
    return Sheet(headings, under, place is not None)


def _width(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


def _find_headings(rows: Sequence[Row], known: Collection[str]) -> int | None:
    """Find the row of headings, or None when the first row is one of the others already: it holds an address."""
    best = _find_best(rows, known)
    is_person = any("@" in cell and " " not in cell.strip() for cell in rows[best][1])
    return None if is_person or (best and not _count(rows[best], known)) else best


def _find_best(rows: Sequence[Row], known: Collection[str]) -> int:
    return max(range(min(len(rows), ROWS_SEARCHED_FOR_HEADER)), key=lambda at: (_count(rows[at], known), -at))


def _count(row: Row, known: Collection[str]) -> int:
    return len({heading for heading in map(fold_heading, row[1][:MOST_COLUMNS]) if heading in known})


def iterate_cells(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Each row with a cell for every column."""
    width = len(sheet.headings)
    for number, cells in sheet.rows:
        yield number, [*cells[:width], *[""] * (width - len(cells))]
