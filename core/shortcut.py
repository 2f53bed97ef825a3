"""The shortcut to rendered copies: a layer in front of the application that answers for public pages by itself.

It takes GET and HEAD of the addresses in `core.copies.PAGES`, without a query, from people who are not logged in and to
whom nothing is to be said. Everything else, and whatever it is not sure of, goes on to the application.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import dump_cookie, parse_cookie

from core.config import Settings
from core.copies import FOR_ONE_VISITOR, PAGES, RECORDING, CopiedPage, Copy, Filled, Own, Reading, Recording, Store
from core.database import MOST_CONNECTIONS, READING, db
from core.dates import utc_now
from core.languages import COOKIE as LANGUAGE_COOKIE
from core.languages import match_language
from core.logs import log_request
from core.question import Question
from core.robots import make_stamp
from core.web import security_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CSRF_KEY = "csrf_token"
FRESH_KEY = "_fresh"
OF_ANYBODY = {CSRF_KEY, FRESH_KEY}
"""What the session of somebody who is not logged in holds; Flask-Login notes in it that they are not."""
REMEMBER_COOKIE = "remember_token"
TRIES = 3
_LOCKS = 32
_KEPT_OF_REQUEST = ("SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST")


class _Answer(NamedTuple):
    """What goes back over the wire."""

    status: str
    headers: list[tuple[str, str]]
    body: list[bytes]


class Shortcut:
    """Serves copies in front of a Flask application."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.store = Store(app)
        with app.app_context():
            engine = db.engines[READING]
        self.connect: Callable[[], AbstractContextManager[PoolProxiedConnection]] = lambda: closing(
            engine.raw_connection()
        )
        self._forget_connections = engine.dispose
        self._dialect = engine.dialect
        self._questions: dict[str, Question] = {}
        self._inner: WSGIApplication = app.wsgi_app
        self._locks = [Lock() for _ in range(_LOCKS)]
        self._visitors = _Visitors(app)
        self._settings = settings
        self._headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            *security_headers(settings).items(),
            ("Vary", "Accept-Language, Cookie"),
        ]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or let the application answer."""
        started = time.perf_counter()
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"} and not environ.get("QUERY_STRING"):
            path = environ.get("PATH_INFO", "")
            for page in PAGES:
                match = page.path.fullmatch(path)
                answer = self._answer(page, match.groupdict(), environ) if match else None
                if answer:
                    start_response(answer.status, answer.headers)
                    log_request(environ["REQUEST_METHOD"], page.rule, int(answer.status[:3]), started)
                    return answer.body
        return self._inner(environ, start_response)

    def _answer(self, page: CopiedPage, names: Mapping[str, str], environ: "WSGIEnvironment") -> "_Answer | None":
        cookies = parse_cookie(environ["HTTP_COOKIE"]) if environ.get("HTTP_COOKIE") else {}
        token = self._visitors.find_token(cookies)
        if token is None:
            return None
        accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        language = match_language(cookies.get(LANGUAGE_COOKIE), accepted, self._settings.default_language)
        try:
            found = self._find(page, names, environ, language)
        except (SQLAlchemyError, self._dialect.loaded_dbapi.Error):
            return None  # the application has an honest page for that
        if found is None:
            return None
        copy, (_counters, pieces, etag) = found
        headers = self._headers.copy()
        if copy.is_personal:
            if not token:
                token = self._visitors.make_token()
                headers.append(("Set-Cookie", self._visitors.make_cookie(token)))
            etag += hashlib.blake2b(token.encode(), digest_size=6).hexdigest()
        headers += [("ETag", f'"{etag}"'), ("Cache-Control", FOR_ONE_VISITOR if copy.is_personal else "no-cache")]
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        if known and (f'"{etag}"' in known or known.strip() == "*"):
            return _Answer("304 NOT MODIFIED", headers, [])
        body = b"".join(self._fill_own(piece, token) if isinstance(piece, Own) else piece for piece in pieces)
        headers.append(("Content-Length", str(len(body))))
        return _Answer("200 OK", headers, [] if environ["REQUEST_METHOD"] == "HEAD" else [body])

    def _find(
        self, page: CopiedPage, names: Mapping[str, str], environ: "WSGIEnvironment", language: str
    ) -> tuple[Copy, Filled] | None:
        """The copy with its numbers; one that is missing or old is made. None when the application has to answer."""
        key = (environ.get("SCRIPT_NAME", ""), environ["PATH_INFO"], language)
        for _ in range(TRIES):
            reading = self._read(page, names)
            if reading is None:
                return None
            copy = self._kept(page, key, reading)
            if copy:
                return copy, self.store.fill(page, copy, reading.counters, language)
            with self._locks[hash(key) % _LOCKS]:  # of many who find it old, one makes it anew
                if self._kept(page, key, reading) is None and not self._record(key, reading, environ, language):
                    return None
        return None

    def _kept(self, page: CopiedPage, key: tuple[str, ...], reading: Reading) -> Copy | None:
        kept = self.store.find(key, reading.mark, utc_now())
        return kept.copies.get(kept.choose(page.numbers(reading.counters))) if kept else None

    def _record(self, key: tuple[str, ...], reading: Reading, environ: "WSGIEnvironment", language: str) -> bool:
        """Have the application render the page for nobody in particular: no cookie, nothing of this visitor."""
        recording = Recording()
        anonymous: WSGIEnvironment = {
            **{name: environ[name] for name in _KEPT_OF_REQUEST if name in environ},
            **{name: value for name, value in environ.items() if name.startswith("wsgi.")},
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "",
            "HTTP_ACCEPT_LANGUAGE": language,
            RECORDING: recording,
        }
        answer = self._inner(anonymous, _ignore_start)
        try:
            for _ in answer:
                pass
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()
        self.store.keep(key, reading.mark, recording)
        return recording.copy is not None

    def _read(self, page: CopiedPage, names: Mapping[str, str]) -> Reading | None:
        """Ask the database, and again when a connection turns out to be dead: these are not tried out before."""
        question = self._questions.get(page.rule) or self._questions.setdefault(page.rule, page.question(self._dialect))
        values = {**names, "now": utc_now()} if "now" in question.names else names
        for _ in range(MOST_CONNECTIONS + 1):
            with self.connect() as connection:
                try:
                    row = question.ask(connection, values)
                except self._dialect.loaded_dbapi.Error as error:
                    if not self._dialect.is_disconnect(error, connection.driver_connection, None):
                        raise
                    connection.invalidate(error)
                    self._forget_connections()  # what ended this one has ended the others too
                else:
                    return Reading(*row) if row else None
        return None

    def _fill_own(self, hole: Own, token: str) -> bytes:
        if hole is Own.CSRF_TOKEN:
            return self._visitors.sign(token)
        return make_stamp(self._settings.secret_key, utc_now()).encode()


class _Visitors:
    """The session cookie of people without an account, which holds the token for forms."""

    def __init__(self, app: Flask) -> None:
        sessions = SecureCookieSessionInterface()
        serializer = sessions.get_signing_serializer(app)
        if serializer is None:
            raise RuntimeError("the application has no secret key")
        self._sessions = serializer
        self._tokens = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")  # as Flask-WTF makes it
        self._max_age = int(app.permanent_session_lifetime.total_seconds())
        self._cookie = sessions.get_cookie_name(app)
        self._attributes: dict[str, Any] = {
            "path": sessions.get_cookie_path(app),
            "domain": sessions.get_cookie_domain(app),
            "secure": sessions.get_cookie_secure(app),
            "httponly": sessions.get_cookie_httponly(app),
            "samesite": sessions.get_cookie_samesite(app),
        }

    def find_token(self, cookies: Mapping[str, str]) -> str | None:
        """The token in the session, empty when there is none yet; None for a session that holds anything else."""
        if not cookies:
            return ""
        if REMEMBER_COOKIE in cookies:
            return None
        cookie = cookies.get(self._cookie)
        if not cookie:
            return ""
        try:
            content = self._sessions.loads(cookie, max_age=self._max_age)
        except BadData:
            return ""
        if not isinstance(content, dict) or not content.keys() <= OF_ANYBODY:
            return None
        token = content.get(CSRF_KEY, "")
        return token if isinstance(token, str) else None

    def make_token(self) -> str:
        """A new token, as Flask-WTF draws it."""
        return hashlib.sha1(os.urandom(64), usedforsecurity=False).hexdigest()

    def make_cookie(self, token: str) -> str:
        """The cookie of a session with this token."""
        return dump_cookie(self._cookie, self._sessions.dumps({CSRF_KEY: token, FRESH_KEY: False}), **self._attributes)

    def sign(self, token: str) -> bytes:
        """The token as it stands in a form."""
        signed: str | bytes = self._tokens.dumps(token)
        return signed.encode() if isinstance(signed, str) else signed


def init_app(app: Flask, settings: Settings) -> None:
    """Put the shortcut in front of everything else; after every other layer."""
    shortcut = Shortcut(app, settings)
    app.extensions["shortcut"] = shortcut
    app.wsgi_app = shortcut  # type: ignore[method-assign] # the documented way to wrap it


def _ignore_start(_status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
    return len
