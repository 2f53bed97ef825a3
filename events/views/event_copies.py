"""Copying an event: which one, and what of it is taken along, seen before it is done."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.permissions import Permission, requires, staff
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import event_copies, services
from events.event_copies import Plan
from events.forms import CopyForm
from events.models import Event
from events.signals import Consequence
from events.views.workspace import Answer, blueprint, own_processes, own_teams


@blueprint.route("/copia", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def copy_event() -> Answer:
    """Choose an event, see what is taken along, and copy it; the copy begins as a draft."""
    slug = request.args.get("de", "")
    if not slug:
        return render_template("events/copy_choice.html", events=event_copies.list_to_copy(staff()))
    found, now = event_copies.get_to_copy(slug, staff()), utc_now()
    form = CopyForm.of(found, event_copies.suggest_start(found, now), own_teams())
    if form.validate_on_submit():
        try:
            with transaction():
                copy, _said = event_copies.copy_event(found, _plan(found, form), by=staff(), now=now)
                created = copy.slug
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The copy is saved as a draft that only your team sees."), "good")
            return redirect(url_for(".event", slug=created), 303)
    return form_page("events/copy.html", form, event=found, said=_foresee(slug))


def _plan(event: Event, form: CopyForm) -> Plan:
    """What was typed; a process goes along to where one may write in it."""
    slug = form.slug.data or services.suggest_slug(form.title.data)
    process = event.process if event.process in own_processes() else None
    return Plan(form.title.data, slug, form.starts_at, form.chosen_team(), process)


def _foresee(slug: str) -> Sequence[Consequence]:
    """What a copy would have: it is made, and undone."""
    found, now = services.get_event(slug), utc_now()
    plan = Plan(
        found.title,
        services.suggest_slug(found.title),
        event_copies.suggest_start(found, now),
        found.team,
        found.process,
    )
    with transaction():
        _copy, said = event_copies.copy_event(found, plan, by=staff(), now=now)
        undo()
    return said
