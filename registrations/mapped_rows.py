"""The people of a file whose columns somebody has named: every cell read as what it was said to hold."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from core.languages import NAMES
from core.sheets import Sheet, iterate_cells
from core.text import clean_line, clean_text, fold, shorten
from events.models import Event, Session
from registrations import identities, questions
from registrations.mappings import AT_SESSION, TO_QUESTION, TO_SESSION, Part, list_sessions
from registrations.mappings import Mapping as ColumnMapping
from registrations.models import Question, QuestionKind
from registrations.readers import ALL_SESSIONS, COLUMNS, NO_SESSION, AttendeeRow, merge_rows, read_row, split_surnames

_YES = ALL_SESSIONS | {"s", "y", "ok", "v", "✓", "✔", "✗", "☑", "present", "presente", "ve", "be", "assisteix",
                       "asiste", "going", "checked in"}  # fmt: skip
_NO = NO_SESSION | {"", "n", "-", "–", "—", "absent", "ausente", "☐"}
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*|\d{1,2}:\d{2}.*|[1-9]\d*")
_COMING = {"confirmed", "confirmada", "confirmat", "confirmado", "complete", "completed", "completa", "completada",
           "completado", "paid", "pagada", "pagat", "pagado", "approved", "aprovada", "aprovat", "aprobada", "aprobado",
           "active", "activa", "actiu", "activo", "accepted", "acceptada", "acceptat", "aceptada", "aceptado",
           "acquired", "to be paid", "checked in", "valid", "valida", "registered", "inscrita", "inscrit", "inscrito",
           "going", "participant", "p", "bezahlt", "paye", "attending", "ok", "si", "yes"}  # fmt: skip
_GONE = {"cancelled", "canceled", "cancel lada", "cancellada", "cancel·lada", "cancellat", "cancelada", "cancelado",
         "anullada", "anul·lada", "anullat", "anulada", "anulado", "withdrawn", "retirada", "rejected", "rebutjada",
         "rebutjat", "rechazada", "rechazado", "declined", "denegada", "expired", "caducada", "caducat", "caducado",
         "refunded", "released", "c", "e", "storniert", "annule", "invalid", "no", "not going", "baixa",
         "baja"}  # fmt: skip
_NOT_YET = {"pending", "pendent", "pendiente", "unpaid", "waiting", "waiting list", "on waiting list", "en espera",
            "en llista d espera", "en lista de espera", "llista d espera", "lista de espera", "offered",
            "place offered", "placa oferta", "plaza ofrecida", "placa oferida", "not approved", "n", "ausstehend",
            "reserved", "awaiting payment", "pendent de pagament", "pendiente de pago"}  # fmt: skip
_LANGUAGES = {
    **{code: code for code in NAMES},
    **{fold(name): code for code, name in NAMES.items()},
    "catalan": "ca",
    "valencia": "ca",
    "cat": "ca",
    "castella": "es",
    "espanyol": "es",
    "espanol": "es",
    "spanish": "es",
    "cas": "es",
    "angles": "en",
    "ingles": "en",
}
_PARTS_OF_LISTS = (re.compile(r"[;\n|]| · "), re.compile(","), re.compile(r"\s+"))


@dataclass(frozen=True)
class LeftOut:
    """A row that is not brought in, and why."""

    number: int
    name: str
    reason: str


@dataclass(frozen=True)
class People:
    """The people of a file, and the rows of those who do not come."""

    rows: Sequence[AttendeeRow]
    left_out: Sequence[LeftOut]


def read_people(event: Event, sheet: Sheet, mapping: ColumnMapping) -> People:
    """Read every row; one that cannot be taken says why in its `problems`."""
    reader = _Reader(event, mapping)
    rows: list[AttendeeRow] = []
    left_out: list[LeftOut] = []
    for number, cells in iterate_cells(sheet):
        values = reader.name_cells(cells)
        state = fold(values[Part.STATE].replace("_", " ")) if Part.STATE in values else ""
        if state in _GONE | _NOT_YET:
            reason = _("cancelled there") if state in _GONE else _("has no place there yet")
            left_out.append(
                LeftOut(number, reader.find_name(values), f"{reason}: {clean_line(values[Part.STATE])[:60]}")
            )
            continue
        row = reader.read(number, values)
        if state and state not in _COMING:
            problem = _("nobody knows what state “%(text)s” is", text=clean_line(values[Part.STATE])[:60])
            row = replace(row, problems=(*row.problems, problem))
        rows.append(row)
    return People(merge_rows(rows), left_out)


class _Reader:
    """What is the same for every row of a file."""

    def __init__(self, event: Event, mapping: ColumnMapping) -> None:
        sessions = list_sessions(event)
        self._columns = mapping.columns
        self._codes = {session.code.casefold(): session.code for session in sessions}
        self._names = _name_sessions(sessions)
        self._questions = {f"{TO_QUESTION}{each.id}": each for each in questions.list_questions(event)}

    def name_cells(self, cells: Sequence[str]) -> dict[str, str]:
        """The cells by what they hold; several that hold the same kind of thing together."""
        values: defaultdict[str, list[str]] = defaultdict(list)
        for column, cell in zip(self._columns, cells, strict=False):
            if column:
                values[column].append(cell)
        return {column: ";".join(filter(None, found)) for column, found in values.items()}

    def find_name(self, values: Mapping[str, str]) -> str:
        """What a row calls its person."""
        names = (values.get(part, "") for part in (Part.FIRST_NAME, Part.LAST_NAME, Part.FULL_NAME, Part.REVERSED_NAME))
        return clean_line(" ".join(names))[:200]

    def read(self, number: int, values: Mapping[str, str]) -> AttendeeRow:
        """Read one row."""
        problems: list[str] = []
        texts = {name: values.get(name, "") for name in COLUMNS}
        if clean_line(values.get(Part.REVERSED_NAME)):
            texts["full_name"] = turn_name(clean_line(values[Part.REVERSED_NAME]))
        texts["sessions"] = self._read_sessions(texts["sessions"], TO_SESSION, values, problems)
        if fold(texts["attended"]) not in ALL_SESSIONS:
            named = "" if fold(texts["attended"]) in _NO else texts["attended"]
            texts["attended"] = self._read_sessions(named, AT_SESSION, values, problems)
        words = dict(self._read_answers(values, problems))
        row = read_row(number, texts, self._codes)
        return replace(
            row,
            problems=(*row.problems, *problems),
            language=_LANGUAGES.get(fold(values.get(Part.LANGUAGE, ""))[:20].partition(" ")[0], ""),
            code=clean_line(values.get(Part.CODE)).upper(),
            words=words,
        )

    def _read_sessions(self, text: str, tick: str, values: Mapping[str, str], problems: list[str]) -> str:
        """The codes that a cell names by code or title, and those of the columns that are ticked."""
        codes = list(self._find_codes(clean_text(text), _PARTS_OF_LISTS, problems))
        for column, cell in values.items():
            if column.startswith(tick):
                said = _read_tick(clean_line(cell))
                codes += [column.removeprefix(tick)] if said else []
                if said is None:
                    problems.append(_("“%(text)s” is neither yes nor no", text=shorten(cell)))
        return " ".join(codes)

    def _find_codes(self, text: str, separators: Sequence[re.Pattern[str]], problems: list[str]) -> Iterator[str]:
        """Find the session that a text names, or part it ever more finely until each part names one."""
        code = self._codes.get(text.casefold()) or self._names.get(fold(text))
        if code or not text:
            yield from [code] if code else []
            return
        for at, separator in enumerate(separators, 1):
            parts = [part.strip() for part in separator.split(text) if part.strip()]
            is_finest = at == len(separators)
            if len(parts) > 1 and not (is_finest and any(part.casefold() not in self._codes for part in parts)):
                for part in parts:
                    yield from self._find_codes(part, separators[at:], problems)
                return
        problem = _("no session that people can be at has the code or the title “%(text)s”", text=shorten(text))
        problems.append(problem)

    def _read_answers(self, values: Mapping[str, str], problems: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
        for column, question in self._questions.items():
            text = clean_text(values.get(column))
            if not text:
                continue
            words = _read_answer(question, text)
            if words is None:
                said = "…" if question.kind is QuestionKind.IDENTITY else shorten(text)  # there may be a number in it
                problem = _("“%(text)s” is no answer to “%(question)s”", text=said, question=question.text)
                problems.append(problem)
            else:
                yield question.id, words


def turn_name(text: str) -> str:
    """Put a comma between surnames and name where they come in this order: two surnames, unless there are two words."""
    if "," in text:
        return text
    last_name, first_name = split_surnames(text)
    return f"{last_name}, {first_name}" if first_name else last_name


def _name_sessions(sessions: Sequence[Session]) -> dict[str, str]:
    """The code of each session by its title, and by code and title; a title that two have names neither."""
    names: dict[str, str] = {}
    titles = [fold(session.title) for session in sessions]
    for session, title in zip(sessions, titles, strict=True):
        names[fold(f"{session.code} {session.title}")] = session.code
        if titles.count(title) == 1:
            names[title] = session.code
    return names


def _read_tick(text: str) -> bool | None:
    """Whether a cell says yes: a cross, a word, or when it was; None when nobody can tell."""
    word = fold(text) or text
    if word in _NO:
        return False
    return True if word in _YES or _MOMENT.fullmatch(text) else None


def _read_answer(question: Question, text: str) -> tuple[str, ...] | None:
    """The words of an answer as the form would keep them, or None when the form would not take them."""
    if question.kind is QuestionKind.YES_NO:
        said = _read_tick(clean_line(text))
        return None if said is None else (questions.YES if said else questions.NO,)
    if question.kind is QuestionKind.LONG:
        return (text,) if len(text) <= questions.LONG_LENGTH else None
    if question.kind is QuestionKind.SHORT:
        line = clean_line(text)
        return (line,) if len(line) <= questions.SHORT_LENGTH else None
    if question.kind is QuestionKind.IDENTITY:
        masked = identities.mask(text)
        return (masked,) if masked else None
    return _read_options(question, text)


def _read_options(question: Question, text: str) -> tuple[str, ...] | None:
    """The options that a text names: one, or several in a row where the question allows it."""
    options = {fold(option): option for option in question.options}
    if fold(text) in options:
        return (options[fold(text)],)
    for separator in _PARTS_OF_LISTS[:2] if question.kind is QuestionKind.SEVERAL else ():
        parts = [fold(part) for part in separator.split(text) if part.strip()]
        if all(part in options for part in parts):
            return tuple(dict.fromkeys(options[part] for part in parts))
    return None
