"""Attendees from a file: uploaded, its columns named, looked at row by row, imported or left, and undone."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pieces
from core.errors import DomainError, InputError, NotFoundError
from core.forms import form_page
from core.sheet_lines import Line, asked_for_headings, look_through, write_problems
from core.sheets import Sheet, read_sheet
from core.tables import CSV_TYPE
from core.web import page_number, paginate
from events import known_headings
from events import services as events
from events.models import Event
from registrations import (
    attendee_files,
    guesses,
    identities,
    import_batches,
    import_reports,
    imports,
    mappings,
    questions,
    systems,
)
from registrations.forms import AttendeeFileForm
from registrations.import_reports import FATES, Fate
from registrations.mapped_rows import People, read_people
from registrations.mappings import Mapping
from registrations.models import AttendeeFile, QuestionKind
from registrations.views.attendees import to_list
from registrations.views.workspace import Answer, blueprint

_SHOWN = 10


@dataclass(frozen=True)
class Look:
    """A file as it would be imported."""

    sheet: Sheet
    mapping: Mapping
    people: People
    plan: imports.Plan

    @property
    def lines(self) -> list[Line[Fate]]:
        """What becomes of each row."""
        return import_reports.list_lines(self.plan, self.people.left_out)


@blueprint.route("/fitxer", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def upload(slug: str) -> Answer:
    """Take a file of attendees, to be looked at before anything is written."""
    event = events.get_event(slug)
    form = AttendeeFileForm()
    if not form.validate_on_submit():
        return form_page("registrations/workspace/upload.html", form, event=event)
    data = form.file.data
    with transaction():
        file = attendee_files.keep(event, data.filename, data.read(), now=utc_now())
    return redirect(url_for(".columns", slug=slug, file_id=file.id), 303)


@blueprint.get("/fitxer/<int:file_id>/columnes")
@requires(Permission.EDIT_REGISTRATIONS)
def columns(slug: str, file_id: int) -> Answer:
    """Ask what each column holds, with a guess for each, or what was chosen before."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file, has_headings=asked_for_headings())
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    return _show_columns(event, file, sheet, _choose(event, file, sheet)), 200


@blueprint.post("/fitxer/<int:file_id>/columnes")
@requires(Permission.EDIT_REGISTRATIONS)
def name_columns(slug: str, file_id: int) -> Answer:
    """Keep what each column holds, for this file and for the team's next one like it."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file, has_headings=request.form.get("headings") == "1")
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    choices = mappings.list_choices(event)
    chosen = [request.form.get(f"column-{place}", "") for place in range(len(sheet.headings))]
    chosen = [column if column in choices else mappings.NOTHING for column in chosen]
    try:
        mappings.check(event, chosen)
    except DomainError as refusal:
        return _show_columns(event, file, sheet, chosen, refusal=refusal), 422
    with transaction():
        attendee_files.keep_mapping(file, Mapping(chosen, sheet.has_headings))
        known_headings.remember(event, sheet, chosen, now=utc_now())
    return redirect(url_for(".preview", slug=slug, file_id=file_id), 303)


@blueprint.get("/fitxer/<int:file_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def preview(slug: str, file_id: int) -> Answer:
    """Say of every row of the file what importing it would do."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    over_capacity = bool(request.args.get("over_capacity"))
    try:
        look = _look(event, file, over_capacity=over_capacity)
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    return _show_preview(event, file, look, over_capacity=over_capacity)


@blueprint.get("/fitxer/<int:file_id>/problemes.csv")
@requires(Permission.EDIT_REGISTRATIONS)
def problems(slug: str, file_id: int) -> Response:
    """Give the rows that cannot be taken as a file, each with what is wrong with it."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    try:
        look = _look(event, file, over_capacity=bool(request.args.get("over_capacity")))
    except InputError as error:
        raise NotFoundError from error
    rows = write_problems(look.sheet, look.lines, Fate.REFUSED)
    name = _("problems")
    return give_pieces(rows, f"{slug}-{name}.csv", CSV_TYPE)


@blueprint.post("/fitxer/<int:file_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def import_file(slug: str, file_id: int) -> Answer:
    """Import the file that was looked at, once, and all of it."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    over_capacity = bool(request.form.get("over_capacity"))
    if file.batch_id:
        return _to_batch(slug, file.batch_id)
    try:
        sheet = _read_sheet(file)
        people = read_people(event, sheet, _mapping_of(event, file, sheet))
        with transaction():
            if not attendee_files.claim(file):
                return redirect(url_for(".preview", slug=slug, file_id=file_id), 303)
            plan = imports.carry_out(
                event, people.rows, over_capacity=over_capacity, filename=file.filename, by=staff(), now=utc_now()
            )
            if plan.batch:
                attendee_files.become(file, plan.batch)
            else:
                attendee_files.forget(file)
    except imports.RowsRefused:
        return _show_preview(event, file, _look(event, file, over_capacity=over_capacity), over_capacity=over_capacity)
    except InputError as error:
        return _show_unreadable(event, file, error), 422
    if plan.batch is None:
        flash(_("There was nothing to import: everybody stands as the file says."), "good")
        return to_list(slug)
    flash(
        _(
            "Imported: %(added)d new, %(changed)d changed, %(unchanged)d as they were.",
            added=plan.added,
            changed=plan.changed,
            unchanged=plan.unchanged,
        ),
        "good",
    )
    return _to_batch(slug, plan.batch.id)


@blueprint.post("/fitxer/<int:file_id>/descart")
@requires(Permission.EDIT_REGISTRATIONS)
def leave_file(slug: str, file_id: int) -> Response:
    """Forget the file without importing it."""
    event = events.get_event(slug)
    with transaction():
        attendee_files.forget(attendee_files.get(event, file_id, now=utc_now()))
    flash(_("The file is forgotten; nothing was changed."), "good")
    return to_list(slug)


@blueprint.get("/importacions")
@requires(Permission.EDIT_REGISTRATIONS)
def batches(slug: str) -> str:
    """Show what was imported into the event."""
    event = events.get_event(slug)
    page = paginate(import_batches.select_batches(event), page_number())
    return render_template("registrations/workspace/batches.html", event=event, page=page)


@blueprint.get("/importacions/<int:batch_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def batch(slug: str, batch_id: int) -> str:
    """Show what one import did, and offer to undo it."""
    event = events.get_event(slug)
    return _show_batch(event, batch_id, [])


@blueprint.post("/importacions/<int:batch_id>/desfer")
@requires(Permission.EDIT_REGISTRATIONS)
def undo_batch(slug: str, batch_id: int) -> Answer:
    """Undo an import as a whole, or say who is in the way."""
    event = events.get_event(slug)
    by = staff()
    try:
        with transaction():
            import_batches.undo(import_batches.get(event, batch_id), by=by, now=utc_now())
    except import_batches.ChangedSince as refusal:
        return _show_batch(event, batch_id, refusal.people), 409
    except import_batches.UndoneAlready as refusal:
        flash(str(refusal), "warn")
    else:
        flash(_("The import is undone: everybody stands as before it."), "good")
    return _to_batch(slug, batch_id)


def _to_batch(slug: str, batch_id: int) -> Response:
    return redirect(url_for(".batch", slug=slug, batch_id=batch_id), 303)


def _read_sheet(file: AttendeeFile, *, has_headings: bool | None = None) -> Sheet:
    """Read the file, with headings or without as was said of it last."""
    if has_headings is None and file.mapping:
        has_headings = mappings.from_json(file.mapping).has_headings
    return read_sheet(file.content, file.filename, guesses.SPELLINGS.keys(), has_headings=has_headings)


def _choose(event: Event, file: AttendeeFile, sheet: Sheet) -> list[str]:
    """What each column holds: as was chosen for this file, for one with the same headings, or as it looks."""
    kept = mappings.from_json(file.mapping) if file.mapping else None
    if kept and kept.has_headings == sheet.has_headings and len(kept.columns) == len(sheet.headings):
        choices = mappings.list_choices(event)
        return [column if column in choices else mappings.NOTHING for column in kept.columns]
    known = mappings.recall(event, sheet)
    chosen = [known.get(place, column) for place, column in enumerate(guesses.guess(event, sheet))]
    return guesses.leave_second_ones(chosen)


def _mapping_of(event: Event, file: AttendeeFile, sheet: Sheet) -> Mapping:
    chosen = _choose(event, file, sheet)
    try:
        mappings.check(event, chosen)
    except DomainError as refusal:
        raise InputError([str(refusal)]) from refusal
    return Mapping(chosen, sheet.has_headings)


def _look(event: Event, file: AttendeeFile, *, over_capacity: bool) -> Look:
    """Read the file and say what importing it would do; raises `InputError`."""
    sheet = _read_sheet(file)
    mapping = _mapping_of(event, file, sheet)
    people = read_people(event, sheet, mapping)
    plan = imports.judge(event, people.rows, over_capacity=over_capacity, now=utc_now())
    return Look(sheet, mapping, people, plan)


def _show_columns(
    event: Event, file: AttendeeFile, sheet: Sheet, chosen: Sequence[str], *, refusal: DomainError | None = None
) -> str:
    return render_template(
        "registrations/workspace/columns.html",
        event=event,
        file=file,
        sheet=identities.hide_in(sheet, _find_identities(event, chosen)),
        chosen=chosen,
        choices=mappings.group_choices(event),
        system=systems.recognise(sheet),
        refusal=refusal,
        rows=len(sheet.rows),
    )


def _find_identities(event: Event, chosen: Sequence[str]) -> list[int]:
    """The columns that were taken for the number of an identity document."""
    asked = [each for each in questions.list_questions(event) if each.kind is QuestionKind.IDENTITY]
    columns = {f"{mappings.TO_QUESTION}{question.id}" for question in asked}
    return [place for place, column in enumerate(chosen) if column in columns]


def _show_preview(event: Event, file: AttendeeFile, look: Look, *, over_capacity: bool) -> tuple[str, int]:
    plan = look.plan
    page = render_template(
        "registrations/workspace/preview.html",
        event=event,
        file=file,
        plan=plan,
        rows=look_through(look.lines, FATES, first=Fate.REFUSED if plan.refused else None),
        over_capacity=over_capacity,
    )
    return page, 422 if plan.refused else 200


def _show_batch(event: Event, batch_id: int, changed: Sequence[import_batches.Changed]) -> str:
    return render_template(
        "registrations/workspace/batch.html",
        event=event,
        batch=import_batches.get(event, batch_id),
        changed=changed[:_SHOWN],
        more=len(changed) - _SHOWN,
    )


def _show_unreadable(event: Event, file: AttendeeFile, error: InputError) -> str:
    return render_template(
        "registrations/workspace/problems.html",
        event=event,
        file=file,
        problems=error.problems,
    )
