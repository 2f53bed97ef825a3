"""Structured one-line logs without personal data: the rule of an address, never the address itself."""

import json
import logging
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from flask import Flask, Response, g, request

from core.config import Settings

log = logging.getLogger("jornada.request")

ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
MAX_CAUSES = 5

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message and what was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; a traceback stands in it with its line ends escaped."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({key: value for key, value in record.__dict__.items() if key not in _STANDARD})
        if record.exc_info and record.exc_info[1]:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> list[str]:
    """What went wrong and where, causes last; without the error's own words: databases repeat people's data in them."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < MAX_CAUSES:
        frames = traceback.extract_tb(cause.__traceback__)
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__} at {where}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


class Application(Flask):
    """Flask, except that what it logs about a failure names the rule and not the address, which may hold a token."""

    def log_exception(self, exc_info: ExceptionInfo) -> None:
        """Log a failed request; Flask's own line would repeat the whole path."""
        rule = request.url_rule.rule if request.url_rule else None
        log.error("request failed", extra={"method": request.method, "rule": rule}, exc_info=exc_info)


def init_app(app: Flask, settings: Settings) -> None:
    """Log one line for each request, and everything as JSON."""
    if not app.testing:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logging.basicConfig(
            handlers=[handler], level=logging.INFO if settings.production else logging.WARNING, force=True
        )
        for library in ("alembic", "huey", "sqlalchemy"):  # two of them bring handlers of their own
            logging.getLogger(library).handlers.clear()
            logging.getLogger(library).setLevel(logging.WARNING)
    app.before_request(_start_clock)
    app.after_request(_log_request)


def _start_clock() -> None:
    g.request_started = time.perf_counter()


def _log_request(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule else None  # a person's token never reaches the log
    log_request(request.method, rule, response.status_code, g.get("request_started", time.perf_counter()))
    return response


def log_request(method: str, rule: str | None, status: int, started: float) -> None:
    """Write the line of a request that began at `started` of the performance counter."""
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    log.info("request", extra={"method": method, "rule": rule, "status": status, "milliseconds": milliseconds})
