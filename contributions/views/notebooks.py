"""The notebook of a session, and the two ways to open it: as staff who may record, or with a capture link.

Both lead to the same pages.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, requires, staff
from contributions import capture_links
from contributions.models import CaptureLink
from contributions.notebooks import Notetaker
from contributions.reports import DEVICE_LENGTH, MAX_BYTES
from core.dates import utc_now
from core.links import LinkCookies
from core.web import count_use, is_within
from events import services as events
from events import sessions
from events.models import Event, Session

workspace = Blueprint("contributions_capture", __name__, url_prefix="/gestio/jornades/<slug>/aportacions/<code>")
public = Blueprint("capture", __name__)
LINKED = "/captura/jornades/<slug>/<code>"
COOKIES = LinkCookies("captura", salt="capture link")
SENT_WITH_LINK = "20000 per hour"
"""Kilobytes, and at least one for each time: twenty people who write all the hour long send a quarter of it."""
Answer = str | tuple[str, int] | BaseResponse


@dataclass(frozen=True)
class OpenNotebook:
    """The notebook of a session, and who has opened it: a member of staff, or a link."""

    session: Session
    link: CaptureLink | None = None

    @property
    def event(self) -> Event:
        return self.session.event

    def address(self, page: str = "page", **values: Any) -> str:
        """The address of a part of the notebook, on the way by which it was opened."""
        blueprint = "capture" if self.link else "contributions_capture"
        return url_for(f"{blueprint}.{page}", slug=self.event.slug, code=self.session.code, **values)

    def find_reason_closed(self) -> str:
        """Why nothing may be shown now, in a word; empty when it may."""
        if self.link and self.link.is_revoked:
            return "revoked"
        return "expired" if self.link and self.link.has_expired(utc_now()) else ""

    def writer(self, device: str = "") -> Notetaker:
        """Who writes in it."""
        if self.link:
            return Notetaker(device or self.link.label[:DEVICE_LENGTH], link=self.link)
        return Notetaker(device, staff=staff())


View = Callable[..., Answer]


def both_ways(
    rule: str = "", *, methods: tuple[str, ...] = ("GET",), is_always_answered: bool = False
) -> Callable[[View], View]:
    """Have a view answer staff who may record, and browsers that opened a link of the session while it is good.

    One that `is_always_answered` sees by itself what a link still allows.
    """

    def decorate(view: View) -> View:
        @requires(Permission.RECORD_CONTRIBUTIONS)
        @wraps(view)
        def for_staff(slug: str, code: str, **values: Any) -> Answer:
            return view(OpenNotebook(get_session(slug, code)), **values)

        @wraps(view)
        def with_link(slug: str, code: str, **values: Any) -> Answer:
            session = get_session(slug, code)
            link = COOKIES.find(session.id, partial(capture_links.find_of_session, session.id))
            if link is None:
                return refuse(None, "no_link", 401)
            opened = OpenNotebook(session, link)
            if request.method == "POST":
                _count_what_is_sent(link)
            reason = opened.find_reason_closed()
            return view(opened, **values) if is_always_answered or not reason else refuse(opened, reason, 403)

        workspace.add_url_rule(rule, view.__name__, for_staff, methods=methods)
        public.add_url_rule(f"{LINKED}{rule}", view.__name__, with_link, methods=methods)
        return view

    return decorate


def _count_what_is_sent(link: CaptureLink) -> None:
    """Take no more with a link than the people who share it can write; devices send what waits in the next hour."""
    size = request.content_length if request.content_length is not None else MAX_BYTES
    cost = 1 + min(size, MAX_BYTES) // 1024
    if not is_within(SENT_WITH_LINK, "capture link", [str(link.id)], cost=cost):
        raise TooManyRequests
    count_use(SENT_WITH_LINK, "capture link", [str(link.id)], cost=cost)


@public.get("/captura/<token>")
def enter(token: str) -> Answer:
    """Trade a capture link for a cookie, so that its token does not stay in the address."""
    link = capture_links.get_by_token(token)
    opened = OpenNotebook(link.session, link)
    reason = opened.find_reason_closed()
    if reason:
        return refuse(opened, reason, 410)
    response = redirect(opened.address(), 303)
    COOKIES.keep(response, link.session_id, link)
    return response


@public.post(f"{LINKED}/sortida")
def leave(slug: str, code: str) -> Answer:
    """Forget the link on this device."""
    response = redirect(url_for("events.home"), 303)
    COOKIES.forget(response, get_session(slug, code).id)
    return response


def get_session(slug: str, code: str) -> Session:
    """Find the session that the address is about. Raises `NotFoundError`."""
    return sessions.get_session(events.get_event(slug), code)


def refuse(opened: OpenNotebook | None, reason: str, status: int) -> Answer:
    """Say why nothing is shown: to a script in a word, to a person in a page that names nothing of anybody."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return as_json({"reason": reason}, status)
    return render_template("contributions/no_capture.html", reason=reason, link=opened.link if opened else None), status


def as_json(value: object, status: int = 200) -> BaseResponse:
    """Answer a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")
