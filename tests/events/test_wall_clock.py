"""Times moved on the wall clock: across the nights when clocks change, there and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import at_local_time
from events.wall_clock import shift, shift_period, step_between

MADRID = ZoneInfo("Europe/Madrid")
ZONES = st.sampled_from([MADRID, ZoneInfo("UTC"), ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
STEPS = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda step: step - step % timedelta(minutes=1))


def at(text, zone=MADRID):
    return at_local_time(datetime.fromisoformat(text), zone)


@pytest.mark.parametrize(
    ("before", "days", "after"),
    [
        ("2026-10-22T10:00", 7, "2026-10-29T10:00"),
        ("2027-03-25T10:00", 7, "2027-04-01T10:00"),
        ("2027-03-25T10:00", -180, "2026-09-26T10:00"),
    ],
)
def test_ten_o_clock_stays_ten_o_clock(before, days, after):
    assert shift(at(before), timedelta(days=days), MADRID) == at(after)


def test_an_hour_that_the_clocks_skip_becomes_as_far_after_the_change():
    assert shift(at("2027-03-27T02:30"), timedelta(days=1), MADRID) == at("2027-03-28T03:30")


def test_a_period_that_the_clocks_would_turn_round_lasts_as_long_as_before():
    starts_at, ends_at = shift_period(at("2027-03-27T02:45"), at("2027-03-27T03:15"), timedelta(days=1), MADRID)

    assert (starts_at, ends_at - starts_at) == (at("2027-03-28T03:45"), timedelta(minutes=30))


def test_another_zone_keeps_the_hour_on_the_clock():
    canary = ZoneInfo("Atlantic/Canary")

    assert shift(at("2026-12-03T10:00"), timedelta(), MADRID, canary) == at("2026-12-03T10:00", canary)


def test_the_second_of_two_equal_hours_stays_where_nothing_moves():
    second = at("2026-10-25T02:30") + timedelta(hours=1)

    assert shift(second, timedelta(), MADRID) == second


@given(zone=ZONES, moment=MOMENTS, minutes=st.integers(1, 60 * 48), step=STEPS)
def test_whatever_is_moved_ends_after_it_starts(zone, moment, minutes, step):
    starts_at, ends_at = shift_period(moment, moment + timedelta(minutes=minutes), step, zone)

    assert starts_at < ends_at


@given(zone=ZONES, moment=MOMENTS, step=STEPS)
def test_what_is_moved_shows_that_much_more_unless_the_clocks_skip_it(zone, moment, step):
    after = shift(moment, step, zone)

    shown = moment.astimezone(zone).replace(tzinfo=None) + step
    try:
        at_local_time(shown, zone)
    except ValueError:
        return
    assert step_between(moment, after, zone) == step
