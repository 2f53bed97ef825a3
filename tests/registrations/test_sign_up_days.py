"""Sign-ups per day: counted in the event's zone, cancellations apart, and the chart they make."""

from datetime import UTC, date, datetime, timedelta

import pytest

from registrations.models import RegistrationState
from registrations.sign_up_days import BAR_WIDTH, HEIGHT, Bar, make_chart, read_chart
from tests.factories import NOW, make_event, make_registration

TODAY = date(2026, 11, 22)


def sign_up(event, at, **values):
    return make_registration(event, email=f"{at.timestamp()}@example.org", created_at=at, **values)


@pytest.mark.both_databases
def test_a_day_is_one_of_the_event_s_zone(app):
    event = make_event()
    sign_up(event, datetime(2026, 11, 20, 22, 59, 59, 999_000, tzinfo=UTC))
    sign_up(event, datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    sign_up(make_event("altra"), NOW)

    chart = read_chart(event, NOW)

    assert chart.bars == [Bar(date(2026, 11, 20), 1, 0), Bar(date(2026, 11, 21), 1, 0), Bar(TODAY, 0, 0)]


@pytest.mark.both_databases
@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kathmandu", "America/St_Johns"])
def test_each_half_hour_of_the_night_the_clocks_go_back_is_on_its_day(app, zone):
    event = make_event(timezone=zone)
    moments = [datetime(2026, 10, 24, 12, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(48)]
    for moment in moments:
        sign_up(event, moment)

    chart = read_chart(event, NOW)

    days = [moment.astimezone(event.zone).date() for moment in moments]
    assert {bar.day: bar.signed_up for bar in chart.bars if bar.signed_up} == {day: days.count(day) for day in days}


@pytest.mark.both_databases
def test_cancellations_stand_apart_on_the_day_they_came(app):
    event = make_event()
    sign_up(event, NOW - timedelta(days=1))
    sign_up(event, NOW - timedelta(days=1, hours=1), state=RegistrationState.CANCELLED, cancelled_at=NOW)

    chart = read_chart(event, NOW)

    assert chart.bars == [Bar(date(2026, 11, 21), 2, 0), Bar(TODAY, 0, 1)]
    assert (chart.signed_up, chart.cancelled) == (2, 1)


def test_nobody_makes_no_chart(app):
    assert read_chart(make_event(), NOW) is None


def test_the_chart_is_read_in_one_query(app, count_queries):
    event = make_event()
    for step in range(3):
        sign_up(event, NOW - timedelta(days=step))

    assert count_queries(lambda: read_chart(event, NOW)) == 1


def test_the_day_of_opening_is_seen(app):
    event = make_event(registration_opens_at=datetime(2026, 11, 18, 8, tzinfo=UTC))

    chart = make_chart(event, {date(2026, 11, 20): 3}, {}, today=TODAY)

    assert (chart.bars[0].day, chart.opening, len(chart.bars)) == (date(2026, 11, 18), 0, 5)


def test_who_was_added_before_the_opening_is_seen_before_it(app):
    event = make_event(registration_opens_at=datetime(2026, 11, 18, 8, tzinfo=UTC))

    chart = make_chart(event, {date(2026, 11, 16): 1}, {}, today=TODAY)

    assert (chart.bars[0].day, chart.opening) == (date(2026, 11, 16), 2)


def test_an_opening_years_ago_is_left_out(app):
    event = make_event(registration_opens_at=datetime(2016, 1, 1, tzinfo=UTC))

    chart = make_chart(event, {TODAY: 800}, {}, today=TODAY)

    assert (chart.bars, chart.opening) == ([Bar(TODAY, 800, 0)], None)


def test_a_past_event_ends_with_its_last_day(app):
    chart = make_chart(make_event(), {date(2026, 12, 1): 1}, {}, today=date(2027, 3, 1))

    assert chart.bars[-1].day == date(2026, 12, 3)


def test_a_long_time_is_shown_by_weeks(app):
    event = make_event()
    first = TODAY - timedelta(days=100)

    chart = make_chart(event, {first: 1, first + timedelta(days=6): 2, first + timedelta(days=7): 4}, {}, today=first)

    assert chart.days == 1
    chart = make_chart(event, {first: 1, first + timedelta(days=6): 2, TODAY: 4}, {first: 1}, today=TODAY)
    assert (chart.days, len(chart.bars), chart.bars[0]) == (7, 15, Bar(first, 3, 1))


def test_bars_fit_in_the_picture(app):
    chart = make_chart(make_event(), {TODAY: 30, TODAY - timedelta(days=1): 1}, {TODAY: 10}, today=TODAY)

    assert (chart.most.day, chart.width) == (TODAY, 2 * BAR_WIDTH)
    assert (chart.baseline, chart.length_of(30), chart.length_of(10)) == (75, 75, 25)
    assert chart.length_of(30) + chart.length_of(10) == HEIGHT
    assert (chart.length_of(1), chart.length_of(0)) == (2.5, 0)
