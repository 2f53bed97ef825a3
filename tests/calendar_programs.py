"""Calendar programs for tests: one that applies iTIP, and two that others wrote, to read and to check."""

import ctypes
import ctypes.util
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import icalendar
import pytest
import vobject

_VEVENT = 4  # icalcomponent_kind of libical


@dataclass(frozen=True)
class Item:
    """An entry as a person sees it in their calendar."""

    title: str
    place: str
    starts_at: datetime
    ends_at: datetime


class CalendarProgram:
    """What a person's calendar holds after every message so far (RFC 5546 §2.1.5, §3.2.2, §3.2.5).

    A message about a UID counts only if nothing newer was heard of it: a higher SEQUENCE or, within one, a later
    DTSTAMP.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._heard: dict[str, tuple[int, datetime]] = {}
        self._items: dict[str, Item] = {}

    def receive(self, files: Iterable[bytes]) -> None:
        for content in files:
            calendar = icalendar.Calendar.from_ical(content)
            (entry,) = calendar.walk("VEVENT")
            if str(entry["attendee"]) != f"mailto:{self.owner}":
                raise AssertionError("an invitation of somebody else")
            uid, rank = str(entry["uid"]), (int(entry["sequence"]), entry["dtstamp"].dt)
            if uid in self._heard and rank <= self._heard[uid]:
                continue
            self._heard[uid] = rank
            if str(calendar["method"]) == "CANCEL":
                self._items.pop(uid, None)
            else:
                self._items[uid] = _item(entry)

    @property
    def sequences(self) -> dict[str, int]:
        return {uid: sequence for uid, (sequence, _stamp) in self._heard.items()}

    @property
    def uids(self) -> set[str]:
        return set(self._items)

    @property
    def items(self) -> list[Item]:
        return sorted(self._items.values(), key=lambda item: (item.starts_at, item.title))


def read_feed(content: bytes) -> list[Item]:
    """What somebody sees who follows a feed: what is cancelled is not there."""
    entries = icalendar.Calendar.from_ical(content).walk("VEVENT")
    items = [_item(entry) for entry in entries if str(entry["status"]) != "CANCELLED"]
    return sorted(items, key=lambda item: (item.starts_at, item.title))


def _item(entry: icalendar.Event) -> Item:
    return Item(
        str(entry["summary"]),
        str(entry.get("location", "")),
        entry["dtstart"].dt.astimezone(UTC),
        entry["dtend"].dt.astimezone(UTC),
    )


def instants_in_vobject(content: bytes) -> tuple[datetime, datetime]:
    """Start and end of the only entry, by the rules of its own VTIMEZONE as vobject and dateutil read them."""
    entry = vobject.readOne(content.decode()).vevent
    return entry.dtstart.value.astimezone(UTC), entry.dtend.value.astimezone(UTC)


def instants_in_libical(content: bytes) -> tuple[datetime, datetime]:
    """The same by libical, which Evolution, KDE and Thunderbird's ancestors read with."""
    library = _libical()
    component = library.icalparser_parse_string(content)
    assert component
    entry = library.icalcomponent_get_first_component(component, _VEVENT)
    times = library.icalcomponent_get_dtstart(entry), library.icalcomponent_get_dtend(entry)
    seconds = [library.icaltime_as_timet_with_zone(time, time.zone) for time in times]
    library.icalcomponent_free(component)
    start, end = (datetime.fromtimestamp(each, UTC) for each in seconds)
    return start, end


def find_faults(content: bytes) -> list[str]:
    """What libical, which knows the tables of iTIP, has to object."""
    library = _libical()
    component = library.icalparser_parse_string(content)
    assert component
    library.icalrestriction_check(component)
    checked = library.icalcomponent_as_ical_string(component).decode().replace("\r\n ", "")
    library.icalcomponent_free(component)
    return [line for line in checked.split("\r\n") if line.startswith("X-LIC-ERROR")]


class _Time(ctypes.Structure):
    """`struct icaltimetype` of libical 3."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )


def _libical() -> ctypes.CDLL:
    """Debian's `libical3`; without it the tests are skipped, but not in CI."""
    name = ctypes.util.find_library("ical")
    if name is None:
        if os.environ.get("CI"):
            pytest.fail("libical is not installed: apt-get install libical3")
        pytest.skip("libical is not installed (Debian: libical3)")
    library = ctypes.CDLL(name)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    for function in (library.icalcomponent_as_ical_string, library.icalrestriction_check, library.icalcomponent_free):
        function.argtypes = [ctypes.c_void_p]
    library.icalcomponent_get_first_component.restype = ctypes.c_void_p
    library.icalcomponent_get_first_component.argtypes = [ctypes.c_void_p, ctypes.c_int]
    for function in (library.icalcomponent_get_dtstart, library.icalcomponent_get_dtend):
        function.restype = _Time
        function.argtypes = [ctypes.c_void_p]
    library.icaltime_as_timet_with_zone.restype = ctypes.c_long
    library.icaltime_as_timet_with_zone.argtypes = [_Time, ctypes.c_void_p]
    return library
