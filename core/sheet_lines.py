"""What becomes of each row of a file, a line for each, to be looked through before anything is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request
from flask_babel import gettext as _

from core.sheets import Sheet, iterate_cells
from core.tables import write_csv
from core.web import PAGE_SIZE, Page, nearest_page, page_number

F = TypeVar("F")


@dataclass(frozen=True)
class Line(Generic[F]):
    """A row of the file: what it is about, what becomes of it, and the details, a sentence each."""

    number: int
    name: str
    fate: F
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Rows(Generic[F]):
    """The lines as a page shows them: a page of those that fare as is `wanted`, or of all, and how many fare how."""

    page: Page[Line[F]]
    fates: Mapping[F, object]
    counts: Mapping[F, int]
    total: int
    wanted: F | None


def look_through(lines: Sequence[Line[F]], fates: Mapping[F, object], *, first: F | None = None) -> Rows[F]:
    """Take the lines that the address asks for, by what becomes of them; those of `first` when it says nothing.

    `fates` are all there are, in their order and with their words; those that no row has are not counted.
    """
    asked = request.args.get("fate", first)
    wanted = next((fate for fate in fates if fate == asked), None)
    counts = Counter(line.fate for line in lines)
    shown = [line for line in lines if wanted in {None, line.fate}]
    number = nearest_page(page_number(), len(shown))
    start = (number - 1) * PAGE_SIZE
    return Rows(
        Page(shown[start : start + PAGE_SIZE], number, len(shown)),
        fates,
        {fate: counts[fate] for fate in fates if counts[fate]},
        len(lines),
        wanted,
    )


def asked_for_headings() -> bool | None:
    """What the address says of the first row of the file: headings, a row like the others, or nothing."""
    return {"1": True, "0": False}.get(request.args.get("headings", ""))


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
