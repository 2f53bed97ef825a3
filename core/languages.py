"""The three languages: which one a request is answered in, and how a mail or a paper takes its person's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from flask_babel import Babel, force_locale, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from core import config
from core.config import LANGUAGES

COOKIE = "llengua"
NAMES = {"ca": "Català", "es": "Castellano", "en": "English"}
_YEAR_SECONDS = 365 * 24 * 3600

babel = Babel()

_CATALOGUES: dict[str, Any] = {}


def init_app(app: Flask) -> None:
    """Choose the language of every request and remember the one a person picks."""
    babel.init_app(app, default_locale=app.config["SETTINGS"].default_language, locale_selector=select_language)
    app.after_request(_remember_choice)
    app.jinja_env.globals.update(languages=NAMES, current_language=current_language, _=_say, ngettext=_say_how_many)


def select_language() -> str:
    """The person's choice by link, else by cookie, else the browser's best match, else the default."""
    default = config.current().default_language
    if not request:
        return default
    choice = request.args.get("lang")
    if choice in LANGUAGES:
        return choice
    return match_language(request.cookies.get(COOKIE), request.headers.get("Accept-Language", ""), default)


@lru_cache(maxsize=1024)
def match_language(cookie: str | None, accepted: str, default: str) -> str:
    """The language that the person once picked, else the best of those their browser asks for, else the default."""
    if cookie in LANGUAGES:
        return cookie
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES, default) or default


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


@pass_eval_context
def _say(context: EvalContext, text: str, **variables: object) -> str:
    """`_("…")` in templates: what jinja2.ext.i18n does in several steps, because every page does it dozens of times."""
    said: str = _catalogue().ugettext(text)
    return (Markup(said) if context.autoescape else said) % variables  # noqa: S704 - our own translation


@pass_eval_context
def _say_how_many(context: EvalContext, one: str, several: str, num: int, **variables: object) -> str:
    """`ngettext("…", "…", number)` in templates, likewise."""
    said: str = _catalogue().ungettext(one, several, num)
    return (Markup(said) if context.autoescape else said) % {"num": num, **variables}  # noqa: S704 - the same


def _catalogue() -> Any:
    """The translations into the language in force; Flask-Babel looks for them anew each time."""
    language = current_language()
    found = _CATALOGUES.get(language)
    if found is None:
        found = _CATALOGUES[language] = get_translations()
    return found


def _remember_choice(response: Response) -> Response:
    if request.endpoint in {"static", "fonts.font"}:
        return response  # the same in every language: caches may share it
    choice = request.args.get("lang")
    if choice in LANGUAGES:
        secure = config.current().production
        response.set_cookie(COOKIE, choice, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True, secure=secure)
    response.vary.update(["Accept-Language", "Cookie"])
    return response
