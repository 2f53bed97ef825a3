"""Charts tell what the tables tell, in bars and in a sentence."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import use_language
from events.models import Dimension
from figures import charts
from figures.chart_drawing import Drawing, break_name
from figures.charts import MOST_CODED, MOST_NAMED, MOST_TOPICS, Look
from figures.figure_reports import FigureReport, Line
from figures.figures import Declared, DeclaredFigures, Figures, FigureTable
from figures.known_numbers import NUMBERS, read_number, read_numbers
from figures.small_cells import TOTAL

INTERNAL, OTHER_AGENTS, CITIZENS = Dimension.INTERNAL, Dimension.OTHER_AGENTS, Dimension.CITIZENS
HOSTILE = "<b>&\"'=1+1 \u202eairúN שלום 😀"


@pytest.fixture(autouse=True)
def _in_english(sqlite_app):
    with sqlite_app.test_request_context(), use_language("en"):
        yield


def make_figures(participants=0, contributions=0, proposals=0, *, unknown=False):
    """The figures of two sessions; with `unknown` nobody knows any of them."""
    silent = Declared(unknown_sessions=2 if unknown else 0)
    return Figures(
        sessions=2,
        participants=participants,
        attendances=participants,
        contributions=contributions,
        proposals=proposals,
        sessions_without_count=2 if unknown else 0,
        declared=DeclaredFigures(silent, silent, silent),
    )


def make_report(*, hidden=(), **lines):
    table = FigureTable(
        {
            INTERNAL: make_figures(561, 975, 643),
            CITIZENS: make_figures(70, 81, 10),
            None: make_figures(unknown=True),
        },
        make_figures(631, 1056, 653),
    )
    return FigureReport(table, hidden, **lines)


def make_line(name, number, code="", **values):
    return Line(name, dict.fromkeys(NUMBERS, number), code=code, **values)


def read_bars(chart):
    return [(answer.name, answer.look, answer.value) for answer in chart.answers]


def test_each_question_has_a_chart_by_dimension():
    drawn = charts.draw(make_report()).by_dimension

    assert [(chart.question, chart.most) for chart in drawn] == [
        ("How many people took part?", 561),
        ("How many contributions were made?", 975),
        ("How many proposals were made?", 643),
    ]
    assert read_bars(drawn[0]) == [
        ("internal", Look.INTERNAL, 561),
        ("citizens", Look.CITIZENS, 70),
        ("without dimension", Look.NONE, None),
    ]
    assert drawn[0].text.replace("\u2068", "").replace("\u2069", "") == (
        "Participants: internal: 561; citizens: 70; without dimension: not known."
    )


def test_people_that_are_not_told_in_public_are_not_drawn_either():
    participants, contributions, _proposals = charts.draw(make_report(hidden={CITIZENS, TOTAL})).by_dimension

    citizens = participants.answers[1]
    assert (citizens.value, citizens.words) == (None, "not told")
    assert "70" not in participants.text
    assert contributions.answers[1].value == 81


def test_a_question_without_any_answer_has_no_chart():
    table = FigureTable({INTERNAL: make_figures(unknown=True)}, make_figures(unknown=True))

    assert charts.draw(FigureReport(table)) == charts.Charts()


def test_the_topics_most_was_said_of_are_drawn_and_how_many_there_are_is_said():
    lines = [make_line(f"Topic {number}", 100 - number) for number in range(60)]
    lines.append(make_line("without topic", 500, is_named=False))

    (chart,) = charts.draw(make_report(topics=[topic_line(line) for line in lines])).by_topic

    assert [answer.name for answer in chart.answers] == [f"Topic {number}" for number in range(MOST_TOPICS)]
    assert chart.answers[0].value == 200
    assert chart.text.endswith("Here are 12 of 60 topics.")
    assert chart.needs_text


def topic_line(line):
    """A topic has no participants."""
    numbers = {name: line.numbers[name] for name in ("contributions", "proposals")}
    return Line(line.name, numbers, is_named=line.is_named)


def test_the_sessions_of_an_event_are_small_charts_by_dimension_on_one_scale():
    lines = [
        make_line("Taller", 3, "CIU-01", dimension=CITIZENS),
        make_line("Taller", 9, "INT-01", dimension=INTERNAL),
        make_line("Taller", None, "INT-02", dimension=INTERNAL),
        make_line("Taller", None, "ALT-01", dimension=OTHER_AGENTS),
    ]

    people = charts.draw(make_report(sessions=lines)).by_session[0]

    assert [(chart.title, chart.most, read_bars(chart)) for chart in people.charts] == [
        ("internal", 9, [("INT-01", Look.INTERNAL, 9), ("INT-02", Look.INTERNAL, None)]),
        ("citizens", 9, [("CIU-01", Look.CITIZENS, 3)]),
    ]
    assert people.note == "Of 1 more session this is not known."
    assert people.key == ()


def test_the_sessions_of_a_process_are_small_charts_by_event_with_a_key_of_their_looks():
    lines = [
        make_line("Taller", 9, "T1", dimension=CITIZENS, event="Primera"),
        make_line("Taller", 3, "T2", event="Primera"),
        make_line("Taller", 4, "T1", dimension=INTERNAL, event="Segona"),
    ]

    people = charts.draw(make_report(sessions=lines)).by_session[0]

    assert [chart.title for chart in people.charts] == ["Primera", "Segona"]
    assert people.key == (
        (Look.INTERNAL, "internal"),
        (Look.CITIZENS, "citizens"),
        (Look.NONE, "without dimension"),
    )


def test_one_session_is_not_compared_with_itself():
    assert charts.draw(make_report(sessions=[make_line("Taller", 9, "T1")])).by_session == ()


@pytest.mark.parametrize(
    ("name", "size", "title"), [("S{}", MOST_CODED, "S0–S23"), ("A long name of session {}", MOST_NAMED, "1–12")]
)
def test_many_bars_are_several_charts_on_one_scale(name, size, title):
    lines = [make_line(name.format(number), number) for number in range(40)]

    people = charts.draw(make_report(events=lines)).by_event[0]

    assert [len(chart.answers) for chart in people.charts] == [size] * (40 // size) + [40 % size]
    assert people.charts[0].title == title
    assert {chart.most for chart in people.charts} == {39}


def test_of_many_answers_the_highest_and_the_lowest_are_told():
    numbers = [5, 0, 9, None, 7, 3]
    lines = [make_line(f"E{place}", number) for place, number in enumerate(numbers)]

    text = charts.draw(make_report(events=lines)).by_event[0].charts[0].text

    assert text.replace("\u2068", "").replace("\u2069", "") == (
        "Participants: the most in E2: 9; E4: 7; E0: 5; the fewest in E1: 0. Of 1 it is not known."
    )


def test_a_very_long_name_is_cut_in_the_sentence_and_whole_on_its_bar():
    lines = [make_line("x" * 3000, 5), make_line("y", 2)]

    (chart,) = charts.draw(make_report(events=lines)).by_event[0].charts

    assert len(chart.text) < 200
    assert chart.answers[0].name == "x" * 3000


known = st.none() | st.integers(0, 10**6)
figures_of = st.builds(
    make_figures,
    participants=st.integers(0, 10**6),
    contributions=st.integers(0, 10**6),
    proposals=st.integers(0, 10**6),
    unknown=st.booleans(),
)
tables = st.dictionaries(st.sampled_from([*Dimension, None]), figures_of, min_size=1).map(
    lambda dimensions: FigureTable(dimensions, make_figures())
)
sessions_of = st.lists(
    st.builds(
        Line,
        name=st.text(max_size=20),
        numbers=st.fixed_dictionaries(dict.fromkeys(NUMBERS, known)),
        code=st.text(min_size=1, max_size=14),
        dimension=st.sampled_from([*Dimension, None]),
        event=st.sampled_from(["", "Primera", "Segona"]),
    ),
    max_size=60,
)


@given(tables, sessions_of)
def test_charts_have_exactly_the_numbers_of_the_tables(table, lines):
    report = FigureReport(table, sessions=lines, events=lines)

    drawn = charts.draw(report)

    for chart, name in zip(drawn.by_dimension, names_with_bars(table.dimensions.values()), strict=True):
        assert [answer.value for answer in chart.answers] == [
            read_number(figures, name) for figures in table.dimensions.values()
        ]
    for multiples, name in zip(drawn.by_event, lines_with_bars(lines), strict=True):
        bars = [answer for chart in multiples.charts for answer in chart.answers]
        assert [(bar.name, bar.value) for bar in bars] == [(line.name, line.numbers[name]) for line in lines]
    for multiples, name in zip(drawn.by_session, lines_with_bars(lines) if len(lines) > 1 else (), strict=True):
        bars = [answer for chart in multiples.charts for answer in chart.answers]
        told = sorted((bar.name, bar.look, bar.value) for bar in bars if bar.value is not None)
        in_table = [(line.code, Look.of(line.dimension), line.numbers[name]) for line in lines]
        assert told == sorted(each for each in in_table if each[2] is not None)
        assert len(bars) + multiples.unknown == len(lines)


def names_with_bars(parts):
    return [name for name in charts.QUESTIONS if any(read_numbers(figures)[name] for figures in parts)]


def lines_with_bars(lines):
    return [name for name in charts.QUESTIONS if any(line.numbers[name] for line in lines)]


@given(st.lists(st.tuples(st.text(max_size=60), known), min_size=1, max_size=30))
def test_bars_stand_in_order_within_the_drawing_and_as_long_as_their_numbers(named):
    lines = [make_line(name, number) for name, number in named]

    drawn = charts.draw(make_report(events=lines)).by_event

    for chart in (chart for multiples in drawn for chart in multiples.charts):
        drawing = Drawing(chart)
        edges = [(bar.top, bar.top + 1) for bar in drawing.bars]
        assert all(lower[0] > upper[1] for upper, lower in pairwise(edges))
        assert edges[-1][1] < drawing.height
        assert all(0 <= bar.left + bar.length <= 78 for bar in drawing.bars)
        longest = max(bar.length for bar in drawing.bars)
        assert all(bar.length <= longest for bar in drawing.bars)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Habitatge", ("Habitatge",)),
        ("", ("",)),
        ("Acompanyament a les persones nouvingudes", ("Acompanyament a les persones", "nouvingudes")),
        ("i " * 200, ("i i i i i i i i i i i i i i i i i", "i i i i i i i i i i i i i i i i…")),
        ("W" * 3000, ("W" * 19, "W" * 18 + "…")),
    ],
)
def test_names_are_broken_into_two_lines_at_most(name, lines):
    assert break_name(name) == lines


@given(st.text(max_size=400))
def test_any_name_fits_in_two_lines(name):
    lines = break_name(name)

    assert 1 <= len(lines) <= 2
    assert all(len(line) <= 400 for line in lines)
