"""The type of every paper: one family on screen and on paper, signs it lacks made visible, lines broken to a width."""

import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from core.templating import font_path
from core.text import clean_line

rl_config.useA85 = 0  # a tenth of the time and a fifth of the size, for a text form of bytes that nobody needs any more

REGULAR = "Jornada-Regular"
SEMIBOLD = "Jornada-Semibold"


def _one_at_a_time(make_subset: Callable[[Sequence[int]], bytes]) -> Callable[[Sequence[int]], bytes]:
    """ReportLab reads a face's glyphs from a position it keeps in the face, which every thread shares."""
    lock = threading.Lock()

    def make(subset: Sequence[int]) -> bytes:
        with lock:
            return make_subset(subset)

    return make


def _register(name: str, weight: str) -> TTFont:
    font = TTFont(name, str(font_path(weight)))
    font.face.makeSubset = _one_at_a_time(font.face.makeSubset)  # type: ignore[method-assign, assignment]
    pdfmetrics.registerFont(font)
    return font


_FONTS = (_register(REGULAR, "regular"), _register(SEMIBOLD, "semibold"))
_SIGNS = frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in _FONTS))

INK = HexColor("#1d2329")
MUTED = HexColor("#56616b")
ACCENT = HexColor("#0a5a63")
LINE = HexColor("#8a949d")
HAIR = HexColor("#dcd8ce")

MISSING = "[?]"
"""Stands on paper where the font has no sign: seen by whoever reads it, and reported to whoever prints it."""

ELLIPSIS = "…"
_NARROWEST = 50  # percent of the limit that lines are narrowed to, at most
_ASCENT = 0.75  # of the size: where the first line's base lies below the top of its box
_LIKE = {"‐": "-", "‑": "-", "‧": "·", "⋅": "·"}  # for those that have no equivalent in Unicode
_UNIT = re.compile(r"(?<=\d) (?=(?:h|min)\b)")  # a number and its unit stay on one line
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # they choose a drawing of the sign before them


@dataclass(frozen=True)
class Style:
    """How a text is set."""

    size: float
    leading: float
    font: str = REGULAR
    colour: Color = INK
    tracking: float = 0.0

    def scaled(self, factor: float) -> Self:
        """The same style, smaller or larger."""
        if factor == 1:
            return self
        return replace(self, size=self.size * factor, leading=self.leading * factor, tracking=self.tracking * factor)

    @property
    def base(self) -> float:
        """How far the first line's base lies below the top of the text."""
        return (self.leading - self.size) / 2 + self.size * _ASCENT


@lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """`text` as it can be printed: one line, and `MISSING` for each run of signs that the font lacks."""
    parts = [_drawn(sign) for sign in _signs(text)]
    marks = "".join(
        MISSING if part is None and (not index or parts[index - 1] is not None) else part or ""
        for index, part in enumerate(parts)
    )
    return marks.strip()


def missing_signs(text: str) -> str:
    """The signs of `text` that the font lacks, each once, in the order they come."""
    return "".join(dict.fromkeys(sign for sign in _signs(text) if _drawn(sign) is None))


def width(text: str, style: Style) -> float:
    """How wide one line of text is, in points."""
    return _unit_width(text, style.font) * style.size + len(text) * style.tracking


@lru_cache(maxsize=4096)
def break_lines(text: str, style: Style, limit: float, most: int | None = None) -> tuple[str, ...]:
    """The lines of `text` (made printable) within `limit` points; a word longer than that is cut where it must be.

    With `most` the text ends in an ellipsis after that many lines.
    """
    return _break(text, style, limit, most)


def _break(text: str, style: Style, limit: float, most: int | None = None) -> tuple[str, ...]:
    lines, line = [], ""
    for word in _words(printable(text), style, limit):
        longer = f"{line} {word}" if line else word
        if line and width(longer, style) > limit:
            lines.append(line)
            line = word
        else:
            line = longer
        if most is not None and len(lines) == most:
            return (*lines[:-1], _end_in_ellipsis(lines[-1], style, limit))
    if line:
        lines.append(line)
    return tuple(lines)


@lru_cache(maxsize=1024)
def break_evenly(text: str, style: Style, limit: float, least: float) -> tuple[str, ...]:
    """The lines of `text` as `break_lines` makes them, no more of them, and the last one not so short.

    They are made narrower by steps until the last is `least` of `limit`; no word is cut that was whole.
    """
    lines = shorter = break_lines(text, style, limit)
    for percent in range(100, _NARROWEST, -2):
        if len(lines) < 2 or width(shorter[-1], style) >= least * limit:
            break
        shorter = _break(text, style, limit * percent / 100)
        if len(shorter) != len(lines) or " ".join(shorter) != " ".join(lines):
            return lines
    return shorter


def _signs(text: str) -> str:
    return clean_line(_SELECTORS.sub("", text.encode("utf-8", "ignore").decode()))


@lru_cache(maxsize=4096)
def _drawn(sign: str) -> str | None:
    """What is printed for one sign: itself, an equivalent that the font has (`ﬁ` is f and i), or None."""
    for form in (sign, _LIKE.get(sign, sign), unicodedata.normalize("NFKC", sign), unicodedata.normalize("NFKD", sign)):
        if all(ord(part) in _SIGNS for part in form):
            return form
    return None


def _words(text: str, style: Style, limit: float) -> list[str]:
    return [piece for word in _UNIT.sub("\u00a0", text).split(" ") for piece in _pieces(word, style, limit)]


def _pieces(word: str, style: Style, limit: float) -> list[str]:
    """The word whole when it fits the line, else in pieces that do."""
    if width(word, style) <= limit:
        return [word]
    pieces, piece = [], ""
    for sign in word:
        if piece and width(piece + sign, style) > limit:
            pieces.append(piece)
            piece = sign
        else:
            piece += sign
    return [*pieces, piece]


def _end_in_ellipsis(line: str, style: Style, limit: float) -> str:
    while line and width(line + ELLIPSIS, style) > limit:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS


@lru_cache(maxsize=16384)
def _unit_width(text: str, font: str) -> float:
    return pdfmetrics.stringWidth(text, font, 1)
