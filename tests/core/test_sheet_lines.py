"""The rows of a file before anything is written: which of them a page shows, and how many fare how."""

from enum import StrEnum

import pytest

from core.sheet_lines import Line, asked_for_headings, look_through


class Fate(StrEnum):
    """What becomes of a row."""

    REFUSED = "refused"
    NEW = "new"
    SAME = "same"


FATES = {Fate.REFUSED: "cannot be taken", Fate.NEW: "new", Fate.SAME: "as it was"}
LINES = [Line(number, f"Row {number}", Fate.NEW if number % 2 else Fate.SAME) for number in range(1, 105)]


def look(app, query, first=None):
    with app.test_request_context(query_string=query):
        rows = look_through(LINES, FATES, first=first)
    return rows.wanted, rows.page.number, [line.number for line in rows.page.items]


def test_all_rows_are_shown_a_page_at_a_time(app):
    with app.test_request_context():
        rows = look_through(LINES, FATES)

    assert rows.counts == {Fate.NEW: 52, Fate.SAME: 52}
    assert (rows.total, rows.page.total, rows.page.last_number) == (104, 104, 3)


@pytest.mark.parametrize(
    ("query", "first", "shown"),
    [
        ("", None, (None, 1, list(range(1, 51)))),
        ("page=3", None, (None, 3, [101, 102, 103, 104])),
        ("page=99", None, (None, 3, [101, 102, 103, 104])),
        ("page=-9", None, (None, 1, list(range(1, 51)))),
        ("fate=same&page=2", None, (Fate.SAME, 2, [102, 104])),
        ("fate=never", Fate.NEW, (None, 1, list(range(1, 51)))),
        ("", Fate.NEW, (Fate.NEW, 1, list(range(1, 101, 2)))),
        ("fate=all", Fate.NEW, (None, 1, list(range(1, 51)))),
        ("fate=refused", None, (Fate.REFUSED, 1, [])),
    ],
)
def test_the_address_says_which_rows_are_shown(app, query, first, shown):
    assert look(app, query, first) == shown


@pytest.mark.parametrize(
    ("query", "said"), [("", None), ("headings=1", True), ("headings=0", False), ("headings=x", None)]
)
def test_the_address_says_whether_the_first_row_has_headings(app, query, said):
    with app.test_request_context(query_string=query):
        assert asked_for_headings() is said
