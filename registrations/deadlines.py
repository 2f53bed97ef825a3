"""How long an offer of a place stands: hours of the day, because nobody has to answer at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(8)
EVENING = time(22)
SHORTEST = timedelta(hours=1)
"""With less time than this before the event starts there is nothing to wait for: the place is given at once."""


def answer_until(now: datetime, hours: int, zone: ZoneInfo, *, starts_at: datetime) -> datetime | None:
    """The instant until which somebody who is offered a place at `now` may answer; None when there is no time to ask.

    `hours` are counted between 8 and 22 h in `zone` only, so that the answer is never due at night; what starts sooner
    ends the offer. Clocks that change are no trouble: they change at night.
    """
    left = timedelta(hours=hours)
    local = now.astimezone(zone)
    while True:
        opens, closes = (datetime.combine(local.date(), hour, zone) for hour in (MORNING, EVENING))
        begins = max(local, opens)
        if begins + left <= closes:
            break
        left -= max(closes - begins, timedelta())
        local = datetime.combine(local.date() + timedelta(days=1), time(0), zone)
    until = min((begins + left).astimezone(now.tzinfo), starts_at)
    return until if until - now >= SHORTEST else None


def renew(until: datetime, now: datetime, hours: int, zone: ZoneInfo, *, starts_at: datetime) -> datetime:
    """Until when somebody who had until `until` may answer, if the hours are counted from `now`; never sooner."""
    return max(until, answer_until(now, hours, zone, starts_at=starts_at) or until)
