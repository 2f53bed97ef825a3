"""Rendered copies of public pages: a page with holes, kept in this process and never older than the database.

A hole is left for every number that moves while people sign up (`Slot`) and for what is each visitor's own (`Own`). A
copy is good while the mark of `core.public_version` is the one it was rendered under, and until the next instant at
which the page would say something else by itself. Each request asks the database once, for that mark and for the
numbers, so a change is seen at once and on every machine. `core.shortcut` serves them (docs/adr/0011).
"""

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from flask import Flask, Response, current_app, has_request_context, make_response, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import Dialect

from core import robots
from core.languages import use_language
from core.question import Question
from core.web import conditional

RECORDING = "jornada.recording"
"""Where a request that renders a copy carries its `Recording`."""
MAX_COPIES = 256
MAX_VARIANTS = 16
MAX_FRAGMENTS = 8192
FOR_ONE_VISITOR = "private, no-cache"


class Own(StrEnum):
    """What is each visitor's own on a page that is otherwise the same for all."""

    CSRF_TOKEN = "csrf_token"  # noqa: S105 - the name of a hole
    FORM_STAMP = "form_stamp"


@dataclass(frozen=True)
class Slot:
    """A hole for what moves: the macro of a template, given the numbers read under `key` and then `values`."""

    template: str
    macro: str
    key: Hashable
    values: tuple[Hashable, ...] = ()


class Reading(NamedTuple):
    """What the database says of a page now: the mark, and the numbers that move, as one text."""

    mark: str | None
    counters: str


@dataclass(frozen=True)
class CopiedPage:
    """A kind of page that is served from copies.

    `question` asks for a `Reading`, with what `path` names and `now`; no row means that there is no such page.
    `numbers` takes its counters apart, for the keys of the slots. `rule` is Flask's name for what matches `path`.
    """

    rule: str
    path: re.Pattern[str]
    question: Callable[[Dialect], Question]
    numbers: Callable[[str], Mapping[Hashable, Any]]


PAGES: list[CopiedPage] = []


class Filled(NamedTuple):
    """A copy with its numbers, in pieces: text, and the holes for what is each visitor's own."""

    counters: str
    pieces: tuple[bytes | Own, ...]
    etag: str


@dataclass
class Copy:
    """A page as rendered once: text and holes. `filled` is its last filling, which mostly is right again."""

    pieces: Sequence[bytes | Slot | Own]
    is_personal: bool
    filled: Filled | None = None


Choice: TypeAlias = Callable[[Mapping[Hashable, Any]], Hashable]


@dataclass
class Kept:
    """The copies of one address in one language: one for each variant that the numbers choose between."""

    mark: str | None
    until: datetime | None
    choose: Choice
    copies: dict[Hashable, Copy] = field(default_factory=dict)


class Recording:
    """A page while it is rendered to be kept. Holes are marked by numbers that nobody outside can guess.

    A number, so that a hole can be in text, in an attribute and in JSON alike.
    """

    def __init__(self) -> None:
        self._nonce = str(secrets.randbelow(9 * 10**37) + 10**37)
        self._holes: list[Slot | Own] = []
        self.copy: Copy | None = None
        self.variant: Hashable = None
        self.until: datetime | None = None
        self.choose: Choice = _always_the_same

    def mark(self, hole: Slot | Own) -> Markup:
        """Leave a hole in what is being rendered."""
        self._holes.append(hole)
        return Markup(f"{self._nonce}{len(self._holes) - 1:04d}")  # noqa: S704 - digits

    def keep(self, html: str, *, is_personal: bool) -> None:
        """Take the page apart at its holes."""
        texts = re.split(rf"{self._nonce}(\d{{4}})", html)
        pieces: list[bytes | Slot | Own] = [texts[0].encode()]
        for number, text in zip(texts[1::2], texts[2::2], strict=True):
            pieces += [self._holes[int(number)], text.encode()]
        self.copy = Copy(pieces, is_personal)


class Store:
    """The copies of this process, the least used of which make room, and the fragments that fill their holes."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._fragments: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, mark: str | None, now: datetime) -> Kept | None:
        """What is kept under `key` and is still good."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.mark != mark or (kept.until and kept.until <= now):
                return None
            self._kept.move_to_end(key)
            return kept

    def keep(self, key: Hashable, mark: str | None, recording: Recording) -> None:
        """Keep what was rendered after `mark` was read; what that makes old is forgotten."""
        if recording.copy is None:
            return
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.mark != mark or kept.until != recording.until:
                kept = self._kept[key] = Kept(mark, recording.until, recording.choose)
            kept.copies[recording.variant] = recording.copy
            if len(kept.copies) > MAX_VARIANTS:
                del kept.copies[next(iter(kept.copies))]
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_COPIES:
                self._kept.popitem(last=False)

    def fill(self, page: CopiedPage, copy: Copy, counters: str, language: str) -> Filled:
        """The copy with the numbers of `counters` in its holes."""
        if copy.filled and copy.filled.counters == counters:
            return copy.filled
        numbers = page.numbers(counters)
        pieces: list[bytes | Own] = []
        run: list[bytes] = []
        for piece in copy.pieces:
            if isinstance(piece, Own):
                pieces += [b"".join(run), piece]
                run = []
            else:
                run.append(piece if isinstance(piece, bytes) else self._fill_slot(piece, numbers[piece.key], language))
        pieces.append(b"".join(run))
        digest = hashlib.blake2b(digest_size=16)
        for whole in pieces:
            digest.update(whole.encode() if isinstance(whole, Own) else whole)
        copy.filled = Filled(counters, tuple(pieces), digest.hexdigest())
        return copy.filled

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._fragments.clear()

    def _fill_slot(self, slot: Slot, numbers: Any, language: str) -> bytes:
        """What fills the hole; it is remembered, for the same few numbers come again and again."""
        key = (slot.template, slot.macro, slot.values, numbers, language)
        with self._lock:
            found = self._fragments.get(key)
        if found is None:
            with self._app.app_context(), use_language(language):
                found = render_slot(slot, numbers).encode()
            with self._lock:
                self._fragments[key] = found
                while len(self._fragments) > MAX_FRAGMENTS:
                    self._fragments.popitem(last=False)
        return found


def init_app(app: Flask) -> None:
    """Let every template leave the holes that a form has."""
    app.jinja_env.globals.update(csrf_token=csrf_token, form_stamp=form_stamp)
    app.context_processor(lambda: {"csrf_token": csrf_token})  # after Flask-WTF's own, whose place it takes


def serves(page: CopiedPage) -> None:
    """Serve such pages from copies; the view behind them answers with `respond`."""
    PAGES.append(page)


def respond(
    template: str,
    *,
    until: datetime | None,
    variant: Hashable = None,
    choose: Choice | None = None,
    is_personal: bool = False,
    **context: Any,
) -> Response:
    """Answer with a public page, which is kept when a copy of it was asked for.

    `until` is when it says something else by itself; `choose` tells from the numbers which `variant` it then is.
    """
    html = render_template(template, **context)
    recording = find_recording()
    if recording:
        recording.keep(html, is_personal=is_personal)
        recording.variant, recording.until, recording.choose = variant, until, choose or _always_the_same
        return make_response("")  # whoever asked for the copy serves it from there
    response = make_response(html)
    if is_personal:
        response.headers["Cache-Control"] = FOR_ONE_VISITOR
        return response
    return conditional(response)


def live(slot: Slot, numbers: object) -> Markup:
    """A hole in a page that is to be kept; on every other page what fills it, from these numbers."""
    recording = find_recording()
    return recording.mark(slot) if recording else render_slot(slot, numbers)


def render_slot(slot: Slot, numbers: object) -> Markup:
    """What fills the hole, in the language in force."""
    macro = getattr(current_app.jinja_env.get_template(slot.template).module, slot.macro)
    return Markup(macro(numbers, *slot.values))  # noqa: S704 - a rendered macro


def find_recording() -> Recording | None:
    """The recording that the present request is for, if any."""
    recording: Recording | None = request.environ.get(RECORDING) if has_request_context() else None
    return recording


def csrf_token() -> str:
    """The visitor's token for forms, or the hole for it."""
    recording = find_recording()
    return recording.mark(Own.CSRF_TOKEN) if recording else str(generate_csrf())


def form_stamp() -> str:
    """When this form was loaded, signed, or the hole for it."""
    recording = find_recording()
    return recording.mark(Own.FORM_STAMP) if recording else robots.keep_stamp()


def _always_the_same(_numbers: Mapping[Hashable, Any]) -> Hashable:
    return None
