"""What every template can call: dates as people say them, Markdown, the address of a file that may be kept for ever."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, render_template, send_file, url_for

from core import dates
from core.languages import use_language
from core.markup import plain_text, render_markdown

blueprint = Blueprint("fonts", __name__)

_STATIC = Path(__file__).resolve().parent.parent / "static"
FONTS = {
    "regular": "SourceSansPro-Regular.ttf",
    "italic": "SourceSansPro-It.ttf",
    "semibold": "SourceSansPro-Semibold.ttf",
    "bold": "SourceSansPro-Bold.ttf",
}


def init_app(app: Flask) -> None:
    """Add the filters and globals, and serve the fonts out of their package."""
    app.register_blueprint(blueprint)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(markdown=render_markdown, plain=plain_text)
    app.jinja_env.globals.update(
        format_day=dates.format_day,
        format_hour=dates.format_hour,
        format_hours=dates.format_hours,
        format_period=dates.format_period,
        format_moment=dates.format_moment,
        format_duration=dates.format_duration,
        utc_now=dates.utc_now,
        static_url=static_url,
    )


@dataclass(frozen=True)
class Letter:
    """A mail in words: its subject and its two bodies."""

    subject: str
    text: str
    html: str


def render_letter(template: str, *, language: str, **context: object) -> Letter:
    """Render `<template>.txt`, whose first line is the subject, and `<template>.html` in the language of the person."""
    with use_language(language):
        subject, _, text = render_template(f"{template}.txt", **context).partition("\n")
        html = render_template(f"{template}.html", subject=subject, language=language, **context)
    return Letter(subject.strip(), text.strip() + "\n", html)


def static_url(name: str) -> str:
    """The address of a static file with a mark of its content, so that it can be cached for a year."""
    return url_for("static", filename=name, v=_mark(_STATIC / name))


@blueprint.get("/fonts/<name>.ttf")
def font(name: str) -> Response:
    """One of the four faces of Source Sans Pro, the same that papers are set in."""
    if name not in FONTS:
        abort(404)
    response = send_file(font_path(name), mimetype="font/ttf", max_age=31536000)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def font_path(name: str) -> Path:
    """Where the face `regular`, `italic`, `semibold` or `bold` lies on disk."""
    return Path(str(files("font_source_sans_pro") / "files" / FONTS[name]))


@cache
def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
