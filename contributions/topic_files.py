"""Lists of topics in files and in pasted text: lines in, what is said of each topic out."""

from collections.abc import Callable

from flask_babel import gettext as _

from contributions import topics
from contributions.labels import TOPIC_COLOURS
from contributions.models import TopicColour
from contributions.topic_lists import TopicValues
from core.config import LANGUAGES
from core.errors import DomainError, InputError
from core.tables import TableRow, at_row, read_table
from core.text import clean_line, fold

MAX_TOPICS = 500
COLUMNS = {
    "name": ("name", "nom", "nombre", "topic", "eix", "eje"),
    "ca": ("ca", "català", "catalán", "catalan", "nom en català"),
    "es": ("es", "castellà", "castellano", "castilian", "espanyol", "español", "spanish", "nombre en castellano"),
    "en": ("en", "anglès", "inglés", "english", "name in english"),
    "colour": ("colour", "color"),
}


def read_lines(text: str) -> list[TopicValues]:
    """Read one topic from each line. Raises `InputError` naming every line that cannot be one."""
    lines = [(number, clean_line(line)) for number, line in enumerate(text.splitlines(), 1)]
    return _check([(number, TopicValues(line)) for number, line in lines if line], _describe_line)


def read_file(data: bytes, filename: str) -> list[TopicValues]:
    """Read one topic from each row of a CSV, XLSX or ODS file. Raises `InputError` naming every bad row."""
    problems: list[str] = []
    rows = []
    for row in read_table(data, filename, COLUMNS, [("name", *LANGUAGES)]):
        names = {language: name for language in LANGUAGES if (name := clean_line(row.values[language]))}
        own = clean_line(row.values["name"]) or next(iter(names.values()), "")
        if not own:
            problems.append(at_row(row.number, _("it names no topic")))
            continue
        rows.append((row.number, TopicValues(own, names, _read_colour(row, problems))))
    return _check(rows, at_row, problems)


def _read_colour(row: TableRow, problems: list[str]) -> TopicColour | None:
    wanted = fold(row.values["colour"])
    if not wanted:
        return None
    words = {fold(str(label)): colour for colour, label in TOPIC_COLOURS.items()}
    colour = words.get(wanted) or next((each for each in TopicColour if each.value == wanted), None)
    if colour is None:
        known = ", ".join(str(label) for label in TOPIC_COLOURS.values())
        reason = _("“%(word)s” is none of the colours: %(known)s", word=row.values["colour"][:40], known=known)
        problems.append(at_row(row.number, reason))
    return colour


def _check(
    rows: list[tuple[int, TopicValues]], describe: Callable[[int, str], str], problems: list[str] | None = None
) -> list[TopicValues]:
    """Give the topics, or say what is wrong with each that no list takes."""
    problems = problems or []
    for number, values in rows:
        try:
            for name in (values.name, *values.names.values()):
                topics.name_key(name)
        except DomainError as error:
            problems.append(describe(number, str(error)))
    if len(rows) > MAX_TOPICS:
        problems.append(_("There are more than %(count)d topics.", count=MAX_TOPICS))
    if problems:
        raise InputError(problems)
    return [values for _number, values in rows]


def _describe_line(number: int, reason: str) -> str:
    return str(_("Line %(number)d: %(reason)s", number=number, reason=reason))
