"""Sessions held before, from a file: uploaded, its columns named, looked at row by row, imported, and undone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pieces
from core.errors import DomainError, InputError, NotFoundError
from core.forms import form_page
from core.sheet_lines import asked_for_headings, look_through, write_problems
from core.sheets import Sheet, read_sheet
from core.tables import CSV_TYPE
from core.web import page_number, paginate
from events import historic, known_headings, services, waiting_files
from events.forms import SessionFileForm
from events.historic import FATES, Fate, Plan
from events.historic_rows import (
    FILE_KIND,
    KINDS,
    NOTHING,
    PARTS,
    SPELLINGS,
    Reading,
    check,
    from_json,
    guess,
    read_rows,
)
from events.labels import DIMENSIONS, SESSION_KINDS
from events.models import Dimension, Event, SessionFile, SessionKind
from events.views.workspace import Answer

blueprint = Blueprint("historic_sessions", __name__, url_prefix="/gestio/jornades/<slug>/sessions-fetes")

_SHOWN = 10
_CHOICES = {NOTHING, *(part.value for part in PARTS)}


@dataclass(frozen=True)
class Look:
    """A file as it would be imported."""

    sheet: Sheet
    plan: Plan


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def upload(slug: str) -> Answer:
    """Take a file of sessions, to be looked at before anything is written."""
    event = services.get_event(slug)
    form = SessionFileForm()
    if not form.validate_on_submit():
        page = paginate(historic.select_batches(event), page_number())
        return form_page("events/historic/upload.html", form, event=event, page=page, parts=PARTS)
    data = form.file.data
    with transaction():
        file = waiting_files.keep(SessionFile, event, data.filename, data.read(), now=utc_now())
    return redirect(url_for(".columns", slug=slug, session_file_id=file.id), 303)


@blueprint.get("/fitxer/<int:session_file_id>/columnes")
@requires(Permission.EDIT_PROGRAMME)
def columns(slug: str, session_file_id: int) -> Answer:
    """Ask what each column holds, with a guess for each, or what was chosen before."""
    event, file = _get(slug, session_file_id)
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file, has_headings=asked_for_headings())
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    return _show_columns(event, file, sheet, _choose(event, file, sheet)), 200


@blueprint.post("/fitxer/<int:session_file_id>/columnes")
@requires(Permission.EDIT_PROGRAMME)
def name_columns(slug: str, session_file_id: int) -> Answer:
    """Keep what each column holds, for this file and for the team's next one like it."""
    event, file = _get(slug, session_file_id)
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file, has_headings=request.form.get("headings") == "1")
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    reading = _read_form(sheet)
    try:
        check(reading.columns)
    except DomainError as refusal:
        return _show_columns(event, file, sheet, reading, refusal=refusal), 422
    with transaction():
        file.mapping = reading.as_json()
        known_headings.remember(event, sheet, reading.columns, kind=FILE_KIND, now=utc_now())
    return redirect(url_for(".preview", slug=slug, session_file_id=session_file_id), 303)


@blueprint.get("/fitxer/<int:session_file_id>")
@requires(Permission.EDIT_PROGRAMME)
def preview(slug: str, session_file_id: int) -> Answer:
    """Say of every row of the file what importing it would do."""
    event, file = _get(slug, session_file_id)
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        look = _look(event, file)
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    return _show_preview(event, file, look.plan)


@blueprint.get("/fitxer/<int:session_file_id>/problemes.csv")
@requires(Permission.EDIT_PROGRAMME)
def problems(slug: str, session_file_id: int) -> Response:
    """Give the rows that cannot be taken as a file, each with what is wrong with it."""
    event, file = _get(slug, session_file_id)
    try:
        look = _look(event, file)
    except InputError as error:
        raise NotFoundError from error
    rows = write_problems(look.sheet, look.plan.lines, Fate.REFUSED)
    name = _("problems")
    return give_pieces(rows, f"{slug}-{name}.csv", CSV_TYPE)


@blueprint.post("/fitxer/<int:session_file_id>")
@requires(Permission.EDIT_PROGRAMME)
def import_file(slug: str, session_file_id: int) -> Answer:
    """Import the file that was looked at, once, and all of it."""
    event, file = _get(slug, session_file_id)
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file)
        rows = read_rows(sheet, _checked(event, file, sheet), event.zone)
        with transaction():
            if not waiting_files.claim(file):
                return redirect(url_for(".preview", slug=slug, session_file_id=session_file_id), 303)
            plan, batch = historic.carry_out(event, rows, filename=file.filename, by=staff(), now=utc_now())
            if batch:
                historic.become(file, batch)
            else:
                waiting_files.forget(file)
    except (DomainError, InputError):
        return preview(slug, session_file_id)
    if batch is None:
        flash(_("There was nothing to import: all these sessions are in the programme."), "good")
        return redirect(url_for("events_workspace.programme", slug=slug), 303)
    flash(_("Imported: %(summary)s.", summary=plan.summary()), "good")
    return _to_batch(slug, batch.id)


@blueprint.post("/fitxer/<int:session_file_id>/descart")
@requires(Permission.EDIT_PROGRAMME)
def leave_file(slug: str, session_file_id: int) -> Response:
    """Forget the file without importing it."""
    _event, file = _get(slug, session_file_id)
    with transaction():
        waiting_files.forget(file)
    flash(_("The file is forgotten; nothing was changed."), "good")
    return redirect(url_for("events_workspace.programme", slug=slug), 303)


@blueprint.get("/importacions/<int:session_batch_id>")
@requires(Permission.EDIT_PROGRAMME)
def batch(slug: str, session_batch_id: int) -> str:
    """Show what one import did, and offer to undo it."""
    return _show_batch(services.get_event(slug), session_batch_id, [])


@blueprint.post("/importacions/<int:session_batch_id>/desfer")
@requires(Permission.EDIT_PROGRAMME)
def undo_batch(slug: str, session_batch_id: int) -> Answer:
    """Undo an import as a whole, or say which sessions are in the way."""
    event = services.get_event(slug)
    by = staff()
    try:
        with transaction():
            historic.undo(historic.get_batch(event, session_batch_id), by=by, now=utc_now())
    except historic.SessionsChanged as refusal:
        return _show_batch(event, session_batch_id, refusal.sessions), 409
    except historic.UndoneAlready as refusal:
        flash(str(refusal), "warn")
    else:
        flash(_("The import is undone: its sessions are no longer in the programme."), "good")
    return _to_batch(slug, session_batch_id)


def _get(slug: str, session_file_id: int) -> tuple[Event, SessionFile]:
    event = services.get_event(slug)
    return event, waiting_files.get(SessionFile, event, session_file_id, now=utc_now())


def _to_batch(slug: str, batch_id: int) -> Response:
    return redirect(url_for(".batch", slug=slug, session_batch_id=batch_id), 303)


def _read_sheet(file: SessionFile, *, has_headings: bool | None = None) -> Sheet:
    """Read the file, with headings or without as was said of it last."""
    if has_headings is None and file.mapping:
        has_headings = from_json(file.mapping).has_headings
    return read_sheet(file.content, file.filename, SPELLINGS.keys(), has_headings=has_headings)


def _read_form(sheet: Sheet) -> Reading:
    """What was chosen for each column, and for all sessions."""
    chosen = [request.form.get(f"column-{place}", "") for place in range(len(sheet.headings))]
    kind, dimension = request.form.get("kind", ""), request.form.get("dimension", "")
    return Reading(
        [column if column in _CHOICES else NOTHING for column in chosen],
        sheet.has_headings,
        SessionKind(kind) if kind in set(KINDS) else SessionKind.WORKING,
        Dimension(dimension) if dimension in set(Dimension) else None,
    )


def _choose(event: Event, file: SessionFile, sheet: Sheet) -> Reading:
    """What each column holds: as was chosen for this file, for one with the same headings, or as it looks."""
    kept = from_json(file.mapping) if file.mapping else None
    if kept and kept.has_headings == sheet.has_headings and len(kept.columns) == len(sheet.headings):
        return kept
    known = known_headings.recall(event, sheet, _CHOICES, kind=FILE_KIND)
    chosen = [known.get(place, column) for place, column in enumerate(guess(sheet))]
    reading = Reading(chosen, sheet.has_headings, dimension=Dimension.CITIZENS)
    return replace(reading, kind=kept.kind, dimension=kept.dimension) if kept else reading


def _checked(event: Event, file: SessionFile, sheet: Sheet) -> Reading:
    reading = _choose(event, file, sheet)
    try:
        check(reading.columns)
    except DomainError as refusal:
        raise InputError([str(refusal)]) from refusal
    return reading


def _look(event: Event, file: SessionFile) -> Look:
    """Read the file and say what importing it would do; raises `InputError`."""
    sheet = _read_sheet(file)
    rows = read_rows(sheet, _checked(event, file, sheet), event.zone)
    return Look(sheet, historic.judge(event, rows, now=utc_now()))


def _show_columns(
    event: Event, file: SessionFile, sheet: Sheet, reading: Reading, *, refusal: DomainError | None = None
) -> str:
    return render_template(
        "events/historic/columns.html",
        event=event,
        file=file,
        sheet=sheet,
        reading=reading,
        choices=[("", [(NOTHING, _("leave out")), *PARTS.items()])],
        kinds={kind: SESSION_KINDS[kind] for kind in KINDS},
        dimensions=DIMENSIONS,
        refusal=refusal,
        rows=len(sheet.rows),
    )


def _show_preview(event: Event, file: SessionFile, plan: Plan) -> tuple[str, int]:
    rows = look_through(plan.lines, FATES, first=Fate.REFUSED if plan.refused else None)
    page = render_template("events/historic/preview.html", event=event, file=file, plan=plan, rows=rows)
    return page, 422 if plan.refused or plan.refusal else 200


def _show_batch(event: Event, batch_id: int, changed: Sequence[historic.Changed]) -> str:
    return render_template(
        "events/historic/batch.html",
        event=event,
        batch=historic.get_batch(event, batch_id),
        changed=changed[:_SHOWN],
        more=len(changed) - _SHOWN,
    )


def _show_unreadable(event: Event, file: SessionFile, error: InputError) -> str:
    return render_template(
        "events/historic/problems.html",
        event=event,
        file=file,
        problems=error.problems,
    )
