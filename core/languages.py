"""The three languages: which one a request is answered in, and how a mail or a paper takes its person's."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, request
from flask_babel import Babel, force_locale, get_locale

from core import config
from core.config import LANGUAGES

COOKIE = "llengua"
NAMES = {"ca": "Català", "es": "Castellano", "en": "English"}
_YEAR_SECONDS = 365 * 24 * 3600

babel = Babel()


def init_app(app: Flask) -> None:
    """Choose the language of every request and remember the one a person picks."""
    babel.init_app(app, default_locale=app.config["SETTINGS"].default_language, locale_selector=select_language)
    app.after_request(_remember_choice)
    app.jinja_env.globals.update(languages=NAMES, current_language=current_language)


def select_language() -> str:
    """The person's choice by link, else by cookie, else the browser's best match, else the default."""
    default = config.current().default_language
    if not request:
        return default
    for choice in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return choice
    return request.accept_languages.best_match(LANGUAGES, default) or default


def current_language() -> str:
    """`ca`, `es` or `en`: the language in force."""
    locale = get_locale()
    return str(locale.language if locale else config.current().default_language)


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak `language` inside the block; one that is not ours falls back to the default."""
    known = language if language in LANGUAGES else config.current().default_language
    with force_locale(known):
        yield


def _remember_choice(response: Response) -> Response:
    if request.endpoint in {"static", "fonts.font"}:
        return response  # the same in every language: caches may share it
    choice = request.args.get("lang")
    if choice in LANGUAGES:
        secure = config.current().production
        response.set_cookie(COOKIE, choice, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True, secure=secure)
    response.vary.update(["Accept-Language", "Cookie"])
    return response
