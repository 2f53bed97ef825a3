"""The clock, and dates and times written as people say them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import get_locale, gettext

FIRST_MINUTE, LAST_MINUTE = time(0, 0), time(23, 59)
"""Between them lies a day of which nobody knows the hours (docs/adr/0028)."""


def utc_now() -> datetime:
    """The present instant, aware and in UTC. Only the edge (views, commands, the worker) asks for it."""
    return datetime.now(UTC)


def at_local_time(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in `zone` show the naive `local`; ValueError when they never do.

    When clocks go back an hour is shown twice: the first one is meant. When they go forward an hour does not exist.
    """
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise ValueError("the clocks of this zone never show this time")
    return instant


def time_covered(periods: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """How much time the periods cover together; what they share is counted once, for nobody is in two places."""
    covered = timedelta()
    reached: datetime | None = None
    for starts_at, ends_at in sorted(periods):
        begins_at = starts_at if reached is None else max(starts_at, reached)
        covered += max(ends_at - begins_at, timedelta())
        reached = ends_at if reached is None else max(ends_at, reached)
    return covered


def is_one_day(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
    """Whether both instants are on the same day of the calendar in `zone`."""
    return starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date()


def format_day(day: date, *, with_weekday: bool = True) -> str:
    """`dijous 3 de desembre de 2026`, in the language in force."""
    language = _language()
    if language == "en":
        text = f"{day.day} {_name(day, 'MMMM')} {day.year}"
    elif language == "es":
        text = f"{day.day} de {_name(day, 'MMMM')} de {day.year}"
    else:
        text = f"{day.day} {_of(_name(day, 'LLLL'))} de {day.year}"
    return f"{_name(day, 'EEEE')} {text}" if with_weekday else text


def format_hour(moment: datetime) -> str:
    """`9.30 h` in Catalan, `9:30 h` in Castilian, `9:30` in English; whole hours lose their zeros in Catalan."""
    return _clock(moment) + ("" if _language() == "en" else " h")


def has_hours(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether hours are told; a day from its first to its last minute says only which day it was. Local times."""
    return not (
        starts_at.date() == ends_at.date()
        and (starts_at.hour, starts_at.minute) == (FIRST_MINUTE.hour, FIRST_MINUTE.minute)
        and (ends_at.hour, ends_at.minute) == (LAST_MINUTE.hour, LAST_MINUTE.minute)
    )


def format_hours(starts_at: datetime, ends_at: datetime) -> str:
    """`9.30–14 h`, or that none are told: both instants already in the zone they are to be read in."""
    if not has_hours(starts_at, ends_at):
        return str(gettext("no hour given"))
    return f"{_clock(starts_at)}–{_clock(ends_at)}" + ("" if _language() == "en" else " h")


def format_period(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """`dijous 3 de desembre de 2026, 9.30–14 h`, or the two days when the period spans several."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if is_one_day(start, end, zone):
        return f"{format_day(start.date())}, {format_hours(start, end)}"
    return str(
        gettext(
            "%(first)s to %(last)s",
            first=format_day(start.date(), with_weekday=False),
            last=format_day(end.date(), with_weekday=False),
        )
    )


def format_moment(moment: datetime, zone: ZoneInfo) -> str:
    """`3 de desembre de 2026, 9.30 h`: an instant as read in `zone`."""
    local = moment.astimezone(zone)
    return f"{format_day(local.date(), with_weekday=False)}, {format_hour(local)}"


def format_duration(duration: timedelta) -> str:
    """`4 h 30 min`; whole hours lose the minutes."""
    minutes = round(duration.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "ca"


def _name(day: date, pattern: str) -> str:
    """One field of the calendar (`EEEE`, `LLLL`), spelt in the language in force."""
    return _spell(day, pattern, _language())


@lru_cache(maxsize=1024)
def _spell(day: date, pattern: str, language: str) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), pattern, locale=language)


def _of(month: str) -> str:
    return f"d’{month}" if month[0] in "aeiou" else f"de {month}"


def _clock(moment: datetime) -> str:
    if _language() == "ca":
        return f"{moment.hour}.{moment.minute:02d}" if moment.minute else str(moment.hour)
    return f"{moment.hour}:{moment.minute:02d}"
