"""What every page shares: headers, cookies, addresses, paging, conditional answers, blocks."""

from dataclasses import replace

import flask
import pytest
from sqlalchemy import select

from accounts.models import Team
from core import web
from core.database import Model, db
from core.web import Page, conditional, external_url, fills_block, page_block, page_links, paginate
from tests.conftest import dispose, make_app

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def open_app(settings, **overrides):
    """An application with a few pages of its own."""
    app = make_app(settings, PROPAGATE_EXCEPTIONS=False, **overrides)
    app.test_client_class = None  # Flask's own: there is no test's session to look into

    @app.route("/proves/<slug>", methods=["GET", "POST"])
    def page(slug):
        return flask.render_template_string("{{ other_page(lang='es') }}")

    @app.get("/proves/nombre/<int:number>")
    def number(number):
        return str(number)

    @app.get("/proves/galeta")
    def cookie():
        flask.session["seen"] = "1"
        return "ok"

    @app.post("/proves/formulari")
    def form():
        return str(sum(map(len, flask.request.form.values())))

    @app.get("/proves/publica")
    def public():
        return conditional(flask.make_response("sempre igual"))

    @app.get("/proves/error")
    def broken():
        raise ZeroDivisionError

    @app.get("/proves/adreca")
    def address():
        return external_url("page", slug="x")

    with app.app_context():
        Model.metadata.create_all(db.engine)
    return app


@pytest.fixture(scope="module")
def pages(settings):
    app = open_app(settings)
    yield app.test_client()
    dispose(app)


@pytest.fixture(scope="module")
def production_pages(settings):
    app = open_app(replace(settings, production=True))
    yield app.test_client()
    dispose(app)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/proves/x", 200),
        ("/proves/publica", 200),
        ("/proves/error", 500),
        ("/salut", 200),
        ("/no-hi-es", 404),
        ("/static/app.css", 200),
        ("/static/no-hi-es.css", 404),
        ("/fonts/regular.ttf", 200),
        ("/fonts/../app.ttf", 404),
        ("/fonts/other.ttf", 404),
    ],
)
def test_every_answer_carries_the_security_headers(pages, address, status):
    with pages.get(address) as response:
        headers = response.headers

    assert response.status_code == status
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_policy_allows_nothing_unsafe():
    assert [word for word in ("unsafe", "*", "http:", "https:") if word in web.CONTENT_SECURITY_POLICY] == []


@pytest.mark.parametrize(
    ("address", "caching"),
    [
        ("/proves/x", "no-store"),
        ("/proves/publica", "no-cache"),
        ("/proves/error", "no-store"),
        ("/no-hi-es", "no-store"),
        ("/static/app.css", "no-cache"),
        ("/static/app.css?v=123", "public, max-age=31536000, immutable"),
        ("/static/no-hi-es.css?v=123", "no-store"),
        ("/fonts/bold.ttf", "public, max-age=31536000, immutable"),
    ],
)
def test_what_may_be_kept(pages, address, caching):
    with pages.get(address) as response:
        assert response.headers["Cache-Control"] == caching


def test_pages_vary_and_files_do_not(pages):
    with pages.get("/proves/x") as page, pages.get("/static/app.css") as file:
        assert page.headers["Vary"] == "Accept-Language, Cookie"
        assert file.headers.get("Vary") in {None, "Cookie"}  # Flask-Login looks into the cookie of every request


def test_public_page_that_has_not_changed_is_not_sent_again(pages):
    first = pages.get("/proves/publica")

    again = pages.get("/proves/publica", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == POLICY


def test_cookies_in_development(pages):
    cookies = set_cookies(pages.get("/proves/galeta?lang=es"))

    assert cookies == {
        "session": {"HttpOnly", "Path=/", "SameSite=Lax"},
        "llengua": {"HttpOnly", "Path=/", "SameSite=Lax"},
    }


def test_cookies_in_production_never_leave_tls(production_pages):
    cookies = set_cookies(production_pages.get("/proves/galeta?lang=es"))

    assert cookies == {
        "session": {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"},
        "llengua": {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"},
    }


def test_production_asks_for_tls_ever_after(production_pages):
    assert production_pages.get("/salut").headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("address", ["/dev/bustia", "/dev/bustia/x", "/dev/bustia/x/0"])
def test_mailbox_is_not_there_in_production(production_pages, address):
    assert production_pages.get(address).status_code == 404


def test_links_to_elsewhere_never_come_from_the_host_of_the_request(pages):
    response = pages.get("/proves/adreca", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert response.text == "https://jornades.example.org/proves/x"


def test_links_work_without_a_request_and_under_a_folder(settings):
    app = open_app(replace(settings, base_url="https://example.org/jornada"))

    with app.app_context():
        assert external_url("page", slug="l·l?", q="a b") == "https://example.org/jornada/proves/l%C2%B7l%3F?q=a+b"
    dispose(app)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("/proves/x", "/proves/x?lang=es"),
        ("/proves/x?q=a&q=b&lang=ca", "/proves/x?q=a&q=b&lang=es"),
        ("/proves/x?slug=y", "/proves/x?slug=y&lang=es"),
        (
            "/proves/x?_scheme=javascript&_external=1&_anchor=z",
            "/proves/x?_scheme=javascript&_external=1&_anchor=z&lang=es",
        ),
        ("/proves/x?a=%22%3E%3Cb%3E", "/proves/x?a=%22%3E%3Cb%3E&lang=es"),
    ],
)
def test_other_page_is_this_one_with_a_change(pages, address, other):
    assert pages.get(address).text == other.replace("&", "&amp;")


@pytest.mark.parametrize(
    ("address", "status"), [("/proves/a%00b", 404), ("/proves/x?q=%00", 400), ("/proves/x?%00=1", 400)]
)
def test_nul_never_reaches_the_database(pages, address, status):
    assert pages.get(address).status_code == status


@pytest.mark.parametrize("address", ["/entrada", "/contrasenya", "/proves/x"])
@pytest.mark.parametrize("sent", ['{"email": 5}', '["x"]', '"x"', '{"password": "\\ud800"}', "{", '{"a":' * 50_000])
def test_json_is_never_taken_for_what_somebody_typed(pages, address, sent):
    page = pages.post(address, data=sent, content_type="application/json")

    assert page.status_code == 200


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("7", 200),
        ("2147483647", 200),
        ("2147483648", 404),
        (str(2**70), 404),
        ("9" * 5000, 404),
        ("٣", 404),
        ("-1", 404),
    ],
)
def test_an_id_in_an_address_is_one_that_a_database_takes(pages, number, status):
    assert pages.get(f"/proves/nombre/{number}").status_code == status


def test_trusted_proxies_are_believed_and_no_others(settings):
    seen = []
    for proxies in (0, 1):
        app = make_app(replace(settings, proxies=proxies))
        app.test_client_class = None
        app.add_url_rule("/qui", "who", lambda: f"{flask.request.remote_addr} {flask.request.scheme}")
        seen.append(
            app.test_client()
            .get("/qui", headers={"X-Forwarded-For": "9.9.9.9, 1.2.3.4", "X-Forwarded-Proto": "https"})
            .text
        )

    assert seen == ["127.0.0.1 http", "1.2.3.4 https"]


@pytest.mark.parametrize(
    ("number", "shown", "rows"),
    [
        (1, 1, (1, 50)),
        (2, 2, (51, 100)),
        (3, 3, (101, 120)),
        (0, 1, (1, 50)),
        (-5, 1, (1, 50)),
        (99, 3, (101, 120)),
        (10**30, 3, (101, 120)),
    ],
)
def test_paging_gives_the_nearest_page_there_is(app, number, shown, rows):
    db.session.add_all(Team(name=f"{each:03}") for each in range(120))
    db.session.flush()

    page = paginate(select(Team).order_by(Team.name), number)

    assert (page.number, page.total, page.last_number) == (shown, 120, 3)
    assert (page.first_row, page.last_row) == rows
    assert [team.name for team in page.items] == [f"{each:03}" for each in range(rows[0] - 1, rows[1])]


def test_paging_through_nothing(app):
    page = paginate(select(Team).order_by(Team.name), 7)

    assert (page.number, page.total, page.last_number, page.first_row, page.last_row) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("number", "total", "links"),
    [
        (1, 50, [1]),
        (1, 500, [1, 2, None, 10]),
        (5, 500, [1, None, 4, 5, 6, None, 10]),
        (10, 500, [1, None, 9, 10]),
    ],
)
def test_page_links_name_first_last_and_those_near(number, total, links):
    assert page_links(Page([], number, total)) == links


def test_blocks_are_filled_in_the_order_of_registration(monkeypatch):
    monkeypatch.setattr(web, "_BLOCKS", {})

    @fills_block("proves")
    def one(**context):
        return f"<b>{context['title']}</b>"

    @fills_block("proves")
    def two(**context):
        return "<i></i>"

    fills_block("proves")(one)

    assert page_block("proves", title="x") == "<b>x</b><i></i>"
    assert page_block("no-hi-es") == ""


def set_cookies(response):
    cookies = {}
    for header in response.headers.getlist("Set-Cookie"):
        name, *flags = header.split("; ")
        cookies[name.split("=")[0]] = {flag for flag in flags if not flag.startswith(("Expires", "Max-Age"))}
    return cookies


# What nobody types


@pytest.mark.parametrize(
    "body", ["a=&" * web.MAX_FORM_FIELDS, "a=" + "x" * web.MAX_FORM_BYTES], ids=["fields", "bytes"]
)
def test_form_that_nobody_typed_is_refused_before_it_is_taken_apart(pages, body):
    answer = pages.post("/proves/formulari", data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 413


def test_long_form_is_read(pages):
    assert pages.post("/proves/formulari", data={"a": "x" * 500_000}).text == "500000"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_limits_count_networks(pages, address, network):
    with pages.application.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert web.network() == network
