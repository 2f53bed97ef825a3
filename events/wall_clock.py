"""Times moved as the clocks of a place show them: ten o’clock stays ten o’clock, whenever they change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.dates import at_local_time


def shift(moment: datetime, step: timedelta, zone: ZoneInfo, into: ZoneInfo | None = None) -> datetime:
    """The instant at which clocks show `step` more than they show at `moment`; `into` is the zone they then are in.

    An hour that the clocks skip becomes as far after the change as it was into it.
    """
    if not step and (into is None or into == zone):
        return moment
    local = moment.astimezone(zone).replace(tzinfo=None) + step
    target = into or zone
    try:
        return at_local_time(local, target)
    except ValueError:
        return local.replace(tzinfo=target).astimezone(UTC)


def shift_period(
    starts_at: datetime, ends_at: datetime, step: timedelta, zone: ZoneInfo, into: ZoneInfo | None = None
) -> tuple[datetime, datetime]:
    """Both ends of a period, shifted; where the clocks would end it before it starts, it lasts as long as before."""
    start, end = shift(starts_at, step, zone, into), shift(ends_at, step, zone, into)
    return start, end if end > start else start + (ends_at - starts_at)


def step_between(before: datetime, after: datetime, zone: ZoneInfo, into: ZoneInfo | None = None) -> timedelta:
    """How much more the clocks show at `after` than at `before`."""
    return after.astimezone(into or zone).replace(tzinfo=None) - before.astimezone(zone).replace(tzinfo=None)
