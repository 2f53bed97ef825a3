"""The people of a team: taken in, given another role, let go; by whom, and what nobody can do."""

import re
from functools import partial
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts import members, staff, teams
from accounts.models import AuditEntry, StaffMember, StaffRole, TeamMember
from core.database import db, transaction
from core.mail import OutgoingMail
from tests import factories
from tests.factories import NOW

DORA = {"name": "Dora", "email": "dora@example.org", "role": "door"}


@pytest.fixture
def team(app):
    return factories.make_team()


@pytest.fixture
def people(team):
    return f"/gestio/equips/{team.id}/persones"


@pytest.fixture
def desk(client, ada):
    """A browser in which Ada, who organises the team, is logged in."""
    client.log_in(ada)
    return client


def roles_in(team):
    db.session.expire_all()
    return {each.staff.email: each.role.value for each in members.list_members(TeamMember, team)}


def acts():
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "team").order_by(AuditEntry.id))
    return [(entry.act, entry.details) for entry in entries]


def errors_in(response):
    return [unescape(text).strip() for text in re.findall(r'class="field-error"[^>]*>([^<]*)', response.text)]


def test_somebody_new_is_invited_given_another_role_and_let_go(desk, ada, team, people):
    added = desk.post(people, data=DORA)
    dora = db.session.scalars(select(StaffMember).where(StaffMember.email == "dora@example.org")).one()
    first = roles_in(team)
    desk.post(f"{people}/{dora.id}", data={"role": "viewer"})
    second = roles_in(team)
    desk.post(f"{people}/{dora.id}/baixa")

    assert (added.status_code, added.location) == (303, people)
    assert [first, second, roles_in(team)] == [
        {"ada@example.org": "organiser", "dora@example.org": "door"},
        {"ada@example.org": "organiser", "dora@example.org": "viewer"},
        {"ada@example.org": "organiser"},
    ]
    assert acts() == [
        ("team.add_member", {"staff_id": dora.id, "role": "door"}),
        ("team.change_role", {"staff_id": dora.id, "before": "door", "after": "viewer"}),
        ("team.take_out_member", {"staff_id": dora.id, "role": "viewer"}),
    ]
    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == ["invitation"]


def test_who_has_an_account_gets_a_role_and_a_mail_and_keeps_their_name(desk, team, people):
    factories.make_staff("dora@example.org", role=None, name="Dora B", password="x")

    desk.post(people, data={**DORA, "name": "<b>Other</b>", "email": " DORA@example.org"})

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert roles_in(team) == {"ada@example.org": "organiser", "dora@example.org": "door"}
    assert (mail.kind, mail.recipient_name) == ("new_role", "Dora B")
    assert "«acreditació» a «Equip d’inclusió»" in mail.text


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("ada@example.org", "No podeu canviar la vostra pròpia funció."),
        ("boss@example.org", "Aquesta persona administra tota la instal·lació."),
        ("old@example.org", "El compte amb aquesta adreça està desactivat."),
        ("bob@example.org", "Aquesta persona ja és a la llista."),
        ("nobody", "Això no és una adreça electrònica."),
    ],
)
def test_who_cannot_be_taken_in(desk, people, email, error):
    factories.make_staff("boss@example.org", role="administrator")
    factories.make_staff("old@example.org", role=None, active=False)
    factories.make_staff("bob@example.org", role="viewer")

    response = desk.post(people, data={**DORA, "email": email})

    assert (response.status_code, error in unescape(response.text)) == (422, True)
    assert (acts(), db.session.scalars(select(OutgoingMail)).all()) == ([], [])


@pytest.mark.parametrize("role", ["administrator", "king", "", "organiser,administrator"])
def test_no_role_above_organiser_is_given(desk, team, people, role):
    bob = factories.make_staff("bob@example.org", role="viewer")

    added = desk.post(people, data={**DORA, "role": role})
    desk.post(f"{people}/{bob.id}", data={"role": role})

    assert added.status_code == 422
    assert roles_in(team) == {"ada@example.org": "organiser", "bob@example.org": "viewer"}


def test_what_a_form_adds_makes_no_administrator(desk, people):
    desk.post(
        people, data={**DORA, "is_administrator": "y", "active": "", "team": "1", "team_id": "1", "password": "x"}
    )

    dora = db.session.scalars(select(StaffMember).where(StaffMember.email == "dora@example.org")).one()
    assert (dora.is_administrator, dora.active, dora.password) == (False, True, None)


@pytest.mark.parametrize("act", ["", "/baixa"])
@pytest.mark.parametrize("whose", ["own", "administrator"])
def test_nobody_changes_their_own_role_or_that_of_an_administrator(  # noqa: PLR0917 - two sides and two acts
    desk, ada, team, people, act, whose
):
    boss = factories.make_staff("boss@example.org", role="administrator")
    factories.join_team(boss, role="viewer", team=team)
    person = ada if whose == "own" else boss

    response = desk.post(f"{people}/{person.id}{act}", data={"role": "door"})

    assert response.status_code == 409
    assert roles_in(team) == {"ada@example.org": "organiser", "boss@example.org": "viewer"}


def test_an_administrator_changes_every_role(client, ada, team, people):
    client.log_in(factories.make_staff("boss@example.org", role="administrator"))

    client.post(f"{people}/{ada.id}", data={"role": "viewer"})

    assert roles_in(team) == {"ada@example.org": "viewer"}


@pytest.mark.parametrize("act", ["", "/baixa", "/enllac"])
def test_people_of_another_team_are_not_reached_through_ones_own(desk, people, act):
    other = factories.make_team("Altres")
    cleo = factories.make_staff("cleo@example.org", role="door", team=other)

    statuses = [
        desk.post(f"{address}/{cleo.id}{act}", data={"role": "viewer"}).status_code
        for address in (people, f"/gestio/equips/{other.id}/persones")
    ]

    assert statuses == [404, 404]
    assert roles_in(other) == {"cleo@example.org": "door"}


def test_an_invitation_is_sent_again_to_who_has_no_password(desk, people):
    dora = factories.make_staff("dora@example.org", role="door")
    bob = factories.make_staff("bob@example.org", role="door", password="x")

    statuses = [desk.post(f"{people}/{person.id}/enllac").status_code for person in (dora, bob)]

    assert statuses == [303, 409]
    assert [mail.recipient for mail in db.session.scalars(select(OutgoingMail))] == ["dora@example.org"]


def test_an_organiser_sees_the_own_teams_and_no_other(desk, ada):
    factories.join_team(ada, team=factories.make_team("Segon equip"))
    factories.join_team(ada, role="viewer", team=factories.make_team("Equip que miro"))
    factories.make_team("Equip aliè")

    page = desk.get("/gestio/equips").text

    assert re.findall(r'href="/gestio/equips/\d+">([^<]*)<', page) == ["Equip d’inclusió", "Segon equip"]
    assert "Equip nou" not in page


def test_an_administrator_makes_a_team(client):
    client.log_in(factories.make_staff("boss@example.org", role="administrator"))
    form = client.get("/gestio/nou-equip").text

    response = client.post("/gestio/nou-equip", data={"name": "Tercer equip", "certificate_formula": "states"})
    again = client.post("/gestio/nou-equip", data={"name": "Tercer equip", "certificate_formula": "states"})

    team = teams.named_or_default("Tercer equip")
    assert "6.1.e" in form
    assert (response.status_code, response.location) == (303, f"/gestio/equips/{team.id}/persones")
    assert (again.status_code, errors_in(again)) == (422, ["Ja hi ha un equip amb aquest nom."])


def test_the_people_page_asks_the_database_as_often_for_many_as_for_one(desk, people, count_queries):
    desk.get(people)
    one = count_queries(lambda: desk.get(people))
    for number in range(3):
        factories.make_staff(f"n{number}@example.org", role="door")
    desk.get(people)

    assert count_queries(lambda: desk.get(people)) == one


@pytest.mark.both_databases
def test_the_database_knows_no_administrator_of_one_team(app):
    cleo = factories.make_staff("cleo@example.org", role=None)

    with pytest.raises(IntegrityError):
        factories.join_team(cleo, role="administrator")


@pytest.mark.both_databases
def test_the_database_knows_no_administrator_of_one_event(app):
    cleo, event = factories.make_staff("cleo@example.org", role=None), factories.make_event()

    with pytest.raises(IntegrityError):
        factories.join_event(cleo, event, role="administrator")


def take_in(team_id, role):
    with transaction():
        by = db.session.scalars(select(StaffMember).where(StaffMember.email == "ada@example.org")).one()
        members.invite(TeamMember, teams.get_team(team_id), "dora@example.org", role, name="Dora", by=by, now=NOW)


def test_somebody_taken_in_at_once_is_taken_in_once(own_app, race):
    with own_app.app_context(), transaction():
        factories.make_staff("ada@example.org")
        factories.make_staff("dora@example.org", role=None)
        team_id = factories.make_team().id

    results = race([partial(take_in, team_id, role) for role in (StaffRole.DOOR, StaffRole.ORGANISER, StaffRole.DOOR)])

    with own_app.app_context():
        rows = db.session.scalars(select(TeamMember).where(TeamMember.team_id == team_id)).all()
        assert len(rows) == 2
    assert sorted(type(result).__name__ for result in results) == ["AlreadyMember"] * 2 + ["NoneType"]


def test_nobody_new_invited_at_once_is_two_people(own_app, race):
    with own_app.app_context(), transaction():
        factories.make_staff("ada@example.org")
        team_id = factories.make_team().id

    results = race([partial(take_in, team_id, StaffRole.DOOR)] * 3)

    assert [result for result in results if result is not None and not isinstance(result, REFUSALS)] == []
    assert results.count(None) == 1


REFUSALS = (members.AlreadyMember, staff.AddressTaken)
