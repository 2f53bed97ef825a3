"""From when to when somebody was at a session, and how much of it counts: by cases and by properties."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrations import stays
from registrations.stays import Moment
from tests.factories import NOW

TEN = timedelta(minutes=10)


def at(minutes):
    return None if minutes is None else NOW + timedelta(minutes=minutes)


def span(*pairs):
    return tuple((at(one), at(other)) for one, other in pairs)


def moments(text):
    """`+9 -12`: in at minute 9, out at minute 12."""
    return [Moment(at(int(word[1:])), is_leaving=word[0] == "-") for word in text.split()]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", []),
        ("+9", [(9, None)]),
        ("-12", [(None, 12)]),
        ("+9 -12", [(9, 12)]),
        ("+9 -10 +11 -12", [(9, 10), (11, 12)]),
        ("+9 -10 +11", [(9, 10), (11, None)]),
        ("+9 +10 -12", [(9, 12)]),
        ("+9 -11 -12", [(9, 12)]),
        ("-8 +9", [(None, 8), (9, None)]),
        ("+9 -9", [(9, 9)]),
    ],
)
def test_comings_and_leavings_make_stays(told, expected):
    assert stays.pair(moments(told)) == span(*expected)


MOMENTS = st.lists(st.builds(Moment, st.integers(0, 9).map(at), st.booleans()), max_size=9)


@given(MOMENTS, st.data())
def test_neither_order_nor_repetition_matters(told, data):
    shuffled = data.draw(st.permutations(told + told))

    assert stays.pair(shuffled) == stays.pair(told)


@given(MOMENTS)
def test_comings_and_leavings_alternate_and_only_the_ends_are_unknown(told):
    found = stays.pair(told)

    hours = [hour for stay in found for hour in stay]
    assert all(hour is not None for hour in hours[1:-1])
    known = [hour for hour in hours if hour is not None]
    assert known == sorted(known)
    assert bool(found) == bool(told)


@given(MOMENTS)
def test_what_is_written_is_read_back_and_makes_the_same_stays(told):
    found = stays.pair(told)

    assert stays.read(stays.write(found)) == found
    assert stays.join(found) == stays.join(found, found) == found


WHOLE = span((0, 240))[0]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([], [(0, 240)], id="nothing known"),
        pytest.param([(30, None)], [(0, 240)], id="only when they came"),
        pytest.param([(None, 90)], [(0, 240)], id="only when they left"),
        pytest.param([(4, 236)], [(0, 240)], id="within the tolerance"),
        pytest.param([(-20, 300)], [(0, 240)], id="before and after"),
        pytest.param([(30, 200)], [(30, 200)], id="late, and gone early"),
        pytest.param([(10, 229)], [(0, 229)], id="the tolerance to the minute"),
        pytest.param([(0, 60), (120, 240)], [(0, 60), (120, 240)], id="out for an hour"),
        pytest.param([(0, 60), (65, 240)], [(0, 240)], id="out for a moment"),
        pytest.param([(0, 60), (120, None)], [(0, 60), (120, 240)], id="out for an hour, and nobody saw them leave"),
        pytest.param([(None, 60), (120, 240)], [(0, 60), (120, 240)], id="nobody saw them come, out for an hour"),
        pytest.param([(-60, -30)], [], id="gone before it began"),
        pytest.param([(250, 260)], [], id="came when it was over"),
        pytest.param([(None, -10), (-5, None)], [(0, 240)], id="out before it began"),
    ],
)
def test_what_of_a_session_counts(known, expected):
    assert stays.count(WHOLE, (), span(*known), TEN) == span(*expected)


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        ([(100, 120)], [(0, 100), (120, 240)]),
        ([(60, 70), (100, 120)], [(0, 60), (70, 100), (120, 240)]),
        ([(60, 90), (80, 120)], [(0, 60), (120, 240)]),
        ([(0, 30)], [(0, 240)]),
        ([(210, 240)], [(0, 240)]),
        ([(230, 250)], [(0, 240)]),
        ([(0, 240)], [(0, 240)]),
    ],
)
def test_breaks_inside_a_session_do_not_count(breaks, expected):
    assert stays.count(WHOLE, span(*breaks), (), TEN) == span(*expected)


def test_around_a_break_nobody_is_late():
    known = span((0, 95), (128, 240))

    assert stays.count(WHOLE, span((100, 120)), known, TEN) == span((0, 100), (120, 240))


def test_without_tolerance_every_minute_counts():
    assert stays.count(WHOLE, (), span((4, 236)), timedelta()) == span((4, 236))


@given(MOMENTS, st.integers(0, 3).map(lambda minutes: timedelta(minutes=minutes)))
def test_what_counts_lies_within_the_session_and_more_tolerance_never_counts_less(told, tolerance):
    whole, found = span((2, 8))[0], stays.pair(told)

    counted = stays.count(whole, span((4, 5)), found, tolerance)

    assert all(whole[0] <= one < other <= whole[1] for one, other in counted)
    strict = stays.count(whole, span((4, 5)), found, timedelta())
    assert all(any(one <= begins and ends <= other for one, other in counted) for begins, ends in strict)
