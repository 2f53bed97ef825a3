"""Catalan unless the person says otherwise: by link, by cookie, by browser."""

import pytest
from flask_babel import gettext

from core.languages import current_language, use_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "ca"),
        ("es", "es"),
        ("en-GB,en;q=0.9", "en"),
        ("es-MX,es;q=0.8", "es"),
        ("ca-ES,ca;q=0.9,es;q=0.8", "ca"),
        ("fr-FR,de;q=0.7", "ca"),
        ("fr,en;q=0.2,es;q=0.6", "es"),
        ("*", "ca"),
        ("nonsense;;;q=x", "ca"),
        ("ca-valencia", "ca"),
    ],
)
def test_browser_says_which(client, accepted, language):
    response = client.get("/no-hi-es", headers={"Accept-Language": accepted} if accepted else {})

    assert f'<html lang="{language}">' in response.text


def test_choice_by_link_is_remembered(client):
    client.get("/no-hi-es?lang=en", headers={"Accept-Language": "es"})

    response = client.get("/no-hi-es", headers={"Accept-Language": "es"})

    assert '<html lang="en">' in response.text


@pytest.mark.parametrize("choice", ["fr", "", "ca_ES", "../etc", "CA", "\u202e"])
def test_unknown_choice_is_ignored(client, choice):
    response = client.get("/no-hi-es", query_string={"lang": choice})

    assert '<html lang="ca">' in response.text
    assert "Set-Cookie" not in response.headers


def test_forged_cookie_is_ignored(client):
    client.set_cookie("llengua", "xx")

    assert '<html lang="ca">' in client.get("/no-hi-es").text


def test_mail_and_paper_speak_the_language_of_their_person(app):
    with use_language("es"):
        assert (current_language(), gettext("Events")) == ("es", "Jornadas")
        with use_language("klingon"):
            assert (current_language(), gettext("Events")) == ("ca", "Jornades")
        assert current_language() == "es"


def test_switch_is_on_every_page_and_keeps_the_place(client):
    page = client.get("/dev/bustia?x=1").text

    assert 'href="/dev/bustia?x=1&amp;lang=es"' in page
    assert 'href="/dev/bustia?x=1&amp;lang=en"' in page
    assert 'aria-current="true" lang="ca">Català' in page
