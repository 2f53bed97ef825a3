"""Attendees out of a file: its columns in three languages, its rows checked one by one."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from flask_babel import gettext as _

from core.tables import read_table
from core.text import address_key, clean_line, fold, shorten
from events.models import Dimension
from registrations.addresses import deliverable_address
from registrations.models import Registration

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("nom", "nom de pila", "nombre", "nombre de pila", "first name", "given name", "name"),
    "last_name": ("cognoms", "cognom", "primer cognom", "cognom 1", "apellidos", "apellido", "primer apellido",
                  "apellido 1", "last name", "surname", "family name"),
    "second_last_name": ("segon cognom", "cognom 2", "segundo apellido", "apellido 2", "second last name"),
    "full_name": ("nom i cognoms", "nom complet", "cognoms i nom", "cognoms, nom", "nombre y apellidos",
                  "nombre completo", "apellidos y nombre", "apellidos, nombre", "full name", "name and surname"),
    "email": ("adreça electrònica", "correu electrònic", "correu", "adreça de correu", "correo electrónico", "correo",
              "dirección electrónica", "e-mail", "email address", "mail"),
    "organisation": ("entitat", "entitat o servei", "organització", "institució", "entidad", "entidad o servicio",
                     "organización", "institución", "organisation", "organization"),
    "dimension": ("dimensió", "dimensión", "dimension"),
    "sessions": ("sessions", "sessió", "sessions triades", "sesiones", "sesión", "sesiones elegidas", "session",
                 "sessions chosen"),
    "attended": ("assistència", "assistències", "sessions assistides", "ha assistit", "asistencia", "asistencias",
                 "sesiones asistidas", "ha asistido", "attendance", "sessions attended"),
}  # fmt: skip

DIMENSIONS: Mapping[str, Dimension] = {
    "internal": Dimension.INTERNAL,
    "interna": Dimension.INTERNAL,
    "other agents": Dimension.OTHER_AGENTS,
    "altres agents": Dimension.OTHER_AGENTS,
    "otros agentes": Dimension.OTHER_AGENTS,
    "citizens": Dimension.CITIZENS,
    "ciutadania": Dimension.CITIZENS,
    "ciudadania": Dimension.CITIZENS,
}
ALL_SESSIONS = frozenset({"x", "1", "si", "yes", "true"})
"""What people put in the column of attendance when they mean: at every session the row names."""
NO_SESSION = frozenset({"0", "no", "false"})

LENGTHS: Mapping[str, int] = {
    name: Registration.__table__.columns[name].type.length  # type: ignore[attr-defined] # all four are String columns
    for name in ("first_name", "last_name", "email", "organisation")
}
_SEPARATORS = re.compile(r"[\s;,]+")
_PLAIN_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PLAIN_LENGTH = 64  # no part of an address is too long in one that is not longer
# Words that belong to the surname after them: "Maria de la Cruz Puig i Ferrer".
_PARTICLES = frozenset(
    ("da", "dal", "de", "del", "der", "di", "do", "dos", "du", "el", "i", "la", "las", "los", "van", "von", "y")
)


@dataclass(frozen=True)
class AttendeeRow:
    """One person as a file names them: `number` is the row as its reader sees it, sessions and attended are codes.

    `code` is that of a registration there is, `words` are answers by the id of their question, and `others` the further
    rows that are of the same person.
    """

    number: int
    first_name: str
    last_name: str
    email: str
    organisation: str
    dimension: Dimension | None
    sessions: tuple[str, ...]
    attended: tuple[str, ...]
    problems: tuple[str, ...] = ()
    language: str = ""
    code: str = ""
    words: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[int, ...] = ()


def read_attendees(data: bytes, filename: str, codes: Collection[str]) -> list[AttendeeRow]:
    """Give the people of a file, in order; `codes` are those of the sessions that people can be at.

    Rows with one address and one name are one person. A row that cannot be taken says why in its `problems`, so that
    whoever uses the rows can name these together with what they find themselves. Raises `InputError` when the file as
    a whole cannot be read.
    """
    known = {code.casefold(): code for code in codes}
    table_rows = read_table(data, filename, COLUMNS, [("first_name", "full_name")])
    return merge_rows(read_row(each.number, each.values, known) for each in table_rows)


def read_row(number: int, texts: Mapping[str, str], known: Mapping[str, str]) -> AttendeeRow:
    """Read a row with a text for each of `COLUMNS`; `known` are codes of sessions by their casefolded spelling."""
    values = {name: clean_line(text) for name, text in texts.items()}
    row = _read_row(number, values, known)
    return replace(row, problems=tuple(_find_problems(row, values, known)))


def merge_rows(rows: Iterable[AttendeeRow]) -> list[AttendeeRow]:
    """Make one row of those with one address and one name; two names with one address are a problem."""
    return _merge_rows(_refuse_two_names(rows))


def split_name(text: str) -> tuple[str, str]:
    """Part a full name into first and last names: at the comma, else before the two surnames that people have here."""
    if "," in text:
        last_name, _comma, first_name = text.partition(",")
        return first_name.strip(), last_name.strip()
    words = _join_particles(text.split())
    at = len(words) - min(2, len(words) - 1)
    return " ".join(words[:at]), " ".join(words[at:])


def split_surnames(text: str) -> tuple[str, str]:
    """Part a name that begins with the surnames into these and the name: two surnames, or one before a single word."""
    words = _join_particles(["", *text.split()])[1:]  # the first word is a surname here, and may be a particle
    at = min(2, len(words) - 1)
    return " ".join(words[:at]), " ".join(words[at:])


def _join_particles(words: list[str]) -> list[str]:
    """Put `de la`, `i` and their like together with the word they lead to."""
    joined: list[str] = []
    prefix = ""
    for at, word in enumerate(words, 1):
        if 1 < at < len(words) and fold(word) in _PARTICLES:
            prefix += f"{word} "
        else:
            joined.append(prefix + word)
            prefix = ""
    return joined


def _read_row(number: int, values: Mapping[str, str], known: Mapping[str, str]) -> AttendeeRow:
    first_name, last_name = values["first_name"], f"{values['last_name']} {values['second_last_name']}".strip()
    if not first_name and not last_name:
        first_name, last_name = split_name(values["full_name"])
    sessions = _read_codes(values["sessions"], known)
    return AttendeeRow(
        number=number,
        first_name=first_name,
        last_name=last_name,
        email=(_read_address(values["email"]) or values["email"]) if values["email"] else "",
        organisation=values["organisation"],
        dimension=DIMENSIONS.get(_word(values["dimension"])),
        sessions=sessions,
        attended=_read_attended(values["attended"], sessions, known),
    )


@lru_cache(maxsize=16)  # asked twice for each row: for its value, then for its problems
def _read_address(text: str) -> str | None:
    """Give the address as it is kept, or None when it is none that mail can be sent to.

    Looking at a domain costs most, and twenty thousand people have few: a plain address is its name at a known one.
    """
    name, _at, domain = text.rpartition("@")
    if len(text) <= _PLAIN_LENGTH and _PLAIN_NAME.fullmatch(name):
        known = _read_domain(domain)
        return known and f"{name}@{known}"
    with suppress(ValueError):
        address = deliverable_address(text)
        return address if len(address) <= LENGTHS["email"] else None
    return None


@lru_cache(maxsize=4096)
def _read_domain(domain: str) -> str | None:
    """Give the domain as it is kept in an address, or None when there can be none there."""
    with suppress(ValueError):
        return deliverable_address(f"a@{domain}").removeprefix("a@")
    return None


def _read_codes(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The codes that a cell names, each once and as the programme spells it; an unknown one stays as it is."""
    return tuple(dict.fromkeys(known.get(code.casefold(), code) for code in _SEPARATORS.split(text) if code))


def _read_attended(text: str, sessions: tuple[str, ...], known: Mapping[str, str]) -> tuple[str, ...]:
    codes = _read_codes(text, known)
    if len(codes) == 1 and codes[0].casefold() not in known:
        if fold(text) in ALL_SESSIONS and sessions:
            return sessions
        if fold(text) in NO_SESSION:
            return ()
    return codes


def _word(text: str) -> str:
    return fold(text.replace("_", " "))


def _find_problems(row: AttendeeRow, values: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    """Say everything that keeps a row from being taken."""
    if not row.first_name:
        yield _("the first name is missing")
    for name, text in (
        ("first_name", row.first_name),
        ("last_name", row.last_name),
        ("organisation", row.organisation),
    ):
        if len(text) > LENGTHS[name]:
            yield _("“%(text)s…” is longer than %(length)d characters", text=text[:30], length=LENGTHS[name])
    if values["email"] and not _read_address(values["email"]):
        yield _("“%(text)s” is not an e-mail address", text=shorten(row.email))
    if values["dimension"] and row.dimension is None:
        yield _("“%(text)s” is not a dimension: internal, other_agents or citizens", text=shorten(values["dimension"]))
    for code in dict.fromkeys(row.sessions + row.attended):
        if code.casefold() not in known:
            yield _("no session that people can be at has the code “%(code)s”", code=shorten(code))


def _refuse_two_names(rows: Iterable[AttendeeRow]) -> Iterator[AttendeeRow]:
    """Add a problem to the rows whose address an earlier row gives to somebody else."""
    first_rows: dict[str, AttendeeRow] = {}
    for row in rows:
        first = first_rows.setdefault(address_key(row.email), row) if row.email else row
        if _name_of(first) == _name_of(row):
            yield row
        else:
            problem = _("row %(other)d has the same address with another name", other=first.number)
            yield replace(row, problems=(*row.problems, problem))


def _name_of(row: AttendeeRow) -> str:
    return fold(f"{row.first_name} {row.last_name}")


def _merge_rows(rows: Iterable[AttendeeRow]) -> list[AttendeeRow]:
    """Make one row of those with one address; who gave none, and what cannot be taken, stands alone."""
    people: dict[str | int, AttendeeRow] = {}
    for row in rows:
        key = (not row.problems and address_key(row.email)) or row.number
        people[key] = _merge(people[key], row) if key in people else row
    return list(people.values())


def _merge(first: AttendeeRow, second: AttendeeRow) -> AttendeeRow:
    return replace(
        first,
        organisation=first.organisation or second.organisation,
        dimension=first.dimension or second.dimension,
        sessions=tuple(dict.fromkeys(first.sessions + second.sessions)),
        attended=tuple(dict.fromkeys(first.attended + second.attended)),
        language=first.language or second.language,
        code=first.code or second.code,
        words={**second.words, **first.words},
        others=(*first.others, second.number),
    )
