"""An event on the desk: how it stands, what it says of itself, its state."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.models import StaffMember, Team
from accounts.permissions import Permission, may, requires, staff
from core import config
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from directory import territory
from events import desk, processes, services
from events.forms import EventForm
from events.models import Event
from events.views import consequences
from events.views.public import programme_context
from events.views.workspace import Answer, blueprint, own_processes, own_teams


@blueprint.get("/jornades/<slug>")
@requires(Permission.ENTER_WORKSPACE)
def event(slug: str) -> str:
    """One event: what needs somebody today, the next step, how it stands and what can be done with it."""
    found, now = services.get_event(slug), utc_now()
    return render_template(
        "events/event.html",
        event=found,
        status=found.registration_status(now).value,
        needs=desk.list_needs(found, now),
        way=desk.find_way(found, now),
    )


@blueprint.get("/jornades/<slug>/vista")
@requires(Permission.ENTER_WORKSPACE)
def preview(slug: str) -> str:
    """The programme page as everybody will see it, drafts included."""
    context = programme_context(services.get_event(slug), now=utc_now())
    return render_template("events/programme.html", is_preview=True, **context)


@blueprint.route("/nova-jornada", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create_event() -> Answer:
    """Write a new event; it begins as a draft."""
    neighbourhoods = _neighbourhoods()
    form = EventForm(data={"language": config.current().default_language})
    form.offer(own_processes(), neighbourhoods, timezone=config.current().timezone.key).offer_teams(own_teams())
    if form.validate_on_submit():
        values = form.values(processes.find_process, neighbourhoods)
        values["slug"] = form.slug.data or services.suggest_slug(form.title.data)
        try:
            with transaction():
                created = services.create_event(values, team=form.chosen_team(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The event is saved as a draft. Now add its sessions."), "good")
            return redirect(url_for(".programme", slug=created.slug), 303)
    return form_page("events/event_form.html", form, event=None, neighbourhoods=neighbourhoods)


@blueprint.route("/jornades/<slug>/dades", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_event(slug: str) -> Answer:
    """Change what an event says of itself."""
    found = services.get_event(slug)
    neighbourhoods = _neighbourhoods()
    present = [found.process] if found.process else []
    offered = sorted({*own_processes(), *present}, key=lambda each: (each.title, each.id))
    form = EventForm.of(found).offer(offered, neighbourhoods, timezone=found.timezone)
    form.offer_teams(_teams_for(found), found.team)

    def save(by: StaffMember, now: datetime) -> None:
        values = form.values(processes.find_process, neighbourhoods)
        values["slug"] = form.slug.data or slug
        services.update_event(found, values, move_sessions=form.move_sessions.data, by=by, now=now)
        services.give_to_team(found, form.chosen_team(), by=by, now=now)

    return consequences.edit(
        "events/event_form.html",
        form,
        found,
        save,
        then=lambda: url_for(".event", slug=found.slug),
        neighbourhoods=neighbourhoods,
    )


class StateAct(NamedTuple):
    """An act that changes the state of an event, and what it says when done."""

    do: Callable[..., None]
    done: LazyString


STATE_ACTS = {
    "publicacio": StateAct(services.publish, _l("The event is published.")),
    "esborrany": StateAct(services.withdraw, _l("The event is a draft again.")),
    "cancellacio": StateAct(services.cancel, _l("The event is cancelled.")),
    "tancament": StateAct(services.close, _l("The event takes no more registrations.")),
}


@blueprint.route("/jornades/<slug>/<any(publicacio, esborrany, cancellacio, tancament):act>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def change_state(slug: str, act: str) -> Answer:
    """Say what the act will do, and do it."""
    found = services.get_event(slug)
    do, done = STATE_ACTS[act]
    there = url_for(".event", slug=slug)
    return consequences.act("events/state.html", found, do, found, done=str(done), then=there, act=act)


def _teams_for(event: Event) -> Sequence[Team]:
    """The teams that the event can be given to: who works for its team may, to another in which they organise."""
    return sorted({*own_teams(), event.team}, key=lambda team: team.name) if may(Permission.EDIT_TEAM) else [event.team]


def _neighbourhoods() -> Any:
    """The official list, loaded on first need."""
    with transaction():
        territory.ensure_loaded()
    return territory.list_neighbourhoods()
