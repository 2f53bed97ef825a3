"""The pages of the directory: what they show, what they refuse, and who may open them."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from directory import known_names, networks, organisations, territory
from tests import factories

HOSTILE = "<b>&\"'=1+1"
ORGANISATIONS, NETWORKS = "/gestio/entitats", "/gestio/xarxes"


@pytest.fixture
def desk(client):
    """Ada organises in a team."""
    territory.ensure_loaded()
    client.log_in(factories.make_staff())
    return client


def list_all():
    db.session.expire_all()
    return [(each.name, each.other_names) for each in db.session.scalars(organisations.select_organisations())]


def list_acts():
    return db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()


@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
@pytest.mark.parametrize("address", [ORGANISATIONS, NETWORKS, f"{ORGANISATIONS}/noms", f"{ORGANISATIONS}/llista.csv"])
def test_directory_is_for_organisers(client, role, address):
    client.log_in(factories.make_staff(role=role))

    assert client.get(address).status_code == 403
    assert ORGANISATIONS not in client.get("/gestio").text


def test_whoever_organises_at_one_event_alone_does_not_edit_the_directory(client):
    cleo = factories.make_staff(role=None)
    factories.join_event(cleo, factories.make_event(), role="organiser")
    client.log_in(cleo)

    assert client.get(ORGANISATIONS).status_code == 403


def test_an_empty_directory_says_what_to_do(desk):
    assert "Comenceu pels noms que la gent ha escrit" in desk.get(ORGANISATIONS).text
    assert "Escriviu aquí la primera" in desk.get(NETWORKS).text


def test_an_organisation_is_added_with_all_that_is_said_of_it(desk):
    network = factories.make_network()
    values = {"name": " El  Pont ", "other_names": "AEP\n\n Pont \n", "neighbourhood": "59", "networks": network.id}

    response = desk.post(f"{ORGANISATIONS}/nova", data=values)

    added = organisations.find_by_name("aep")
    assert (response.status_code, response.location) == (303, ORGANISATIONS)
    assert (list_all(), added.neighbourhood.name, added.networks) == (
        [("El Pont", ["AEP", "Pont"])],
        "el Bon Pastor",
        [network],
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, 'id="name-error"'),
        ({"name": "x" * 301}, 'id="name-error"'),
        ({"name": "…"}, 'id="name-error"'),
        ({"name": "La Riba"}, "«La Riba» ja és un nom de «La Riba»."),
        ({"name": "Nova", "other_names": "la riba"}, 'id="other_names-error"'),
        ({"name": "Nova", "other_names": "y" * 301}, 'id="other_names-error"'),
        ({"name": "Nova", "neighbourhood": "99"}, 'id="neighbourhood-error"'),
        ({"name": "Nova", "networks": "77"}, 'id="networks-error"'),
        ({"name": "Nova", "networks": "x"}, 'id="networks-error"'),
    ],
)
def test_what_cannot_be_written_is_refused_at_its_field(desk, values, said):
    factories.make_organisation("La Riba")
    factories.make_network()
    db.session.commit()

    response = desk.post(f"{ORGANISATIONS}/nova", data=values)

    assert (response.status_code, said in response.text) == (422, True)
    assert list_all() == [("La Riba", [])]


def test_hostile_names_are_shown_as_text(desk):
    factories.make_organisation(HOSTILE, f"{HOSTILE} 2", networks=(factories.make_network(f"X {HOSTILE}"),))

    pages = [desk.get(address).text for address in (ORGANISATIONS, NETWORKS, f"{ORGANISATIONS}/1", f"{NETWORKS}/1")]

    assert [page for page in pages if "<b>&" in page] == []
    assert "&lt;b&gt;&amp;&#34;&#39;=1+1" in pages[0]


def test_organisations_are_searched_and_narrowed_down_by_network(desk):
    network = factories.make_network()
    factories.make_organisation("El Pont", "AEP", networks=(network,))
    factories.make_organisation("Ateneu")

    found = desk.get(f"{ORGANISATIONS}?q=aep").text
    of_network = desk.get(f"{ORGANISATIONS}?xarxa={network.id}").text

    assert ("El Pont" in found, "Ateneu" in found) == (True, False)
    assert ("El Pont" in of_network, "Ateneu" in of_network) == (True, False)
    assert "No hi ha cap entitat així." in desk.get(f"{ORGANISATIONS}?q=%25").text
    assert [desk.get(f"{ORGANISATIONS}?xarxa={odd}").status_code for odd in ("77", "x", "9" * 30)] == [404] * 3


def test_list_asks_as_often_for_three_as_for_one(desk, count_queries):
    network = factories.make_network()
    factories.make_organisation("Una", networks=(network,))
    db.session.commit()
    before = count_queries(lambda: desk.get(ORGANISATIONS))

    for number in range(2):
        factories.make_organisation(f"Altra {number}", "El " * (number + 1) + "nom", networks=(network,))
    db.session.commit()

    assert count_queries(lambda: desk.get(ORGANISATIONS)) == before


def test_an_organisation_is_changed_made_one_and_taken_out(desk):
    one, other = factories.make_organisation("El Pont").id, factories.make_organisation("Fundació Pont").id

    desk.post(f"{ORGANISATIONS}/{one}", data={"name": "Pont", "neighbourhood": "", "other_names": "AEP"})
    merged = desk.post(f"{ORGANISATIONS}/{one}/fusio", data={"into": "fundacio pont"})
    after = list_all()
    desk.post(f"{ORGANISATIONS}/{other}/supressio")

    assert merged.location == f"{ORGANISATIONS}/{other}"
    assert (after, list_all()) == ([("Fundació Pont", ["AEP", "El Pont", "Pont"])], [])
    assert list_acts()[-3:] == ["organisation.update", "organisation.merge", "organisation.remove"]


def test_names_given_while_somebody_wrote_are_not_lost(desk):
    pont = factories.make_organisation("El Pont")
    page = f"{ORGANISATIONS}/{pont.id}"
    shown = re.search(r'name="shown"[^>]*value="([^"]+)"', desk.get(page).text)[1]
    known_names.give(pont, "AEP", by=None, now=factories.NOW)

    response = desk.post(page, data={"name": "Pont", "other_names": "", "neighbourhood": "", "shown": shown})

    assert (response.location, list_all()) == (page, [("El Pont", ["AEP"])])
    assert "Algú ha canviat aquesta entitat mentrestant." in desk.get(page).text


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ("", 'id="into-error"'),
        ("Ningú", "El directori no coneix cap entitat «Ningú»."),
        ("El Pont", "Trieu una altra entitat."),
    ],
)
def test_what_cannot_be_made_one_stays_as_it_was(desk, into, said):
    pont = factories.make_organisation("El Pont", "AEP")
    factories.make_organisation("La Riba")
    db.session.commit()

    response = desk.post(f"{ORGANISATIONS}/{pont.id}/fusio", data={"into": into})

    assert (response.status_code, said in response.text) == (422, True)
    assert 'value="El Pont"' in response.text
    assert list_all() == [("El Pont", ["AEP"]), ("La Riba", [])]


def test_networks_are_added_changed_and_taken_out(desk):
    desk.post(NETWORKS, data={"name": "Salut", "purpose": "Per parlar."})
    network = networks.list_networks()[0]
    factories.make_organisation("El Pont", networks=(network,))

    page = desk.get(f"{NETWORKS}/{network.id}").text
    desk.post(f"{NETWORKS}/{network.id}", data={"name": "Salut i Barri", "purpose": ""})
    changed = [(each.name, each.purpose) for each in networks.list_networks()]
    desk.post(f"{NETWORKS}/{network.id}/supressio")

    assert ("El Pont" in page, "Per parlar." in page) == (True, True)
    assert (changed, networks.list_networks(), list_all()) == ([("Salut i Barri", "")], [], [("El Pont", [])])


@pytest.mark.parametrize("name", ["", "…", "x" * 201, "SALUT"])
def test_a_network_that_cannot_be_is_refused_at_its_name(desk, name):
    salut, other = factories.make_network("Salut"), factories.make_network("Cures")
    db.session.commit()

    responses = [desk.post(address, data={"name": name}) for address in (NETWORKS, f"{NETWORKS}/{other.id}")]

    assert [(each.status_code, 'id="name-error"' in each.text) for each in responses] == [(422, True)] * 2
    assert networks.list_networks() == [other, salut]


def send(desk, data, **values):
    files = {"file": (BytesIO(data), "entitats.csv")} if data is not None else {}
    return desk.post(f"{ORGANISATIONS}/importacio", data={**values, **files}, content_type="multipart/form-data")


def test_a_file_is_looked_at_before_it_is_taken_in(desk):
    looked_at = send(desk, "nom;barri\nEl Pont;Bon Pastor\n".encode("cp1252"))
    before = list_all()
    taken = send(desk, None, text="nom;barri\nEl Pont;el Bon Pastor\n", **{"import": "1"})

    assert (looked_at.status_code, "1 entitat afegida" in looked_at.text, before) == (200, True, [])
    assert "El Pont;;el Bon Pastor;" in looked_at.text
    assert (taken.status_code, list_all()) == (303, [("El Pont", [])])


def test_a_file_chosen_anew_is_looked_at_first_whatever_button_was_pressed(desk):
    response = send(desk, b"nom\nEl Pont\n", **{"import": "1", "text": "nom\nAltra\n"})

    assert (response.status_code, list_all()) == (200, [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "és buit"),
        (b"nom;barri\nEl Pont;Atlantis\n", "Fila 2: «Atlantis» no és cap barri de Barcelona"),
        (b"nom;altres noms\nNova;La Riba, si; El Pont\n", "Fila 2: té més cel·les"),
        (b'nom;altres noms\nNova;"La Riba; El Pont"\n', "Fila 2: els seus noms són de més d’una"),
        (b"PK\x03\x04" + b"\0" * 100, "entitats.csv"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_why(desk, data, said):
    factories.make_organisation("El Pont")
    factories.make_organisation("La Riba")
    db.session.commit()

    response = send(desk, data)

    assert (response.status_code, said in response.text) == (422, True)
    assert list_all() == [("El Pont", []), ("La Riba", [])]


def test_a_file_too_long_to_be_shown_is_refused(desk):
    response = send(desk, b"nom\n" + b"".join(b"Entitat %d %s\n" % (n, b"x" * 250) for n in range(1700)))

    assert (response.status_code, "Partiu-lo en dos" in response.text) == (422, True)


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods"])
def test_the_directory_is_given_out_and_that_is_noted(desk, format_):
    factories.make_organisation("El Pont")

    with desk.get(f"{ORGANISATIONS}/llista.{format_}") as response:
        status, content, name = response.status_code, response.data, response.headers["Content-Disposition"]

    assert (status, len(content) > 20, name) == (200, True, f"attachment; filename=entitats.{format_}")
    assert list_acts()[-1] == "organisation.export"
