"""The attendance report: the figures of the product, unknown is not zero, and no name for who may not have it."""

from datetime import timedelta

import pytest

from certificates import attendance_reports, papers
from certificates.attendance_content import Part, Purpose, SignUp
from certificates.pdf.layout import PAGE_HEIGHT, PAGE_WIDTH
from core.database import db
from directory import territory
from events.models import Dimension, EventState, SessionKind
from figures import figures, public_figures
from figures.small_cells import TOTAL
from registrations.models import AttendanceSource, QuestionKind, RegistrationSource, RegistrationState
from tests import factories
from tests.certificates.structures import Structure, find_problems

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
    factories.make_registration(event, first, last_name="Absent", email="absent@example.org", organisation="Càritas")
    for person, session in ((bob, first), (bob, second), (cleo, first)):
        factories.make_attendance(person, session)
    return event


def make(event, ada, purpose=Purpose.FILE, question_ids=(), now=AFTER):
    return attendance_reports.make(attendance_reports.ask_event(event.slug, by=ada), purpose, question_ids, now=now)


def make_of_process(process, ada, purpose=Purpose.FUNDER):
    return attendance_reports.make(attendance_reports.ask_process(process.slug, by=ada), purpose, now=AFTER)


def draw(event, ada, **values):
    return papers.draw_attendance_report(make(event, ada, **values))


def add_people(event, session, count, **values):
    """So many more people at a session, by name `Pla 00` on."""
    for number in range(count):
        person = factories.make_registration(
            event, session, last_name=f"Pla {number:02}", email=f"{session.code}-{number}@example.org", **values
        )
        factories.make_attendance(person, session)


def know(*names):
    """Have the directory know organisations: for publication no other name is told."""
    for name in names:
        factories.make_organisation(name)


def find(event, code):
    return next(session for session in event.sessions if session.code == code)


@pytest.mark.both_databases
def test_report_tells_the_figures_of_the_event(event, ada):
    report = make(event, ada)

    assert report.figures.table == figures.for_event(event)


@pytest.mark.both_databases
def test_report_compares_who_signed_up_with_who_came(event, ada):
    at_door = factories.make_registration(event, email="door@example.org", source=RegistrationSource.DOOR)
    factories.make_attendance(at_door, find(event, "T2"))

    report = make(event, ada)

    assert report.sign_up == SignUp(signed_up=2, came=1, besides=2)
    assert [(each.code, each.sign_up) for each in report.sessions] == [
        ("T1", SignUp(2, 1, 1)),
        ("T2", SignUp(0, 0, 2)),
        ("T3", SignUp(0, 0, 0)),
        ("V1", SignUp(0, 0, 0)),
    ]


def test_nobody_is_missed_at_what_is_still_to_come(event, ada):
    process = factories.make_process()
    event.process = process
    later = factories.make_event("segona", title="Segona", process_id=process.id, starts_at=AFTER + timedelta(days=9))
    session = factories.make_session(later, "S1", starts_at=later.starts_at, ends_at=later.ends_at)
    factories.make_registration(later, session, email="new@example.org")

    report = make_of_process(process, ada)

    assert report.sign_up == SignUp(signed_up=2, came=1, besides=1)
    assert report.sign_ups[-1] == ("Segona", SignUp(1, None, None))
    assert report.sessions[-1].sign_up == SignUp(1, None, None)
    assert make(later, ada).sign_up == SignUp(1, None, None)


@pytest.mark.both_databases
def test_report_tells_organisations_in_catalan_order_and_those_of_nobody_last(event, ada):
    for number, name in enumerate(["Çelik", "", "càritas"]):
        person = factories.make_registration(event, email=f"o{number}@example.org", organisation=name)
        factories.make_attendance(person, find(event, "T2"))

    report = make(event, ada)

    assert report.divisions[0].parts == (
        Part("Associació de Veïns", 1, 2),
        Part("Càritas", 2, 1),
        Part("Çelik", 1, 1),
        Part("sense entitat", 1, 1, is_rest=True),
    )


def test_report_tells_by_which_door_attendance_came(event, ada):
    code = factories.make_registration(event, email="code@example.org")
    factories.make_attendance(code, find(event, "T2"), source=AttendanceSource.CODE)

    report = make(event, ada)

    sources = {each.code: dict(each.sources) for each in report.sessions}
    assert sources["T2"] == {AttendanceSource.LIST: 1, AttendanceSource.CODE: 1}
    assert report.sources == (AttendanceSource.LIST, AttendanceSource.CODE)
    assert [person.source for person in report.sessions[0].people] == [AttendanceSource.LIST] * 2


@pytest.mark.both_databases
def test_people_are_told_apart_by_what_they_answered(event, ada):
    question = factories.make_question(event, "De quina xarxa?", "one", options=["Habitatge", "Salut"])
    people = [factories.make_registration(event, email=f"q{number}@example.org") for number in range(3)]
    for person, answer in zip(people, ["Salut", "Salut", "Habitatge"], strict=True):
        factories.make_answer(person, question, answer)
    factories.make_attendance(people[0], find(event, "T2"))

    _organisations, division = make(event, ada, question_ids=[question.id]).divisions

    assert (division.title, division.is_partition) == ("De quina xarxa?", True)
    assert division.parts == (
        Part("Habitatge", 1, 0),
        Part("Salut", 2, 1),
        Part("sense resposta", 2, 2, is_rest=True),
    )


def test_only_questions_with_answers_to_choose_from_are_offered_each_once(app, ada):
    process = factories.make_process()
    for slug in ("una", "altra"):
        event = factories.make_event(slug, process_id=process.id)
        factories.make_session(event)
        factories.make_question(event, "Què en penseu?", "long")
        factories.make_question(event, "Xarxa", QuestionKind.ONE, options=["Salut", "Habitatge"])

    offered = attendance_reports.list_questions(attendance_reports.ask_process(process.slug, by=ada))

    assert [question.text for question in offered] == ["Xarxa"]


@pytest.mark.both_databases
def test_sessions_are_told_by_neighbourhood_where_it_is_known(event, ada):
    territory.ensure_loaded()
    find(event, "T1").neighbourhood_code = "59"
    find(event, "V1").neighbourhood_code = "59"

    places = make(event, ada).places

    assert [(place.name, dict(place.numbers)) for place in places] == [
        ("el Bon Pastor", {"sessions": 2, "participants": 25, "attendances": 25}),
        ("no se sap on", {"sessions": 2, "participants": 1, "attendances": 1}),
    ]


def test_report_for_the_funder_names_nobody(event, ada, reader):
    text = reader.text(draw(event, ada, purpose=Purpose.FUNDER))

    assert "Àvila" not in text
    assert "Associació de Veïns  2\n" in text.split("T1 · Taller T1\n")[-1]
    assert {each.people for each in make(event, ada, purpose=Purpose.FUNDER).sessions} == {None}


def test_report_for_publication_tells_no_number_of_few_people(event, ada, reader):
    know("Associació de Veïns", "Càritas")
    add_people(event, find(event, "T2"), 20, organisation="Càritas")

    report = make(event, ada, purpose=Purpose.PUBLIC)

    words = reader.flow(papers.draw_attendance_report(report))
    assert report.divisions[0].parts == (Part("Associació de Veïns", None, None), Part("Càritas", None, None))
    assert "Càritas *" in words
    assert words.count("no se sap l’assistència") == 1
    assert (report.sign_up, {each.listed for each in report.sessions}) == (SignUp(22, None, None), {0})
    assert "Pla 01" not in words
    assert "Participants" not in words.split("Per sessió")[1].split("Què es compta i com")[0]


def test_report_for_publication_hides_what_the_page_of_the_process_hides(event, ada):
    process = factories.make_process()
    event.process = process
    other = factories.make_event("segona", process_id=process.id)
    add_people(event, find(event, "T2"), 20)
    add_people(other, factories.make_session(other, "S1", dimension=Dimension.CITIZENS), 9)
    factories.make_event("esborrany", process_id=process.id, state=EventState.DRAFT)

    of_event, of_process = (
        make(event, ada, Purpose.PUBLIC).figures,
        make_of_process(process, ada, Purpose.PUBLIC).figures,
    )

    public = public_figures.for_process(process)
    assert (of_process.table, of_process.hidden) == (public.process, public.hidden_parts)
    assert (of_event.table, Dimension.INTERNAL in of_event.hidden) == (public.events[event.id], True)
    assert of_event.hidden == {part for part in (*Dimension, None, TOTAL) if public.hides(event.id, part)}


def test_report_for_publication_of_a_process_tells_of_parts_what_each_of_its_events_tells(event, ada):
    """Nine of Salut in all, of whom six were at the first: three would be left for the other."""
    know("Associació de Veïns", "Càritas", "Drets", "Salut")
    process = factories.make_process()
    event.process = process
    other = factories.make_event("segona", process_id=process.id)
    first, second = (factories.make_session(other, code, dimension=Dimension.CITIZENS) for code in ("S1", "S2"))
    add_people(event, find(event, "T2"), 6, organisation="Salut")
    add_people(event, find(event, "V1"), 9, organisation="Càritas")
    add_people(other, first, 3, organisation="Salut")
    add_people(other, second, 9, organisation="Drets")

    of_event, of_other, of_process = (
        {part.name: part.came for part in report.divisions[0].parts}
        for report in (
            *(make(each, ada, Purpose.PUBLIC) for each in (event, other)),
            make_of_process(process, ada, Purpose.PUBLIC),
        )
    )

    assert of_event == {"Associació de Veïns": None, "Càritas": 9, "Salut": None}
    assert of_other == {"Drets": None, "Salut": None}
    assert of_process == {"Associació de Veïns": None, "Càritas": 9, "Drets": None, "Salut": None}


def test_an_event_to_come_keeps_nothing_of_its_process_untold(event, ada):
    process = factories.make_process()
    event.process = process
    add_people(event, find(event, "T2"), 20, organisation="Salut")
    add_people(event, find(event, "V1"), 9, organisation="")
    later = factories.make_event("segona", process_id=process.id, starts_at=AFTER + timedelta(days=9))
    factories.make_session(later, "S1", starts_at=later.starts_at, ends_at=later.ends_at)

    of_process, of_event = make_of_process(process, ada, Purpose.PUBLIC), make(event, ada, Purpose.PUBLIC)

    assert [each.parts for each in of_process.divisions] == [each.parts for each in of_event.divisions]


def test_report_for_publication_of_a_process_without_anybody_says_so(app, ada):
    process = factories.make_process()
    for slug in ("una", "altra"):
        factories.make_session(factories.make_event(slug, process_id=process.id))

    (division,) = make_of_process(process, ada, Purpose.PUBLIC).divisions

    assert (division.parts, division.is_untold) == ((), False)


def test_who_signed_up_for_an_event_does_not_come_out_of_its_process(event, ada):
    """Of those who signed up for both, those for the other one could be taken."""
    process = factories.make_process()
    event.process = process
    add_people(event, find(event, "T1"), 9)
    other = factories.make_event("segona", process_id=process.id)
    add_people(other, factories.make_session(other, "S1"), 3)

    reports = [
        make_of_process(process, ada, Purpose.PUBLIC),
        *(make(each, ada, Purpose.PUBLIC) for each in (event, other)),
    ]

    assert [report.sign_up and report.sign_up.signed_up for report in reports] == [None, 11, None]


def test_report_of_a_process_counts_people_once_and_tells_each_event(event, ada):
    process = factories.make_process()
    event.process = process
    other = factories.make_event("segona", title="Segona", process_id=process.id, starts_at=AFTER)
    session = factories.make_session(other, "T1", dimension=Dimension.INTERNAL)
    bob = factories.make_registration(other, session)
    factories.make_attendance(bob, session)

    report = make_of_process(process, ada)

    assert report.figures.table == figures.for_process(process)
    assert report.sign_up == SignUp(signed_up=2, came=1, besides=1)
    assert report.sign_ups == (("Jornada de treball", SignUp(2, 1, 1)), ("Segona", SignUp(1, 1, 0)))
    assert [(each.event, each.code) for each in report.sessions][-1] == ("Segona", "T1")


def test_report_of_a_process_leaves_out_events_of_other_teams_and_says_so(event, app, ada):
    process = factories.make_process()
    event.process = process
    factories.make_event("altra", process_id=process.id, team=factories.make_team("Altres"))

    report = make_of_process(process, ada)

    assert report.sign_ups == (("Jornada de treball", SignUp(2, 1, 1)),)
    assert "1 jornada d’altres equips" in report.warning


def test_names_are_told_of_those_events_only_whose_people_one_may_see(event, ada):
    found = attendance_reports.ask_event(event.slug, by=factories.make_staff("viewer@example.org", role="viewer"))

    report = attendance_reports.make(found, Purpose.FILE, now=AFTER)

    assert {each.people for each in report.sessions} == {None}


def test_report_reads_as_it_should(event, ada, reader, golden):
    document = draw(event, ada)

    assert reader.text(document) == (golden / "attendance_report_ca.txt").read_text(encoding="utf-8")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}
    assert draw(event, ada) == document


def test_report_is_told_in_reading_order(event, ada):
    headings = [each.words for each in Structure(draw(event, ada)).document.walk() if each.tag in {"H1", "H2", "H3"}]

    assert headings[:3] == ["Jornada de treball", "Contingut", "Xifres"]
    assert headings[-3:] == ["T3 · Taller T3", "V1 · Taller V1", "Què es compta i com"]


def test_session_to_come_is_not_called_unknown(event, ada, reader):
    words = reader.flow(draw(event, ada, now=factories.NOW))

    assert "Encara no s’ha fet." in words
    assert "no es va fer llista ni" not in words


def test_long_report_has_contents_and_repeats_heads_on_each_page(event, ada, reader):
    add_people(event, find(event, "T3"), 90)

    document = draw(event, ada)

    words = reader.flow(document)
    pages = int(reader.info(document)["Pages"])
    text = reader.text(document)
    assert pages > 3
    assert f"Pàgina {pages} de {pages}" in words
    assert words.count("Cognoms i nom") > 3
    assert [number for number in range(90) if f"Pla {number:02}, Bob" not in words] == []
    assert "Contingut\nXifres  1\n" in text
    assert f"Què es compta i com  {pages}\n" in text


@pytest.mark.parametrize("purpose", Purpose)
def test_report_is_tagged_for_whoever_does_not_see_it(event, ada, purpose):
    territory.ensure_loaded()
    find(event, "T1").neighbourhood_code = "59"
    process = factories.make_process()
    event.process = process
    other = factories.make_event("segona", title="Segona", process_id=process.id, starts_at=AFTER)
    add_people(event, find(event, "T3"), 60)
    add_people(other, factories.make_session(other, "T1", dimension=Dimension.INTERNAL), 6)

    of_event = papers.draw_attendance_report(make(event, ada, purpose=purpose))
    of_process = papers.draw_attendance_report(make_of_process(process, ada, purpose))

    assert (find_problems(of_event), find_problems(of_process)) == ([], [])


@pytest.mark.parametrize("value", ["<b>&\"'=1+1", "W" * 120, "李小龙 😀", "\u202eairúN", "paraula " * 15])
def test_whatever_was_typed_stays_on_the_report(event, ada, value, reader):
    event.title = event.venue = value * 2
    for session in event.sessions:
        session.title = value * 2
    question = factories.make_question(event, value * 2, "one", options=[value, "x"])
    person = factories.make_registration(
        event, first_name=value, last_name=value, organisation=value * 2, email="x@example.org"
    )
    factories.make_answer(person, question, value)
    factories.make_attendance(person, event.sessions[0])

    document = draw(event, ada, question_ids=[question.id])

    assert find_problems(document) == []
    for left, top, right, bottom in reader.boxes(document):
        assert 0 < left < right < PAGE_WIDTH
        assert 0 < top < bottom < PAGE_HEIGHT


def test_report_asks_as_often_for_three_people_as_for_one(event, ada, count_queries):
    def count() -> int:
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: make(event, ada))

    before = count()
    for number in range(3):
        person = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(person, event.sessions[0])

    assert count() == before
