"""`/salut` tells monitors whether database and mail queue are well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.dates import utc_now
from core.mail import enqueue
from tests.conftest import dispose, make_app


@pytest.mark.both_databases
def test_everything_is_well(app):
    with app.test_client() as client:
        response = client.get("/salut")

    assert response.status_code == 200
    assert response.json == {
        "status": "ok",
        "parts": {"database": "ok", "mail": "ok"},
        "mail": {"waiting": 0, "refused": 0},
    }


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 503)])
def test_mail_that_nobody_takes_is_noticed(app, client, minutes, status):
    write_mail(utc_now() - timedelta(minutes=minutes))

    response = client.get("/salut")

    assert response.status_code == status
    assert response.json["mail"] == {"waiting": 1, "refused": 0}


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 503)])
def test_mail_server_that_stays_away_is_noticed(app, client, minutes, status):
    mail = write_mail(utc_now() - timedelta(minutes=minutes))
    mail.held_up_since, mail.due_at = mail.created_at, utc_now()

    assert client.get("/salut").status_code == status


@pytest.mark.parametrize(("count", "status"), [(1, 200), (2, 200), (3, 503)])
def test_one_mail_that_is_put_off_is_no_alarm_and_several_are(app, client, count, status):
    for number in range(count):
        mail = write_mail(utc_now() - timedelta(hours=3), recipient=f"p{number}@example.org")
        mail.attempts, mail.due_at, mail.tried_at = 5, utc_now() + timedelta(hours=1), utc_now()

    assert client.get("/salut").status_code == status


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://nobody:hidden@127.0.0.1:1/nothing", "sqlite:////no/such/folder/jornada.sqlite"],
)
def test_database_that_is_away_is_said_so(settings, url):
    app = make_app(replace(settings, database_url=url))
    app.test_client_class = None  # Flask's own: there is no test's session to look into

    response = app.test_client().get("/salut")

    assert response.status_code == 503
    assert response.json == {"status": "failing", "parts": {"database": "failing"}, "mail": {}}
    dispose(app)


def write_mail(now, recipient="a@example.org"):
    return enqueue(kind="test", recipient=recipient, language="ca", subject="x", text="x", now=now)
