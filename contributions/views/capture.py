"""Capture: the pages on which what is said in a session is written down, for staff or with a capture link.

Both ways lead to the same pages. A page with script keeps what is written on the device, sends it in batches to be
accepted once, and asks for what the others wrote; without script a form records a line at a time.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, requires, staff
from contributions import capture_links, changes, checklists, entry_history, entry_lists, notebooks, services, topics
from contributions.capture_words import page_words
from contributions.forms import EntryForm, LineForm
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL
from contributions.models import CaptureLink, Entry, EntryKind, Notebook
from contributions.notebooks import Notetaker
from contributions.reports import DEVICE_LENGTH, MAX_BYTES, Batch, read_batch, read_since
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, InputError, NotFoundError
from core.languages import current_language
from core.links import LinkCookies
from core.text import clean_line
from core.web import count_use, is_within
from events import services as events
from events import sessions
from events.labels import DIMENSIONS
from events.models import Event, Session, SessionKind

workspace = Blueprint("contributions_capture", __name__, url_prefix="/gestio/jornades/<slug>/aportacions/<code>")
public = Blueprint("capture", __name__)

LINKED = "/captura/jornades/<slug>/<code>"
COOKIES = LinkCookies("captura", salt="capture link")
SHOWN_WHILE_CAPTURING = 100
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
            return view(OpenNotebook(_get_session(slug, code)), **values)

        @wraps(view)
        def with_link(slug: str, code: str, **values: Any) -> Answer:
            session = _get_session(slug, code)
            link = COOKIES.find(session.id, partial(capture_links.find_of_session, session.id))
            if link is None:
                return _refuse(None, "no_link", 401)
            opened = OpenNotebook(session, link)
            if request.method == "POST":
                _count_what_is_sent(link)
            reason = opened.find_reason_closed()
            return view(opened, **values) if is_always_answered or not reason else _refuse(opened, reason, 403)

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


# --- The link ---


@public.get("/captura/<token>")
def enter(token: str) -> Answer:
    """Trade a capture link for a cookie, so that its token does not stay in the address."""
    link = capture_links.get_by_token(token)
    opened = OpenNotebook(link.session, link)
    reason = opened.find_reason_closed()
    if reason:
        return _refuse(opened, reason, 410)
    response = redirect(opened.address(), 303)
    COOKIES.keep(response, link.session_id, link)
    return response


@public.post(f"{LINKED}/sortida")
def leave(slug: str, code: str) -> Answer:
    """Forget the link on this device."""
    response = redirect(url_for("events.home"), 303)
    COOKIES.forget(response, _get_session(slug, code).id)
    return response


# --- For the page's script ---


@both_ways("/canvis")
def list_changes(opened: OpenNotebook) -> Answer:
    """What has changed in the notebook since the device last asked."""
    return _as_json(_read_changes(opened, read_since(request.args.get("since"))))


@both_ways("/actes", methods=("POST",), is_always_answered=True)
def acts(opened: OpenNotebook) -> Answer:
    """Take what a device wrote; what was written before a link ended may still arrive for a while."""
    now, link = utc_now(), opened.link
    if link and not link.may_send(now):
        return _refuse(opened, opened.find_reason_closed(), 403)
    data = request.get_data()
    if len(data) > MAX_BYTES:
        return _as_json({"reason": "too_much"}, 413)
    try:
        batch = read_batch(data, now=now)
    except InputError:
        return _as_json({"reason": "unreadable"}, 400)
    answers = _accept(opened, batch)
    told = {} if opened.find_reason_closed() else _read_changes(opened, batch.since)
    return _as_json({**told, "answers": answers})


def _accept(opened: OpenNotebook, batch: Batch) -> dict[str, dict[str, str]]:
    """Accept a batch, and say for each of its acts what came of it."""
    link = opened.link
    in_time = [report for report in batch.reports if link is None or report.happened_at < link.expires_at]
    messages = dict.fromkeys((report.key for report in batch.reports), _("The link had expired when this was written."))
    messages |= batch.refused
    try:
        with transaction():
            accepted = notebooks.accept(opened.session, in_time, by=opened.writer(batch.device), now=utc_now())
    except DomainError as refusal:
        accepted, messages = {}, dict.fromkeys(messages, str(refusal))
    answers = {key: {"outcome": "refused", "message": message} for key, message in messages.items()}
    return answers | {key: {"outcome": outcome.value} for key, outcome in accepted.items()}


def _read_changes(opened: OpenNotebook, since: int) -> dict[str, Any]:
    told = changes.read_changes(opened.session, since, base=opened.address(), language=current_language())
    return told | {"csrf_token": generate_csrf(), "clock": utc_now().isoformat()}


# --- Pages and forms ---


@both_ways()
def page(opened: OpenNotebook) -> Answer:
    """The page on which what is said in a session is written down, a line at a time."""
    if opened.session.kind is SessionKind.BREAK:
        raise notebooks.NothingSaidInBreak
    kind = request.args.get("kind")
    form = LineForm(
        formdata=None,
        kind=kind if kind in list(EntryKind) else EntryKind.CONTRIBUTION.value,
        topic=clean_line(request.args.get("topic")),
    )
    return _show(opened, form)


@both_ways(methods=("POST",))
def record(opened: OpenNotebook) -> Answer:
    """Record one line."""
    form = LineForm()
    if not form.validate_on_submit():
        return _show(opened, form), 422
    try:
        with transaction():
            entry = services.record(
                opened.session,
                form.entry_kind,
                form.text.data or "",
                topic_name=form.topic.data or "",
                line_id=form.line_id.data or "",
                by=opened.writer(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(opened, form), 422
    return redirect(opened.address(kind=entry.kind.value, topic=form.topic.data or None), 303)


@both_ways("/<reference>", methods=("GET", "POST"))
def edit(opened: OpenNotebook, reference: str) -> Answer:
    """Correct an entry."""
    entry = services.get_entry(opened.session, reference)
    form = EntryForm.of(entry, services.list_act_keys(entry))
    if not form.validate_on_submit():
        return _show_edit(opened, entry, form)
    try:
        with transaction():
            entry = services.edit(
                entry,
                kind=form.entry_kind,
                text=form.text.data or "",
                topic_name=form.topic.data or "",
                seen=form.seen_keys,
                by=opened.writer(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_edit(opened, services.get_entry(opened.session, reference), form)
    if entry.has_conflict:
        flash(_("Somebody else changed %(code)s meanwhile: choose what it is to say.", code=entry.code), "warn")
        return redirect(opened.address("history", reference=entry.reference), 303)
    flash(_("%(code)s is saved.", code=entry.code), "good")
    return redirect(opened.address(), 303)


@both_ways("/<reference>/supressio", methods=("POST",))
def delete(opened: OpenNotebook, reference: str) -> Answer:
    """Delete an entry; the page that follows offers to undo it."""
    entry = services.get_entry(opened.session, reference)
    with transaction():
        services.delete(entry, by=opened.writer(), now=utc_now())
    return redirect(opened.address(deleted=entry.reference), 303)


@both_ways("/<reference>/recuperacio", methods=("POST",))
def restore(opened: OpenNotebook, reference: str) -> Answer:
    """Bring a deleted entry back."""
    entry = services.get_entry(opened.session, reference)
    with transaction():
        services.restore(entry, by=opened.writer(), now=utc_now())
    flash(_("%(code)s is back.", code=entry.code), "good")
    return redirect(opened.address(), 303)


@both_ways("/<reference>/historial")
def history(opened: OpenNotebook, reference: str) -> Answer:
    """Who wrote what of an entry, and when; the versions to choose from when two did not know of each other."""
    entry = services.get_entry(opened.session, reference)
    return render_template(
        "contributions/history.html",
        event=opened.event,
        session=opened.session,
        entry=entry,
        lines=entry_history.list_lines(entry),
        notebook=opened,
        kinds=ENTRY_KINDS,
    )


@both_ways("/<reference>/versio", methods=("POST",))
def put_back(opened: OpenNotebook, reference: str) -> Answer:
    """Let an entry say again what it said at some time."""
    entry = services.get_entry(opened.session, reference)
    with transaction():
        services.put_back(entry, request.form.get("act", ""), by=opened.writer(), now=utc_now())
    flash(_("%(code)s says this now.", code=entry.code), "good")
    return redirect(opened.address("history", reference=entry.reference), 303)


# --- Closing, for staff ---


@workspace.get("/tancament")
@requires(Permission.RECORD_CONTRIBUTIONS)
def closing(slug: str, code: str) -> Answer:
    """What is worth a look before the notebook is closed, and the button that closes or reopens it."""
    opened = OpenNotebook(_get_session(slug, code))
    notebook = notebooks.find_notebook(opened.session)
    return render_template(
        "contributions/closing.html",
        event=opened.event,
        session=opened.session,
        notebook=opened,
        state=notebook,
        checklist=checklists.check(opened.session, notebook.closed_at if notebook else None),
    )


@workspace.post("/tancament")
@requires(Permission.RECORD_CONTRIBUTIONS)
def close(slug: str, code: str) -> Answer:
    """Close the notebook."""
    session = _get_session(slug, code)
    with transaction():
        notebooks.close(session, by=staff(), now=utc_now())
    flash(_("The notebook of %(code)s is closed.", code=session.code), "good")
    return redirect(url_for(".closing", slug=slug, code=code), 303)


@workspace.post("/reobertura")
@requires(Permission.RECORD_CONTRIBUTIONS)
def reopen(slug: str, code: str) -> Answer:
    """Let everybody write in the notebook again."""
    session = _get_session(slug, code)
    with transaction():
        notebooks.reopen(session, by=staff(), now=utc_now())
    flash(_("The notebook of %(code)s is open again.", code=session.code), "good")
    return redirect(url_for(".page", slug=slug, code=code), 303)


# --- What the views share ---


def _get_session(slug: str, code: str) -> Session:
    return sessions.get_session(events.get_event(slug), code)


def _show(opened: OpenNotebook, form: LineForm) -> str:
    session = opened.session
    shown = entry_lists.list_latest(session, SHOWN_WHILE_CAPTURING)
    counts = entry_lists.count_by_kind(session)
    notebook = notebooks.find_notebook(session)
    form.line_id.data = secrets.token_urlsafe(16)
    return render_template(
        "contributions/capture.html",
        event=opened.event,
        session=session,
        base=opened.address(),
        link=opened.link,
        notebook=notebook,
        late=_count_late(session, notebook),
        settings=_page_settings(opened),
        form=form,
        entries=shown,
        counts=counts,
        has_more=sum(counts.values()) > len(shown),
        deleted=_find_deleted(session),
        topics=topics.list_for_event(session.event),
        kinds=ENTRY_KINDS,
        kinds_plural=ENTRY_KINDS_PLURAL,
        dimensions=DIMENSIONS,
    )


def _page_settings(opened: OpenNotebook) -> dict[str, Any]:
    """What the page's script has to know."""
    return {
        "key": str(opened.session.id),
        "page": opened.address(),
        "changes": opened.address("list_changes"),
        "acts": opened.address("acts"),
        "worker": url_for("offline.worker"),
        "zone": opened.event.timezone,
        "language": current_language(),
        "words": page_words(),
    }


def _count_late(session: Session, notebook: Notebook | None) -> int:
    return notebooks.count_late(session, notebook.closed_at) if notebook else 0


def _show_edit(opened: OpenNotebook, entry: Entry, form: EntryForm) -> tuple[str, int]:
    page = render_template(
        "contributions/edit.html",
        event=opened.event,
        session=opened.session,
        base=opened.address(),
        link=opened.link,
        entry=entry,
        form=form,
        topics=topics.list_for_event(opened.event),
    )
    return page, 422 if form.errors else 200


def _find_deleted(session: Session) -> Entry | None:
    """Find the entry that was deleted a moment ago, for the page to offer to bring it back."""
    try:
        entry = services.get_entry(session, request.args.get("deleted", ""))
    except NotFoundError:
        return None
    return entry if entry.is_deleted else None


def _refuse(opened: OpenNotebook | None, reason: str, status: int) -> Answer:
    """Say why nothing is shown: to a script in a word, to a person in a page that names nothing of anybody."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return _as_json({"reason": reason}, status)
    return render_template("contributions/no_capture.html", reason=reason, link=opened.link if opened else None), status


def _as_json(value: object, status: int = 200) -> BaseResponse:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")
