"""What is done to many people of the list at once: seen before it is done, and undone afterwards."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core.database import db, read_id, transaction, undo
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.web import paginate
from events import services as events
from events.models import Event, Session, SessionKind
from events.sessions import get_session
from registrations import attendees, bulk
from registrations.bulk import Outcome
from registrations.bulk_acts import Task
from registrations.filter_addresses import read_filter
from registrations.labels import BULK_KINDS
from registrations.models import BulkKind
from registrations.views.attendees import to_list
from registrations.views.workspace import Answer, blueprint

ELSEWHERE = {
    "write": ("registrations_messages.create", Permission.WRITE_TO_PEOPLE),
    "certify": ("certificates_runs.runs", Permission.ISSUE_PAPERS),
}
"""What rooms above do with the people of a list: where one goes on, and who may."""
EVERYBODY = "everybody"


@blueprint.post("/actes")
@requires(Permission.EDIT_REGISTRATIONS)
def do_bulk(slug: str) -> Answer:
    """Show what an act on those ticked, or on everybody of the list, comes to; agreed to, it is done."""
    event = events.get_event(slug)
    ids = _read_people(event)
    if not 0 < len(ids) <= bulk.MOST:
        flash(str(bulk.TooMany(most=bulk.MOST)) if ids else _("Tick at least one person first."), "bad")
        return to_list(slug)
    if request.form.get("kind") in ELSEWHERE:
        return _lead_on(slug, ids)
    task = _read_task(event)
    if task.kind is BulkKind.ATTEND and not may(Permission.RECORD_ATTENDANCE):
        abort(403)
    if "agreed" in request.form and _is_ready(task):
        return _do(event, task, ids)
    return _preview(event, task, ids)


@blueprint.get("/actes")
@requires(Permission.EDIT_REGISTRATIONS)
def bulk_acts(slug: str) -> str:
    """What was done to several people at once, the latest first."""
    event = events.get_event(slug)
    page = paginate(bulk.select_acts(event), request.args.get("page", 1, type=int))
    return render_template("registrations/bulk/acts.html", event=event, page=page, kinds=BULK_KINDS)


@blueprint.get("/actes/<int:act_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def bulk_act(slug: str, act_id: int) -> str:
    """One act, to whom it was done, and the way to undo it."""
    event = events.get_event(slug)
    act = bulk.get_act(event, act_id)
    return render_template(
        "registrations/bulk/act.html", event=event, act=act, people=bulk.list_people(act), kinds=BULK_KINDS
    )


@blueprint.get("/actes/<int:act_id>/desfeta")
@requires(Permission.EDIT_REGISTRATIONS)
def preview_undo(slug: str, act_id: int) -> str | Response:
    """Show what undoing an act comes to: it is tried, and rolled back."""
    event = events.get_event(slug)
    over_capacity = "over_capacity" in request.args
    try:
        with transaction():
            outcome = bulk.undo(bulk.get_act(event, act_id), over_capacity=over_capacity, by=staff(), now=utc_now())
            undo()
    except DomainError as refusal:
        flash(str(refusal), "bad")
        return redirect(url_for(".bulk_act", slug=slug, act_id=act_id), 303)
    event = events.get_event(slug)
    return render_template(
        "registrations/bulk/undo.html",
        event=event,
        act=bulk.get_act(event, act_id),
        outcome=outcome,
        over_capacity=over_capacity,
        kinds=BULK_KINDS,
    )


@blueprint.post("/actes/<int:act_id>/desfeta")
@requires(Permission.EDIT_REGISTRATIONS)
def undo_bulk(slug: str, act_id: int) -> Response:
    """Have everybody who can stand as before the act."""
    event = events.get_event(slug)
    over_capacity = "over_capacity" in request.form
    try:
        with transaction():
            outcome = bulk.undo(bulk.get_act(event, act_id), over_capacity=over_capacity, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        done = len(outcome.done)
        flash(ngettext("Undone for %(num)d person.", "Undone for %(num)d people.", done), "good" if done else "bad")
    return redirect(url_for(".bulk_act", slug=slug, act_id=act_id), 303)


def _read_people(event: Event) -> list[int]:
    """Those whom the preview has named, those ticked, or everybody of the list; one more than may be when too many."""
    if "people" in request.form:
        return attendees.list_own_ids(event, filter(None, map(read_id, request.form["people"].split(","))))
    if request.form.get("scope") == EVERYBODY:
        query = attendees.select_ids(event, read_filter(event, request.args))
        return list(db.session.scalars(query.limit(bulk.MOST + 1)))
    return attendees.list_own_ids(event, request.form.getlist("registration", type=int))


def _read_task(event: Event) -> Task:
    try:
        kind = BulkKind(request.form.get("kind", ""))
    except ValueError as error:
        raise NotFoundError from error
    session = _find_session(event, request.form.get("session") or request.args.get("session", ""))
    return Task(kind, session, _find_session(event, request.form.get("target", "")), "over_capacity" in request.form)


def _find_session(event: Event, code: str) -> Session | None:
    return get_session(event, code) if code else None


def _is_ready(task: Task) -> bool:
    """Whether all is said that the act has to know."""
    if task.kind is BulkKind.MOVE:
        return task.session is not None and task.target is not None
    return task.session is not None or task.kind is not BulkKind.ATTEND


def _preview(event: Event, task: Task, ids: Sequence[int]) -> str:
    """What the act comes to: it is done, and rolled back. Where something is still to be said, the form alone."""
    outcome: Outcome | None = None
    refusal = ""
    kind = task.kind
    chosen = {"session": task.session and task.session.code, "target": task.target and task.target.code}
    if _is_ready(task):
        try:
            with transaction():
                outcome, _act = bulk.do(event, ids, task, by=staff(), now=utc_now())
                undo()
        except DomainError as error:
            refusal = str(error)
    event = events.get_event(event.slug)
    return render_template(
        "registrations/bulk/preview.html",
        event=event,
        kind=kind,
        kinds=BULK_KINDS,
        ids=ids,
        outcome=outcome,
        refusal=refusal,
        chosen=chosen,
        over_capacity=task.over_capacity,
        **_list_sessions(event, kind),
    )


def _do(event: Event, task: Task, ids: Sequence[int]) -> Response:
    try:
        with transaction():
            _outcome, act = bulk.do(event, ids, task, by=staff(), now=utc_now())
            act_id = act.id if act else None
    except DomainError as refusal:
        flash(str(refusal), "bad")
        return to_list(event.slug)
    if act_id is None:
        flash(_("Nothing was left to do: nobody has changed."), "good")
        return to_list(event.slug)
    return redirect(url_for(".bulk_act", slug=event.slug, act_id=act_id), 303)


def _list_sessions(event: Event, kind: BulkKind) -> dict[str, Any]:
    """The sessions to choose from: for a move those that people choose and that are still held."""
    now = utc_now()
    some = [each for each in event.sessions if each.kind is not SessionKind.BREAK]
    if kind is BulkKind.MOVE:
        return {
            "sessions": [each for each in some if each.is_chosen],
            "targets": [each for each in some if each.is_chosen and not each.is_cancelled and each.ends_at > now],
        }
    return {"sessions": some, "targets": []}


def _lead_on(slug: str, ids: Sequence[int]) -> Response:
    """Go on with them elsewhere: those of the filter by the filter, those ticked by their numbers."""
    endpoint, permission = ELSEWHERE[request.form["kind"]]
    if not may(permission):
        abort(403)
    values: dict[str, Any] = request.args.to_dict()
    if request.form.get("scope") != EVERYBODY:
        values = {"people": ",".join(map(str, ids))}
    return redirect(url_for(endpoint, slug=slug, **values), 303)
