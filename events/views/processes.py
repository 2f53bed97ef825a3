"""The processes on the desk: each with its events, and what it says of itself."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import processes, services
from events.forms import ProcessForm
from events.values import slugify
from events.views.workspace import Answer, blueprint, own_teams


@blueprint.get("/processos/<slug>")
@requires(Permission.ENTER_WORKSPACE)
def process(slug: str) -> str:
    """A process with all its events and its figures."""
    found = processes.get_process(slug)
    events = services.list_of_process(found, seen_by=staff())
    return render_template("events/workspace_process.html", process=found, events=events, now=utc_now())


@blueprint.route("/nou-proces", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create_process() -> Answer:
    """Write a new process."""
    form = ProcessForm().offer_teams(own_teams())
    if form.validate_on_submit():
        values = form.values()
        values["slug"] = form.slug.data or slugify(form.title.data) or "proces"
        try:
            with transaction():
                created = processes.create_process(values, team=form.chosen_team(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".process", slug=created.slug), 303)
    return form_page("events/process_form.html", form, process=None)


@blueprint.route("/processos/<slug>/dades", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_process(slug: str) -> Answer:
    """Change what a process says of itself."""
    found = processes.get_process(slug)
    form = ProcessForm(
        data={
            "title": found.title,
            "slug": found.slug,
            "summary": found.summary,
            "description": found.description,
            "state": found.state.value,
            "is_public": found.is_public,
        }
    ).offer_teams(own_teams(), found.team)
    if form.validate_on_submit():
        values = form.values()
        values["slug"] = form.slug.data or found.slug
        try:
            with transaction():
                processes.update_process(found, values, by=staff(), now=utc_now())
                processes.give_to_team(found, form.chosen_team(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".process", slug=found.slug), 303)
    return form_page("events/process_form.html", form, process=found)
