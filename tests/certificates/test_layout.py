"""How blocks are dealt out to pages: no heading without what it heads, no row of a table alone."""

import pytest

from certificates.pdf.layout import Column, Row, paginate, paragraph
from certificates.pdf.report import NOTE, with_notes
from certificates.pdf.typeface import Style

STYLE = Style(10, 12)
COLUMNS = (Column(0, 100, STYLE),)
HEIGHT = 20  # of a row
HEAD = Row(COLUMNS, ("Nom",), 100, is_head=True, keep_with_next=True)


def make_rows(count, head=HEAD):
    return [Row(COLUMNS, (str(number),), 100, head=head) for number in range(count)]


def read(pages):
    """What the rows of each page say, without heads that are repeated."""
    return [[row.cells[0] for row in page if isinstance(row, Row) and not row.is_head] for page in pages]


@pytest.mark.parametrize(
    ("rows_to_a_page", "count", "on_pages"),
    [(4, 4, [4]), (4, 5, [3, 2]), (4, 6, [4, 2]), (4, 8, [4, 4]), (4, 9, [4, 3, 2]), (3, 3, [3]), (3, 4, [2, 2])],
)
def test_the_last_row_of_a_table_is_not_alone(rows_to_a_page, count, on_pages):
    pages = paginate([HEAD, *make_rows(count)], (rows_to_a_page + 1) * HEIGHT)

    assert [len(page) for page in read(pages)] == on_pages


def test_the_first_row_of_a_table_is_not_alone():
    before = paragraph("Abans", Style(10, 3 * HEIGHT), 100)

    pages = paginate([before, HEAD, *make_rows(4)], 5 * HEIGHT)

    assert read(pages) == [[], ["0", "1", "2", "3"]]


def test_a_table_of_one_row_is_as_it_is():
    assert read(paginate([HEAD, *make_rows(1)], 2 * HEIGHT)) == [["0"]]


def test_a_note_stays_with_the_last_row():
    pages = paginate([HEAD, *with_notes(make_rows(6), ["— no se sap"])], 7 * HEIGHT + 1)

    assert [len(page) for page in read(pages)] == [4, 2]
    assert pages[1][-1].style == NOTE
    assert with_notes([], ["Res"])[0].lines == ("Res",)
