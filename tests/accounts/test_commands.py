import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from accounts import passwords
from accounts.commands import add_first_administrator
from accounts.models import StaffMember, StaffRole, Team
from core.database import db
from tests import factories


def run(app, *words):
    return app.test_cli_runner().invoke(args=["staff", "add", *words])


def members():
    db.session.expire_all()
    return db.session.scalars(select(StaffMember)).all()


def roles_of(member):
    return [(each.team.name, each.role) for each in member.memberships]


def test_add_prints_the_login_once(app):
    result = run(app, "ada@example.org", "--role", "door")

    printed = re.fullmatch(r"Staff login: ada@example\.org / password (\S+) \(shown once\)\n", result.output)
    ada = members()[0]
    assert result.exit_code == 0
    assert (ada.email, roles_of(ada)) == ("ada@example.org", [("Equip organitzador", StaffRole.DOOR)])
    assert passwords.matches(printed.group(1), ada)


def test_add_makes_an_organiser_unless_told_otherwise(app):
    run(app, "ada@example.org", "--name", "Ada")

    assert [(member.name, roles_of(member)) for member in members()] == [
        ("Ada", [("Equip organitzador", StaffRole.ORGANISER)])
    ]


def test_add_takes_the_team_by_its_name(app):
    factories.make_team("Alfa")
    factories.make_team("Beta")

    run(app, "ada@example.org", "--team", "Beta")

    assert [roles_of(member) for member in members()] == [[("Beta", StaffRole.ORGANISER)]]


def test_add_makes_an_administrator_of_everything(app):
    run(app, "ada@example.org", "--role", "administrator")

    assert [(member.is_administrator, roles_of(member)) for member in members()] == [(True, [])]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ada@example.org"], "Ja hi ha un compte amb aquesta adreça.\n"),
        (["ada"], "Això no és una adreça electrònica.\n"),
        (["bob@example.org", "--role", "king"], "'king' is not one of"),
        (["bob@example.org", "--team", "Cap"], "No hi ha cap equip «Cap».\n"),
        ([], "Missing argument 'EMAIL'"),
    ],
)
def test_add_refuses_with_one_line_and_changes_nothing(app, words, says):
    factories.make_staff("ada@example.org")
    db.session.commit()

    result = run(app, *words)

    assert (result.exit_code, says in result.output) == (2, True)
    assert [member.email for member in members()] == ["ada@example.org"]


def test_the_first_administrator_is_made_when_there_is_no_staff(app):
    lines = add_first_administrator()

    printed = re.fullmatch(r"Staff login: admin@example\.org / password (\S+) \(shown once\)", lines[0])
    admin = members()[0]
    assert (admin.email, admin.is_administrator, roles_of(admin)) == ("admin@example.org", True, [])
    assert db.session.scalars(select(Team.name)).all() == ["Equip organitzador"]
    assert passwords.matches(printed.group(1), admin)


def test_the_first_administrator_has_the_configured_address(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], administrator_email="boss@example.org"))

    add_first_administrator()

    assert [member.email for member in members()] == ["boss@example.org"]


def test_no_first_administrator_is_made_when_there_is_staff(app):
    factories.make_staff("ada@example.org")
    db.session.commit()

    assert (add_first_administrator(), len(members())) == ([], 1)


def test_systems_that_start_at_once_make_one_administrator(own_app, race):
    results = race([add_first_administrator] * 4)

    with own_app.app_context():
        emails = db.session.scalars(select(StaffMember.email)).all()
    assert sorted(len(lines) for lines in results) == [0, 0, 0, 1]
    assert emails == ["admin@example.org"]
