"""What was answered on Decidim, read back from a file: uploaded, looked at row by row, and put on our proposals."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import InputError, NotFoundError
from core.sheet_lines import look_through
from decidim import answer_files, answers
from decidim.answers import FATES, Plan
from decidim.forms import AnswerFileForm
from decidim.views.page import context_of, find_owner, for_both, scope_of, show_page
from events.owners import Owner

Answer = str | Response | tuple[str, int]


@for_both("/respostes", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def upload(slug: str) -> Answer:
    """Take a file that Decidim exported, to be looked at before anything is written."""
    owner = find_owner(slug)
    form = AnswerFileForm()
    if not form.validate_on_submit():
        return show_page(owner, form), 422
    content = form.file.data.read()
    try:
        answers.read(content, form.file.data.filename or _("the file"))
    except InputError as error:
        form.file.errors = [*form.file.errors, *error.problems]
        return show_page(owner, form), 422
    with transaction():
        file = answer_files.keep(owner, form.file.data.filename or "", content, now=utc_now())
    return redirect(url_for(".preview", slug=slug, answers_id=file.id), 303)


@for_both("/respostes/<int:answers_id>")
@requires(Permission.SORT_CONTRIBUTIONS)
def preview(slug: str, answers_id: int) -> str:
    """Say row by row what reading the file would do."""
    owner = find_owner(slug)
    file = answer_files.get(owner, answers_id, now=utc_now())
    plan = _plan(owner, file.content, file.filename)
    rows = look_through(plan.lines, FATES)
    return render_template("decidim/preview.html", **context_of(owner), file=file, plan=plan, rows=rows)


@for_both("/respostes/<int:answers_id>", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def read_answers(slug: str, answers_id: int) -> Response:
    """Put the answers on our proposals: all of them, once."""
    owner = find_owner(slug)
    try:
        with transaction():
            file = answer_files.get(owner, answers_id, now=utc_now())
            content, filename = file.content, file.filename
            if not answer_files.claim(file):
                raise NotFoundError(str(answers_id))
            plan = _plan(owner, content, filename)
            count = answers.carry_out(plan, owner, filename=filename, by=staff(), now=utc_now())
    except InputError as error:
        flash(" ".join(error.problems[:5]), "bad")
        return redirect(url_for(".preview", slug=slug, answers_id=answers_id), 303)
    flash(ngettext("%(num)d answer is read.", "%(num)d answers are read.", count), "good")
    return redirect(url_for(".page", slug=slug), 303)


def _plan(owner: Owner, content: bytes, filename: str) -> Plan:
    return answers.make_plan(scope_of(owner), answers.read(content, filename))
