"""The text of a message: paragraphs and lines with fields in braces, checked as it is typed and filled in for a person.

`{nom}` stands for the person's first name; a field goes by its name in any of the three languages, whatever the text is
in. A brace that is meant as one is typed twice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from flask_babel import gettext as _

from core.text import fold

SUBJECT_LENGTH = 200
TEXT_LENGTH = 10_000


class Field(StrEnum):
    """What a message says of the person or of the event."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ORGANISATION = "organisation"
    SESSIONS = "sessions"
    LINK = "link"
    CODE = "code"
    EVENT = "event"
    WHEN = "when"
    PLACE = "place"
    PROGRAMME = "programme"


NAMES: dict[str, dict[Field, str]] = {
    "ca": {
        Field.FIRST_NAME: "nom",
        Field.LAST_NAME: "cognoms",
        Field.ORGANISATION: "entitat",
        Field.SESSIONS: "sessions",
        Field.LINK: "enllaç",
        Field.CODE: "codi",
        Field.EVENT: "jornada",
        Field.WHEN: "quan",
        Field.PLACE: "lloc",
        Field.PROGRAMME: "programa",
    },
    "es": {
        Field.FIRST_NAME: "nombre",
        Field.LAST_NAME: "apellidos",
        Field.ORGANISATION: "entidad",
        Field.SESSIONS: "sesiones",
        Field.LINK: "enlace",
        Field.CODE: "código",
        Field.EVENT: "jornada",
        Field.WHEN: "cuándo",
        Field.PLACE: "lugar",
        Field.PROGRAMME: "programa",
    },
    "en": {
        Field.FIRST_NAME: "name",
        Field.LAST_NAME: "last name",
        Field.ORGANISATION: "organisation",
        Field.SESSIONS: "sessions",
        Field.LINK: "link",
        Field.CODE: "code",
        Field.EVENT: "event",
        Field.WHEN: "when",
        Field.PLACE: "place",
        Field.PROGRAMME: "programme",
    },
}

_FIELDS = {fold(name): field for names in NAMES.values() for field, name in names.items()}
_SPELLINGS = {fold(name): name for names in NAMES.values() for name in names.values()}
# Two braces are one, a pair with something in it on one line is a field; any other brace is a brace.
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}\n]+)\}")
_OPEN = re.compile(r"\{([^\W\d_]+)")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_SHOWN = 40


@dataclass(frozen=True)
class Part:
    """A piece of a line: as it was typed, where web addresses become links, or a field filled in, where none does."""

    words: str
    is_typed: bool = True
    address: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a paragraph; one that holds nothing but the sessions is a list of them, one item or more."""

    parts: tuple[Part, ...] = ()
    items: tuple[str, ...] = ()
    button: Part | None = None


Paragraph = tuple[Line, ...]


@dataclass(frozen=True)
class Value:
    """What a field becomes for one person: words, words that are a link, or several of them."""

    words: str
    address: str = ""
    label: str = ""
    items: tuple[str, ...] = ()


def find_problems(text: str) -> list[str]:
    """Name every field of the text that there is none of, with its line when there are several."""
    lines = text.split("\n")
    problems = [(number, words) for number, line in enumerate(lines, 1) for words in _find_in_line(line)]
    if len(lines) == 1:
        return [words for _number, words in problems]
    return [_("Line %(number)d: %(words)s", number=number, words=words) for number, words in problems]


def fill_line(text: str, values: Mapping[Field, Value]) -> str:
    """The subject for one person."""
    return "".join(values[part].words if isinstance(part, Field) else part for part in _split(text))


def fill(text: str, values: Mapping[Field, Value]) -> list[Paragraph]:
    """The text for one person, in paragraphs; what a field says is never taken for another field."""
    return [
        tuple(_fill_line(line, values) for line in paragraph.split("\n"))
        for paragraph in _PARAGRAPHS.split(text.strip())
    ]


def as_text(paragraphs: Iterable[Paragraph]) -> str:
    """The paragraphs as plain text."""
    return "\n\n".join("\n".join(_say(line) for line in paragraph) for paragraph in paragraphs)


def _say(line: Line) -> str:
    if line.button:
        return line.button.address
    return "\n".join(f"- {item}" for item in line.items) or "".join(part.address or part.words for part in line.parts)


def _fill_line(text: str, values: Mapping[Field, Value]) -> Line:
    parts = [part for part in _split(text) if part]
    if len(parts) == 1 and isinstance(only := parts[0], Field):
        value = values[only]
        if value.items:
            return Line(items=value.items)
        if value.label:
            return Line(button=Part(value.label, is_typed=False, address=value.address))
    return Line(
        tuple(
            Part(values[part].words, is_typed=False, address=values[part].address)
            if isinstance(part, Field)
            else Part(part)
            for part in parts
        )
    )


def _split(text: str) -> Iterator[Field | str]:
    """What a text is made of, in order; only a text without problems."""
    end = 0
    for found in _BRACES.finditer(text):
        yield text[end : found.start()]
        yield found[0][0] if found[1] is None else _FIELDS.get(_key(found[1]), found[0])
        end = found.end()
    yield text[end:]


def _find_in_line(line: str) -> Iterator[str]:
    for name in _list_unknown(line):
        shown = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
        near = get_close_matches(_key(name), _SPELLINGS, n=1)
        if near:
            yield _("{%(name)s} is no field. Did you mean {%(near)s}?", name=shown, near=_SPELLINGS[near[0]])
        else:
            yield _("{%(name)s} is no field. For the braces themselves type each twice.", name=shown)
    for name in _list_unclosed(line):
        yield _("The brace that closes {%(name)s is missing.", name=name)


def _list_unknown(line: str) -> list[str]:
    names = [found[1].strip() for found in _BRACES.finditer(line) if found[1] is not None]
    return [name for name in names if _key(name) not in _FIELDS]


def _list_unclosed(line: str) -> list[str]:
    """Fields that begin and do not end: `{nom, bon dia`."""
    return [found[1] for found in _OPEN.finditer(_BRACES.sub(" ", line)) if _key(found[1]) in _FIELDS]


def _key(name: str) -> str:
    return fold(name.replace("_", " "))
