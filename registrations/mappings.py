"""What each column of a file holds: chosen by a person, checked, and remembered for the next file like it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.errors import DomainError
from core.sheets import Sheet
from events import known_headings
from events.models import Event, Session, SessionKind
from registrations import questions


class Part(StrEnum):
    """What a column can hold besides a session to tick or an answer."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    SECOND_LAST_NAME = "second_last_name"
    FULL_NAME = "full_name"
    REVERSED_NAME = "reversed_name"
    EMAIL = "email"
    ORGANISATION = "organisation"
    DIMENSION = "dimension"
    SESSIONS = "sessions"
    ATTENDED = "attended"
    STATE = "state"
    LANGUAGE = "language"
    CODE = "code"


PARTS = {
    Part.FIRST_NAME: _l("First name"),
    Part.LAST_NAME: _l("Last name, or the first of two"),
    Part.SECOND_LAST_NAME: _l("Second last name"),
    Part.FULL_NAME: _l("Whole name: “Name Surnames” or “Surnames, Name”"),
    Part.REVERSED_NAME: _l("Whole name, surnames first, without a comma"),
    Part.EMAIL: _l("E-mail address"),
    Part.ORGANISATION: _l("Organisation"),
    Part.DIMENSION: _l("Dimension they come from"),
    Part.SESSIONS: _l("Sessions they come to: codes or titles"),
    Part.ATTENDED: _l("Sessions they were at: codes or titles"),
    Part.STATE: _l("State: who is cancelled is left out"),
    Part.LANGUAGE: _l("Language"),
    Part.CODE: _l("Code of a registration of this event"),
}
NOTHING = ""
TO_SESSION, AT_SESSION, TO_QUESTION = "session:", "attended:", "question:"
REPEATED = {NOTHING, Part.SESSIONS, Part.ATTENDED}
"""What several columns may hold: a file may have one for the morning and one for the afternoon."""
_NAMES = {Part.FIRST_NAME, Part.FULL_NAME, Part.REVERSED_NAME}


class NoName(DomainError):
    """Nobody can be known by their organisation alone."""

    message = _l("Say which column holds the name.")


class SaidTwice(DomainError):
    """Nobody could say which of the two it is."""

    message = _l("Two columns cannot both be “%(part)s”. Leave one of them out.")


@dataclass(frozen=True)
class Mapping:
    """What each column holds, in order, and whether the file has headings."""

    columns: Sequence[str]
    has_headings: bool

    def as_json(self) -> dict[str, Any]:
        """The values that a JSON column keeps."""
        return {"columns": list(self.columns), "has_headings": self.has_headings}


def from_json(values: dict[str, Any]) -> Mapping:
    """A mapping as it was kept."""
    return Mapping(tuple(values["columns"]), bool(values["has_headings"]))


def list_sessions(event: Event) -> list[Session]:
    """The sessions that a person can be at."""
    return [session for session in event.sessions if session.kind is not SessionKind.BREAK]


def group_choices(event: Event) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """What a column of a file can hold, in groups, each with its words."""
    sessions = [(session.code, f"{session.code} · {session.title}") for session in list_sessions(event)]
    asked = questions.list_questions(event)
    groups = [
        ("", [(NOTHING, _("leave out"))]),
        (_("The person"), [(part.value, str(label)) for part, label in PARTS.items()]),
        (
            _("Comes to (x, 1 or yes)"),
            [(f"{TO_SESSION}{code}", _("comes to %(session)s", session=name)) for code, name in sessions],
        ),
        (
            _("Was at (x, 1 or yes)"),
            [(f"{AT_SESSION}{code}", _("was at %(session)s", session=name)) for code, name in sessions],
        ),
        (_("Answer to"), [(f"{TO_QUESTION}{question.id}", question.text) for question in asked]),
    ]
    return [(label, choices) for label, choices in groups if choices]


def list_choices(event: Event) -> dict[str, str]:
    """All that a column of a file for this event can hold, with its words."""
    return {column: label for _group, choices in group_choices(event) for column, label in choices}


def check(event: Event, columns: Sequence[str]) -> None:
    """Refuse columns among which there is no name, or one thing twice; raises NoName and SaidTwice."""
    if not _NAMES.intersection(columns):
        raise NoName
    twice = [column for column, count in Counter(columns).items() if count > 1 and column not in REPEATED]
    if twice:
        raise SaidTwice(part=list_choices(event)[twice[0]])


def recall(event: Event, sheet: Sheet) -> dict[int, str]:
    """What the team chose before for the columns of a file with these headings, as far as this event has it."""
    return known_headings.recall(event, sheet, list_choices(event))
