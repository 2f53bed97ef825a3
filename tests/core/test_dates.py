"""Dates and times as people say them, in three languages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.dates import (
    at_local_time,
    format_day,
    format_duration,
    format_hour,
    format_hours,
    format_moment,
    format_period,
    has_hours,
    time_covered,
    utc_now,
)
from core.languages import use_language

BARCELONA = ZoneInfo("Europe/Madrid")
START = datetime(2026, 12, 3, 8, 30, tzinfo=UTC)
END = datetime(2026, 12, 3, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ca", "dijous 3 de desembre de 2026, 9.30–14 h"),
        ("es", "jueves 3 de diciembre de 2026, 9:30–14:00 h"),
        ("en", "Thursday 3 December 2026, 9:30–14:00"),
    ],
)
def test_period_of_one_day(app, language, text):
    with use_language(language):
        assert format_period(START, END, BARCELONA) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ca", "3 de desembre de 2026 – 5 de desembre de 2026"),
        ("es", "3 de diciembre de 2026 – 5 de diciembre de 2026"),
        ("en", "3 December 2026 to 5 December 2026"),
    ],
)
def test_period_of_several_days(app, language, text):
    with use_language(language):
        assert format_period(START, END + timedelta(days=2), BARCELONA) == text


@pytest.mark.parametrize(
    ("month", "text"),
    [
        (1, "dijous 1 de gener de 2026"),
        (2, "diumenge 1 de febrer de 2026"),
        (3, "diumenge 1 de març de 2026"),
        (4, "dimecres 1 d’abril de 2026"),
        (5, "divendres 1 de maig de 2026"),
        (6, "dilluns 1 de juny de 2026"),
        (7, "dimecres 1 de juliol de 2026"),
        (8, "dissabte 1 d’agost de 2026"),
        (9, "dimarts 1 de setembre de 2026"),
        (10, "dijous 1 d’octubre de 2026"),
        (11, "diumenge 1 de novembre de 2026"),
        (12, "dimarts 1 de desembre de 2026"),
    ],
)
def test_every_month_in_catalan(app, month, text):
    with use_language("ca"):
        assert format_day(date(2026, month, 1)) == text


def test_moment_is_read_in_the_zone_of_the_event(app):
    with use_language("ca"):
        assert format_moment(datetime(2026, 7, 3, 7, 5, tzinfo=UTC), BARCELONA) == "3 de juliol de 2026, 9.05 h"
        assert format_moment(datetime(2026, 7, 3, 22, 30, tzinfo=UTC), BARCELONA) == "4 de juliol de 2026, 0.30 h"


def test_hours(app):
    local = START.astimezone(BARCELONA)

    said = {}
    for language in ("ca", "es", "en"):
        with use_language(language):
            said[language] = (format_hour(local), format_hours(local, local + timedelta(minutes=30)))

    assert said == {
        "ca": ("9.30 h", "9.30–10 h"),
        "es": ("9:30 h", "9:30–10:00 h"),
        "en": ("9:30", "9:30–10:00"),
    }


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (270, "4 h 30 min"), (1500, "25 h")]
)
def test_duration(minutes, text):
    assert format_duration(timedelta(minutes=minutes)) == text


def test_present_is_aware():
    assert utc_now().tzinfo is UTC


def test_local_times_around_the_change_of_the_clocks():
    shown_twice = at_local_time(datetime(2026, 10, 25, 2, 30), BARCELONA)  # noqa: DTZ001 - a wall clock

    assert shown_twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_local_time(datetime(2026, 7, 3, 9, 30), BARCELONA) == datetime(2026, 7, 3, 7, 30, tzinfo=UTC)  # noqa: DTZ001 - a wall clock
    with pytest.raises(ValueError, match="never show"):
        at_local_time(datetime(2026, 3, 29, 2, 30), BARCELONA)  # noqa: DTZ001 - a wall clock


@pytest.mark.parametrize(
    ("hours", "covered"),
    [
        ([], 0),
        ([(9, 10)], 1),
        ([(11, 12), (9, 10)], 2),
        ([(9, 10), (10, 11)], 2),
        ([(9, 12), (10, 11), (11, 13)], 4),
        ([(9, 10), (9, 10)], 1),
    ],
)
def test_time_shared_by_periods_is_covered_once(hours, covered):
    midnight = datetime(2026, 12, 3, tzinfo=UTC)
    periods = [(midnight + timedelta(hours=start), midnight + timedelta(hours=end)) for start, end in hours]

    assert time_covered(periods) == timedelta(hours=covered)


def test_a_day_from_its_first_to_its_last_minute_has_no_hours(app):
    midnight = datetime(2016, 2, 11, tzinfo=BARCELONA)
    last_minute = midnight.replace(hour=23, minute=59)

    with app.test_request_context():
        assert format_hours(midnight, last_minute) == "sense hora"
    assert has_hours(midnight, midnight.replace(hour=1))
    assert has_hours(midnight, last_minute + timedelta(days=1))
