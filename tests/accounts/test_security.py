import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from accounts import passwords, staff
from accounts.models import AuditEntry, StaffMember
from app import create_app
from core.config import MailServer
from core.database import Model, db, transaction
from core.dates import utc_now
from core.mail import OutgoingMail
from core.web import limiter
from tests import factories
from tests.conftest import make_app

PASSWORD = "cadira oberta al mar"
OTHER_PASSWORD = "bicicleta verda sense pluja"


def make_ada(**values):
    return factories.make_staff("ada@example.org", role="organiser", password=passwords.hashed(PASSWORD), **values)


def log_in(client, *, email="ada@example.org", password=PASSWORD, **more):
    return client.post("/entrada", data={"email": email, "password": password, **more})


def is_logged_in(client):
    return client.get("/gestio/compte").status_code == 200


def mails():
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()


def link_in(mail):
    return re.search(r"https://jornades\.example\.org(/contrasenya/\S+)", mail.text).group(1)


def error_in(response):
    return unescape(
        re.search(r'<ul class="plain">\s*<li>(?:<a[^>]*>)?(.*?)<', response.text, re.DOTALL).group(1)
    ).strip()


def flash_in(response):
    return unescape(re.search(r'<p class="notice[^>]*>(.*?)</p>', response.text, re.DOTALL).group(1)).strip()


def test_logging_in_leads_to_the_workspace(client):
    make_ada()

    response = log_in(client)

    assert (response.status_code, response.location) == (302, "/gestio")
    assert is_logged_in(client)


def test_logging_in_takes_the_address_in_any_case(client):
    make_ada()

    response = log_in(client, email=" Ada@Example.ORG ")

    assert response.status_code == 302


def test_logging_in_takes_letters_composed_in_another_way(client):
    factories.make_staff("ada@example.org", password=passwords.hashed("canço\u0301 de l’àvia llarga"))

    response = log_in(client, password="canc\u0327ó de l’àvia llarga")

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong password here"),
        ("nobody@example.org", PASSWORD),
        ("not an address", PASSWORD),
        ("ada@example.org", ""),
        ("", ""),
        ("nobody\x00@example.org", PASSWORD),
        ("<b>&\"'=1+1@example.org", "\u202e" * 40),
    ],
)
def test_a_failed_log_in_says_the_same_whatever_is_wrong(client, email, password):
    make_ada()

    response = log_in(client, email=email, password=password)

    assert (response.status_code, error_in(response)) == (
        200,
        "L’adreça electrònica o la contrasenya no són correctes.",
    )
    assert not is_logged_in(client)


def test_an_inactive_account_cannot_log_in(client):
    make_ada(active=False)

    response = log_in(client)

    assert error_in(response) == "L’adreça electrònica o la contrasenya no són correctes."
    assert not is_logged_in(client)


def test_an_account_without_a_password_cannot_log_in(client):
    factories.make_staff("ada@example.org")

    response = log_in(client, password="None")

    assert error_in(response) == "L’adreça electrònica o la contrasenya no són correctes."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "El correo electrónico o la contraseña no son correctos."),
        ("en", "The e-mail or the password is not right."),
    ],
)
def test_the_refusal_is_in_the_persons_language(client, language, words):
    response = client.post(
        "/entrada", data={"email": "x@example.org", "password": "x"}, headers={"Accept-Language": language}
    )

    assert error_in(response) == words


def test_who_is_logged_in_is_sent_on_from_the_log_in(client):
    client.log_in(make_ada())

    response = client.get("/entrada")

    assert (response.status_code, response.location) == (302, "/gestio")


def test_the_workspace_leads_to_the_log_in_and_back(client):
    make_ada()

    first = client.get("/gestio/compte?a=1")
    page = client.get(first.location)
    second = log_in(client, next=re.search(r'name="next"[^>]*value="([^"]*)"', page.text).group(1))

    assert (first.status_code, first.location) == (302, "/entrada?next=/gestio/compte?a%3D1")
    assert flash_in(page) == "Entreu per veure aquesta pàgina."
    assert (second.status_code, second.location) == (302, "/gestio/compte?a=1")


def test_a_form_sent_after_the_session_ended_leads_to_the_workspace_afterwards(client):
    response = client.post("/gestio/nou-equip")

    assert (response.status_code, response.location) == (302, "/entrada")


def test_a_script_without_a_session_gets_401(client):
    response = client.get("/gestio/compte", headers={"Sec-Fetch-Mode": "cors"})

    assert response.status_code == 401


def test_a_script_that_asks_for_json_without_a_session_gets_401(client):
    response = client.get("/gestio/compte", headers={"Sec-Fetch-Mode": "cors", "Accept": "application/json"})

    assert (response.status_code, response.json) == (
        401,
        {"error": "S’ha acabat la sessió. Torneu a entrar en una altra pestanya i repetiu aquí el que fèieu."},
    )


@pytest.mark.parametrize(
    "destination",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "https:evil.example",
        "http:///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        " //evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "https://localhost@evil.example/",
        "https://localhost.evil.example/",
        "/%5Cevil.example",
        "%2f%2fevil.example",
    ],
)
@pytest.mark.parametrize("place", ["form", "query"])
def test_logging_in_never_leads_out_of_the_site(client, destination, place):
    make_ada()
    data = {"email": "ada@example.org", "password": PASSWORD}

    if place == "form":
        response = client.post("/entrada", data={**data, "next": destination})
    else:
        response = client.post("/entrada", query_string={"next": destination}, data=data)

    assert response.status_code == 302
    assert urlsplit(response.location).netloc in {"", "localhost"}
    assert not re.match(r"[\s\\/]{2}|[\x00-\x20\\]", response.location)
    assert is_logged_in(client)


def test_logging_out_needs_a_post_and_ends_the_session(client):
    client.log_in(make_ada())

    by_link = client.get("/sortida")
    by_button = client.post("/sortida")

    assert (by_link.status_code, by_button.status_code, by_button.location) == (405, 302, "/entrada")
    assert not is_logged_in(client)


def test_logging_out_forgets_the_remembered_device(client):
    make_ada()
    log_in(client, remember="y")

    client.post("/sortida")

    assert client.get_cookie("remember_token") is None
    assert not is_logged_in(client)


def test_a_remembered_device_stays_logged_in_without_the_session(client):
    make_ada()
    response = log_in(client, remember="y")
    client.delete_cookie("session")

    cookie = next(value for value in response.headers.getlist("Set-Cookie") if value.startswith("remember_token"))

    assert is_logged_in(client)
    assert sorted(part.strip().split("=")[0] for part in cookie.split(";")[1:]) == [
        "Expires",
        "HttpOnly",
        "Path",
        "SameSite",
    ]


def test_without_the_tick_no_device_is_remembered(client):
    make_ada()

    log_in(client)

    assert client.get_cookie("remember_token") is None


def test_a_session_ends_when_the_account_is_deactivated(client):
    ada = make_ada()
    log_in(client, remember="y")

    db.session.get(StaffMember, ada.id).active = False

    assert not is_logged_in(client)


def test_a_made_up_session_is_nobody(client):
    with client.session_transaction() as flask_session:
        flask_session["_user_id"] = "1"

    assert not is_logged_in(client)


def test_the_forgotten_password_is_set_by_mail(client, app):
    ada = make_ada(name="Ada <b>")
    before = ada.fs_uniquifier

    asked = client.post("/contrasenya", data={"email": "ADA@example.org"}, headers={"Host": "evil.example"})
    mail = mails()[0]
    page = client.get(link_in(mail))
    data = {"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD}
    done = client.post(link_in(mail), data=data)
    shown = client.get(done.location)

    assert flash_in(asked) == "Si hi ha un compte amb aquesta adreça, rebreu un correu amb un enllaç que val un dia."
    assert (mail.kind, mail.recipient, mail.language) == ("reset_instructions", "ada@example.org", "ca")
    assert mail.subject == "Trieu una contrasenya nova"
    assert "evil.example" not in mail.text + mail.html
    assert "Hola, Ada &lt;b&gt;," in mail.html
    assert page.status_code == 200
    assert (done.status_code, done.location) == (302, "/entrada")
    assert flash_in(shown) == "Ja teniu contrasenya. Entreu-hi."
    assert log_in(app.test_client()).status_code == 200
    assert log_in(app.test_client(), password=OTHER_PASSWORD).status_code == 302
    db.session.expire_all()
    assert ada.fs_uniquifier != before
    assert [mail.kind for mail in mails()] == ["reset_instructions", "password_changed"]
    assert [(entry.act, entry.staff_id) for entry in db.session.scalars(select(AuditEntry))] == [
        ("staff_member.set_password", ada.id)
    ]


def test_a_reset_ends_every_session(client, app):
    make_ada()
    elsewhere = app.test_client()
    log_in(elsewhere, remember="y")
    client.post("/contrasenya", data={"email": "ada@example.org"})

    client.post(link_in(mails()[0]), data={"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD})

    assert not is_logged_in(elsewhere)


def test_a_link_is_good_only_once(client):
    make_ada()
    client.post("/contrasenya", data={"email": "ada@example.org"})
    link = link_in(mails()[0])
    client.post(link, data={"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD})

    response = client.post(
        link, data={"password": "tercera frase ben llarga", "password_confirm": "tercera frase ben llarga"}
    )

    assert (response.status_code, response.location) == (302, "/contrasenya")
    assert log_in(client, password=OTHER_PASSWORD).status_code == 302


def test_a_link_is_no_good_after_a_day(app, client, monkeypatch):
    make_ada()
    client.post("/contrasenya", data={"email": "ada@example.org"})
    link = link_in(mails()[0])
    monkeypatch.setitem(app.config, "SECURITY_RESET_PASSWORD_WITHIN", timedelta(seconds=-1))

    response = client.get(link)

    assert (response.status_code, response.location) == (302, "/contrasenya")
    assert flash_in(client.get("/contrasenya")) == (
        "Aquest enllaç ja no val: s’ha fet servir o té més d’un dia. Demaneu-ne un altre."
    )


@pytest.mark.parametrize("token", ["x", "x.y.z", "a" * 3000])
def test_a_made_up_link_leads_to_asking_for_one(client, token):
    response = client.get(f"/contrasenya/{token}")

    assert (response.status_code, response.location) == (302, "/contrasenya")


@pytest.mark.parametrize(
    "email", ["nobody@example.org", "inactive@example.org", "not an address", "", "a\x00@example.org"]
)
def test_asking_for_a_link_tells_nobody_who_has_an_account(client, email):
    make_ada()
    factories.make_staff("inactive@example.org", active=False, password=passwords.hashed(PASSWORD))
    known = client.post("/contrasenya", data={"email": "ada@example.org"})

    unknown = client.post("/contrasenya", data={"email": email})

    def without_what_was_typed(response):
        return re.sub(r'value="[^"]*"', "", response.text)

    assert (unknown.status_code, without_what_was_typed(unknown)) == (known.status_code, without_what_was_typed(known))
    assert [mail.recipient for mail in mails()] == ["ada@example.org"]


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("curta", "curta", "Una contrasenya té com a mínim 12 caràcters."),
        ("password1234", "password1234", "Aquesta contrasenya és fàcil d’endevinar."),
        (OTHER_PASSWORD, OTHER_PASSWORD + "x", "Les dues contrasenyes no són iguals."),
    ],
)
def test_a_bad_password_is_refused_by_the_link(client, password, again, words):
    make_ada()
    client.post("/contrasenya", data={"email": "ada@example.org"})

    response = client.post(link_in(mails()[0]), data={"password": password, "password_confirm": again})

    assert re.search(r'class="field-error"[^>]*>([^<]*)', response.text).group(1).startswith(words)
    assert log_in(client).status_code == 302


def test_a_deactivated_account_cannot_use_a_link_it_got_before(client):
    ada = make_ada()
    boss = factories.make_staff("boss@example.org", role="administrator")
    client.post("/contrasenya", data={"email": "ada@example.org"})
    link = link_in(mails()[0])
    with transaction():
        staff.deactivate(ada, by=boss, now=utc_now())

    response = client.get(link)

    assert (response.status_code, response.location) == (302, "/contrasenya")


def test_there_is_no_public_registration(client):
    assert [client.get(path).status_code for path in ("/register", "/registre", "/login", "/fs-static/x.js")] == [
        404
    ] * 4


def test_only_what_is_needed_of_flask_security_has_an_address(app):
    rules = {
        rule.rule: sorted(rule.methods - {"HEAD", "OPTIONS"})
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("security.")
    }

    assert rules == {
        "/entrada": ["GET", "POST"],
        "/sortida": ["POST"],
        "/contrasenya": ["GET", "POST"],
        "/contrasenya/<token>": ["GET", "POST"],
    }


def test_passwords_are_kept_as_one_argon2_hash(client):
    ada = make_ada()

    log_in(client)

    assert ada.password.startswith("$argon2id$")


def test_a_hash_costs_whoever_guesses_what_owasp_asks_for(settings):
    with create_app(settings).app_context():
        kept = passwords.hashed(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.fixture(scope="module")
def real_app(settings):
    """An application with its guards on: CSRF tokens and rate limits."""
    app = make_app(settings, WTF_CSRF_ENABLED=True, RATELIMIT_ENABLED=True)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        with transaction():
            make_ada()
    yield app
    limiter.enabled = False


@pytest.fixture
def real_client(real_app):
    limiter.enabled = True
    limiter.reset()
    with real_app.app_context():
        yield real_app.test_client()
    limiter.enabled = False


def token_in(response):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.text).group(1)


def test_a_form_without_its_token_is_refused(real_client):
    responses = [
        log_in(real_client),
        real_client.post("/contrasenya", data={"email": "ada@example.org"}),
        real_client.post("/sortida"),
        real_client.post("/gestio/compte/contrasenya"),
    ]

    assert [response.status_code for response in responses] == [400] * 4


def test_a_form_with_its_token_is_taken(real_client):
    token = token_in(real_client.get("/entrada"))

    response = log_in(real_client, csrf_token=token)

    assert (response.status_code, response.location) == (302, "/gestio")
    assert is_logged_in(real_client)


def test_a_session_from_before_the_log_in_is_worth_nothing_after_it(real_client, real_app):
    token = token_in(real_client.get("/entrada"))
    planted = real_client.get_cookie("session").value
    log_in(real_client, csrf_token=token)

    with_old_token = real_client.post("/sortida", data={"csrf_token": token})
    thief = real_app.test_client()
    thief.set_cookie("session", planted)

    assert with_old_token.status_code == 400
    assert is_logged_in(real_client)
    assert not is_logged_in(thief)


def test_logging_out_by_the_button_of_the_page(real_client):
    log_in(real_client, csrf_token=token_in(real_client.get("/entrada")))

    response = real_client.post("/sortida", data={"csrf_token": token_in(real_client.get("/gestio/compte"))})

    assert (response.status_code, response.location) == (302, "/entrada")
    assert not is_logged_in(real_client)


def test_guessing_a_password_is_stopped(real_client):
    token = token_in(real_client.get("/entrada"))

    codes = [log_in(real_client, password=f"guess number {n}", csrf_token=token).status_code for n in range(11)]
    right = log_in(real_client, csrf_token=token)
    other_account = log_in(real_client, email="other@example.org", csrf_token=token)

    assert codes == [200] * 10 + [429]
    assert right.status_code == 429
    assert other_account.status_code == 200


@pytest.mark.parametrize("password", ["x" * 100_000, "\ufdfa" * 129, "a" + "\u0301\u0316" * 50_000])
def test_a_failed_log_in_says_the_same_however_long_the_password(client, password):
    response = log_in(client, password=password)

    assert (response.status_code, is_logged_in(client)) == (200, False)


def test_guessing_is_counted_together_however_the_address_is_spelt(real_client):
    token = token_in(real_client.get("/entrada"))
    spellings = [f"ada@exam{chr(0x200B) * n}ple.org" for n in range(8)] + [" ADA@example.org", "ada@ｅxample.org"]

    codes = [
        log_in(real_client, email=spelling, password="guess", csrf_token=token).status_code for spelling in spellings
    ]

    assert codes == [200] * 10
    assert log_in(real_client, csrf_token=token).status_code == 429


@pytest.mark.parametrize("address", ["/entrada", "/contrasenya"])
def test_pages_of_the_log_in_are_kept_by_nobody(client, address):
    assert client.get(address).headers["Cache-Control"] == "no-store"


def test_guessing_accounts_from_one_connection_is_stopped(real_client):
    token = token_in(real_client.get("/entrada"))

    codes = [log_in(real_client, email=f"n{n}@example.org", csrf_token=token).status_code for n in range(31)]

    assert codes == [200] * 30 + [429]


def test_logging_in_well_is_not_counted(real_client, real_app):
    codes = []
    for _n in range(12):
        one = real_app.test_client()
        codes.append(log_in(one, csrf_token=token_in(one.get("/entrada"))).status_code)

    assert codes == [302] * 12


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_asking_for_links_is_limited_for_known_and_unknown_alike(real_client, email):
    token = token_in(real_client.get("/contrasenya"))

    codes = [
        real_client.post("/contrasenya", data={"email": email, "csrf_token": token}).status_code for _n in range(4)
    ]

    assert codes == [200, 200, 200, 429]


def test_production_cookies_are_secure(settings):
    app = make_app(replace(settings, production=True, mail_server=MailServer("localhost", 25)))

    assert (app.config["SESSION_COOKIE_SECURE"], app.config["REMEMBER_COOKIE_SECURE"]) == (True, True)
