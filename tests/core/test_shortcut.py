"""Copies as they are served: the same page as the application’s, for everybody and holding nothing of anybody."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from core.copies import Own
from core.database import db, transaction
from core.dates import utc_now
from core.question import Question
from tests.conftest import dispose, make_app
from tests.factories import make_event, make_session, make_staff

PATHS = ("/", "/jornades/jornada", "/jornades/jornada/inscripcio")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
OWN = re.compile(r'(name="(?:csrf_token|form_stamp)" value=")[^"]+')


@pytest.fixture
def event(app):
    starts_at = (utc_now() + timedelta(days=10)).replace(minute=0, second=0, microsecond=0)
    event = make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), capacity=7)
    make_session(event, starts_at=starts_at, capacity=3)
    return event


def without_own(html):
    return OWN.sub(r"\1…", html)


def past_the_shortcut(client, path, **options):
    """The same page as the application itself renders it: a query it does not know makes no other page."""
    answer = client.get(f"{path}?x=1", **options)
    return answer, answer.text.replace("?x=1&amp;", "?")


@pytest.mark.parametrize("path", PATHS)
def test_copy_is_the_page_that_the_application_renders(event, client, path):
    made, kept = client.get(path), client.get(path)
    plain, text = past_the_shortcut(client, path)

    assert (made.status_code, kept.status_code, plain.status_code) == (200, 200, 200)
    assert without_own(made.text) == without_own(kept.text) == without_own(text)
    assert set(plain.headers.keys()) - {"Set-Cookie", "Date"} <= set(kept.headers.keys())
    assert kept.headers["Content-Security-Policy"] == plain.headers["Content-Security-Policy"]
    assert kept.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert kept.headers["Vary"] == plain.headers["Vary"]
    assert kept.content_type == plain.content_type
    assert int(kept.headers["Content-Length"]) == len(kept.data)


@pytest.fixture
def asked(app, monkeypatch):
    """The questions that the shortcut asks the database, which SQLAlchemy does not see."""
    questions = []
    ask = Question.ask

    def note(question, connection, values):
        questions.append(question)
        return ask(question, connection, values)

    monkeypatch.setattr(Question, "ask", note)
    return questions


@pytest.mark.parametrize("path", PATHS)
def test_copy_costs_one_question_and_nothing_else(event, client, path, count_queries, asked):
    client.get(path)
    asked.clear()

    assert count_queries(lambda: client.get(path)) == 0
    assert len(asked) == 1


@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_already_is_not_sent_again(event, client, path):
    tag = client.get(path).headers["ETag"]

    again = client.get(path, headers={"If-None-Match": f'"x", W/{tag}'})
    other = client.get(path, headers={"If-None-Match": '"x"'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Content-Security-Policy"]
    assert "Content-Length" not in again.headers
    assert other.status_code == 200


def test_head_gives_the_headers_alone(event, client):
    whole, head = client.get("/jornades/jornada"), client.head("/jornades/jornada")

    assert head.data == b""
    assert dict(head.headers) == dict(whole.headers)


def test_each_language_has_its_copy(event, client):
    pages = {
        language: client.get("/jornades/jornada", headers={"Accept-Language": language})
        for language in ("ca", "es", "en")
    }
    client.set_cookie("llengua", "en")
    chosen = client.get("/jornades/jornada", headers={"Accept-Language": "es"})

    assert ["queden 7 places" in pages["ca"].text, "quedan 7 plazas" in pages["es"].text] == [True, True]
    assert chosen.text == pages["en"].text
    assert len({page.headers["ETag"] for page in pages.values()}) == 3


@pytest.mark.parametrize("path", PATHS[:2])
def test_pages_to_read_set_no_cookie(event, client, path):
    answers = [client.get(path), client.get(path)]

    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None, None]


def test_form_from_a_copy_holds_a_token_of_its_visitor_that_the_application_takes(settings, tmp_path):
    app = make_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'own.sqlite'}"), WTF_CSRF_ENABLED=True)
    with app.app_context():
        from core.database import Model  # noqa: PLC0415 - only here

        Model.metadata.create_all(db.engine)
        with transaction():
            starts_at = utc_now() + timedelta(days=10)
            make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
        one, other = app.test_client(), app.test_client()
        tokens = [CSRF.search(browser.get(PATHS[2]).text)[1] for browser in (one, one, other)]
        sent = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org"}
        foreign = other.post(PATHS[2], data={**sent, "csrf_token": tokens[0]})
        own = one.post(PATHS[2], data={**sent, "csrf_token": tokens[1]})
    dispose(app)

    assert len(set(tokens)) >= 2
    assert (foreign.status_code, own.status_code) == (400, 303)


def test_form_known_already_is_sent_again_to_another_session(event, client, app):
    """Its token would not fit."""
    tag = client.get(PATHS[2]).headers["ETag"]

    stranger = app.test_client()

    assert stranger.get(PATHS[2], headers={"If-None-Match": tag}).status_code == 200


def test_whoever_signed_up_goes_on_getting_copies(event, client, count_queries):
    client.get(PATHS[2])
    client.post(PATHS[2], data={"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org"})
    for path in PATHS:
        client.get(path)

    assert [count_queries(lambda path=path: client.get(path)) for path in PATHS] == [0, 0, 0]


def test_staff_are_not_served_from_copies_and_leave_nothing_in_them(event, client, app, count_queries):
    client.log_in(make_staff(name="Ada Lovelace"))
    with client.session_transaction() as flask_session:
        flask_session["_flashes"] = [("good", "Només per a l’Ada")]
    first = client.get("/jornades/jornada")
    stranger = app.test_client()

    assert "Només per a l’Ada" in first.text
    assert count_queries(lambda: client.get("/jornades/jornada")) > 1
    assert "Ada" not in stranger.get("/jornades/jornada").text


def test_copy_is_rendered_without_anything_of_who_asked_first(event, client, app):
    client.get(
        PATHS[2],
        headers={"User-Agent": "<x>", "Referer": "https://x.example", "X-Forwarded-For": "1.2.3.4", "Cookie": "a=b"},
    )
    kept = app.extensions["shortcut"].store.find(("", PATHS[2], "ca"), _mark(), utc_now())
    (copy,) = kept.copies.values()

    assert [piece for piece in copy.pieces if isinstance(piece, Own)] == [Own.CSRF_TOKEN, Own.FORM_STAMP]
    assert not CSRF.search(b"".join(piece for piece in copy.pieces if isinstance(piece, bytes)).decode())


def _mark():
    from sqlalchemy import select  # noqa: PLC0415 - the same

    from core.public_version import present_mark  # noqa: PLC0415 - only here

    return db.session.scalar(select(present_mark()))


@pytest.mark.parametrize(
    "path",
    [
        "/jornades/res",
        "/jornades/Jornada",
        "/jornades/jornada%00",
        "/jornades/" + "x" * 81,
        "/jornades/<b>",
        "/jornades/jornada/",
        "/jornades/../jornada",
    ],
)
def test_addresses_without_a_page_are_left_to_the_application(event, client, path):
    assert client.get(path).status_code in {308, 404}


def test_hostile_names_stay_text(event, client):
    event.title = "{{ 7*7 }} 99999999999999999999999999999999999999 </script><b>&\"'"
    first, kept = client.get(PATHS[1]), client.get(PATHS[1])

    assert first.text == kept.text
    assert "<b>&" not in kept.text
    assert "{{ 7*7 }}" in kept.text


def test_database_that_is_gone_is_the_application_s_matter(event, client, app, monkeypatch):
    def refuse():
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(app.extensions["shortcut"], "connect", refuse)

    assert client.get("/jornades/jornada").status_code == 200


@pytest.mark.both_databases
def test_dead_connection_is_replaced_by_another(own_app, database):
    """The connections for copies are not tried out before each question."""
    with transaction():
        starts_at = utc_now() + timedelta(days=10)
        make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    client = own_app.test_client()
    client.get("/jornades/jornada")
    if database == "postgresql":
        db.session.connection().exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        db.session.rollback()

    assert client.get("/jornades/jornada").headers["Vary"] == "Accept-Language, Cookie"


def test_in_production_copies_ask_for_tls_and_cookies_are_secure(settings, tmp_path):
    app = make_app(
        replace(settings, production=True, database_url=f"sqlite:///{tmp_path / 'own.sqlite'}"),
    )
    with app.app_context():
        from core.database import Model  # noqa: PLC0415 - only here

        Model.metadata.create_all(db.engine)
        with transaction():
            starts_at = utc_now() + timedelta(days=10)
            make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
        answer = app.test_client(use_cookies=False).get(PATHS[2])
    dispose(app)

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
