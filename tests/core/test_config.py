"""The configuration is read once, and every wrong key is refused with one clear line."""

import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import config
from core.config import ConfigurationError, MailServer

PRODUCTION = {
    "JORNADA_PRODUCTION": "1",
    "JORNADA_SECRET_KEY": "s" * 32,
    "JORNADA_BASE_URL": "https://jornades.example.org",
    "JORNADA_MAIL_URL": "smtps://user:pass@mail.example.org",
}

WRONG = {
    "DATABASE_URL": ["mysql://host/name", "no address", "postgresql://host:port/name", "sqlite"],
    "SECRET_KEY": ["short"],
    "BASE_URL": [
        "jornades.example.org",
        "ftp://example.org",
        "http://",
        "http://h:99999",
        "http://h:x",
        "http://[",
        "http://a b",
    ],
    "MAIL_URL": [
        "mail.example.org",
        "http://mail",
        "smtp://",
        "smtp://host:0",
        "smtp://host:x",
        "smtp://h/path",
        "smtp://[",
    ],
    "MAIL_SENDER": [
        "nobody",
        "a@b@c",
        "@example.org",
        "a b@example.org",
        "Ada <ada@example.org>",
        "a@b, c@d",
        "núria@example.org",
    ],
    "ADMINISTRATOR_EMAIL": ["admin"],
    "RATELIMIT_STORAGE": ["memcached://x", "yes"],
    "RATELIMIT_SIGNUP": ["many", "10 per fortnight"],
    "RATELIMIT_EMAIL": ["many", "10"],
    "SIGNUP_SECONDS": ["-1", "61", "soon", "1e1", "²"],
    "DEFAULT_LANGUAGE": ["fr", "CA"],
    "TIMEZONE": ["Barcelona", "../etc/passwd", "Europe", "/etc/localtime"],
    "PRODUCTION": ["maybe", "2"],
    "MAX_DOCUMENT_MB": ["0", "-1", "201", "1.5", "20 MB", "²"],
    "PROXIES": ["-1", "6", "²", "two"],
    "INSTANCE_PATH": ["/proc/nowhere/at/all"],
    "SIGNING_CERTIFICATE": ["/proc/nowhere.p12", "/", __file__],
    "SIGNING_PASSWORD": ["of nothing"],
}


def load(tmp_path, **values):
    return config.load(
        {"JORNADA_INSTANCE_PATH": str(tmp_path), **{f"JORNADA_{key}": text for key, text in values.items()}}
    )


def test_nothing_set_gives_working_defaults(tmp_path):
    settings = load(tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path / 'jornada.sqlite'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.mail_server is None
    assert settings.mail_sender == "jornades@example.org"
    assert settings.ratelimit_storage == "memory://"
    assert settings.default_language == "ca"
    assert settings.timezone == ZoneInfo("Europe/Madrid")
    assert settings.production is False
    assert settings.proxies == 0


def test_empty_value_is_as_good_as_none(tmp_path):
    assert load(tmp_path, BASE_URL="", PROXIES=" ") == load(tmp_path)


def test_port_of_make_run_reaches_the_links(tmp_path):
    settings = config.load({"JORNADA_INSTANCE_PATH": str(tmp_path), "PORT": "8123"})

    assert (settings.port, settings.base_url) == (8123, "http://127.0.0.1:8123")


@pytest.mark.parametrize("text", ["0", "65536", "x", "-1", "²", "80 80"])
def test_port_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(ConfigurationError) as refused:
        config.load({"JORNADA_INSTANCE_PATH": str(tmp_path), "PORT": text})

    assert str(refused.value) == f"PORT must be a number from 1 to 65535, not {text!r}"


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in WRONG.items() for text in texts])
def test_wrong_value_is_refused_in_one_line_that_names_the_key(tmp_path, key, text):
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, **{key: text})

    assert str(refused.value).startswith(f"JORNADA_{key}")
    assert len(str(refused.value).splitlines()) == 1


def test_every_key_has_a_wrong_value_above():
    assert set(WRONG) == set(config.KEYS)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(sorted(set(config.KEYS) - {"INSTANCE_PATH"})), text=st.text(max_size=60))
def test_any_text_is_taken_or_refused_in_one_line(tmp_path, key, text):
    try:
        load(tmp_path, **{key: text})
    except ConfigurationError as error:
        said = str(error)
    else:
        said = ""

    assert len(said.splitlines()) <= 1


def test_misspelt_key_is_refused(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, DATABSE_URL="sqlite://")

    assert str(refused.value) == "JORNADA_DATABSE_URL is not a setting of Jornada; the README lists them all"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("postgres://u:p%40@h/db", "postgresql+psycopg://u:p%40@h/db"),
        ("postgresql://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg://h/db"),
        ("sqlite:////tmp/a.sqlite", "sqlite:////tmp/a.sqlite"),
    ],
)
def test_database_address_in_any_spelling_means_our_drivers(tmp_path, text, url):
    assert load(tmp_path, DATABASE_URL=text).database_url == url


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 25)),
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, implicit_tls=True)),
        ("smtp://u%40x:p%3A%2F@mail.example.org:587", MailServer("mail.example.org", 587, "u@x", "p:/")),
        ("smtp://[::1]:2525", MailServer("::1", 2525)),
    ],
)
def test_mail_address_names_server_port_and_login(tmp_path, text, server):
    assert load(tmp_path, MAIL_URL=text).mail_server == server


def test_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    first, second = load(tmp_path), load(tmp_path)

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_spoilt_secret_key_file_is_named(tmp_path):
    (tmp_path / "secret_key").write_text("\n")

    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path)

    assert str(refused.value) == (
        f"JORNADA_SECRET_KEY is not set and {tmp_path / 'secret_key'} holds no key; delete it to have one made"
    )


def test_production_with_everything_it_asks_for(tmp_path):
    settings = config.load({**PRODUCTION, "JORNADA_INSTANCE_PATH": str(tmp_path)})

    assert settings.production is True


@pytest.mark.parametrize("key", ["SECRET_KEY", "BASE_URL", "MAIL_URL"])
def test_production_asks_for_what_it_cannot_do_without(tmp_path, key):
    environ = {**PRODUCTION, "JORNADA_INSTANCE_PATH": str(tmp_path)}
    del environ[f"JORNADA_{key}"]

    with pytest.raises(ConfigurationError) as refused:
        config.load(environ)

    assert str(refused.value).startswith(f"JORNADA_{key} is required in production")


def test_production_refuses_links_without_tls(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        config.load({**PRODUCTION, "JORNADA_INSTANCE_PATH": str(tmp_path), "JORNADA_BASE_URL": "http://example.org"})

    assert str(refused.value) == "JORNADA_BASE_URL must start with https:// in production"


def test_secrets_do_not_show_in_the_settings_text(tmp_path):
    settings = config.load(
        {**PRODUCTION, "JORNADA_INSTANCE_PATH": str(tmp_path), "JORNADA_DATABASE_URL": "postgresql://u:hidden@h/d"}
    )

    assert [word for word in ("hidden", "ssssss", "pass@", "'pass'") if word in repr(settings)] == []


def test_program_ends_with_two_and_one_line_when_the_configuration_is_wrong(tmp_path):
    root = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "JORNADA_INSTANCE_PATH": str(tmp_path), "JORNADA_TIMEZONE": "Mars/Olympus"}

    done = subprocess.run(
        [sys.executable, "-m", "flask", "mail", "status"],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "JORNADA_TIMEZONE must be a zone such as Europe/Madrid, not 'Mars/Olympus'\n"


def test_the_instance_folder_that_is_made_is_for_the_program_alone(tmp_path):
    settings = config.load({"JORNADA_INSTANCE_PATH": str(tmp_path / "new")})

    assert settings.instance_path.stat().st_mode & 0o777 == 0o700
