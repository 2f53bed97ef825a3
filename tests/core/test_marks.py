"""Marks: another one after every commit that says so, in the row or in one of the rows that it has."""

import pytest
from sqlalchemy import select

from core import marks
from core.database import db, transaction

pytestmark = pytest.mark.both_databases

ROWS = 32


def read_rows():
    return dict(db.session.execute(select(marks.Mark.name, marks.Mark.value)).all())


def draw(rows=ROWS):
    with transaction():
        marks.note(db.session, "people", rows=rows)


def test_there_is_no_mark_before_the_first_change(app):
    assert list(marks.read("people", rows=ROWS)) == []
    assert db.session.scalar(select(marks.present("people"))) is None


def test_every_commit_replaces_one_row_and_with_it_the_mark(app):
    seen = [tuple(marks.read("people", rows=ROWS))]
    for _ in range(40):
        before = read_rows()
        draw()
        assert len(read_rows().items() - before.items()) == 1
        seen.append(tuple(marks.read("people", rows=ROWS)))

    assert len(set(seen)) == len(seen)


def test_commits_are_spread_over_the_rows(app):
    for _ in range(60):
        draw()

    # That sixty of them hit fewer than eight of the thirty-two happens once in 10 to the power of 30.
    assert 8 <= len(read_rows()) <= ROWS


def test_a_mark_that_was_of_one_row_is_the_first_of_many(app):
    draw(rows=1)
    former = db.session.scalar(select(marks.present("people")))

    assert list(marks.read("people", rows=ROWS)) == [former]


def test_other_marks_are_none_of_its_rows(app):
    draw()
    before = marks.read("people", rows=ROWS)

    with transaction():
        marks.note(db.session, "people at home", rows=ROWS)
        marks.note(db.session, "peoples")

    assert marks.read("people", rows=ROWS) == before


def test_what_is_rolled_back_draws_no_mark(own_app):
    with pytest.raises(ZeroDivisionError), transaction():
        read_rows()
        marks.note(db.session, "people", rows=ROWS)
        raise ZeroDivisionError
    with transaction():
        """Of the next one nothing was said."""

    assert read_rows() == {}
