"""The attendance report by organisation, network and neighbourhood: what was typed, as the directory knows it."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from certificates import attendance_reports, papers
from certificates.attendance_content import About, Part, Purpose
from certificates.attendance_sheets import write_sheets
from core.database import db
from directory import known_names, territory
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)


@pytest.fixture
def event(app):
    """A session to which `come` brings people."""
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


def come(event, **organisations):
    """So many people from each organisation, as it was typed: underscores are spaces."""
    for typed, count in organisations.items():
        for number in range(count):
            name, email = typed.replace("_", " ").strip(), f"{typed}-{number}@example.org"
            person = factories.make_registration(event, email=email, organisation=name)
            factories.make_attendance(person, event.sessions[0])


def make(event, ada, purpose=Purpose.FUNDER):
    return attendance_reports.make(attendance_reports.ask_event(event.slug, by=ada), purpose, now=AFTER)


def tell(report, about):
    """What a division tells: who came, by its parts."""
    return next(
        ({part.name: part.came for part in each.parts} for each in report.divisions if each.about is about), None
    )


def make_four(ada):
    """Two organisations in networks, one of them in two; one in none; and a name that is no organisation."""
    territory.ensure_loaded()
    salut, cures = factories.make_network("Xarxa de Salut"), factories.make_network("Xarxa de Cures")
    pastor, besos = (territory.find_neighbourhood(name) for name in ("Bon Pastor", "Baró de Viver"))
    factories.make_organisation("Associació El Pont", "Pont", networks=(salut, cures), neighbourhood=pastor)
    factories.make_organisation("La Riba", networks=(salut,), neighbourhood=besos)
    factories.make_organisation("Ateneu")
    known_names.say_none("veina", by=ada, now=factories.NOW)


@pytest.mark.both_databases
def test_spellings_of_an_organisation_become_one(event, ada):
    make_four(ada)
    come(event, PONT=2, associacio_el_pont=1, Escola=1, ESCOLA_=1, veïna=1, _=1)

    report = make(event, ada)

    assert report.divisions[0].parts == (
        Part("Associació El Pont", 3, 3),
        Part("Escola", 2, 2),
        Part("sense entitat", 2, 2, is_rest=True),
    )
    assert report.sessions[0].organisations == (("Associació El Pont", 3), ("Escola", 2), ("sense entitat", 2))


@pytest.mark.both_databases
def test_networks_count_their_organisations_and_tell_apart_what_nobody_knows(event, ada):
    make_four(ada)
    come(event, Pont=2, La_Riba=3, Ateneu=1, Escola=4, veïna=1, _=2)

    report = make(event, ada)

    networks = next(each for each in report.divisions if each.about is About.NETWORK)
    assert networks.parts == (
        Part("Xarxa de Cures", 2, 2),
        Part("Xarxa de Salut", 5, 5),
        Part("en cap xarxa", 1, 1, is_rest=True),
        Part("entitat fora del directori", 4, 4, is_rest=True),
        Part("sense entitat", 3, 3, is_rest=True),
    )
    assert (networks.is_partition, networks.overlap) == (
        False,
        "Una entitat que és en diverses xarxes compta en cadascuna.",
    )
    assert tell(report, About.NEIGHBOURHOOD) == {
        "Baró de Viver": 3,
        "el Bon Pastor": 2,
        "no se sap el barri": 1,
        "entitat fora del directori": 4,
        "sense entitat": 3,
    }


def test_networks_that_share_no_organisation_add_up(event, ada):
    factories.make_organisation("La Riba", networks=(factories.make_network("Salut"),))
    come(event, La_Riba=3)

    networks = make(event, ada).divisions[1]

    assert (networks.is_partition, networks.overlap) == (True, "")


def test_what_the_directory_does_not_know_of_anybody_is_not_told(event, ada):
    factories.make_organisation("Ateneu")
    factories.make_network("Xarxa de Salut")
    come(event, Ateneu=3, Escola=2)

    assert [each.about for each in make(event, ada).divisions] == [About.ORGANISATION]


def test_people_of_a_process_are_in_the_network_once(ada, app):
    process = factories.make_process()
    factories.make_organisation("La Riba", "Riba", networks=(factories.make_network("Salut"),))
    for slug, typed in (("una", "La Riba"), ("altra", "riba")):
        event = factories.make_event(slug, process_id=process.id)
        session = factories.make_session(event)
        factories.make_attendance(factories.make_registration(event, session, organisation=typed), session)

    found = attendance_reports.ask_process(process.slug, by=ada)
    report = attendance_reports.make(found, Purpose.FUNDER, now=AFTER)

    assert (tell(report, About.ORGANISATION), tell(report, About.NETWORK)) == ({"La Riba": 1}, {"Salut": 1})


def test_published_networks_give_no_organisation_away(event, ada):
    """Salut is Pont and Riba: with Pont told, it would tell how few came from La Riba."""
    make_four(ada)
    come(event, Pont=9, La_Riba=2, Ateneu=8, Escola=3)

    report = make(event, ada, Purpose.PUBLIC)

    told = {"Associació El Pont": 9, "Ateneu": None, "La Riba": None, "entitat fora del directori": None}
    assert tell(report, About.ORGANISATION) == told
    assert tell(report, About.NETWORK)["Xarxa de Salut"] is None
    assert tell(report, About.NETWORK)["Xarxa de Cures"] == 9
    assert tell(report, About.NEIGHBOURHOOD)["Baró de Viver"] is None


def test_published_networks_are_told_where_enough_few_are_in_them(event, ada):
    network = factories.make_network("Salut")
    for name in ("Una", "Dues", "Tres"):
        factories.make_organisation(name, networks=(network,))
    come(event, Una=3, Dues=3, Tres=4, Altra=20)

    report = make(event, ada, Purpose.PUBLIC)

    assert tell(report, About.ORGANISATION) == {
        "Dues": None,
        "Tres": None,
        "Una": None,
        "entitat fora del directori": 20,
    }
    assert tell(report, About.NETWORK) == {"Salut": 10, "entitat fora del directori": 20}


def test_a_name_that_nobody_knows_is_not_published(event, ada, reader):
    """It may be somebody's own."""
    factories.make_organisation("Ateneu")
    come(event, Ateneu=9, Maria_Puig=7, MARIA__PUIG=1)

    report = make(event, ada, Purpose.PUBLIC)

    assert tell(report, About.ORGANISATION) == {"Ateneu": 9, "entitat fora del directori": 8}
    assert "Puig" not in reader.text(papers.draw_attendance_report(report))
    assert "Maria Puig" in tell(make(event, ada), About.ORGANISATION)


def test_so_few_that_no_organisation_is_told_are_in_no_network_either(event, ada):
    factories.make_organisation("Una", networks=(factories.make_network("Salut"),))
    come(event, Una=3)

    divisions = make(event, ada, Purpose.PUBLIC).divisions

    assert [(each.is_untold, each.parts) for each in divisions] == [(True, ()), (True, ())]


@pytest.mark.parametrize("purpose", Purpose)
def test_report_says_who_came_by_network_and_neighbourhood(event, ada, reader, purpose):
    make_four(ada)
    come(event, Pont=9, La_Riba=7, Ateneu=6)

    text = reader.flow(papers.draw_attendance_report(make(event, ada, purpose)))

    assert "Per xarxa" in text
    assert "Una entitat que és en diverses xarxes compta en cadascuna." in text
    assert "Per barri de les entitats" in text


def test_workbook_has_sheets_of_networks_and_of_neighbourhoods(event, ada):
    make_four(ada)
    come(event, Pont=2, La_Riba=3)
    file = BytesIO()

    write_sheets(make(event, ada), file)

    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    assert book.sheet_names[3:6] == ["Entitats", "Xarxes", "On són les entitats"]
    assert book.get_sheet_by_name("Xarxes").to_python() == [
        ["Xarxa. Una entitat que és en diverses xarxes compta en cadascuna.", "Inscripcions", "Han vingut"],
        ["Xarxa de Cures", 2.0, 2.0],
        ["Xarxa de Salut", 5.0, 5.0],
    ]


@pytest.mark.both_databases
def test_report_asks_as_often_however_many_organisations_there_are(event, ada, count_queries):
    come(event, Pont=2)
    make_four(ada)
    db.session.commit()
    before = count_queries(lambda: make(event, ada))

    for number in range(5):
        factories.make_organisation(f"Nova {number}", f"La nova {number}")
    come(event, Nova_1=1, La_nova_2=1)
    db.session.commit()

    assert count_queries(lambda: make(event, ada)) == before
