"""Sign-ups per day, in the event's own time zone, and cancellations apart; and the chart they make."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from core.database import db
from events.models import Event
from registrations.models import Registration, RegistrationState

BAR_WIDTH = 10
HEIGHT = 100
GAP = 2
_QUARTER = 15 * 60  # every zone differs from UTC by quarters of an hour
_MOST_BARS = 93
_QUIET_DAYS = 31


@dataclass(frozen=True)
class Bar:
    """One day, or the seven that begin with it: how many signed up, and how many of all cancelled then."""

    day: date
    signed_up: int
    cancelled: int


@dataclass(frozen=True)
class Chart:
    """The bars from the first day to the last, of `days` each; registration opened in the bar `opening`, if in any."""

    bars: Sequence[Bar]
    days: int
    opening: int | None

    @property
    def signed_up(self) -> int:
        return sum(bar.signed_up for bar in self.bars)

    @property
    def cancelled(self) -> int:
        return sum(bar.cancelled for bar in self.bars)

    @property
    def most(self) -> Bar:
        """The bar with most sign-ups; of several the first."""
        return max(self.bars, key=lambda bar: bar.signed_up)

    @property
    def width(self) -> int:
        return len(self.bars) * BAR_WIDTH

    @property
    def baseline(self) -> float:
        """How far down the line is on which sign-ups stand, and from which cancellations hang."""
        return round(self.most.signed_up * self._scale, 2)

    def length_of(self, count: int) -> float:
        """How long the bar of so many people is; even one person can be seen."""
        return max(round(count * self._scale, 2), 2) if count else 0

    @property
    def _scale(self) -> float:
        return HEIGHT / max(self.most.signed_up + max(bar.cancelled for bar in self.bars), 1)


def read_chart(event: Event, now: datetime) -> Chart | None:
    """The chart of an event's sign-ups; None when nobody has signed up."""
    signed_up, cancelled = _count_by_day(event)
    today = now.astimezone(event.zone).date()
    return make_chart(event, signed_up, cancelled, today=today) if signed_up else None


def make_chart(event: Event, signed_up: Mapping[date, int], cancelled: Mapping[date, int], *, today: date) -> Chart:
    """From the day of opening, or the first sign-up, to today or the last day of the event; by weeks when it is long.

    Quiet times at either end are left out when they are long: people may have been written down years afterwards.
    """
    days = signed_up.keys() | cancelled.keys()
    first, last = min(days), max(days)
    opening = event.registration_opens_at.astimezone(event.zone).date() if event.registration_opens_at else None
    if opening and first - timedelta(days=_QUIET_DAYS) <= opening < first:
        first = opening
    end = min(today, event.ends_at.astimezone(event.zone).date())
    if last < end <= last + timedelta(days=_QUIET_DAYS):
        last = end
    step = 1 if (last - first).days < _MOST_BARS else 7
    bars = [
        Bar(
            first + timedelta(days=start),
            sum(signed_up.get(first + timedelta(days=start + each), 0) for each in range(step)),
            sum(cancelled.get(first + timedelta(days=start + each), 0) for each in range(step)),
        )
        for start in range(0, (last - first).days + 1, step)
    ]
    return Chart(bars, step, (opening - first).days // step if opening and first <= opening <= last else None)


def _count_by_day(event: Event) -> tuple[Mapping[date, int], Mapping[date, int]]:
    """Sign-ups and cancellations by day: one query groups them by quarters of an hour, which the zone makes days of."""

    def quarters(moment: InstrumentedAttribute[Any]) -> ColumnElement[int]:
        seconds = extract("epoch", moment)
        return cast(seconds - seconds % _QUARTER, BigInteger).label("quarter")

    ours = Registration.event_id == event.id
    query = union_all(
        select(literal(0).label("cancels"), quarters(Registration.created_at), func.count().label("people"))
        .where(ours)
        .group_by("quarter"),
        select(literal(1).label("cancels"), quarters(Registration.cancelled_at), func.count().label("people"))
        .where(ours, Registration.state == RegistrationState.CANCELLED, Registration.cancelled_at.is_not(None))
        .group_by("quarter"),
    )
    counts: tuple[Counter[date], Counter[date]] = (Counter(), Counter())
    for cancels, quarter, people in db.session.execute(query):
        counts[cancels][datetime.fromtimestamp(quarter, event.zone).date()] += people
    return counts
