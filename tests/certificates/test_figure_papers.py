"""The figures on paper: the numbers of the page, in every language; what is hidden stays hidden."""

import re
from dataclasses import replace

import pytest
from flask_babel import format_decimal
from sqlalchemy import update

from certificates import figure_papers, papers
from certificates.paper_content import FigurePaper
from certificates.pdf.layout import PAGE_HEIGHT, PAGE_WIDTH
from core.database import db
from core.languages import use_language
from events.labels import DIMENSIONS
from events.models import Dimension, Event
from figures import charts, figures, snapshots
from figures.figure_lists import UNKNOWN
from figures.figure_reports import FigureReport, Line
from figures.figures import Figures, FigureTable
from figures.known_numbers import NUMBERS, read_numbers
from figures.models import FigureSnapshot
from tests import factories

INTERNAL, CITIZENS = Dimension.INTERNAL, Dimension.CITIZENS
HOSTILE = "<b>&\"'=1+1 \u202eairúN שלום 😀 "
LANGUAGES = ("ca", "es", "en")


@pytest.fixture
def process(app):
    return factories.make_process(title="Impulsem")


@pytest.fixture
def event(process):
    """Of people on lists, declared, unknown; with topics and entries of both kinds."""
    event = factories.make_event(process_id=process.id)
    first = factories.make_session(event, "T1", dimension=INTERNAL, title="Taller d’habitatge")
    factories.make_session(
        event, "T2", dimension=CITIZENS, declared_participants=1234, declared_contributions=40, title="Visita"
    )
    factories.make_session(event, "T3", title="Trobada de cloenda")
    for number in range(9):
        registration = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(registration, first)
    for topic in ("Habitatge", "Habitatge", "Feina", ""):
        factories.make_entry(first, topic_name=topic)
    factories.make_entry(first, "proposal", topic_name="Feina")
    return event


@pytest.fixture(params=LANGUAGES)
def language(request, app):
    with app.test_request_context(), use_language(request.param):
        yield request.param


@pytest.fixture
def in_catalan(app):
    with app.test_request_context(), use_language("ca"):
        yield


def make_present(owner, **values):
    scope = figures.of_event(owner) if isinstance(owner, Event) else figures.of_process(owner)
    return figure_papers.make_present(owner, scope, **{"left_out": 0, "now": factories.NOW, **values})


def read_row(text, name):
    """The numbers of the row of a table that begins with `name`, as they stand."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name}  ") and line.count("  ") == len(NUMBERS)]
    return line.split("  ")[1:]


def test_every_number_of_the_table_is_on_paper_in_every_language(event, language, reader):
    text = reader.text(papers.draw_figures(make_present(event)))

    for dimension, of_dimension in figures.for_event(event).dimensions.items():
        if dimension:
            assert read_row(text, str(DIMENSIONS[dimension])) == write_numbers(of_dimension)
    assert read_row(text, "total") == write_numbers(figures.for_event(event).total)
    assert format_decimal(1234) in text


def write_numbers(figures_of):
    return [UNKNOWN if number is None else format_decimal(number) for number in read_numbers(figures_of).values()]


def test_figures_read_as_they_should(event, in_catalan, reader, golden):
    """Without charts, whose columns versions of pdftotext do not tell apart in the same way."""
    document = papers.draw_figures(replace(make_present(event), charts=charts.Charts()))

    assert reader.text(document) == (golden / "figures_ca.txt").read_text(encoding="utf-8")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}
    assert reader.info(document)["Title"] == "Xifres · Jornada de treball"


def test_the_same_figures_give_the_same_bytes(event, in_catalan):
    assert papers.draw_figures(make_present(event)) == papers.draw_figures(make_present(event))


def test_figures_come_in_the_order_in_which_they_are_read(event, in_catalan, reader):
    words = reader.flow(papers.draw_figures(make_present(event)))

    parts = ["Xifres per dimensió", "Quantes persones hi van participar?", "Què es compta", "Per eix", "Per sessió"]
    places = [words.index(part) for part in parts]
    assert places == sorted(places)


def test_frozen_figures_are_printed_as_they_were(event, process, in_catalan, reader):
    snapshot = snapshots.take(process, "Informe de retorn", "Nota.\nSegona línia.", by=None, now=factories.NOW)
    before = papers.draw_figures(figure_papers.make_frozen(process, snapshot))
    factories.make_entry(event.sessions[0])

    document = papers.draw_figures(figure_papers.make_frozen(process, snapshot))

    assert document == before
    words = reader.flow(document)
    assert "Congelades el" in words
    assert "Informe de retorn Nota. Segona línia." in words
    assert snapshot.checksum in words
    assert read_row(reader.text(document), "interna") == ["1", "9", "9", "4", "1"]
    assert "T2  Visita  1.234  1.234  " in reader.text(document)


def test_frozen_figures_that_somebody_has_changed_say_so(event, process, in_catalan, reader):
    snapshot = factories.make_snapshot(process)
    db.session.execute(update(FigureSnapshot).values(checksum="0" * 64))
    db.session.refresh(snapshot)

    words = reader.flow(papers.draw_figures(figure_papers.make_frozen(process, snapshot)))

    assert "algú ha canviat la base de dades" in words


def test_figures_of_some_events_say_that_others_are_missing(event, process, in_catalan, reader):
    words = reader.flow(papers.draw_figures(make_present(process, left_out=2)))

    assert "Són les xifres de les jornades que podeu veure" in words


def test_a_programme_without_sessions_says_that_there_is_nothing_to_count(app, in_catalan, reader):
    words = reader.flow(papers.draw_figures(make_present(factories.make_event())))

    assert "no hi ha res per comptar" in words


@pytest.mark.both_databases
def test_a_process_tells_each_event_once_there_are_several(event, process, in_catalan, reader):
    alone = reader.flow(papers.draw_figures(make_present(process)))
    other = factories.make_event("altra", title="Segona jornada", process_id=process.id)
    factories.make_entry(factories.make_session(other, "T1", dimension=INTERNAL))

    both = reader.text(papers.draw_figures(make_present(process)))

    assert "Per jornada" not in alone
    assert read_row(both, "Jornada de treball") == ["3", "1.243", "1.243", "4", "1"]
    assert read_row(both, "Segona jornada") == ["1", UNKNOWN, UNKNOWN, "1", "0"]


# --- In public ---


def make_public(process) -> FigurePaper:
    return figure_papers.make_public(process, now=factories.NOW)


def test_the_public_paper_tells_what_the_public_page_tells(client, event, process, in_catalan, reader):
    text = reader.text(papers.draw_figures(make_public(process)))
    page = client.get("/processos/impulsem").text

    assert read_row(text, "total") == ["3", "1.243", "1.243", "4", "1"]
    assert "1.243" in page
    assert [name for name in ("Per sessió", "Per eix", "Taller d’habitatge", "Habitatge") if name in text] == []


def test_few_people_are_hidden_on_the_public_paper_too(process, in_catalan, reader):
    event = factories.make_event(process_id=process.id)
    for code, dimension, people in (("T1", INTERNAL, 9), ("T2", CITIZENS, 3)):
        session = factories.make_session(event, code, dimension=dimension)
        for number in range(people):
            registration = factories.make_registration(event, email=f"{code}{number}@example.org")
            factories.make_attendance(registration, session)
    factories.make_entry(session)

    text = reader.text(papers.draw_figures(make_public(process)))

    assert read_row(text, "interna")[1:3] == ["*", "*"]
    assert read_row(text, "ciutadania")[1:3] == ["*", "*"]
    assert read_row(text, "total")[1:3] == ["12", "12"]
    assert "menys de cinc persones" in text
    assert "Quantes persones" not in text


def test_the_public_paper_shows_the_frozen_figures_that_the_page_shows(event, process, in_catalan, reader):
    snapshot = snapshots.take(process, "Informe", "Tal com es van presentar.", by=None, now=factories.NOW)
    snapshots.show(snapshot, by=None, now=factories.NOW)
    factories.make_entry(event.sessions[0])

    text = reader.text(papers.draw_figures(make_public(process)))

    assert "Xifres publicades el 22 de novembre de 2026." in text
    assert "Tal com es van presentar." in text
    assert read_row(text, "total") == ["3", "1.243", "1.243", "4", "1"]


def test_there_is_no_public_paper_without_figures(process):
    factories.make_session(factories.make_event(process_id=process.id))

    assert make_public(process) is None


# --- Whatever was typed, and however much ---


def stay_on_the_page(reader, document):
    return [
        box
        for box in reader.boxes(document)
        if not (0 < box[0] < box[2] < PAGE_WIDTH and 0 < box[1] < box[3] < PAGE_HEIGHT)
    ]


@pytest.mark.parametrize("name", [HOSTILE, HOSTILE * 90, "W" * 3000, "paraula " * 375, "🏳️‍🌈" * 500, ""])
def test_whatever_was_typed_stays_on_the_paper(in_catalan, reader, name):
    numbers = read_numbers(Figures(1, 7, 7, 3, 2, 0))
    lines = [Line(name, numbers, code=name[:32], dimension=each, event=name) for each in (*Dimension, None)]
    table = FigureTable({INTERNAL: Figures(1, 7, 7, 3, 2, 0)}, Figures(1, 7, 7, 3, 2, 0))
    report = FigureReport(table, events=lines, topics=lines, sessions=lines * 2)
    paper = FigurePaper(
        "ca", name, (name,) * 3, name, report, charts.draw(report), title=name, note=f"{name}\n\n{name}", checksum=name
    )

    assert stay_on_the_page(reader, papers.draw_figures(paper)) == []


def test_forty_events_of_two_hundred_sessions_and_sixty_topics_fit_their_pages(in_catalan, reader):
    of_one = Figures(1, 7, 7, 3, 2, 0)
    table = FigureTable(dict.fromkeys((*Dimension, None), of_one), of_one)
    numbers = read_numbers(of_one)
    name = "Acompanyament a les persones nouvingudes i accés a l’habitatge als barris del Besòs i del Maresme"
    sessions = [
        Line(f"{name} {number}", numbers, code=f"INT-{number:03}", dimension=INTERNAL, event=f"{name} {number // 5}")
        for number in range(200)
    ]
    report = FigureReport(
        table,
        events=[Line(f"{name} {number}", numbers) for number in range(40)],
        topics=[Line(f"{name} {number}", numbers) for number in range(60)],
        sessions=sessions,
    )
    paper = FigurePaper("ca", name, (), "Equip", report, charts.draw(report))

    document = papers.draw_figures(paper)

    words = reader.flow(document)
    pages = int(reader.info(document)["Pages"])
    assert stay_on_the_page(reader, document) == []
    assert f"Pàgina {pages} de {pages}" in words
    assert [code for code in (line.code for line in sessions) if words.count(code) != 4] == []
    assert words.count("Codi Sessió") > 5


def test_a_paper_asks_as_often_for_three_sessions_as_for_one(event, process, count_queries, in_catalan):
    def count() -> int:
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: make_present(process))

    before = count()
    for number in range(3):
        session = factories.make_session(event, f"N{number}", dimension=CITIZENS)
        factories.make_entry(session, topic_name=f"Eix {number}")

    assert count() == before


def test_charts_on_paper_have_the_bars_of_the_charts(event, in_catalan, reader):
    paper = make_present(event)

    without = papers.draw_figures(replace(paper, charts=charts.Charts()))

    assert "Quantes persones" not in reader.flow(without)
    bars = [answer.words for chart in paper.charts.by_dimension for answer in chart.answers]
    words = re.sub(r"\s+", " ", reader.flow(papers.draw_figures(paper)))
    assert [bar for bar in bars if bar not in words] == []
