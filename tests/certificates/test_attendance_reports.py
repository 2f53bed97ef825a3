"""The attendance report: the figures of the product, and unknown is not zero."""

from datetime import timedelta

import pytest

from certificates import attendance_reports, papers
from certificates.content import Turnout
from certificates.pdf.layout import PAGE_HEIGHT, PAGE_WIDTH
from core.database import db
from events.models import Dimension, SessionKind
from figures import figures
from registrations.models import RegistrationState
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)


@pytest.fixture
def event(app):
    """Bob was at two sessions, Cleo at one; one session declared a headcount, of one nothing is known."""
    event = factories.make_event()
    first = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    second = factories.make_session(event, "T2", dimension=Dimension.CITIZENS)
    factories.make_session(event, "V1", kind=SessionKind.VISIT, dimension=Dimension.CITIZENS, declared_participants=23)
    factories.make_session(event, "T3", dimension=Dimension.OTHER_AGENTS)
    factories.make_session(event, "CAF", kind=SessionKind.BREAK)
    factories.make_session(event, "P", kind=SessionKind.PLENARY)
    bob = factories.make_registration(event, first)
    cleo = factories.make_registration(event, first, first_name="Cleo", last_name="Àvila", email="cleo@example.org")
    cleo.state = RegistrationState.CANCELLED
    factories.make_registration(event, first, last_name="Absent", email="absent@example.org")
    for person, session in ((bob, first), (bob, second), (cleo, first)):
        factories.make_attendance(person, session)
    return event


@pytest.mark.both_databases
def test_report_counts_people_once_and_declared_heads_as_declared(event):
    report = attendance_reports.make_report(event, now=AFTER)

    assert (report.registered, report.registered_attended) == (2, 1)
    assert report.turnout == Turnout(sessions=4, people=2, declared=23, entries=3, unknown_sessions=1)
    assert report.by_dimension == (
        (Dimension.INTERNAL, Turnout(sessions=1, people=2, declared=0, entries=2, unknown_sessions=0)),
        (Dimension.OTHER_AGENTS, Turnout(sessions=1, people=0, declared=0, entries=0, unknown_sessions=1)),
        (Dimension.CITIZENS, Turnout(sessions=2, people=1, declared=23, entries=1, unknown_sessions=0)),
    )


def test_report_says_what_the_figures_of_the_event_say(event):
    report = attendance_reports.make_report(event, now=AFTER)

    table = figures.for_event(event)
    assert {
        dimension: (turnout.sessions, turnout.participants, turnout.attendances, turnout.unknown_sessions)
        for dimension, turnout in (*report.by_dimension, ("total", report.turnout))
    } == {
        dimension: (each.sessions, each.participants, each.attendances, each.sessions_without_count)
        for dimension, each in (*table.dimensions.items(), ("total", table.total))
    }


def test_report_reads_as_it_should(event, reader, golden):
    document = papers.draw_attendance_report(event, now=AFTER)

    assert reader.text(document) == (golden / "attendance_report_ca.txt").read_text(encoding="utf-8")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}


def test_session_to_come_is_not_called_unknown(event, reader):
    words = reader.flow(papers.draw_attendance_report(event, now=factories.NOW))

    assert "Encara no s’ha fet." in words
    assert "no es va fer llista ni" not in words


def test_long_list_repeats_its_head_on_each_page(event, reader):
    session = next(session for session in event.sessions if session.code == "T3")
    for number in range(90):
        person = factories.make_registration(event, last_name=f"Pla {number:02}", email=f"p{number}@example.org")
        factories.make_attendance(person, session)

    document = papers.draw_attendance_report(event, now=AFTER)

    words = reader.flow(document)
    pages = int(reader.info(document)["Pages"])
    assert pages > 3
    assert f"Pàgina {pages} de {pages}" in words
    assert words.count("Cognoms i nom") > 3
    assert [number for number in range(90) if f"Pla {number:02}, Bob" not in words] == []


@pytest.mark.parametrize("value", ["<b>&\"'=1+1", "W" * 120, "李小龙 😀", "\u202eairúN", "paraula " * 15])
def test_whatever_was_typed_stays_on_the_report(event, value, reader):
    event.title = event.venue = value * 2
    for session in event.sessions:
        session.title = value * 2
    person = factories.make_registration(
        event, first_name=value, last_name=value, organisation=value * 2, email="x@example.org"
    )
    factories.make_attendance(person, event.sessions[0])

    document = papers.draw_attendance_report(event, now=AFTER)

    for left, top, right, bottom in reader.boxes(document):
        assert 0 < left < right < PAGE_WIDTH
        assert 0 < top < bottom < PAGE_HEIGHT


def test_report_asks_as_often_for_three_people_as_for_one(event, count_queries):
    def count() -> int:
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: attendance_reports.make_report(event, now=AFTER))

    before = count()
    for number in range(3):
        person = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(person, event.sessions[0])

    assert count() == before
