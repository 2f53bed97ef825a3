"""TOML that knows its lines: read a file's tables key by key, and name what is wrong with the line it stands in."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from core.dates import at_local_time
from core.errors import InputError
from core.text import clean_line, clean_text, fold, shorten
from events.values import LINE_LENGTH, MAX_NUMBER, TEXT_LENGTH

MAX_BYTES = 2_000_000
MAX_DOTS = 1_000  # in a line: the time that tomllib takes over a key of many parts grows with their square
W = TypeVar("W", bound=StrEnum)
Path = tuple[str | int, ...]


@dataclass
class Problems:
    """What is wrong with a file, each with its line."""

    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note one problem."""
        self.found.append((line, message))

    def raise_if_any(self) -> None:
        """Raise InputError with all problems in the order of the file."""
        if self.found:
            raise refusal(*sorted(self.found))


def refusal(*found: tuple[int, str]) -> InputError:
    """Give the error that names these problems, one line each."""
    return InputError([_("line %(line)s: %(problem)s", line=line, problem=problem) for line, problem in found])


def parse(data: bytes) -> tuple[dict[str, Any], dict[Path, int]]:
    """Give the content of a file and the line of each of its keys; raises InputError when it is no TOML in UTF-8."""
    text = _decode(data)
    return _parse(text), find_key_lines(text)


class Table:
    """One table of the file: its keys are taken out one by one, what is wrong with them is noted with their line."""

    def __init__(
        self,
        content: dict[str, Any],
        path: Path,
        lines: Mapping[Path, int],
        problems: Problems,
    ) -> None:
        self.content = dict(content)
        self.path = path
        self.lines = lines
        self.problems = problems

    def line(self, key: str = "") -> int:
        return line_of(self.lines, *self.path, key)

    def wrong(self, key: str, message: str) -> None:
        self.problems.add(self.line(key), f"{key}: {message}" if key else message)

    def take(self, key: str) -> Any:
        return self.content.pop(key, None)

    def text(self, key: str, limit: int = LINE_LENGTH, *, required: bool = False) -> str | None:
        """One line of text."""
        return self._text(key, limit, clean_line, required=required)

    def long_text(self, key: str) -> str | None:
        """Several lines of text."""
        return self._text(key, TEXT_LENGTH, clean_text)

    def texts(self, key: str) -> list[str] | None:
        """One text or a list of them."""
        value = self.take(key)
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            self.wrong(key, _("must be text in quotes, or a list of texts"))
            return None
        return [line for line in map(clean_line, values) if line]

    def number(self, key: str) -> int | None:
        """A whole number of people or places."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            self.wrong(key, _("must be a whole number from 0 to %(most)s", most=MAX_NUMBER))
            return None
        return value

    def moment(self, key: str, zone: ZoneInfo, *, required: bool = False) -> datetime | None:
        """A local date and time, as the instant it stands for."""
        value = self.take(key)
        if value is None:
            if required:
                self.wrong(key, _("is missing"))
        elif not isinstance(value, date):  # a datetime is a date too
            self.wrong(key, _("must be a date and time without quotes, such as 2026-12-03T09:30:00"))
        elif not isinstance(value, datetime):
            self.wrong(key, _("the time is missing; write it as in 2026-12-03T09:30:00"))
        elif value.tzinfo is not None:
            self.wrong(key, _("must be the local time, without Z or an offset at the end"))
        elif not 1900 <= value.year <= 2200:
            self.wrong(key, _("is not a likely date"))
        else:
            return self._instant(key, value.replace(microsecond=0), zone)
        return None

    def word(self, key: str, words: Mapping[W, tuple[str, ...]]) -> W | None:
        """One of the accepted words for a state or kind, in any of the three languages."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, str):
            folded = fold_word(value)
            for meaning, accepted in words.items():
                if folded in map(fold, accepted):
                    return meaning
        known = ", ".join(meaning.value for meaning in words)
        self.wrong(key, _("“%(word)s” is not known; it can be: %(known)s", word=shorten(value), known=known))
        return None

    def refuse_rest(self) -> None:
        """Name every key that is left: a typing mistake must not be lost in silence."""
        for key in self.content:
            self.problems.add(self.line(key), _("“%(name)s” is not a key of this part", name=shorten(key)))

    def _text(self, key: str, limit: int, clean: Callable[[str], str], *, required: bool = False) -> str | None:
        value = self.take(key)
        if value is None:
            if required:
                self.wrong(key, _("is missing"))
            return None
        if not isinstance(value, str):
            self.wrong(key, _("must be text in quotes"))
            return None
        text = clean(value)
        if len(text) > limit:
            self.wrong(key, _("is too long: at most %(limit)s characters", limit=limit))
            return None
        if required and not text:
            self.wrong(key, _("is empty"))
            return None
        return text

    def _instant(self, key: str, local: datetime, zone: ZoneInfo) -> datetime | None:
        try:
            return at_local_time(local, zone)
        except ValueError:
            self.wrong(key, _("this time does not exist: the clocks go forward then"))
            return None


def find_key_lines(text: str) -> dict[Path, int]:
    """The line of every table and key of a valid TOML text: `("event", "slug")`, `("session", 0, "code")`."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[str, int] = {}
    statement: list[str] = []
    line, start, depth = 1, 1, 0
    for piece in [*_PIECE.findall(text), "\n"]:
        if piece == "\n" and depth <= 0:
            if statement and statement[0] == "[":
                table = _table_path(statement, counts)
                lines[table] = start
            elif statement:
                lines.setdefault((*table, *_key_path(statement)), start)
            statement = []
        elif not piece.isspace() and not piece.startswith("#"):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
            start = start if statement else line
            statement.append(piece)
        line += piece.count("\n")
    return lines


_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"""{1,3}(?!")|'
    r"'''.*?'''{1,3}(?!')|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'|#[^\n]*|[\[\]{}=\n]|[^\S\n]+|[^\s\"'#\[\]{}=]+",
    re.DOTALL,
)


def _table_path(statement: list[str], counts: dict[str, int]) -> Path:
    name = "".join(piece.strip("\"'") for piece in statement if piece not in "[]")
    if statement[1] != "[":
        return (name,)
    counts[name] = counts.get(name, -1) + 1
    return (name, counts[name])


def _key_path(statement: list[str]) -> list[str]:
    key = statement[: statement.index("=")] if "=" in statement else statement
    return [part for piece in key for part in ([piece.strip("\"'")] if piece[0] in "\"'" else piece.split(".")) if part]


def line_of(lines: Mapping[Path, int], *path: str | int) -> int:
    """The line of the key, or of the nearest thing around it that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise refusal((1, _("the file is too large: a programme has at most 2 MB")))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refusal((line, _("a character is not in UTF-8; save the file as UTF-8"))) from error


def _parse(text: str) -> dict[str, Any]:
    for number, content in enumerate(text.split("\n"), 1):
        if content.count(".") > MAX_DOTS:
            raise refusal((number, _("the file is nested too deeply")))
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise refusal((1, _("the file is nested too deeply"))) from error
    except ValueError as error:  # a TOMLDecodeError, or a number too long for Python
        reason = str(error)
        at = re.search(r"\(at line (\d+), column (\d+)\)", reason)
        line = int(at[1]) if at else text.count("\n") + 1
        reason = shorten(reason.partition(" (at ")[0])
        raise refusal((line, _("this is not valid TOML (%(reason)s)", reason=reason))) from error


def fold_word(text: str) -> str:
    """Fold a word of a closed list: `other_agents` is `other agents`."""
    return fold(clean_line(text).replace("_", " "))
