"""Charts on paper: the same as on the page, each name and number a text beside its bar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from certificates.pdf.layout import Block, Lines, draw_blocks, height_of, paragraph
from certificates.pdf.report import NOTE, STRONG, SUBHEADING, TEXT_WIDTH
from certificates.pdf.tags import Tag, artifact, figure
from certificates.pdf.typeface import ACCENT, MUTED, Style, break_lines, width
from figures.charts import PATTERNS, Answer, Chart, Look, Multiples

COLOURS: dict[Look, Color] = {
    Look.INTERNAL: HexColor("#3f47b0"),
    Look.OTHER_AGENTS: HexColor("#8a5200"),
    Look.CITIZENS: HexColor("#1c6e46"),
    Look.NONE: MUTED,
    Look.PLAIN: ACCENT,
}
NAME = Style(9, 11.5)
VALUE = Style(9, 11.5)
UNKNOWN = Style(9, 11.5, colour=MUTED)
ABREAST = 3
_GAP = 22.0
_BAR = 8.5
_BELOW = 6.0  # between a bar and the next one's name
_BESIDE = 4.5  # between bars whose names stand beside them
_NAME_LINES = 2
_SWATCH = 20.0
_ALONE = 0.62
_TITLE_LINES = 4
_TEXT_LINES = 10


@dataclass(frozen=True)
class Bars(Block):
    """The bars of a chart, with their names and numbers."""

    chart: Chart
    width: float

    @cached_property
    def height(self) -> float:  # asked for more than once
        if self.chart.names_stand_beside:
            return len(self.chart.answers) * (NAME.leading + _BESIDE) - _BESIDE
        rows = (len(self._break(answer)) * NAME.leading + _BAR + _BELOW for answer in self.chart.answers)
        return sum(rows) - _BELOW

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        with figure(canvas, self.chart.text, (left, top - self.height, self.width, self.height)):
            self._draw(canvas, left, top)

    def _draw(self, canvas: Canvas, left: float, top: float) -> None:
        for answer in self.chart.answers:
            if self.chart.names_stand_beside:
                _write(canvas, answer.name, NAME, left, top)
                self._draw_bar(canvas, answer, left + self._name_width, top)
                top -= NAME.leading + _BESIDE
                continue
            lines = self._break(answer)
            draw_blocks(canvas, [Lines(lines, NAME)], left, top)
            top -= len(lines) * NAME.leading
            self._draw_bar(canvas, answer, left, top + 1)
            top -= _BAR + _BELOW

    def _draw_bar(self, canvas: Canvas, answer: Answer, left: float, top: float) -> None:
        """The bar, and at the right edge the number; where there is none, a word in its place."""
        indent = self._name_width if self.chart.names_stand_beside else 0.0
        if answer.value is None:
            _write(canvas, answer.words, UNKNOWN, left, top)
            return
        length = self.chart.share(answer) * (self.width - indent - self._value_width)
        if length:
            draw_filled(canvas, answer.look, (left, top - NAME.leading / 2 - _BAR / 2, length, _BAR))
        _write(canvas, answer.words, VALUE, left - indent + self.width - width(answer.words, VALUE), top)

    @cached_property
    def _name_width(self) -> float:
        return max(width(answer.name, NAME) for answer in self.chart.answers) + 6

    @cached_property
    def _value_width(self) -> float:
        known = (answer for answer in self.chart.answers if answer.value is not None)
        return max((width(answer.words, VALUE) for answer in known), default=0.0) + 8

    def _break(self, answer: Answer) -> tuple[str, ...]:
        return break_lines(answer.name, NAME, self.width, _NAME_LINES)


@dataclass(frozen=True)
class Abreast(Block):
    """Blocks side by side, in columns of one width; each column's blocks stand one below the other."""

    columns: tuple[tuple[Block, ...], ...]
    width: float

    @cached_property
    def height(self) -> float:  # asked for more than once
        return max(map(height_of, self.columns))

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        for place, blocks in enumerate(self.columns):
            draw_blocks(canvas, blocks, left + place * (self.width + _GAP), top)


@dataclass(frozen=True)
class Key(Block):
    """What the looks of bars mean: each with its name, in one line."""

    looks: tuple[tuple[Look, str], ...]

    @property
    def height(self) -> float:
        return NAME.leading

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        for look, name in self.looks:
            draw_filled(canvas, look, (left, top - NAME.leading / 2 - _BAR / 2, _SWATCH, _BAR))
            _write(canvas, name, NAME, left + _SWATCH + 5, top)
            left += _SWATCH + 5 + width(name, NAME) + 16


def draw_charts(charts: Sequence[Chart], *, space: float) -> list[Block]:
    """Charts that each answer a question, side by side."""
    return _set_abreast([(chart, chart.question, chart.text if chart.needs_text else "") for chart in charts], space)


def draw_multiples(parts: Sequence[Multiples]) -> list[Block]:
    """Small charts beneath the question that they answer."""
    blocks: list[Block] = []
    for part in parts:
        blocks.append(paragraph(part.question, SUBHEADING, TEXT_WIDTH, space=20, keep_with_next=True, tag=Tag.H3))
        if part.key:
            blocks.append(Key(part.key, space=5, keep_with_next=True))
        blocks += _set_abreast([(chart, chart.title, "") for chart in part.charts], 8)
        if part.note:
            blocks.append(paragraph(part.note, NOTE, TEXT_WIDTH, space=6))
    return blocks


def draw_filled(canvas: Canvas, look: Look, box: tuple[float, float, float, float]) -> None:
    """Draw a bar (left, bottom, length, height) with its colour and its pattern, the same as on the page."""
    with artifact(canvas):
        _fill(canvas, look, box)


def _fill(canvas: Canvas, look: Look, box: tuple[float, float, float, float]) -> None:
    left, bottom, length, height = box
    pattern = PATTERNS[look]
    canvas.saveState()
    canvas.setFillColor(COLOURS[look])
    canvas.setStrokeColor(COLOURS[look])
    if pattern is None:
        canvas.rect(left, bottom, length, height, stroke=0, fill=1)
    else:
        canvas.setLineWidth(0.8)
        canvas.rect(left, bottom, length, height, stroke=1, fill=0)
        outline = canvas.beginPath()
        outline.rect(left, bottom, length, height)
        canvas.clipPath(outline, stroke=0, fill=0)
        canvas.translate(left, bottom)
        canvas.rotate(-pattern.degrees)  # what turns with the clock on the page turns against it on paper
        canvas.setLineWidth(pattern.thickness)
        reach = length + height
        step = -int(reach / pattern.distance) * pattern.distance
        while step <= reach:
            canvas.line(-reach, step, reach, step)
            step += pattern.distance
    canvas.restoreState()


def _set_abreast(charts: Sequence[tuple[Chart, str, str]], space: float) -> list[Block]:
    """Set charts in columns, each under its title and the sentence that tells it; one alone is wider."""
    column = (TEXT_WIDTH - _GAP * (ABREAST - 1)) / ABREAST if len(charts) > 1 else TEXT_WIDTH * _ALONE
    return [
        Abreast(
            _begin_together([_set(*chart, column) for chart in charts[start : start + ABREAST]]),
            column,
            space=16 if start else space,
        )
        for start in range(0, len(charts), ABREAST)
    ]


def _begin_together(columns: Sequence[tuple[Block, ...]]) -> tuple[tuple[Block, ...], ...]:
    """Let the bars of all columns begin at one height, however many lines their titles take."""
    heights = [height_of(blocks[:-1]) for blocks in columns]
    return tuple(
        (*blocks[:-1], replace(blocks[-1], space=blocks[-1].space + max(heights) - height))
        for blocks, height in zip(columns, heights, strict=True)
    )


def _set(chart: Chart, title: str, text: str, limit: float) -> tuple[Block, ...]:
    words = [(title, STRONG, _TITLE_LINES), (text, NOTE, _TEXT_LINES)]
    blocks = [Lines(break_lines(each, style, limit, most), style, space=2) for each, style, most in words if each]
    return (*blocks, Bars(chart, limit, space=5 if blocks else 0))


def _write(canvas: Canvas, text: str, style: Style, left: float, top: float) -> None:
    draw_blocks(canvas, [Lines(break_lines(text, style, TEXT_WIDTH, 1), style)], left, top)
