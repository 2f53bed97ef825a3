"""Read a PROGRAMME.toml: bytes in, an event with its sessions out, or every problem with the line it stands in.

The keys are those of docs/organitzar.md. Local times are in the event's time zone. A key that is left out says nothing:
a new event or session takes the default, one that exists keeps what it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import gettext as _

from core.config import LANGUAGES
from core.text import shorten
from events.models import Dimension, EventState, SessionKind
from events.toml_tables import Path, Problems, Table, fold_word, line_of, parse, refusal
from events.values import (
    CODE,
    CODE_LENGTH,
    FACILITATORS_LENGTH,
    ROOM_LENGTH,
    SLUG_LENGTH,
    URL_LENGTH,
    WEB_ADDRESS,
    EventValues,
    SessionValues,
    slugify,
)

_STATES = {
    EventState.DRAFT: ("draft", "esborrany", "borrador"),
    EventState.PUBLISHED: ("published", "publicada", "publicat", "publicado"),
    EventState.CANCELLED: ("cancelled", "canceled", "cancel·lada", "anul·lada", "cancelada", "anulada"),
    EventState.CLOSED: ("closed", "tancada", "cerrada"),
}
_KINDS = {
    SessionKind.WORKING: (
        *("working", "working session", "workshop", "taller", "treball", "sessió de treball", "grup de treball"),
        *("trabajo", "sesión de trabajo", "grupo de trabajo"),
    ),
    SessionKind.PLENARY: ("plenary", "plenary session", "plenària", "sessió plenària", "plenaria", "sesión plenaria"),
    SessionKind.VISIT: ("visit", "visita"),
    SessionKind.BREAK: ("break", "coffee break", "pausa", "descans", "descanso"),
}
DIMENSIONS_SPELT = {
    Dimension.INTERNAL: ("internal", "interna", "interno"),
    Dimension.OTHER_AGENTS: ("other agents", "altres agents", "otros agentes"),
    Dimension.CITIZENS: ("citizens", "ciutadania", "ciudadanía"),
}
_NO_DIMENSION = {"", "none", "cap", "ninguna"}


@dataclass(frozen=True)
class NamedArea:
    """A neighbourhood or a district as the file names it; an empty text is none."""

    text: str
    line: int


@dataclass(frozen=True)
class ProgrammeSession:
    """One `[[session]]`: its values without what it only names: the room (empty: none, None: not said) and the area."""

    code: str
    values: SessionValues
    room: str | None
    line: int
    district: NamedArea | None = None
    neighbourhood: NamedArea | None = None


@dataclass(frozen=True)
class Programme:
    """What a file says of an event; what it names elsewhere (process, neighbourhoods) is still only a name."""

    slug: str
    values: EventValues
    process: str | None
    state: EventState | None
    neighbourhoods: tuple[NamedArea, ...] | None
    sessions: tuple[ProgrammeSession, ...]
    lines: Mapping[str, int]

    def line(self, key: str = "") -> int:
        """Where the key of `[event]` stands, or the part itself."""
        return self.lines.get(key, self.lines[""])


def read_programme(data: bytes, *, default_timezone: str) -> Programme:
    """Read the whole file; raises InputError with every problem found."""
    content, lines = parse(data)
    problems = Problems()
    for name in content.keys() - {"event", "session"}:
        problems.add(
            line_of(lines, name),
            _("“%(name)s” is not a part of a programme; there are [event] and [[session]]", name=shorten(name)),
        )
    event = content.get("event")
    if not isinstance(event, dict):
        raise refusal((line_of(lines, "event"), _("the part [event] is missing")))
    programme = _read_event(Table(event, ("event",), lines, problems), default_timezone)
    sessions = _read_sessions(content.get("session", []), programme, lines, problems)
    problems.raise_if_any()
    return Programme(**{**programme, "sessions": sessions})


def _read_event(table: Table, default_timezone: str) -> dict[str, Any]:
    """The fields of a Programme without its sessions; a field that is wrong is noted and missing."""
    slug = table.text("slug", SLUG_LENGTH, required=True)
    if slug and slugify(slug) != slug:
        table.wrong("slug", _("may hold only small letters without accents, digits and hyphens"))
    zone = _read_zone(table, default_timezone)
    values: dict[str, Any] = {
        "slug": slug,
        "title": table.text("title", required=True),
        "starts_at": table.moment("starts", zone, required=True),
        "ends_at": table.moment("ends", zone, required=True),
        "timezone": zone.key,
        "venue": table.text("venue"),
        "address": table.text("address"),
        "summary": table.long_text("summary"),
        "description": table.long_text("description"),
        "objectives": table.long_text("objectives"),
        "language": _read_language(table),
        "capacity": table.number("capacity"),
        "registration_opens_at": table.moment("registration_opens", zone),
        "registration_closes_at": table.moment("registration_closes", zone),
    }
    _check_order(table, values["starts_at"], values["ends_at"], "ends")
    _check_order(table, values["registration_opens_at"], values["registration_closes_at"], "registration_closes")
    names = table.texts("neighbourhoods")
    line = table.line("neighbourhoods")
    programme = {
        "slug": slug,
        "values": {key: value for key, value in values.items() if value is not None},
        "process": table.text("process"),
        "state": table.word("state", _STATES),
        "neighbourhoods": None if names is None else tuple(NamedArea(name, line) for name in names),
        "lines": {key: table.line(key) for key in ("", "slug", "process", "state", "starts", "registration_closes")},
    }
    table.refuse_rest()
    return programme


def _read_zone(table: Table, default: str) -> ZoneInfo:
    name = table.text("timezone", 64) or default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.wrong("timezone", _("“%(name)s” is not a time zone; an example is Europe/Madrid", name=shorten(name)))
        return ZoneInfo(default)


def _read_language(table: Table) -> str | None:
    language = table.text("language", 8)
    if language is not None and language not in LANGUAGES:
        table.wrong("language", _("must be one of: %(known)s", known=", ".join(LANGUAGES)))
    return language


def _read_sessions(
    content: Any,
    programme: dict[str, Any],
    lines: Mapping[Path, int],
    problems: Problems,
) -> tuple[ProgrammeSession, ...]:
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        problems.add(line_of(lines, "session"), _("sessions are written as [[session]], with double brackets"))
        return ()
    seen: dict[str, int] = {}
    sessions: list[ProgrammeSession] = []
    for number, each in enumerate(content):
        session = _read_session(Table(each, ("session", number), lines, problems), programme["values"])
        if session.code:
            key = fold_code(session.code)
            if key in seen:
                problems.add(
                    session.line, _("code: “%(code)s” is already in line %(line)s", code=session.code, line=seen[key])
                )
            seen.setdefault(key, session.line)
        sessions.append(session)
    return tuple(sessions)


def fold_code(code: str) -> str:
    """What makes two codes the same: they are typed by hand into lists, so case does not tell them apart."""
    return code.casefold()


def _read_session(table: Table, event: EventValues) -> ProgrammeSession:
    zone = ZoneInfo(event["timezone"])
    code = table.text("code", CODE_LENGTH, required=True)
    if code and not CODE.fullmatch(code):
        table.wrong("code", _("may hold letters, digits, hyphens and dots, but no spaces"))
    facilitators = table.texts("facilitators")
    values: dict[str, Any] = {
        "code": code,
        "title": table.text("title", required=True),
        "description": table.long_text("description"),
        "starts_at": table.moment("starts", zone, required=True),
        "ends_at": table.moment("ends", zone, required=True),
        "kind": table.word("kind", _KINDS),
        "facilitators": None if facilitators is None else ", ".join(facilitators),
        "capacity": table.number("capacity"),
        "address": table.text("address"),
        "declared_participants": table.number("participants"),
        "declared_contributions": table.number("contributions"),
        "declared_proposals": table.number("proposals"),
        "source_url": table.text("source", URL_LENGTH),
    }
    if values["source_url"] and not WEB_ADDRESS.fullmatch(values["source_url"]):
        table.wrong("source", _("is not a web address: it begins with https://"))
    if len(values["facilitators"] or "") > FACILITATORS_LENGTH:
        table.wrong("facilitators", _("is too long: at most %(limit)s characters", limit=FACILITATORS_LENGTH))
    _check_order(table, values["starts_at"], values["ends_at"], "ends")
    _check_inside(table, values, event)
    given = {key: value for key, value in values.items() if value is not None}
    if "dimension" in table.content:
        given["dimension"] = _read_dimension(table)
    room = table.text("room", ROOM_LENGTH)
    areas = _read_area(table, "district"), _read_area(table, "neighbourhood")
    table.refuse_rest()
    return ProgrammeSession(code or "", SessionValues(**given), room, table.line("code"), *areas)  # type: ignore[typeddict-item] # the keys above


def _read_area(table: Table, key: str) -> NamedArea | None:
    text = table.text(key)
    return None if text is None else NamedArea(text, table.line(key))


def _read_dimension(table: Table) -> Dimension | None:
    value = table.content["dimension"]
    if isinstance(value, str) and fold_word(value) in _NO_DIMENSION:
        del table.content["dimension"]
        return None
    return table.word("dimension", DIMENSIONS_SPELT)


def _check_order(table: Table, first: datetime | None, last: datetime | None, key: str) -> None:
    if first and last and last <= first:
        table.wrong(key, _("must be later than the beginning"))


def _check_inside(table: Table, session: Mapping[str, Any], event: EventValues) -> None:
    """Whether the session lies within the event, as far as both are known."""
    starts_at, ends_at = session["starts_at"], session["ends_at"]
    if starts_at and "starts_at" in event and starts_at < event["starts_at"]:
        table.wrong("starts", _("the session begins before the event does"))
    if ends_at and "ends_at" in event and ends_at > event["ends_at"]:
        table.wrong("ends", _("the session ends after the event does"))
