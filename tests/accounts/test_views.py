import re
from html import unescape

import pytest
from sqlalchemy import select

from accounts import passwords
from accounts.models import AuditEntry, StaffMember, StaffRole, Team
from core.database import db
from core.mail import OutgoingMail
from tests import factories

PASSWORD = "cadira oberta al mar"
TOO_SHORT = "Una contrasenya té com a mínim 12 caràcters."
HOSTILE = "<b>&\"'=1+1"


@pytest.fixture
def boss(app):
    return factories.make_staff(
        "boss@example.org",
        role="administrator",
        name="Àgata",
        password=passwords.hashed(PASSWORD),
    )


@pytest.fixture
def desk(client, boss):
    """A browser in which the administrator is logged in."""
    client.log_in(boss)
    return client


def flash_in(response):
    return unescape(re.search(r'<p class="notice[^>]*>(.*?)</p>', response.text, re.DOTALL).group(1)).strip()


def errors_in(response):
    return [unescape(text).strip() for text in re.findall(r'class="field-error"[^>]*>([^<]*)', response.text)]


def follow(client, response):
    return client.get(response.location)


def roles_of(member):
    return [(each.team.name, each.role) for each in member.memberships]


def find(email):
    db.session.expire_all()
    return db.session.scalar(select(StaffMember).where(StaffMember.email == email))


def test_the_list_shows_everybody_and_how_their_account_is(desk):
    factories.make_staff("ada@example.org", role="door", name=HOSTILE, active=False)
    factories.make_staff("bob@example.org", role="viewer")

    page = desk.get("/gestio/personal").text

    rows = [
        " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split())
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]
    ]
    assert rows == [
        "Àgata boss@example.org administració actiu",
        "bob@example.org consulta Equip d’inclusió invitació pendent",
        f"{HOSTILE} ada@example.org acreditació Equip d’inclusió desactivat",
    ]


def test_the_list_asks_the_database_as_often_for_one_as_for_many(desk, count_queries):
    factories.make_staff("n@example.org", role="door")
    desk.get("/gestio/personal")  # the first page of all also reads who is logged in
    one = count_queries(lambda: desk.get("/gestio/personal"))
    for number in range(3):
        factories.make_staff(f"n{number}@example.org", role="door")

    assert count_queries(lambda: desk.get("/gestio/personal")) == one


def test_adding_a_person_sends_them_a_link_that_works(desk, app):
    team = factories.make_team()

    response = desk.post(
        "/gestio/personal/alta", data={"name": "Ada", "email": "Ada@example.org", "role": "door", "team": team.id}
    )

    mail = db.session.scalars(select(OutgoingMail)).one()
    ada = find("ada@example.org")
    assert (response.status_code, response.location) == (303, "/gestio/personal")
    assert (
        flash_in(follow(desk, response))
        == "Compte creat. S’envia a ada@example.org un correu amb un enllaç per triar contrasenya."
    )
    assert (ada.name, roles_of(ada), ada.password) == ("Ada", [("Equip d’inclusió", StaffRole.DOOR)], None)
    link = re.search(r"https://jornades\.example\.org(/contrasenya/\S+)", mail.text).group(1)
    browser = app.test_client()
    browser.post(link, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert browser.post("/entrada", data={"email": "ada@example.org", "password": PASSWORD}).location == "/gestio"


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"email": "boss@example.org"}, ["Ja hi ha un compte amb aquesta adreça."]),
        ({"email": "ada"}, ["Això no és una adreça electrònica."]),
        ({"name": ""}, ["Cal omplir aquest camp."]),
        ({"name": "x" * 201}, ["És massa llarg: 200 caràcters com a màxim."]),
    ],
)
def test_adding_a_person_says_at_the_field_what_is_wrong(desk, answers, errors):
    data = {"name": "Ada", "email": "ada@example.org", "role": "door", "team": factories.make_team().id}

    response = desk.post("/gestio/personal/alta", data={**data, **answers})

    assert (response.status_code, errors_in(response)) == (422, errors)
    assert [member.email for member in db.session.scalars(select(StaffMember))] == ["boss@example.org"]


@pytest.mark.parametrize("role", ["king", "", None, "\x00"])
def test_adding_a_person_takes_only_a_role_there_is(desk, role):
    data = {"name": "Ada", "email": "ada@example.org", "role": role, "team": factories.make_team().id}

    response = desk.post("/gestio/personal/alta", data={key: value for key, value in data.items() if value is not None})

    assert response.status_code == 422


def test_changing_a_person(desk):
    ada = factories.make_staff("ada@example.org", role="door", name="Ada")

    response = desk.post(f"/gestio/personal/{ada.id}", data={"name": HOSTILE, "is_administrator": "y"})

    assert (response.status_code, response.location) == (303, "/gestio/personal")
    assert (find("ada@example.org").name, find("ada@example.org").is_administrator) == (HOSTILE, True)


def test_the_only_administrator_cannot_stop_being_one(desk, boss):
    response = desk.post(f"/gestio/personal/{boss.id}", data={"name": "Àgata"})

    assert (response.status_code, errors_in(response)) == (
        422,
        ["És l’única persona que administra. Abans, doneu aquesta funció a algú altre."],
    )
    assert find("boss@example.org").is_administrator is True


def test_deactivating_and_activating(desk, app):
    ada = factories.make_staff("ada@example.org", name="Ada")
    browser = app.test_client()
    browser.log_in(ada)
    before = browser.get("/gestio/compte").status_code

    gone = desk.post(f"/gestio/personal/{ada.id}/desactivacio")
    said = flash_in(follow(desk, gone))
    after = browser.get("/gestio/compte").status_code
    back = desk.post(f"/gestio/personal/{ada.id}/activacio")

    assert (before, gone.status_code, said, after, back.status_code) == (200, 303, "Ada ja no pot entrar.", 302, 303)
    assert flash_in(follow(desk, back)) == "Ada torna a poder entrar."
    assert find("ada@example.org").active is True


def test_nobody_deactivates_themselves(desk, boss):
    page = desk.get(f"/gestio/personal/{boss.id}").text

    response = desk.post(f"/gestio/personal/{boss.id}/desactivacio")

    assert "desactivacio" not in page
    assert response.status_code == 409
    assert "No podeu desactivar el vostre propi compte." in response.text


def test_sending_a_link(desk):
    ada = factories.make_staff("ada@example.org", password="x")

    response = desk.post(f"/gestio/personal/{ada.id}/enllac")

    assert (
        flash_in(follow(desk, response)) == "S’envia a ada@example.org un correu amb un enllaç per posar contrasenya."
    )
    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == ["reset_instructions"]


@pytest.mark.parametrize("what", ["", "/desactivacio", "/activacio", "/enllac"])
def test_there_is_nothing_to_do_to_nobody(desk, what):
    assert desk.post(f"/gestio/personal/987654{what}").status_code == 404


TEAM = {
    "name": "Equip nou",
    "contact_email": "nou@example.org",
    "place": "Badalona",
    "responsible_body": "Ajuntament de Badalona",
    "privacy_purpose": "Gestionar.\r\nInformar.",
    "privacy_legal_basis": "Article 6.1.e.",
    "privacy_rights": "Articles 15 a 22.",
    "privacy_url": "https://example.org/privadesa?a=1",
    "image_consent_text": HOSTILE,
    "certificate_formula": "certifies",
    "signatory_name": "Cleo Exemple",
    "signatory_post": "secretària",
}


@pytest.fixture
def settings_page(desk):
    return f"/gestio/equips/{factories.make_team().id}"


def test_the_teams_settings_are_kept(desk, settings_page):
    response = desk.post(settings_page, data=TEAM)
    page = follow(desk, response)

    db.session.expire_all()
    team = db.session.scalars(select(Team)).one()
    assert (response.status_code, flash_in(page)) == (303, "Desat.")
    assert {name: str(getattr(team, name)) for name in TEAM} == {**TEAM, "privacy_purpose": "Gestionar.\nInformar."}
    assert HOSTILE not in page.text
    assert [entry.act for entry in db.session.scalars(select(AuditEntry))] == ["team.update"]


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"name": " "}, ["Cal omplir aquest camp."]),
        ({"contact_email": "nou"}, ["Això no és una adreça electrònica."]),
        ({"privacy_url": "javascript:alert(1)"}, ["Això no és una adreça web."]),
        ({"privacy_url": "javascript://example.org/%0aalert(1)"}, ["Això no és una adreça web."]),
        ({"privacy_url": "example.org"}, ["Això no és una adreça web."]),
        ({"certificate_formula": "swears"}, 1),
        ({"responsible_body": "x" * 301}, ["És massa llarg: 300 caràcters com a màxim."]),
        ({"privacy_rights": "x" * 400_000}, ["És massa llarg: 4000 caràcters com a màxim."]),
    ],
)
def test_the_teams_settings_say_at_the_field_what_is_wrong(desk, settings_page, answers, errors):
    response = desk.post(settings_page, data={**TEAM, **answers})

    found = errors_in(response)
    assert (response.status_code, len(found) if errors == 1 else found) == (422, errors)
    db.session.expire_all()
    assert db.session.scalars(select(Team.name)).one() == "Equip d’inclusió"


def test_the_teams_name_cannot_be_that_of_another(desk, settings_page):
    factories.make_team("Equip nou")

    response = desk.post(settings_page, data=TEAM)

    assert (response.status_code, errors_in(response)) == (422, ["Ja hi ha un equip amb aquest nom."])


def test_the_first_team_is_made_when_an_administrator_looks_for_it(desk):
    page = desk.get("/gestio/equips")

    assert page.status_code == 200
    assert db.session.scalars(select(Team.name)).all() == ["Equip organitzador"]


def test_my_account_says_who_i_am(desk):
    page = desk.get("/gestio/compte").text

    assert re.findall(r"<dd>([^<]*)", page) == ["Àgata", "boss@example.org", "administració"]


def test_changing_my_password_keeps_this_browser_logged_in_and_no_other(app, client, boss):
    other = app.test_client()
    for browser in (client, other):
        browser.post("/entrada", data={"email": "boss@example.org", "password": PASSWORD})
    new = "bicicleta verda sense pluja"

    response = client.post(
        "/gestio/compte/contrasenya", data={"current_password": PASSWORD, "password": new, "password_again": new}
    )

    assert (response.status_code, response.location) == (303, "/gestio/compte")
    assert (client.get("/gestio/compte").status_code, other.get("/gestio/compte").status_code) == (200, 302)
    assert passwords.matches(new, find("boss@example.org"))


@pytest.mark.parametrize(
    ("current", "new", "again", "error"),
    [
        ("wrong", "bicicleta verda sense pluja", None, "Aquesta no és la vostra contrasenya actual."),
        (
            PASSWORD,
            "curta",
            None,
            TOO_SHORT,
        ),
        (PASSWORD, "bicicleta verda", "bicicleta vermella", "Les dues contrasenyes no són iguals."),
        ("", "bicicleta verda", None, "Aquest camp és obligatori."),
    ],
)
def test_changing_my_password_says_at_the_field_what_is_wrong(desk, current, new, again, error):
    data = {"current_password": current, "password": new, "password_again": again or new}

    response = desk.post("/gestio/compte/contrasenya", data=data)

    assert (response.status_code, errors_in(response)) == (422, [error])
    assert passwords.matches(PASSWORD, find("boss@example.org"))


@pytest.mark.parametrize(
    ("role", "entries"),
    [
        ("administrator", ["Equips", "Personal", "Compte"]),
        ("organiser", ["Equips", "Compte"]),
        ("door", ["Compte"]),
    ],
)
def test_the_navigation_offers_what_the_role_may_do(client, role, entries):
    client.log_in(factories.make_staff(role=role))

    page = client.get("/gestio/compte").text

    offered = re.findall(r'href="/gestio/(?:equips|personal|compte)"[^>]*>([^<]*)<', page)
    assert offered == entries
    assert re.search(r'action="/sortida">.*?<button[^>]*>([^<]*)<', page, re.DOTALL).group(1) == "Sortiu"
