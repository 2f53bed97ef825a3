"""Contributions and proposals in the workspace: capture, list, import, figures."""

import secrets
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from contributions import entry_lists, figures, services, topics
from contributions.entry_lists import NO_DIMENSION, EntryFilter
from contributions.forms import EntryForm, ImportForm, LineForm
from contributions.imports import import_entries
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL, WITHOUT_DIMENSION
from contributions.models import Entry, EntryKind
from contributions.views.blocks import words
from core.database import db, transaction
from core.dates import utc_now
from core.errors import DomainError, InputError, NotFoundError
from core.forms import Form
from core.text import clean_line
from core.web import paginate
from events import processes, sessions
from events import services as events
from events.access import is_open_to
from events.labels import DIMENSIONS
from events.models import Dimension, Event, Session, SessionKind

blueprint = Blueprint("contributions_workspace", __name__, url_prefix="/gestio")

SHOWN_WHILE_CAPTURING = 100
PROBLEMS_SHOWN = 100

Answer = str | tuple[str, int] | tuple[Response, int] | Response


@blueprint.get("/jornades/<slug>/aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def entries(slug: str) -> str:
    """The contributions and proposals of an event."""
    event = events.get_event(slug)
    chosen = _read_filter()
    return render_template(
        "contributions/entries.html",
        event=event,
        page=paginate(entry_lists.select_of_event(event, chosen), _page_number()),
        topics=topics.list_for_event(event),
        **_list_words(chosen),
    )


@blueprint.get("/processos/<slug>/aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def process_entries(slug: str) -> str:
    """The contributions and proposals of a process's events, of those one may read: the rows behind its figures."""
    process = processes.get_process(slug)
    chosen = _read_filter()
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    return render_template(
        "contributions/process_entries.html",
        process=process,
        events=events.list_of_process(process, seen_by=staff()),
        page=paginate(entry_lists.select_of_process(process, chosen, of_events=readable), _page_number()),
        topics=topics.list_for_process(process, of_events=readable),
        **_list_words(chosen),
    )


@blueprint.get("/jornades/<slug>/captura")
@requires(Permission.VIEW_CONTRIBUTIONS)
def capture_sessions(slug: str) -> str:
    """The sessions of an event, how much was said in each, and the way to write down more."""
    event = events.get_event(slug)
    return render_template(
        "contributions/sessions.html",
        event=event,
        sessions=[session for session in event.sessions if session.kind is not SessionKind.BREAK],
        counts=figures.count_entries(Session.event_id == event.id),
        kinds=ENTRY_KINDS_PLURAL,
        dimensions=DIMENSIONS,
    )


@blueprint.get("/jornades/<slug>/xifres")
@requires(Permission.VIEW_CONTRIBUTIONS)
def event_figures(slug: str) -> str:
    """The figures of an event per dimension."""
    event = events.get_event(slug)
    return render_template("contributions/figures.html", event=event, table=figures.for_event(event), **words())


@blueprint.get("/jornades/<slug>/aportacions/<code>")
@requires(Permission.RECORD_CONTRIBUTIONS)
def capture(slug: str, code: str) -> Answer:
    """The page on which what is said in a session is written down, a line at a time."""
    session = _get_session(slug, code)
    if session.kind is SessionKind.BREAK:
        raise services.NothingSaidInBreak
    if _wants_json():
        return _as_json(session)
    form = LineForm(
        formdata=None,
        kind=request.args.get("kind") if request.args.get("kind") in list(EntryKind) else EntryKind.CONTRIBUTION.value,
        topic=clean_line(request.args.get("topic")),
    )
    return _show_capture(session, form)


@blueprint.post("/jornades/<slug>/aportacions/<code>")
@requires(Permission.RECORD_CONTRIBUTIONS)
def record(slug: str, code: str) -> Answer:
    """Record one line."""
    session = _get_session(slug, code)
    form = LineForm()
    if not form.validate_on_submit():
        return _refuse_line(session, form)
    try:
        with transaction():
            entry = services.record(
                session,
                form.entry_kind,
                form.text.data or "",
                topic_name=form.topic.data or "",
                line_id=form.line_id.data or "",
                now=utc_now() - form.wait,
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _refuse_line(_get_session(slug, code), form)
    if _wants_json():
        return _as_json(session, entry)
    return redirect(_capture_url(session, kind=entry.kind.value, topic=form.topic.data or None), 303)


@blueprint.route("/jornades/<slug>/aportacions/<code>/<reference>", methods=["GET", "POST"])
@requires(Permission.RECORD_CONTRIBUTIONS)
def edit(slug: str, code: str, reference: str) -> Answer:
    """Correct an entry."""
    session = _get_session(slug, code)
    entry = services.get_entry(session, reference)
    form = EntryForm(kind=entry.kind.value, text=entry.text, topic=entry.topic.name if entry.topic else "")
    if not form.validate_on_submit():
        return _show_edit(entry, form)
    try:
        with transaction():
            entry = services.edit(
                entry,
                kind=form.entry_kind,
                text=form.text.data or "",
                topic_name=form.topic.data or "",
                by=staff(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_edit(services.get_entry(_get_session(slug, code), reference), form)
    if _wants_json():
        return _as_json(session, entry)
    flash(_("%(code)s is saved.", code=entry.code), "good")
    return redirect(_capture_url(session), 303)


@blueprint.post("/jornades/<slug>/aportacions/<code>/<reference>/supressio")
@requires(Permission.RECORD_CONTRIBUTIONS)
def delete(slug: str, code: str, reference: str) -> Answer:
    """Delete an entry; the page that follows offers to undo it."""
    session = _get_session(slug, code)
    entry = services.get_entry(session, reference)
    with transaction():
        services.delete(entry, by=staff(), now=utc_now())
    if _wants_json():
        return _as_json(session, entry)
    return redirect(_capture_url(session, deleted=reference), 303)


@blueprint.post("/jornades/<slug>/aportacions/<code>/<reference>/recuperacio")
@requires(Permission.RECORD_CONTRIBUTIONS)
def restore(slug: str, code: str, reference: str) -> Answer:
    """Bring a deleted entry back."""
    session = _get_session(slug, code)
    entry = services.get_entry(session, reference)
    with transaction():
        services.restore(entry, by=staff(), now=utc_now())
    if _wants_json():
        return _as_json(session, entry)
    flash(_("%(code)s is back.", code=entry.code), "good")
    return redirect(_capture_url(session), 303)


@blueprint.route("/jornades/<slug>/importacio-aportacions", methods=["GET", "POST"])
@requires(Permission.RECORD_CONTRIBUTIONS)
def import_file(slug: str) -> Answer:
    """Import a file of contributions or proposals, or only check it."""
    event = events.get_event(slug)
    form = ImportForm(kind=EntryKind.CONTRIBUTION.value)
    if not form.validate_on_submit():
        return _show_import(event, form)
    upload = form.file.data
    try:
        with transaction():
            outcome = import_entries(
                event,
                upload.read(),
                clean_line(upload.filename) or _("the file"),
                kind=EntryKind(form.kind.data),
                by=staff(),
                now=utc_now(),
            )
            if form.check_only.data:
                db.session.rollback()
    except InputError as error:
        return _show_import(events.get_event(slug), form, problems=error.problems)
    summary = outcome.describe()
    if form.check_only.data:
        flash(_("The file is right and nothing was recorded yet: %(summary)s.", summary=summary), "good")
        return redirect(url_for(".import_file", slug=slug), 303)
    flash(_("The file is in: %(summary)s.", summary=summary), "good")
    return redirect(url_for(".entries", slug=slug, kind=form.kind.data), 303)


def _get_session(slug: str, code: str) -> Session:
    return sessions.get_session(events.get_event(slug), code)


def _show_capture(session: Session, form: LineForm) -> str:
    shown = entry_lists.list_latest(session, SHOWN_WHILE_CAPTURING)
    counts = entry_lists.count_by_kind(session)
    form.line_id.data = secrets.token_urlsafe(16)
    return render_template(
        "contributions/capture.html",
        event=session.event,
        session=session,
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


def _refuse_line(session: Session, form: LineForm) -> Answer:
    if _wants_json():
        return jsonify(error=_all_messages(form)), 422
    return _show_capture(session, form), 422


def _show_edit(entry: Entry, form: EntryForm) -> Answer:
    template = "contributions/_edit_form.html" if _wants_json() else "contributions/edit.html"
    page = render_template(
        template,
        event=entry.session.event,
        session=entry.session,
        entry=entry,
        form=form,
        topics=topics.list_for_event(entry.session.event),
        is_in_list=_wants_json(),
    )
    if _wants_json():
        return jsonify(html=page, error=_all_messages(form)), 422 if form.errors else 200
    return page, 422 if form.errors else 200


def _show_import(event: Event, form: ImportForm, problems: list[str] | None = None) -> Answer:
    problems = problems or []
    page = render_template(
        "contributions/import.html",
        event=event,
        form=form,
        problems=problems[:PROBLEMS_SHOWN],
        problems_left_out=max(len(problems) - PROBLEMS_SHOWN, 0),
    )
    return page, 422 if problems or form.errors else 200


def _find_deleted(session: Session) -> Entry | None:
    """Find the entry that was deleted a moment ago, for the page to offer to bring it back."""
    try:
        entry = services.get_entry(session, request.args.get("deleted", ""))
    except NotFoundError:
        return None
    return entry if entry.is_deleted else None


def _as_json(session: Session, entry: Entry | None = None) -> Response:
    """Answer the page's script: what became of the entry, as the page shows it, and the counts."""
    counts = entry_lists.count_by_kind(session)
    answer: dict[str, Any] = {
        "counts": {kind.value: count for kind, count in counts.items()},
        "csrf_token": generate_csrf(),
    }
    if entry is not None:
        answer |= {
            "code": entry.code,
            "is_deleted": entry.is_deleted,
            "topic": entry.topic.name if entry.topic else "",
            "html": render_template(
                "contributions/_entry.html", entry=entry, session=session, event=session.event, kinds=ENTRY_KINDS
            ),
        }
    return jsonify(answer)


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _capture_url(session: Session, **query: Any) -> str:
    return url_for(".capture", slug=session.event.slug, code=session.code, **query)


def _all_messages(form: Form) -> str:
    return " ".join(str(message) for messages in form.errors.values() for message in messages)


def _page_number() -> int:
    return request.args.get("page", 1, type=int)


def _read_filter() -> EntryFilter:
    """Read the filters of the address; what none of them knows is no filter."""
    get = request.args.get
    dimension = get("dimension", "")
    kind = get("kind", "")
    return EntryFilter(
        words=clean_line(get("q"))[:200],
        event=clean_line(get("event")),
        session=clean_line(get("session")),
        kind=EntryKind(kind) if kind in list(EntryKind) else None,
        topic_id=_small_number(get("topic", "")),
        dimension=dimension if dimension in [*Dimension, NO_DIMENSION] else None,
        is_deleted=get("deleted") == "1",
    )


def _small_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _list_words(chosen: EntryFilter) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "is_filtered": chosen != EntryFilter(),
        "kinds": ENTRY_KINDS,
        "kinds_plural": ENTRY_KINDS_PLURAL,
        "dimensions": {**DIMENSIONS, NO_DIMENSION: WITHOUT_DIMENSION},
    }
