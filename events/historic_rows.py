"""Sessions held before, out of a file whose columns somebody has named: every cell read as what it was said to hold."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.dates import FIRST_MINUTE, LAST_MINUTE, at_local_time
from core.errors import DomainError, InputError
from core.sheets import Sheet, iterate_cells, read_sheet
from core.tables import fold_heading
from core.text import clean_line, clean_text, fold, shorten
from directory import territory
from events.models import Dimension, SessionKind
from events.programme import DIMENSIONS_SPELT
from events.values import (
    CODE,
    CODE_LENGTH,
    FACILITATORS_LENGTH,
    LINE_LENGTH,
    MAX_NUMBER,
    TEXT_LENGTH,
    URL_LENGTH,
    WEB_ADDRESS,
    SessionValues,
)

A = TypeVar("A")

MOST_SESSIONS = 1000
FIRST_YEAR = 1900
NOTHING = ""
FILE_KIND = "sessions"
"""What tells the headings of these files from those of other kinds (`known_headings`)."""


class Part(StrEnum):
    """What a column can hold."""

    TITLE = "title"
    DATE = "date"
    STARTS = "starts"
    ENDS = "ends"
    PARTICIPANTS = "participants"
    CONTRIBUTIONS = "contributions"
    PROPOSALS = "proposals"
    DESCRIPTION = "description"
    CODE = "code"
    DIMENSION = "dimension"
    FACILITATORS = "facilitators"
    ADDRESS = "address"
    DISTRICT = "district"
    NEIGHBOURHOOD = "neighbourhood"
    SOURCE = "source"


PARTS = {
    Part.TITLE: _l("Title"),
    Part.DATE: _l("Day, perhaps with the hour"),
    Part.STARTS: _l("Hour or moment it began"),
    Part.ENDS: _l("Hour or moment it ended"),
    Part.PARTICIPANTS: _l("How many took part"),
    Part.CONTRIBUTIONS: _l("How many contributions"),
    Part.PROPOSALS: _l("How many proposals"),
    Part.DESCRIPTION: _l("Description"),
    Part.CODE: _l("Code, which no other session has"),
    Part.DIMENSION: _l("Dimension"),
    Part.FACILITATORS: _l("Facilitators"),
    Part.ADDRESS: _l("Street address"),
    Part.DISTRICT: _l("District"),
    Part.NEIGHBOURHOOD: _l("Neighbourhood"),
    Part.SOURCE: _l("Web address where it was published"),
}
KINDS = (SessionKind.WORKING, SessionKind.PLENARY, SessionKind.VISIT)
"""What the sessions of a file can be: nobody declares figures of a break."""
_SPELLINGS = {
    Part.TITLE: ("title", "títol", "título", "nom", "nombre", "name", "sessió", "sesión", "session", "cita", "reunió",
                 "reunión", "meeting", "title/ca", "títol de la sessió"),
    Part.DATE: ("date", "data", "fecha", "dia", "día", "day", "data de la sessió"),
    Part.STARTS: ("starts", "start", "start time", "starts at", "inici", "comença", "hora", "hora d'inici", "inicio",
                  "empieza", "hora de inicio"),
    Part.ENDS: ("ends", "end", "end time", "ends at", "fi", "final", "acaba", "hora de fi", "hora final", "fin",
                "termina", "hora de fin"),
    Part.PARTICIPANTS: ("participants", "attendees", "attendance", "assistents", "assistència", "persones",
                        "participació", "nombre d'assistents", "nombre de participants", "asistentes", "asistencia",
                        "personas", "participantes", "número de asistentes", "attendees count"),
    Part.CONTRIBUTIONS: ("contributions", "interventions", "aportacions", "intervencions", "nombre d'aportacions",
                         "aportaciones", "intervenciones", "número de aportaciones", "contributions count"),
    Part.PROPOSALS: ("proposals", "propostes", "nombre de propostes", "propuestas", "número de propuestas",
                     "related proposals"),
    Part.DESCRIPTION: ("description", "descripció", "descripción", "description/ca", "resum", "resumen"),
    Part.CODE: ("code", "codi", "código", "id", "id de cita", "id de la sessió", "reference", "referència",
                "referencia"),
    Part.DIMENSION: ("dimension", "dimensió", "dimensión"),
    Part.FACILITATORS: ("facilitators", "facilitador", "facilitadora", "facilitadors", "dinamització", "dinamitza",
                        "facilitadores", "dinamización"),
    Part.ADDRESS: ("address", "adreça", "dirección", "lloc", "lugar", "place", "location", "location/ca"),
    Part.DISTRICT: ("district", "districte", "distrito", "scope", "scope/name/ca"),
    Part.NEIGHBOURHOOD: ("neighbourhood", "neighborhood", "barri", "barrio"),
    Part.SOURCE: ("source", "url", "enllaç", "enlace", "link", "font", "fuente", "web"),
}  # fmt: skip
SPELLINGS: Mapping[str, Part] = {
    fold_heading(spelling): part for part, spellings in _SPELLINGS.items() for spelling in (part.value, *spellings)
}
"""The headings that are known, folded, with what stands under them."""

_UNKNOWN = {"", "?", "n/d", "n/a", "s/d", "n.d.", "n d", "nd", "na", "n a", "s d", "sd", "no consta",
            "desconegut", "desconeguda", "desconocido", "sense dades", "sin datos", "unknown", "not known"}  # fmt: skip
_DASHES = re.compile(r"[-–—.\s]*")
_GROUPED = re.compile(r"\d{1,3}(?:([.\s’'])\d{3})(?:\1\d{3})*")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:[T,\s]+(.*))?", re.DOTALL)
_HOUR = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*h?\.?", re.IGNORECASE)
_WHOLE_CITY = {"", "barcelona", "ciutat", "ciudad", "city", "tota la ciutat", "toda la ciudad", "tots els districtes",
               "todos los distritos"}  # fmt: skip


class LacksColumn(DomainError):
    """A session has at least a title and a day."""

    message = _l("Say which columns hold the title and the day.")


class SaidTwice(DomainError):
    """Nobody could say which of the two it is."""

    message = _l("Two columns cannot both be “%(part)s”. Leave one of them out.")


@dataclass(frozen=True)
class Reading:
    """What each column holds, in order, and what is the same for every session of the file."""

    columns: Sequence[str]
    has_headings: bool
    kind: SessionKind = SessionKind.WORKING
    dimension: Dimension | None = None

    def as_json(self) -> dict[str, Any]:
        """The values that a JSON column keeps."""
        return {
            "columns": list(self.columns),
            "has_headings": self.has_headings,
            "kind": self.kind.value,
            "dimension": self.dimension.value if self.dimension else None,
        }


@dataclass(frozen=True)
class HistoricRow:
    """A row of the file, with what is wrong with it and what to know of it; `code` is empty when it says none."""

    number: int
    title: str
    code: str
    values: SessionValues
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()


def from_json(values: dict[str, Any]) -> Reading:
    """A reading as it was kept."""
    return Reading(
        tuple(values["columns"]),
        bool(values["has_headings"]),
        SessionKind(values["kind"]),
        Dimension(values["dimension"]) if values["dimension"] else None,
    )


def guess(sheet: Sheet) -> list[str]:
    """Say by its heading what each column may hold; of two alike the first."""
    columns: list[str] = []
    for heading in sheet.headings:
        part: str = SPELLINGS.get(fold_heading(heading), NOTHING)
        columns.append(NOTHING if part in columns else part)
    return columns


def check(columns: Sequence[str]) -> None:
    """Refuse columns that tell no title or day, or one thing twice; raises LacksColumn and SaidTwice."""
    if Part.TITLE not in columns or not {Part.DATE, Part.STARTS}.intersection(columns):
        raise LacksColumn
    twice = [column for column, count in Counter(columns).items() if count > 1 and column != NOTHING]
    if twice:
        raise SaidTwice(part=PARTS[Part(twice[0])])


def read_rows(sheet: Sheet, reading: Reading, zone: ZoneInfo) -> list[HistoricRow]:
    """Read every row; one that cannot be taken says why. Raises InputError when there are too many."""
    if len(sheet.rows) > MOST_SESSIONS:
        raise InputError([_("There are more than %(count)d sessions in the file", count=MOST_SESSIONS)])
    places = {column: place for place, column in enumerate(reading.columns) if column != NOTHING}
    reader = _Reader(reading, zone)
    return [
        reader.read(number, {column: cells[place] for column, place in places.items()})
        for number, cells in iterate_cells(sheet)
    ]


def read_file(
    data: bytes,
    filename: str,
    zone: ZoneInfo,
    *,
    kind: SessionKind = SessionKind.WORKING,
    dimension: Dimension | None = None,
) -> list[HistoricRow]:
    """Read a file by its headings alone, as commands do. Raises InputError, LacksColumn."""
    sheet = read_sheet(data, filename, SPELLINGS.keys())
    columns = guess(sheet)
    check(columns)
    return read_rows(sheet, Reading(columns, sheet.has_headings, kind, dimension), zone)


@dataclass
class _Reader:
    """What is the same for every row of a file, and what is wrong with the present one."""

    reading: Reading
    zone: ZoneInfo
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, number: int, cells: Mapping[str, str]) -> HistoricRow:
        """Read one row."""
        self.problems, self.notes = [], []
        title = self._read_line(cells, Part.TITLE, LINE_LENGTH)
        if not title:
            self.problems.append(_("the title is missing"))
        values: dict[str, Any] = {
            "title": title,
            "kind": self.reading.kind,
            "description": self._read_text(cells),
            "dimension": self._read_dimension(cells),
            "facilitators": self._read_line(cells, Part.FACILITATORS, FACILITATORS_LENGTH),
            "address": self._read_line(cells, Part.ADDRESS, LINE_LENGTH),
            "declared_participants": self._read_count(cells, Part.PARTICIPANTS),
            "declared_contributions": self._read_count(cells, Part.CONTRIBUTIONS),
            "declared_proposals": self._read_count(cells, Part.PROPOSALS),
            "source_url": self._read_source(cells),
            **self._read_area(cells),
            **self._read_times(cells),
        }
        code = self._read_code(cells)
        return HistoricRow(number, title[:LINE_LENGTH], code, values, tuple(self.problems), tuple(self.notes))  # type: ignore[arg-type] # keys of SessionValues

    def _read_line(self, cells: Mapping[str, str], part: Part, limit: int) -> str:
        text = clean_line(cells.get(part, ""))
        if len(text) > limit:
            self._refuse_long(part, limit)
        return text

    def _read_text(self, cells: Mapping[str, str]) -> str:
        text = clean_text(cells.get(Part.DESCRIPTION, ""))
        if len(text) > TEXT_LENGTH:
            self._refuse_long(Part.DESCRIPTION, TEXT_LENGTH)
        return text

    def _refuse_long(self, part: Part, limit: int) -> None:
        self.problems.append(_("%(part)s: it is longer than %(limit)d characters", part=PARTS[part], limit=limit))

    def _refuse(self, part: Part, text: str, why: str) -> None:
        self.problems.append(f"{PARTS[part]}: “{shorten(text)}” {why}")

    def _read_code(self, cells: Mapping[str, str]) -> str:
        code = clean_line(cells.get(Part.CODE, ""))
        if code and (len(code) > CODE_LENGTH or not CODE.fullmatch(code)):
            self._refuse(Part.CODE, code, _("may hold letters, digits, hyphens and dots, but no spaces"))
        return code

    def _read_dimension(self, cells: Mapping[str, str]) -> Dimension | None:
        text = cells.get(Part.DIMENSION, "")
        if not fold(text):
            return self.reading.dimension
        for dimension, spellings in DIMENSIONS_SPELT.items():
            if fold(text) in map(fold, spellings):
                return dimension
        self._refuse(Part.DIMENSION, text, _("is none of the three dimensions"))
        return None

    def _read_count(self, cells: Mapping[str, str], part: Part) -> int | None:
        """A whole number; what is empty or says so is unknown, which is not zero."""
        text = clean_line(cells.get(part, "")[:1000])
        if _DASHES.fullmatch(text) or fold(text) in _UNKNOWN:
            return None
        digits = re.sub(r"\D", "", text) if _GROUPED.fullmatch(text) else text
        if digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) <= MAX_NUMBER:
            return int(digits)
        why = _("is not a whole number from 0 to %(most)d; leave empty what is not known", most=MAX_NUMBER)
        self._refuse(part, text, why)
        return None

    def _read_source(self, cells: Mapping[str, str]) -> str:
        text = clean_line(cells.get(Part.SOURCE, ""))
        if text and (len(text) > URL_LENGTH or not WEB_ADDRESS.fullmatch(text)):
            self._refuse(Part.SOURCE, text, _("is not a web address: it begins with https://"))
        return text

    def _read_area(self, cells: Mapping[str, str]) -> dict[str, str | None]:
        """The official codes of where it was; a neighbourhood tells its district."""
        district = neighbourhood = None
        named = cells.get(Part.DISTRICT, "")
        if fold(named) not in _WHOLE_CITY:
            district = self._find(territory.find_district, named)
            if district is None:
                self._refuse(Part.DISTRICT, named, _("is none of the ten districts"))
        text = cells.get(Part.NEIGHBOURHOOD, "")
        if fold(text):
            neighbourhood = self._find(territory.find_neighbourhood, text)
            if neighbourhood is None:
                self._refuse(Part.NEIGHBOURHOOD, text, _("is none of the 73 neighbourhoods"))
            elif district and neighbourhood.district_code != district.code:
                why = _("is not in %(district)s", district=district.name)
                self._refuse(Part.NEIGHBOURHOOD, text, why)
            else:
                district = neighbourhood.district
        return {
            "district_code": district.code if district else None,
            "neighbourhood_code": neighbourhood.code if neighbourhood else None,
        }

    def _find(self, find: Callable[[str], A | None], name: str) -> A | None:
        """Find a place by its name, asking once for each spelling."""
        known = self.found.setdefault(find.__name__, {})
        text = clean_line(name[:200])
        if text not in known:
            known[text] = find(text)
        place: A | None = known[text]
        return place

    def _read_times(self, cells: Mapping[str, str]) -> dict[str, datetime]:
        """When it began and ended; of a session whose hours are not told, the whole day stands for them."""
        before = len(self.problems)
        day, hour = self._read_moment(cells, Part.DATE)
        start_day, start = self._read_moment(cells, Part.STARTS)
        end_day, end = self._read_moment(cells, Part.ENDS)
        day, start = day or start_day, start if start is not None else hour
        if day is None:
            if len(self.problems) == before:
                self.problems.append(_("the day is missing"))
            return {}
        if day.year < FIRST_YEAR:
            self.problems.append(_("%(day)s is not a likely day", day=day.isoformat()))
            return {}
        if start is None or end is None:
            if start is not None or end is not None:
                self.notes.append(_("only one of its hours is told, so it is kept without any"))
            start, end, end_day = FIRST_MINUTE, LAST_MINUTE, day
        try:
            starts_at = at_local_time(datetime.combine(day, start), self.zone)
            ends_at = at_local_time(datetime.combine(end_day or day, end), self.zone)
        except (ValueError, OverflowError):
            self.problems.append(_("the clocks never showed that hour on that day"))
            return {}
        if ends_at <= starts_at:
            self.problems.append(_("it ends before it begins"))
            return {}
        return {"starts_at": starts_at, "ends_at": ends_at}

    def _read_moment(self, cells: Mapping[str, str], part: Part) -> tuple[date | None, time | None]:
        """A day, an hour, or both; midnight that comes with a day is how spreadsheets write a day alone."""
        text = clean_line(cells.get(part, "")[:200])
        if not text or _DASHES.fullmatch(text):
            return None, None
        try:
            return _parse_moment(text, self.zone)
        except (ValueError, OverflowError):
            self._refuse(part, text, _("is neither a day such as 11/02/2016 nor an hour such as 18:30"))
            return None, None


def _parse_moment(text: str, zone: ZoneInfo) -> tuple[date | None, time | None]:
    """Read a moment as people or programs write it; raises ValueError."""
    found = _DAY.fullmatch(text)
    if found:
        day, month, year = int(found[1]), int(found[2]), int(found[3])
        day_found = date(year + 2000 if year < 100 else year, month, day)
        return day_found, _unless_midnight(_parse_hour(found[4])) if found[4] else None
    if _HOUR.fullmatch(text):
        return None, _parse_hour(text)
    moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{4}$|UTC$|Z$)", "", text).replace("UTC", "Z"))
    local = moment.astimezone(zone) if moment.tzinfo else moment
    return local.date(), _unless_midnight(local.time().replace(second=0, microsecond=0))


def _unless_midnight(hour: time) -> time | None:
    return None if hour == FIRST_MINUTE else hour


def _parse_hour(text: str) -> time:
    found = _HOUR.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return time(int(found[1]), int(found[2] or 0))
