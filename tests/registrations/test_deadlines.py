"""How long an offer stands: hours of the day, never an answer due at night, through both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from registrations.deadlines import EVENING, MORNING, SHORTEST, answer_until, renew

BARCELONA = ZoneInfo("Europe/Madrid")
FAR = datetime(2027, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("offered", "hours", "until"),
    [
        ("2026-11-22 09:00", 4, "2026-11-22 13:00"),
        ("2026-11-22 20:00", 2, "2026-11-22 22:00"),
        ("2026-11-22 20:00", 4, "2026-11-23 10:00"),
        ("2026-11-22 23:30", 1, "2026-11-23 09:00"),
        ("2026-11-22 03:00", 1, "2026-11-22 09:00"),
        ("2026-11-22 11:00", 24, "2026-11-23 21:00"),
        ("2026-11-22 08:00", 14, "2026-11-22 22:00"),
        ("2026-10-24 21:00", 2, "2026-10-25 09:00"),  # the clocks go back in the night
        ("2027-03-27 21:00", 2, "2027-03-28 09:00"),  # the clocks go forward in the night
    ],
)
def test_hours_are_counted_by_day(offered, hours, until):
    assert answer_until(_at(offered), hours, BARCELONA, starts_at=FAR) == _at(until)


def test_start_of_the_event_ends_the_offer():
    now, starts_at = _at("2026-11-22 09:00"), _at("2026-11-22 12:00")

    assert answer_until(now, 24, BARCELONA, starts_at=starts_at) == starts_at


def test_too_near_the_start_there_is_nothing_to_wait_for():
    assert answer_until(_at("2026-11-22 09:00"), 24, BARCELONA, starts_at=_at("2026-11-22 09:59")) is None


@given(
    now=some.integers(0, 2 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    hours=some.integers(1, 168),
    days=some.floats(0, 40),
)
def test_answer_is_never_due_at_night_nor_after_the_start(now, hours, days):
    starts_at = now + timedelta(days=days)

    until = answer_until(now, hours, BARCELONA, starts_at=starts_at)

    if until is None:
        assert starts_at - now < SHORTEST
    else:
        assert now + SHORTEST <= until <= starts_at
        assert until == starts_at or MORNING <= until.astimezone(BARCELONA).time() <= EVENING


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BARCELONA).astimezone(UTC)


def test_renewed_offer_counts_its_hours_from_now_and_is_never_shorter():
    until, now = _at("2026-11-22 13:00"), _at("2026-11-22 18:00")

    assert renew(until, now, 2, BARCELONA, starts_at=FAR) == _at("2026-11-22 20:00")
    assert renew(until, _at("2026-11-22 09:30"), 2, BARCELONA, starts_at=FAR) == until
    assert renew(until, now, 2, BARCELONA, starts_at=now + timedelta(minutes=30)) == until
