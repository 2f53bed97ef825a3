"""The names that people typed: sorted with one click each, and seen by those alone who may see the people."""

import re

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from directory import known_names, organisations
from directory.models import Organisation
from registrations import typed_organisations
from registrations.typed_organisations import Typed
from tests import factories
from tests.registrations.views.pages import LIST, names

NAMES = "/gestio/entitats/noms"


@pytest.fixture
def ada(app):
    return factories.make_staff()


@pytest.fixture
def office(client, ada):
    client.log_in(ada)
    return client


@pytest.fixture
def jornada(app):
    event = factories.make_event()
    for number, name in enumerate(["El Pont", "el pont", "El Pont", "Veïna", "Ateneu", "", "—"]):
        factories.make_registration(event, email=f"{number}@example.org", organisation=name)
    db.session.commit()
    return event


def shown(response):
    return re.findall(r'<label for="nom-\d+"><bdi>(.*?)</bdi>', response.text)


def sort_out(ada, event=None):
    return typed_organisations.sort_out(known_names.read(), seen_by=ada, event=event)


@pytest.mark.both_databases
def test_spellings_are_one_name_and_the_most_frequent_come_first(jornada, ada):
    assert sort_out(ada).unknown == [
        Typed("el pont", ("El Pont", "el pont"), 3),
        Typed("ateneu", ("Ateneu",), 1),
        Typed("veina", ("Veïna",), 1),
    ]


@pytest.mark.both_databases
def test_what_the_directory_knows_is_not_asked_again(jornada, ada):
    factories.make_organisation("EL PONT")
    known_names.say_none("veina", by=None, now=factories.NOW)

    found = sort_out(ada)

    assert ([each.name for each in found.unknown], [each.name for each in found.none], found.known) == (
        ["Ateneu"],
        ["Veïna"],
        1,
    )


def test_names_are_shown_to_those_who_may_see_the_people(jornada, ada, client):
    other = factories.make_team("Altres")
    factories.make_registration(factories.make_event("altra", team=other), organisation="Secret de l’altra")
    cleo = factories.make_staff("cleo@example.org", team=other)
    ed = factories.make_staff("ed@example.org", team=other)
    factories.join_team(ed, role="facilitator")

    assert "Secret" not in str(sort_out(ada))
    assert [each.name for each in sort_out(cleo).unknown] == ["Secret de l’altra"]
    assert [each.name for each in sort_out(ed).unknown] == ["Secret de l’altra"]
    client.log_in(cleo)
    assert shown(client.get(NAMES)) == ["Secret de l’altra"]
    assert client.get(f"{NAMES}?jornada={jornada.slug}").status_code == 404


def test_a_name_is_an_organisation_with_one_click(jornada, office):
    pont = factories.make_organisation("Associació del Pont")
    db.session.commit()
    page = office.get(NAMES).text

    response = office.post(f"{NAMES}?page=1", data={"name": "El Pont", "organisation": pont.id})

    assert f'name="organisation" value="{pont.id}"' in page
    assert (response.status_code, response.location) == (303, f"{NAMES}?page=1")
    assert shown(office.get(NAMES)) == ["Ateneu", "Veïna"]
    assert known_names.read().tell("EL PONT")[1] == "Associació del Pont"


def test_a_name_is_new_with_one_click_and_a_second_one_does_no_harm(jornada, office):
    for _click in range(2):
        response = office.post(NAMES, data={"name": "El Pont", "act": "new"})

    assert (response.status_code, shown(office.get(NAMES))) == (303, ["Ateneu", "Veïna"])
    assert organisations.list_names() == ["El Pont"]


def test_those_ticked_are_new_or_none_together(jornada, office):
    office.post(NAMES, data={"name": ["El Pont", "Ateneu"], "act": "new"})
    office.post(NAMES, data={"name": ["Veïna"], "act": "none"})

    assert (shown(office.get(NAMES)), shown(office.get(f"{NAMES}?mostra=cap"))) == ([], ["Veïna"])
    assert organisations.list_names() == ["Ateneu", "El Pont"]
    assert "El directori coneix tot el que la gent va escriure." in office.get(NAMES).text


def test_what_was_said_to_be_none_is_taken_back(jornada, office):
    office.post(NAMES, data={"name": "Veïna", "act": "none"})

    office.post(f"{NAMES}?mostra=cap", data={"name": "Veïna", "act": "forget"})

    assert shown(office.get(NAMES)) == ["El Pont", "Ateneu", "Veïna"]


def test_another_organisation_is_named_by_any_of_its_names(jornada, office):
    factories.make_organisation("Fundació", "La Casa")
    db.session.commit()

    office.post(NAMES, data={"name": "Ateneu", "called": "la casa"})

    assert known_names.read().tell("Ateneu")[1] == "Fundació"


def test_those_ticked_are_one_organisation_together(jornada, office):
    factories.make_organisation("Fundació", "La Casa")
    db.session.commit()

    page = office.post(
        NAMES, data={"name": ["Ateneu", "Veïna"], "called": "la casa", "act": "one"}, follow_redirects=True
    )

    directory = known_names.read()
    assert [directory.tell(name)[1] for name in ("Ateneu", "veïna")] == ["Fundació", "Fundació"]
    assert "2 noms són «Fundació»." in page.text


def test_an_organisation_that_the_directory_does_not_know_is_added_with_its_names(jornada, office):
    known_names.say_none("Associació <b>", by=None, now=factories.NOW)
    db.session.commit()
    values = {"name": ["Ateneu", "El Pont"], "called": "Associació <b>", "act": "one"}

    page = office.post(NAMES, data=values, follow_redirects=True)

    [organisation] = db.session.scalars(select(Organisation))
    assert (organisation.name, sorted(organisation.other_names)) == ("Associació <b>", ["Ateneu", "El Pont"])
    assert "2 noms són «Associació &lt;b&gt;». És nova al directori." in page.text


def test_names_are_searched_by_pieces_of_words(jornada, office):
    factories.make_registration(jornada, email="s@example.org", organisation="Ponts de l’Ateneu")
    db.session.commit()

    assert shown(office.get(f"{NAMES}?q=PÒNT")) == ["El Pont", "Ponts de l’Ateneu"]
    assert shown(office.get(f"{NAMES}?q=ateneu+pont&jornada={jornada.slug}")) == ["Ponts de l’Ateneu"]
    assert "Cap d’aquests noms no ho conté." in office.get(f"{NAMES}?q=zzz").text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Abans marqueu algun nom."),
        ({"name": "—", "act": "none"}, "no té lletres ni xifres"),
        ({"name": "x" * 301, "act": "new"}, "pot tenir fins a 300"),
        ({"name": "Ateneu", "called": "—", "act": "one"}, "no té lletres ni xifres"),
        ({"name": "Ateneu", "called": "x" * 301, "act": "one"}, "pot tenir fins a 300"),
        ({"name": "Ateneu", "called": ""}, "Escriviu quina entitat és."),
        ({"name": "Ateneu", "act": "odd"}, "Escriviu quina entitat és."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(jornada, office, values, said):
    response = office.post(NAMES, data=values, follow_redirects=True)

    assert (response.status_code, said in response.text) == (200, True)
    assert shown(response) == ["El Pont", "Ateneu", "Veïna"]


@pytest.mark.parametrize("number", ["77", "x", "-1", "9" * 30])
def test_an_organisation_that_is_not_there_is_not_found(jornada, office, number):
    assert office.post(NAMES, data={"name": "Ateneu", "organisation": number}).status_code == 404


def test_hostile_names_are_shown_as_text(jornada, office):
    factories.make_registration(jornada, email="h@example.org", organisation="<script>alert(1)</script>\"'")

    page = office.get(f"{NAMES}?jornada={jornada.slug}&page=99")

    assert (page.status_code, "<script>alert" in page.text) == (200, False)


def test_names_are_asked_for_as_often_for_many_as_for_one(jornada, office, count_queries):
    office.get(NAMES)
    before = count_queries(lambda: office.get(NAMES))

    for number in range(60):
        factories.make_registration(jornada, email=f"n{number}@example.org", organisation=f"Nova {number}")
    db.session.commit()

    assert count_queries(lambda: office.get(NAMES)) == before


def test_trail_says_who_added_what_and_not_what_was_typed(jornada, office, ada):
    office.post(NAMES, data={"name": "Veïna", "act": "none"})

    line = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()

    assert (line.act, line.staff_id, "Veïna" in str(line.details)) == ("known_name.say_none", ada.id, False)


def test_report_leads_to_the_names_of_its_event(jornada, office, client):
    address = f"/gestio/jornades/{jornada.slug}/papers/informe"

    assert f"{NAMES}?jornada={jornada.slug}" in office.get(address).text
    office.post(NAMES, data={"name": ["El Pont", "Veïna", "Ateneu"], "act": "new"})
    assert f"{NAMES}?jornada=" not in office.get(address).text


@pytest.mark.both_databases
def test_the_attendee_list_knows_networks_and_all_names_of_an_organisation(jornada, office):
    network = factories.make_network()
    factories.make_organisation("Pont, Ateneu i companyia", "El Pont", "Ateneu", networks=(network,))
    db.session.commit()
    address = LIST.replace("/jornada/", f"/{jornada.slug}/")

    of_network = office.get(f"{address}?network={network.id}")
    of_organisation = office.get(f"{address}?organisation=ateneu")

    assert (len(names(of_network)), len(names(of_organisation))) == (4, 4)
    assert "Xarxa de prova" in of_network.text
    assert [office.get(f"{address}?network={odd}").status_code for odd in ("77", "x")] == [404, 404]


def test_own_names_are_suggested_to_whoever_signs_up(event, client):
    address = f"/jornades/{event.slug}/inscripcio"
    before = client.get(address).text
    factories.make_organisation("El Pont", "Maria del Pont")
    db.session.commit()

    page = client.get(address).text

    assert ("<datalist" in before, '<option value="El Pont">' in page, "Maria del Pont" in page) == (False, True, False)
