"""Attendee lists on paper: the rows of an export, with what must be said above them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, islice

from flask_babel import lazy_gettext as _l

from certificates.paper_content import ListGroup, PrintedList
from core.errors import DomainError
from core.languages import current_language
from core.tables import Cell
from registrations import exports
from registrations.exports import Export
from registrations.lists import Profile

MOST_ROWS = 10_000
_OF_THE_ROOM = 3  # columns of a room's list that are the same in all its rows: they stand above it


class TooManyForPaper(DomainError):
    """Nobody reads so many pages, and to lay them out takes the memory of all of them."""

    message = _l("A PDF holds %(most)d rows at most. Choose fewer people, or take the list as a spreadsheet.")


def make_list(export: Export, *, now: datetime) -> PrintedList:
    """The list as it is at `now`, in the language in force; raises TooManyForPaper."""
    rows = [[str(cell) for cell in row] for row in islice(exports.list_rows(export), MOST_ROWS + 1)]
    if len(rows) > MOST_ROWS:
        raise TooManyForPaper(most=MOST_ROWS)
    event, header = export.event, exports.make_header(export)
    is_of_room = not export.own and export.profile is Profile.ROOM
    return PrintedList(
        language=current_language(),
        organiser=event.team.name,
        event=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        name=export.name,
        purpose=export.purpose,
        printed_at=now,
        header=tuple(header[_OF_THE_ROOM:] if is_of_room else header),
        groups=_by_room(export, rows) if is_of_room else (ListGroup("", _freeze(rows)),),
        is_ticked=not export.own and export.profile in (Profile.DOOR, Profile.ROOM),
    )


def _by_room(export: Export, rows: Sequence[Sequence[Cell]]) -> tuple[ListGroup, ...]:
    """The people of each room under its name; one in which nobody is expected is said too."""
    session = export.wanted.session
    if not rows and session:
        room = session.room.name if session.room else ""
        return (ListGroup(_say_room(session.code, session.title, room), ()),)
    return tuple(
        ListGroup(_say_room(*map(str, room)), _freeze([row[_OF_THE_ROOM:] for row in people]))
        for room, people in groupby(rows, key=lambda row: row[:_OF_THE_ROOM])
    )


def _say_room(*words: str) -> str:
    return " · ".join(filter(None, words))


def _freeze(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(cell) for cell in row) for row in rows)
