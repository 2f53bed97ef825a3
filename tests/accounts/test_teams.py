import pytest
from sqlalchemy import delete, func, select

from accounts import teams
from accounts.models import AuditEntry, CertificateFormula, Team
from core.database import db, transaction
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def test_default_team_is_made_with_texts_that_can_be_used(app):
    team = teams.default_team()

    assert (team.name, team.place, team.responsible_body, team.certificate_formula) == (
        "Equip organitzador",
        "Barcelona",
        "",
        CertificateFormula.STATES,
    )
    assert "6.1.e" in team.privacy_legal_basis
    assert "15 a 22" in team.privacy_rights
    assert all([team.privacy_purpose, team.image_consent_text])


def test_default_team_is_the_oldest(app):
    first = factories.make_team("Zeta")
    factories.make_team("Alfa")

    assert teams.default_team() is first


def test_default_team_is_made_once(app):
    assert teams.default_team() is teams.default_team()


def test_list_teams_gives_those_asked_for_in_catalan_order(app):
    zeta, ada, elia = (factories.make_team(name) for name in ("Zeta", "Adà", "Èlia"))

    assert (teams.list_teams(), teams.list_teams({zeta.id, elia.id}), teams.list_teams(set())) == (
        [ada, elia, zeta],
        [elia, zeta],
        [],
    )


def test_get_team_knows_no_other(app):
    with pytest.raises(teams.NotFoundError):
        teams.get_team(987654)


def test_named_or_default(app):
    oldest, other = factories.make_team("Zeta"), factories.make_team("Alfa")

    assert (teams.named_or_default("Alfa"), teams.named_or_default(None)) == (other, oldest)
    with pytest.raises(teams.NoSuchTeam):
        teams.named_or_default("Beta")


def test_create_team_leaves_a_line(app, ada):
    team = teams.create_team({"name": "Alfa", "place": "Badalona"}, by=ada, now=NOW)

    entry = db.session.scalars(select(AuditEntry)).one()
    assert (team.name, team.place) == ("Alfa", "Badalona")
    assert (entry.act, entry.subject_key, entry.staff_id) == ("team.create", str(team.id), ada.id)


def test_create_team_refuses_the_name_of_another(app, ada):
    factories.make_team("Alfa")

    with pytest.raises(teams.TeamNameTaken):
        teams.create_team({"name": "Alfa"}, by=ada, now=NOW)


def test_change_settings_notes_what_changed(app, ada):
    team = factories.make_team("Zeta")

    teams.change_settings(
        team, {"name": "Zeta", "place": "Badalona", "contact_email": "z@example.org"}, by=ada, now=NOW
    )

    assert (team.name, team.place, team.contact_email) == ("Zeta", "Badalona", "z@example.org")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.subject_key, entry.staff_id, entry.details) == (
        "team.update",
        str(team.id),
        ada.id,
        {"changed": ["contact_email", "place"]},
    )


def test_change_settings_without_a_change_leaves_no_trace(app, ada):
    team = factories.make_team("Zeta")

    teams.change_settings(team, {"name": "Zeta"}, by=ada, now=NOW)

    assert db.session.scalar(select(func.count(AuditEntry.id))) == 0


def test_change_settings_refuses_the_name_of_another_team(app, ada):
    factories.make_team("Alfa")
    team = factories.make_team("Zeta")

    with pytest.raises(teams.TeamNameTaken):
        teams.change_settings(team, {"name": "Alfa"}, by=ada, now=NOW)


def name_of_default_team():
    with transaction():
        return teams.default_team().name


def test_default_team_asked_for_at_once_is_one_team(own_app, race):
    for _turn in range(8):
        results = race([name_of_default_team] * 6)

        with own_app.app_context(), transaction():
            made = db.session.scalars(select(Team.name)).all()
            db.session.execute(delete(Team))
        assert (results, made) == (["Equip organitzador"] * 6, ["Equip organitzador"])
