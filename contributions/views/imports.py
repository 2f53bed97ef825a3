"""Importing a file of contributions or proposals, in the workspace."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from contributions.forms import ImportForm
from contributions.imports import import_entries
from contributions.models import EntryKind
from core.database import db, transaction
from core.dates import utc_now
from core.errors import InputError
from core.text import clean_line
from events import services as events
from events.models import Event

blueprint = Blueprint("contributions_import", __name__, url_prefix="/gestio/jornades/<slug>/importacio-aportacions")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.RECORD_CONTRIBUTIONS)
def import_file(slug: str) -> Response | tuple[str, int]:
    """Import a file of contributions or proposals, or only check it."""
    event = events.get_event(slug)
    form = ImportForm(kind=EntryKind.CONTRIBUTION.value)
    if not form.validate_on_submit():
        return _show(event, form)
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
        return _show(events.get_event(slug), form, problems=error.problems)
    summary = outcome.describe()
    if form.check_only.data:
        flash(_("The file is right and nothing was recorded yet: %(summary)s.", summary=summary), "good")
        return redirect(url_for(".import_file", slug=slug), 303)
    flash(_("The file is in: %(summary)s.", summary=summary), "good")
    return redirect(url_for("contributions_workspace.entries", slug=slug, kind=form.kind.data), 303)


def _show(event: Event, form: ImportForm, problems: list[str] | None = None) -> tuple[str, int]:
    problems = problems or []
    page = render_template(
        "contributions/import.html",
        event=event,
        form=form,
        problems=problems,
    )
    return page, 422 if problems or form.errors else 200
