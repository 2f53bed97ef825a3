"""Certificates for many people at once: looked at before, asked for, followed while it goes, stopped, taken away."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may, requires, staff
from certificates import run_files, run_work, runs, words
from certificates.models import CertificateRun, Outcome, RunKind
from core.database import db, transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.web import fills_block, page_number, paginate
from events import services as events
from events.models import Event
from registrations import attendees
from registrations.filter_addresses import keep_filter, read_filter, say_filter
from registrations.mails import Picked, picks_mails

blueprint = Blueprint("certificates_runs", __name__, url_prefix="/gestio/jornades/<slug>/papers/emissions")

Answer = BaseResponse | str | tuple[str, int]

MOST_NAMES = 50
"""How many of those without an address are named."""


@blueprint.get("", endpoint="runs")
@requires(Permission.ISSUE_PAPERS)
def show_list(slug: str) -> str:
    """What issuing to the people of a list comes to, the form to ask for it, and what was asked for before."""
    event = events.get_event(slug)
    return _show_list(event)


@blueprint.post("")
@requires(Permission.ISSUE_PAPERS)
def start(slug: str) -> Answer:
    """Issue to the people of the list that the address asks for: few at once, many by the worker."""
    event, kind = events.get_event(slug), _read_kind()
    try:
        with transaction():
            wanted, of, renews = keep_filter(request.args), _read_people(event), "renews" in request.form
            run_id = runs.start(event, kind, wanted, of=of, renews=renews, by=staff(), now=utc_now()).id
    except runs.UnderWayAlready as refusal:
        flash(str(refusal), "bad")
        return _to_run_under_way(events.get_event(slug), kind)
    except DomainError as refusal:
        return _show_list(events.get_event(slug), str(refusal)), 409
    return _go_on(slug, run_id)


@blueprint.get("/<int:run_id>", endpoint="run")
@requires(Permission.ISSUE_PAPERS)
def show(slug: str, run_id: int) -> str:
    """How far a run has come, and its file."""
    event = events.get_event(slug)
    run = runs.get_run(event, run_id)
    return render_template(
        "certificates/runs/run.html",
        event=event,
        run=run,
        progress=runs.count_progress(run),
        nameless=runs.list_people(run, Outcome.NO_ADDRESS, MOST_NAMES),
        left_out=runs.list_people(run, Outcome.LEFT_OUT, MOST_NAMES),
        can_resume=runs.can_resume(run),
        list_in_words=_say_list(event, run),
        kinds=words.RUN_KINDS,
        states=words.RUN_STATES,
        kept_until=run.finished_at + run_files.KEPT_FOR if run.finished_at else None,
    )


@blueprint.get("/<int:run_id>/fitxer")
@requires(Permission.ISSUE_PAPERS)
def file(slug: str, run_id: int) -> Response:
    """The document or the ZIP that was made."""
    with transaction():
        run = runs.get_run(events.get_event(slug), run_id)
        size = runs.take_file(run, by=staff(), now=utc_now())
    response = Response(run_files.read(run), content_type=run_files.MEDIA_TYPES[run.kind])
    response.headers.set("Content-Disposition", "attachment", filename=run_files.filename_of(run))
    response.content_length = size
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<int:run_id>/aturada")
@requires(Permission.ISSUE_PAPERS)
def stop(slug: str, run_id: int) -> BaseResponse:
    """Go no further with it."""
    try:
        with transaction():
            runs.stop(runs.get_run(events.get_event(slug), run_id), by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("It is stopped. What was issued stands."), "good")
    return _to_run(slug, run_id)


@blueprint.post("/<int:run_id>/represa")
@requires(Permission.ISSUE_PAPERS)
def resume(slug: str, run_id: int) -> BaseResponse:
    """Go on with it, or make its file again."""
    try:
        with transaction():
            runs.resume(runs.get_run(events.get_event(slug), run_id), by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
        return _to_run(slug, run_id)
    return _go_on(slug, run_id)


@fills_block("attendees.tools")
def to_list(event: Event, people: int, query_string: str) -> str:
    """Lead from the attendee list to certificates for the people it shows."""
    if not people or not may(Permission.ISSUE_PAPERS):
        return ""
    return render_template("certificates/runs/_to_list.html", event=event, query_string=query_string)


@picks_mails("run")
def pick_mails(event: Event, run_id: int) -> Picked:
    """The mails of a run, in the list of all mails of the event."""
    run = runs.get_run(event, run_id)
    url = url_for("certificates_runs.run", slug=event.slug, run_id=run_id)
    return Picked("run", run_id, runs.select_mails(run), _("of certificates issued together"), url)


def _show_list(event: Event, refusal: str = "") -> str:
    wanted = read_filter(event, request.args)
    return render_template(
        "certificates/runs/runs.html",
        event=event,
        refusal=refusal,
        list_in_words=say_filter(wanted),
        outlook=runs.look_ahead(event, _read_people(event), now=utc_now()),
        most_names=MOST_NAMES,
        kept=keep_filter(request.args),
        chosen=request.form.get("kind") or RunKind.DOCUMENT.value,
        renews="renews" in request.form,
        page=paginate(runs.select_runs(event), page_number()),
        kinds=words.RUN_KINDS,
        states=words.RUN_STATES,
        standings=words.STANDINGS,
    )


def _read_people(event: Event) -> set[int] | None:
    """Those of the list that the address asks for; None when it is everybody's."""
    if not keep_filter(request.args):
        return None
    return set(db.session.scalars(attendees.select_ids(event, read_filter(event, request.args))))


def _read_kind() -> RunKind:
    try:
        return RunKind(request.form.get("kind", ""))
    except ValueError as error:
        raise NotFoundError from error


def _say_list(event: Event, run: CertificateRun) -> str:
    """Whom it was for, in words; nothing for everybody, or when a session of the filter is in the programme no more."""
    try:
        return say_filter(read_filter(event, run.wanted))
    except NotFoundError:
        return ""


def _go_on(slug: str, run_id: int) -> BaseResponse:
    """Make a short file at once and give it; lead to where one follows a long run."""
    run = runs.get_run(events.get_event(slug), run_id)
    if runs.is_short(run):
        run_work.finish_now(run_id, utc_now())
        run = runs.get_run(events.get_event(slug), run_id)
    if run.has_file:
        return redirect(url_for(".file", slug=slug, run_id=run_id), 303)
    return _to_run(slug, run_id)


def _to_run_under_way(event: Event, kind: RunKind) -> BaseResponse:
    run = runs.find_under_way(event, kind)
    return _to_run(event.slug, run.id) if run else redirect(url_for(".runs", slug=event.slug), 303)


def _to_run(slug: str, run_id: int) -> BaseResponse:
    return redirect(url_for(".run", slug=slug, run_id=run_id), 303)
