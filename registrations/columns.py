"""The columns of the attendee list, to choose from: what they are called and what stands in them for each person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.languages import NAMES
from events.labels import DIMENSIONS
from registrations import questions, supports
from registrations.labels import REGISTRATION_SOURCES, SUPPORTS
from registrations.models import Question, Registration

LONGEST = 160
_OF_A_QUESTION = "q"


class Column(StrEnum):
    """What can be shown of a person beside their name and state."""

    ORGANISATION = "organisation"
    EMAIL = "email"
    SESSIONS = "sessions"
    REGISTERED = "registered"
    ORIGIN = "origin"
    LANGUAGE = "language"
    SOURCE = "source"
    SIGNED_UP_BY = "by"
    INVITATION = "invitation"
    CONSENT = "consent"
    SUPPORTS = "supports"


COLUMNS = {
    Column.ORGANISATION: _l("Organisation"),
    Column.EMAIL: _l("E-mail"),
    Column.SESSIONS: _l("Sessions"),
    Column.REGISTERED: _l("Registered on"),
    Column.ORIGIN: _l("Where they come from"),
    Column.LANGUAGE: _l("Language"),
    Column.SOURCE: _l("How they signed up"),
    Column.SIGNED_UP_BY: _l("Signed up by"),
    Column.INVITATION: _l("Invitation"),
    Column.CONSENT: _l("Image consent"),
    Column.SUPPORTS: _l("Supports"),
}
AT_FIRST = (Column.ORGANISATION, Column.EMAIL, Column.SESSIONS, Column.REGISTERED)
OWN_PLACE = frozenset(AT_FIRST)
"""What the page sets in a way of its own; the others are plain text."""


@dataclass(frozen=True)
class Columns:
    """The columns chosen, in their order, and the questions among them."""

    fixed: tuple[Column, ...] = AT_FIRST
    asked: tuple[Question, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def names(self) -> list[str]:
        """What an address calls them."""
        return [*(column.value for column in self.fixed), *(name_of(question) for question in self.asked)]

    @property
    def is_usual(self) -> bool:
        return self == Columns()

    @property
    def plain(self) -> list[tuple[str, Any]]:
        """Those that are plain text, with their heads."""
        fixed = [(column.value, COLUMNS[column]) for column in self.fixed if column not in OWN_PLACE]
        return [*fixed, *((name_of(question), question.text) for question in self.asked)]


def name_of(question: Question) -> str:
    """What an address calls the column of a question."""
    return f"{_OF_A_QUESTION}{question.id}"


def carry_over(names: Iterable[str], asked: Mapping[Question, Question]) -> list[str]:
    """Name columns as the copy of an event does, without those of questions that it does not ask."""
    copies = {name_of(old): name_of(new) for old, new in asked.items()}
    fixed = {column.value for column in Column}
    return [copies.get(name, name) for name in names if name in fixed or name in copies]


def choose(names: Iterable[str], offered: Iterable[Column], asked: Sequence[Question]) -> Columns:
    """The columns with these names, of those offered; a name there is none of is passed over, for it was once."""
    wanted = set(names)
    if not wanted:
        return Columns()
    return Columns(
        tuple(column for column in Column if column in set(offered) and column.value in wanted),
        tuple(question for question in asked if name_of(question) in wanted),
    )


def read_cells(
    shown: Sequence[Registration], columns: Columns, invitations: Mapping[int, str]
) -> dict[int, dict[str, str]]:
    """What stands in the plain columns, by registration and column; as many queries for one as for fifty."""
    ids = [registration.id for registration in shown]
    words = questions.read_words(ids) if columns.asked else {}
    needs = supports.read_needs(ids) if Column.SUPPORTS in columns.fixed else {}
    cells: dict[int, dict[str, str]] = {}
    for registration in shown:
        of_person = _read_fixed(registration, columns, invitations)
        if Column.SUPPORTS in columns.fixed:
            of_person[Column.SUPPORTS.value] = _say_needs(needs.get(registration.id, ()))
        for question in columns.asked:
            said = words.get(registration.id, {}).get(question.id, ())
            of_person[name_of(question)] = _shorten(questions.say(question, said))
        cells[registration.id] = of_person
    return cells


def _read_fixed(registration: Registration, columns: Columns, invitations: Mapping[int, str]) -> dict[str, str]:
    values: dict[Column, object] = {
        Column.ORIGIN: DIMENSIONS[registration.dimension] if registration.dimension else "",
        Column.LANGUAGE: NAMES.get(registration.language, registration.language),
        Column.SOURCE: REGISTRATION_SOURCES[registration.source],
        Column.SIGNED_UP_BY: registration.signed_up_by_name,
        Column.INVITATION: invitations.get(registration.invitation_id or 0, ""),
        Column.CONSENT: _("Yes") if registration.image_consent_at else _("No"),
    }
    return {column.value: str(value) for column, value in values.items() if column in columns.fixed}


def _say_needs(needs: Iterable[tuple[Any, str]]) -> str:
    return " · ".join(
        f"{SUPPORTS[kind]}: {_shorten(details)}" if details else str(SUPPORTS[kind]) for kind, details in needs
    )


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
