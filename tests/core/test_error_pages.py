"""Errors say what happened and what to do, in the person's language, and leave nothing half done."""

import json
import logging

import flask
import psycopg
import pytest
from flask_babel import lazy_gettext
from markupsafe import escape
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from accounts.models import Team
from core.database import Model, db, transaction
from core.error_pages import EXPLANATIONS, SENT_WHILE_AWAY
from core.errors import DomainError, InputError, NotFoundError
from core.logs import JsonFormatter
from core.web import csrf, limiter
from tests.conftest import dispose, make_app

TOKEN = "tok3n-of-a-person"


class SessionFullError(DomainError):
    message = "La sessió %(title)s és plena."
    field = "sessions"


@pytest.fixture(scope="module")
def app_with_errors(settings):  # noqa: C901 - one small view for each way to fail
    app = make_app(settings, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=True, RATELIMIT_ENABLED=True)
    app.test_client_class = None  # Flask's own: there is no test's session to look into

    @app.get("/proves/error/<token>")
    def broken(token):
        with transaction():
            db.session.add(Team(name="mig fet"))
            db.session.flush()
            raise ValueError("bob@example.org did it")

    @app.get("/proves/base/<token>")
    def refused_by_database(token):
        with transaction():
            db.session.add_all([Team(name="bob@example.org"), Team(name="bob@example.org")])
        return ""

    @app.get("/proves/regla")
    def refused():
        with transaction():
            db.session.add(Team(name="mig fet"))
            db.session.flush()
            raise SessionFullError(title="<b>Taller</b>")

    @app.get("/proves/desconegut")
    def unknown():
        raise NotFoundError

    @app.get("/proves/<int:code>")
    def abort(code):
        flask.abort(code)

    @app.post("/proves/formulari")
    def form():
        return flask.request.form.get("x", "")

    @app.get("/proves/limit")
    @limiter.limit("1 per minute")
    def limited():
        return "ok"

    @app.get("/proves/equips")
    def teams():
        return flask.jsonify(db.session.scalars(select(Team.name)).all())

    @app.route("/proves/fora", methods=["GET", "POST"])
    @csrf.exempt
    def away():
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError("the database does not answer"))

    @app.get("/proves/taula")
    def mistake():
        return str(db.session.execute(text("SELECT * FROM nothing")))

    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    dispose(app)


@pytest.fixture
def client(app_with_errors):
    return app_with_errors.test_client()


ADDRESSES = {
    400: "/proves/400",
    401: "/proves/401",
    403: "/proves/403",
    404: "/proves/desconegut",
    405: "/proves/405",
    409: "/proves/409",
    413: "/proves/413",
    429: "/proves/429",
    500: f"/proves/error/{TOKEN}",
    503: "/proves/fora",
}


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("code", sorted(ADDRESSES))
def test_page_of_each_error_in_each_language(client, code, language):
    response = client.get(ADDRESSES[code], headers={"Accept-Language": language})

    with client.application.test_request_context(headers={"Accept-Language": language}):
        title, advice = (str(text) for text in EXPLANATIONS[code])
    assert response.status_code == code
    assert f'<html lang="{language}">' in response.text
    assert f"<h1>{escape(title)}</h1>" in response.text
    assert f">{escape(advice)}</p>" in response.text
    assert response.text.count("<h1") == 1


def test_the_languages_differ(app_with_errors):
    said = []
    for language in ("ca", "es", "en"):
        with app_with_errors.test_request_context(headers={"Accept-Language": language}):
            said.append({str(text) for explanation in EXPLANATIONS.values() for text in explanation})

    assert [len(texts) for texts in said] == [2 * len(EXPLANATIONS)] * 3
    assert said[0] & said[1] == said[1] & said[2] == said[0] & said[2] == set()


def test_wrong_method(client):
    response = client.post("/salut", data={"csrf_token": token_of(client)})

    assert response.status_code == 405
    assert sorted(response.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]


def test_form_without_its_token(client):
    assert client.post("/proves/formulari", data={"x": "1"}).status_code == 400


def test_form_that_is_too_large(client):
    response = client.post("/proves/formulari", data={"x": "x" * (17 * 1024 * 1024)})

    assert response.status_code == 413


def test_too_many_requests(client):
    first, second = client.get("/proves/limit"), client.get("/proves/limit")

    assert (first.status_code, second.status_code) == (200, 429)
    assert 0 < int(second.headers["Retry-After"]) <= 61


def test_rule_that_says_no_gives_its_own_sentence_and_undoes_the_act(client):
    response = client.get("/proves/regla")

    assert response.status_code == 409
    assert "La sessió &lt;b&gt;Taller&lt;/b&gt; és plena." in response.text
    assert client.get("/proves/equips").json == []


def test_machine_gets_the_sentence_as_json(client):
    response = client.get("/proves/regla", headers={"Accept": "application/json"})

    assert (response.status_code, response.json) == (409, {"error": "La sessió <b>Taller</b> és plena."})


def test_unknown_error_code_has_a_page_too(client):
    assert client.get("/proves/418").status_code == 418
    assert client.get("/proves/503").status_code == 503


@pytest.mark.parametrize("language", ["ca", "es", "en"])
def test_database_away_while_something_was_sent(client, language):
    response = client.post("/proves/fora", headers={"Accept-Language": language})

    with client.application.test_request_context(headers={"Accept-Language": language}):
        words = str(SENT_WHILE_AWAY)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert f">{escape(words)}</p>" in response.text


def test_database_away_is_said_to_staff_without_asking_it_who_they_are(client):
    def refuse(*_words):
        raise OperationalError("SELECT", {}, psycopg.OperationalError("the database does not answer"))

    with client.session_transaction() as flask_session:
        flask_session["_user_id"] = "somebody"
    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        response = client.get("/gestio")
    finally:
        event.remove(engine, "before_cursor_execute", refuse)

    assert (response.status_code, response.text.count("<h1>")) == (503, 1)


def test_mistake_of_ours_is_no_outage(client):
    assert client.get("/proves/taula").status_code == 500


def test_failure_leaves_the_database_usable_and_nothing_half_done(client):
    assert client.get(f"/proves/error/{TOKEN}").status_code == 500
    assert client.get(f"/proves/base/{TOKEN}").status_code == 500

    assert client.get("/proves/equips").json == []
    assert client.get("/salut").status_code == 200


def test_failure_page_shows_nothing_of_the_failure(client):
    page = client.get(f"/proves/error/{TOKEN}").text

    assert [word for word in ("bob@example.org", "ValueError", "Traceback") if word in page] == []


@pytest.mark.parametrize("address", [f"/proves/error/{TOKEN}", f"/proves/base/{TOKEN}"])
def test_failure_is_logged_in_one_line_without_personal_data(client, caplog, address):
    with caplog.at_level(logging.INFO):
        client.get(f"{address}?email=bob@example.org", headers={"User-Agent": "Bob's phone"})

    lines = [JsonFormatter().format(record) for record in caplog.records]
    failed = next(json.loads(line) for line in lines if "request failed" in line)
    assert failed["rule"] in {"/proves/error/<token>", "/proves/base/<token>"}
    assert failed["error"][0].split(" at ")[0] in {"builtins.ValueError", "sqlalchemy.exc.IntegrityError"}
    assert [line for line in lines if "\n" in line] == []
    assert [line for line in lines for word in ("bob", TOKEN, "phone", "127.0.0.1") if word in line] == []


def test_domain_error_speaks_the_language_of_its_reader(app_with_errors):
    class Refused(DomainError):
        message = lazy_gettext("Events")

    said = []
    for language in ("ca", "es"):
        with app_with_errors.test_request_context(headers={"Accept-Language": language}):
            said.append(str(Refused()))

    assert said == ["Jornades", "Jornadas"]


def test_input_error_names_every_problem():
    error = InputError(["row 2: no name", "row 5: no such session"])

    assert str(error).splitlines() == error.problems


def token_of(client):
    with client.application.test_request_context():
        from flask_wtf.csrf import generate_csrf  # noqa: PLC0415

        token, raw = generate_csrf(), flask.session["csrf_token"]
    with client.session_transaction() as flask_session:
        flask_session["csrf_token"] = raw
    return token
