"""A chart laid out for a page: where each name, bar and number stands, in ems of its own type and parts of its width.

No text can be measured on the way to a browser, so names are broken by what their signs are wide at most; the table
beside the chart has them whole.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from core.text import clean_line
from figures.charts import Answer, Chart

LINE = 1.3
BAR = 1.0
GAP = 0.6
_AIR = 0.15  # between a name and its bar
_MOST_LINES = 2
_WIDEST_NAME = 17.5
_END = 78.0  # of the width in hundred parts, from which on the numbers stand
_BESIDE = 30.0  # from which on the bars do whose names stand beside them
_WIDE = frozenset("MWmw@%ŒÆ")


@dataclass(frozen=True)
class Bar:
    """A bar and its words; heights are in ems from the top, the rest in hundred parts of the width."""

    answer: Answer
    name_lines: tuple[tuple[float, str], ...]
    top: float
    left: float
    length: float

    @property
    def base(self) -> float:
        """Where the number stands, and the name beside its bar."""
        return self.top + BAR * 0.85


@dataclass(frozen=True)
class Drawing:
    """A chart with the places of all that is drawn of it."""

    chart: Chart

    @property
    def height(self) -> float:
        """How high it is, in ems."""
        return self.bars[-1].top + BAR + GAP / 2

    @cached_property
    def bars(self) -> list[Bar]:
        """The bars from above."""
        return list(self._place_beside() if self.chart.names_stand_beside else self._place_below())

    def _place_beside(self) -> Iterator[Bar]:
        for place, answer in enumerate(self.chart.answers):
            top = GAP / 2 + place * (BAR + GAP)
            length = self.chart.share(answer) * (_END - _BESIDE)
            yield Bar(answer, ((top + BAR * 0.85, answer.name),), top, _BESIDE, length)

    def _place_below(self) -> Iterator[Bar]:
        top = 0.0
        for answer in self.chart.answers:
            lines = break_name(answer.name)
            bases = tuple((top + place * LINE + 1, line) for place, line in enumerate(lines))
            top += len(lines) * LINE + _AIR
            yield Bar(answer, bases, top, 0.0, self.chart.share(answer) * _END)
            top += BAR + GAP


def break_name(name: str, widest: float = _WIDEST_NAME) -> tuple[str, ...]:
    """Break a name into two lines at most; what does not fit is left out and marked."""
    lines: list[str] = [""]
    for word in _part(clean_line(name), widest):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= widest:
            lines[-1] = longer
        elif len(lines) < _MOST_LINES:
            lines.append(word)
        else:
            return (*lines[:-1], _shorten(f"{longer}…", widest))
    return tuple(lines)


def _part(text: str, widest: float) -> Iterator[str]:
    """The words, those longer than a line in pieces; no more of them than two lines and a bit can hold."""
    held = 0.0
    for word in text.split(" "):
        piece = ""
        for sign in word:
            if piece and _width(piece + sign) > widest:
                yield piece
                held += widest
                piece = ""
            piece += sign
            if held > _MOST_LINES * widest:
                break
        yield piece
        held += _width(piece)
        if held > _MOST_LINES * widest:
            return


def _shorten(text: str, widest: float) -> str:
    while _width(text) > widest:
        text = f"{text[:-2].rstrip()}…"
    return text


def _width(text: str) -> float:
    return sum(map(_width_of, text))


def _width_of(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    if sign in _WIDE:
        return 0.92
    return 0.66 if sign.isupper() else 0.53
