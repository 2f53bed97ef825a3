"""From when to when somebody was at a session, and how much of it counts: pure rules over instants (docs/adr/0044).

A stay is a coming and the leaving after it; the coming of the first and the leaving of the last may be unknown. Several
stays are of somebody who went out and came back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

Stay = tuple[datetime | None, datetime | None]
Stays = tuple[Stay, ...]
Period = tuple[datetime, datetime]
Periods = tuple[Period, ...]
Written = list[list[str | None]]


@dataclass(frozen=True, order=True)
class Moment:
    """Somebody came, or left; of two in one instant the coming goes first."""

    at: datetime
    is_leaving: bool = False


def pair(moments: Iterable[Moment]) -> Stays:
    """The stays that comings and leavings make, in whatever order and however often they are told.

    Of comings without a leaving between them the first counts: they were there already. Of leavings without a coming
    between them the last: until then they were still there.
    """
    stays: list[Stay] = []
    for moment in sorted(set(moments)):
        is_inside = bool(stays) and stays[-1][1] is None
        if not moment.is_leaving and not is_inside:
            stays.append((moment.at, None))
        elif moment.is_leaving:
            came_at = stays.pop()[0] if stays else None
            stays.append((came_at, moment.at))
    return tuple(stays)


def list_moments(stays: Iterable[Stay]) -> Iterator[Moment]:
    """The comings and leavings that stays are made of."""
    for came_at, left_at in stays:
        if came_at:
            yield Moment(came_at)
        if left_at:
            yield Moment(left_at, is_leaving=True)


def join(*several: Iterable[Stay]) -> Stays:
    """What several records of one person say together."""
    return pair(moment for stays in several for moment in list_moments(stays))


def write(stays: Iterable[Stay]) -> Written:
    """The stays in JSON's own types, in UTC: equal ones are written alike."""
    return [[at.astimezone(UTC).isoformat() if at else None for at in stay] for stay in stays]


def read(written: Iterable[Sequence[str | None]]) -> Stays:
    """Read back what `write` wrote."""
    return tuple((_read(came_at), _read(left_at)) for came_at, left_at in written)


def count(whole: Period, breaks: Iterable[Period], stays: Stays, tolerance: timedelta) -> Periods:
    """What of a session counts for somebody who was there in these stays, its breaks left out.

    Where coming and leaving are known, the time between; else all of it. Nobody is counted as away of whom it is not
    known. At each end, and around each break, `tolerance` is not looked at.
    """
    present = _fill(whole, stays)
    counted = (period for part in without_breaks(whole, breaks) for period in _overlap(part, present, tolerance))
    return tuple(counted)


def without_breaks(whole: Period, breaks: Iterable[Period]) -> Periods:
    """A session without the breaks that lie inside it; one at its edge belongs to no session."""
    parts, begins_at = [], whole[0]
    for starts_at, over_at in sorted(breaks):
        if whole[0] < starts_at and over_at < whole[1]:
            if begins_at < starts_at:
                parts.append((begins_at, starts_at))
            begins_at = max(begins_at, over_at)
    return (*parts, (begins_at, whole[1]))


def cut_out(periods: Periods, breaks: Iterable[Period]) -> Periods:
    """What is left of periods without the time of these breaks."""
    for starts_at, over_at in sorted(breaks):
        parts = (part for one, other in periods for part in ((one, min(other, starts_at)), (max(one, over_at), other)))
        periods = tuple((one, other) for one, other in parts if one < other)
    return periods


def list_breaks(parts: Periods) -> Periods:
    """What lies between the parts of a session."""
    return tuple((before[1], after[0]) for before, after in pairwise(parts))


def _fill(whole: Period, stays: Stays) -> Periods:
    """When they were there: from the first coming to the last leaving, or all the time, but for when they were out."""
    first, last = (stays[0][0], stays[-1][1]) if stays else (None, None)
    begins_at, ends_at = (first, last) if first and last else whole
    out = [(left_at, came_at) for (_came, left_at), (came_at, _left) in pairwise(stays) if left_at and came_at]
    edges = [begins_at, *(at for absence in out for at in absence), ends_at]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _overlap(part: Period, present: Periods, tolerance: timedelta) -> Iterator[Period]:
    """What of `part` they were there; what is missing of it counts too where it is no more than the tolerance."""
    inside = [(max(part[0], one), min(part[1], other)) for one, other in present]
    inside = [(one, other) for one, other in inside if one < other]
    if not inside:
        return
    begins_at, reached = inside[0]
    begins_at = part[0] if begins_at - part[0] <= tolerance else begins_at
    for one, other in inside[1:]:
        if one - reached > tolerance:
            yield begins_at, reached
            begins_at = one
        reached = other
    yield begins_at, part[1] if part[1] - reached <= tolerance else reached


def _read(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
