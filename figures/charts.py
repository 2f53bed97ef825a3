"""Charts of figures, for page and paper alike: one for each question, its answers told in a sentence too.

What a bar looks like says which dimension it is of, by its pattern as well as by its colour (docs/adr/0037).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from contributions.labels import say_dimension
from events.models import Dimension
from figures.figure_reports import FigureReport, Line
from figures.figures import FigureTable
from figures.known_numbers import read_number
from figures.labels import FIGURES

QUESTIONS = {
    "participants": _l("How many people took part?"),
    "contributions": _l("How many contributions were made?"),
    "proposals": _l("How many proposals were made?"),
}
MOST_TOPICS = 12
"""So many topics are drawn, those most was said of; the table has all."""
MOST_NAMED = 12
"""So many bars with long names stand in one chart: it is never higher than a page."""
MOST_CODED = 24
"""So many bars do whose names are short enough to stand beside them."""
LONGEST_BESIDE = 10
"""A name of so many signs stands beside its bar, a longer one above it."""
MOST_TOLD = 5
"""So many answers are all told in the sentence; of more, the highest and the lowest."""
LONGEST_TOLD = 80
"""A longer name is cut in the sentence; the table has it whole."""
_HIGHEST = 3


class Look(StrEnum):
    """What a bar looks like: like a dimension, or like what is of none."""

    INTERNAL = "internal"
    OTHER_AGENTS = "other_agents"
    CITIZENS = "citizens"
    NONE = "none"
    PLAIN = "plain"

    @classmethod
    def of(cls, dimension: Dimension | None) -> "Look":
        """The look of a dimension."""
        return cls(dimension.value) if dimension else cls.NONE


@dataclass(frozen=True)
class Pattern:
    """Parallel lines `distance` apart, turned by so many degrees; their measures are those of paper and of pixels."""

    degrees: int
    distance: float
    thickness: float


PATTERNS: dict[Look, Pattern | None] = {
    Look.INTERNAL: None,
    Look.OTHER_AGENTS: Pattern(degrees=45, distance=6, thickness=3),
    Look.CITIZENS: Pattern(degrees=90, distance=4, thickness=1.4),
    Look.NONE: Pattern(degrees=0, distance=4, thickness=0.8),
    Look.PLAIN: None,
}
"""None is a filled bar; every other one has an outline around its lines."""


@dataclass(frozen=True)
class Answer:
    """One bar: what it is of, and how many there are; None where nobody knows, or where it is not told in public."""

    name: str
    look: Look
    value: int | None
    is_hidden: bool = False

    @property
    def words(self) -> str:
        """What stands at the end of its bar."""
        if self.value is not None:
            return str(format_decimal(self.value))
        return str(_("not told") if self.is_hidden else _("not known"))


@dataclass(frozen=True)
class Chart:
    """A question and its answers; `most` is what the longest bar of its scale stands for.

    One of several that answer a question has a `title` of its own. `text` tells the answers in a sentence or two.
    """

    question: str
    unit: str
    answers: tuple[Answer, ...]
    most: int
    text: str
    title: str = ""

    @property
    def name(self) -> str:
        """What it is called where its question does not stand above it."""
        return f"{self.question} {self.title}".strip()

    @property
    def names_stand_beside(self) -> bool:
        """Whether all names are short enough to stand beside their bars."""
        return all(len(answer.name) <= LONGEST_BESIDE for answer in self.answers)

    @property
    def needs_text(self) -> bool:
        """Whether there are so many bars that a sentence helps whoever sees them, too."""
        return len(self.answers) > MOST_TOLD

    def share(self, answer: Answer) -> float:
        """How long a bar is, of the longest there can be."""
        return (answer.value or 0) / self.most


@dataclass(frozen=True)
class Multiples:
    """Small charts that answer one question on one scale, and what their looks mean where their titles do not say."""

    question: str
    charts: tuple[Chart, ...]
    key: tuple[tuple[Look, str], ...] = ()
    unknown: int = 0
    """Of so many more the answer is not known."""

    @property
    def note(self) -> str:
        """What must be said of those that are not drawn."""
        if not self.unknown:
            return ""
        text: str = ngettext(
            "Of %(num)d more session this is not known.", "Of %(num)d more sessions this is not known.", self.unknown
        )
        return text


@dataclass(frozen=True)
class Charts:
    """All the charts of a report: one with nothing to draw is left out."""

    by_dimension: tuple[Chart, ...] = ()
    by_event: tuple[Multiples, ...] = ()
    by_topic: tuple[Chart, ...] = ()
    by_session: tuple[Multiples, ...] = ()


def draw(report: FigureReport, *, of: Collection[str] = QUESTIONS.keys()) -> Charts:
    """Make the charts of a report, in the language in force; of some of the questions alone."""
    questions = {name: question for name, question in QUESTIONS.items() if name in of}
    return Charts(
        tuple(_by_dimension(report, questions)),
        tuple(_by_event(report.events, questions)),
        tuple(_by_topic(report.topics)),
        tuple(_by_session(report.sessions, questions)),
    )


def make(question: object, unit: object, answers: Sequence[Answer]) -> Chart | None:
    """Make a chart of a question with a few answers; None when there is nothing to draw."""
    return _make(question, unit, answers) if _find_most(answers) else None


def _by_dimension(report: FigureReport, questions: Mapping[str, object]) -> Iterator[Chart]:
    for name, question in questions.items():
        answers = [_answer_of(report, dimension, name) for dimension in report.table.dimensions]
        if _find_most(answers):
            yield _make(question, FIGURES[name], answers)


def _answer_of(report: FigureReport, dimension: Dimension | None, name: str) -> Answer:
    table: FigureTable = report.table
    words = say_dimension(dimension)
    if name == "participants" and dimension in report.hidden:
        return Answer(words, Look.of(dimension), None, is_hidden=True)
    return Answer(words, Look.of(dimension), read_number(table.dimensions[dimension], name))


def _by_topic(lines: Sequence[Line]) -> Iterator[Chart]:
    named = [line for line in lines if line.is_named]
    answers = [Answer(line.name, Look.PLAIN, sum(each or 0 for each in line.numbers.values())) for line in named]
    if not _find_most(answers):
        return
    chart = _make(_("What was most spoken of?"), _("contributions and proposals"), answers)
    if len(answers) > MOST_TOPICS:
        text = _("Here are %(shown)d of %(all)d topics.", shown=MOST_TOPICS, all=len(answers))
        chart = replace(chart, answers=tuple(answers[:MOST_TOPICS]), text=f"{chart.text} {text}")
    yield chart


def _by_event(lines: Sequence[Line], questions: Mapping[str, object]) -> Iterator[Multiples]:
    for name, question in questions.items():
        answers = [Answer(line.name, Look.PLAIN, line.numbers[name]) for line in lines]
        most = _find_most(answers)
        if most:
            charts = _in_parts(question, name, "", answers, most)
            yield Multiples(str(question), tuple(charts))


def _by_session(lines: Sequence[Line], questions: Mapping[str, object]) -> Iterator[Multiples]:
    if len(lines) < 2:
        return
    has_events = any(line.event for line in lines)
    in_order = lines if has_events else _sort_by_dimension(lines)
    for name, question in questions.items():
        multiples = _draw_sessions(str(question), name, in_order, _get_event if has_events else _say_dimension)
        if multiples:
            yield replace(multiples, key=_list_looks(lines) if has_events else ())


def _draw_sessions(
    question: str, name: str, lines: Sequence[Line], title_of: Callable[[Line], str]
) -> Multiples | None:
    """Draw a small chart for each title; one of which nothing is known is counted and not drawn."""
    most = max((line.numbers[name] or 0 for line in lines), default=0)
    if not most:
        return None
    charts: list[Chart] = []
    unknown = 0
    for title, some in groupby(lines, key=title_of):
        answers = [Answer(line.code, Look.of(line.dimension), line.numbers[name]) for line in some]
        if all(answer.value is None for answer in answers):
            unknown += len(answers)
        else:
            charts += _in_parts(question, name, title, answers, most)
    return Multiples(question, tuple(charts), unknown=unknown)


def _sort_by_dimension(lines: Sequence[Line]) -> Sequence[Line]:
    places = {dimension: place for place, dimension in enumerate((*Dimension, None))}
    return sorted(lines, key=lambda line: places[line.dimension])


def _get_event(line: Line) -> str:
    return line.event


def _say_dimension(line: Line) -> str:
    return say_dimension(line.dimension)


def _list_looks(lines: Sequence[Line]) -> tuple[tuple[Look, str], ...]:
    present = {line.dimension for line in lines}
    return tuple(
        (Look.of(dimension), say_dimension(dimension)) for dimension in (*Dimension, None) if dimension in present
    )


def _in_parts(question: object, name: str, title: str, answers: Sequence[Answer], most: int) -> Iterator[Chart]:
    """Draw a long row of answers as several charts, each named after its first and last."""
    are_short = all(len(answer.name) <= LONGEST_BESIDE for answer in answers)
    size = MOST_CODED if are_short else MOST_NAMED
    for start in range(0, len(answers), size):
        part = answers[start : start + size]
        span = f"{part[0].name}–{part[-1].name}" if are_short else f"{start + 1}–{start + len(part)}"
        words = " · ".join(filter(None, (title, span if len(answers) > size else "")))
        yield _make(question, FIGURES[name], part, most=most, title=words)


def _make(question: object, unit: object, answers: Sequence[Answer], *, most: int = 0, title: str = "") -> Chart:
    text = _tell(str(unit), answers)
    return Chart(str(question), str(unit), tuple(answers), most or _find_most(answers), text, title)


def _find_most(answers: Sequence[Answer]) -> int:
    return max((answer.value or 0 for answer in answers), default=0)


def _tell(unit: str, answers: Sequence[Answer]) -> str:
    """Tell the answers, some of them known, or of many the highest and the lowest."""
    if len(answers) <= MOST_TOLD:
        return f"{_capitalise(unit)}: {_list(answers)}."
    known = sorted(
        (answer for answer in answers if answer.value is not None), key=lambda answer: answer.value or 0, reverse=True
    )
    sentence: str = _(
        "%(unit)s: the most in %(most)s; the fewest in %(fewest)s.",
        unit=_capitalise(unit),
        most=_list(known[:_HIGHEST]),
        fewest=_list(known[-1:]),
    )
    unknown = len(answers) - len(known)
    if unknown:
        sentence += " " + ngettext("Of %(num)d it is not known.", "Of %(num)d it is not known.", unknown)
    return sentence


def _list(answers: Sequence[Answer]) -> str:
    # Names of any direction of writing keep to themselves (UAX 9: first strong isolate).
    return "; ".join(f"\u2068{_shorten(answer.name)}\u2069: {answer.words}" for answer in answers)


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_TOLD else f"{name[: LONGEST_TOLD - 1].rstrip()}…"


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
