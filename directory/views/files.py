"""Organisations from files and as files."""

from collections.abc import Sequence
from typing import BinaryIO

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction, undo
from core.dates import utc_now
from core.downloads import give_file
from core.errors import DomainError, InputError
from core.tables import FORMATS
from core.text import clean_line
from directory import organisation_files
from directory.forms import FileForm

blueprint = Blueprint("organisation_files", __name__, url_prefix="/gestio/entitats")

Answer = str | tuple[str, int] | Response


@blueprint.route("/importacio", methods=["GET", "POST"])
@requires(Permission.EDIT_DIRECTORY)
def take_in() -> Answer:
    """Show what a file would do to the directory, and do it when asked to."""
    form = FileForm()
    if not form.validate_on_submit():
        return _show(form)
    upload = form.file.data
    is_asked = "import" in request.form and not upload
    data = upload.read() if upload else (form.text.data or "").encode()
    filename = clean_line(upload.filename) if upload else ""
    try:
        rows = organisation_files.read_file(data, filename or _("the file"))
        form.text.data = organisation_files.as_text(rows)
        with transaction():
            taken = organisation_files.take_in(rows, by=staff(), now=utc_now())
            if not is_asked:
                undo()
    except InputError as error:
        return _show(form, problems=error.problems, filename=filename)
    except DomainError as refusal:
        return _show(form, problems=[str(refusal)], filename=filename)
    if is_asked:
        flash(taken.describe(), "good")
        return redirect(url_for("organisations_workspace.overview"), 303)
    return _show(form, summary=taken.describe())


@blueprint.get("/llista.<any(csv, xlsx, ods):format_>")
@requires(Permission.EDIT_DIRECTORY)
def export(format_: str) -> Response:
    """Give the directory as a file, and note it."""
    with transaction():
        organisation_files.record_export(format_, by=staff(), now=utc_now())

    def write(file: BinaryIO) -> None:
        organisation_files.write(format_, file)

    name = _("organisations")
    return give_file(write, f"{name}.{format_}", FORMATS[format_])


def _show(form: FileForm, *, summary: str = "", problems: Sequence[str] = (), filename: str = "") -> Answer:
    page = render_template("directory/import.html", form=form, summary=summary, problems=problems, filename=filename)
    return page, 422 if problems or form.errors else 200
