"""Error pages in the person's language: what happened and what to do, never a code alone."""

import logging
from typing import NamedTuple

from flask import Flask, Response, current_app, make_response, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from core.database import is_away
from core.errors import DomainError, NotFoundError

log = logging.getLogger(__name__)

RETRY_SECONDS = 10


class Explanation(NamedTuple):
    """What an error page says."""

    title: LazyString
    advice: LazyString


EXPLANATIONS = {
    400: Explanation(
        _l("We could not understand this request"),
        _l("Go back, load the page again and repeat what you were doing."),
    ),
    401: Explanation(
        _l("You have to log in"),
        _l("Your session has ended. Log in again in another tab, then repeat what you were doing here."),
    ),
    403: Explanation(
        _l("You may not see this page"),
        _l("Your account has no permission for it. Ask whoever administers your team."),
    ),
    404: Explanation(
        _l("There is nothing at this address"),
        _l("The link may be incomplete, or the page may have been taken down. If it came in a mail, copy it whole."),
    ),
    405: Explanation(
        _l("This address cannot be used that way"),
        _l("Go back and use the buttons of the page."),
    ),
    409: Explanation(_l("This could not be done"), _l("Nothing has changed. Go back and look at the present state.")),
    413: Explanation(
        _l("What you sent is too large"),
        _l("A file may have up to 16 MB. Split it, or send it without pictures."),
    ),
    429: Explanation(
        _l("Too many requests from your connection"),
        _l("Wait a minute and try again. Nothing that you had already sent is lost."),
    ),
    500: Explanation(
        _l("Something has failed on our side"),
        _l("It has been noted and we will look at it. Nothing was half done: try again in a while."),
    ),
    503: Explanation(
        _l("We cannot be reached for a moment"),
        _l("Wait a minute and load this page again."),
    ),
}

SENT_WHILE_AWAY = _l(
    "We cannot say whether what you sent has arrived. Wait a minute and load this page again: your browser offers to "
    "send it once more. Nothing is done by halves, and nobody is signed up twice."
)


def init_app(app: Flask) -> None:
    """Answer every error with a page; a rule's no is a 409 with its own sentence."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(NotFoundError, _unknown)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(SQLAlchemyError, _away)
    app.register_error_handler(HTTPException, _failed)


def _refused(error: DomainError) -> Response:
    return _page(409, advice=str(error))


def _unknown(_error: NotFoundError) -> Response:
    return _page(404)


def _expired(_error: CSRFError) -> Response:
    return _page(400)


def _away(error: SQLAlchemyError) -> Response:
    """The database is away or too busy, for which nobody here can do anything; every other error of it is a bug.

    Whether a commit that was cut off came about is known to nobody, so whoever sent something is told just that.
    """
    if not is_away(error):
        raise error
    rule = request.url_rule.rule if request.url_rule else None
    log.warning("database away", extra={"method": request.method, "rule": rule, "error": type(error).__name__})
    response = _page(503, advice=str(SENT_WHILE_AWAY) if request.method == "POST" else None)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _failed(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    response = _page(error.code)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _page(code: int, *, advice: str | None = None) -> Response:
    known = EXPLANATIONS.get(code) or EXPLANATIONS[500 if code >= 500 else 400]
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return make_response({"error": advice or str(known.advice)}, code)
    # Not by `render_template`, which asks the database who is logged in: it may be what has failed.
    template = current_app.jinja_env.get_template("error.html")
    return make_response(template.render(code=code, title=known.title, advice=advice or known.advice), code)
