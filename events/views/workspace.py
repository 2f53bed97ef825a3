"""The desk of the organisers: events, processes, sessions and rooms, written by forms."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from accounts.teams import default_team
from core import config
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import DomainError, InputError
from core.forms import Form, form_page
from core.web import fills_block
from directory import territory
from events import processes, rooms, services, sessions
from events.acts import followed
from events.forms import EventForm, ProcessForm, ProgrammeForm, RoomForm, SessionForm
from events.models import Event, EventState, Room, Session
from events.programme import read_programme
from events.programme_import import import_programme
from events.signals import Consequence, count_told
from events.timetable import arrange
from events.values import slugify
from events.views.public import programme_context

blueprint = Blueprint("events_workspace", __name__, url_prefix="/gestio")

Answer = str | Response | tuple[str, int]


@fills_block("workspace.navigation")
def navigation() -> str:
    """The way to the list of events."""
    return render_template("events/_navigation.html")


@fills_block("event.tabs")
def tabs(event: Event) -> str:
    """The event itself and its programme."""
    return render_template("events/_tabs.html", event=event)


@blueprint.get("")
@requires(Permission.ENTER_WORKSPACE)
def home() -> str:
    """Every event, what needs work first."""
    now = utc_now()
    events = services.list_all()
    return render_template(
        "events/workspace_home.html",
        drafts=[event for event in events if event.state is EventState.DRAFT],
        coming=[each for each in reversed(events) if each.state is not EventState.DRAFT and not each.is_over(now)],
        past=[event for event in events if event.state is not EventState.DRAFT and event.is_over(now)],
        processes=processes.list_processes(),
        now=now,
    )


@blueprint.get("/jornades/<slug>")
@requires(Permission.ENTER_WORKSPACE)
def event(slug: str) -> str:
    """One event: how it stands and what can be done with it."""
    found = services.get_event(slug)
    return render_template("events/event.html", event=found, status=found.registration_status(utc_now()).value)


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
    form.offer(processes.list_processes(), neighbourhoods, timezone=config.current().timezone.key)
    if form.validate_on_submit():
        values = form.values(processes.find_process, neighbourhoods)
        values["slug"] = form.slug.data or services.suggest_slug(form.title.data)
        try:
            with transaction():
                team = staff().team or default_team()
                created = services.create_event(values, team=team, by=staff(), now=utc_now())
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
    form = EventForm.of(found).offer(processes.list_processes(), neighbourhoods, timezone=found.timezone)
    if _is_sent_for_good() and form.validate_on_submit():
        values = form.values(processes.find_process, neighbourhoods)
        values["slug"] = form.slug.data or found.slug
        by, now = staff(), utc_now()
        try:
            with transaction():
                with followed(found, by=by, now=now) as consequences:
                    services.update_event(found, values, move_sessions=form.move_sessions.data, by=by, now=now)
                is_done = _keep_if_agreed(consequences)
        except DomainError as error:
            form.refuse(error)
        else:
            if not is_done:
                return _show_consequences(found, consequences)
            _flash_saved(consequences)
            return redirect(url_for(".event", slug=found.slug), 303)
    return _form_again("events/event_form.html", form, event=found, neighbourhoods=neighbourhoods)


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
    do = STATE_ACTS[act].do
    if request.method == "GET":
        consequences = _foresee(found, do, found)
        return render_template(
            "events/state.html", event=found, act=act, consequences=consequences, told=count_told(consequences)
        )
    by, now = staff(), utc_now()
    with transaction(), followed(found, by=by, now=now) as consequences:
        do(found, by=by, now=now)
    _flash_done(str(STATE_ACTS[act].done), consequences)
    return redirect(url_for(".event", slug=slug), 303)


@blueprint.get("/jornades/<slug>/programa")
@requires(Permission.ENTER_WORKSPACE)
def programme(slug: str) -> str:
    """The sessions by time, and the rooms."""
    found = services.get_event(slug)
    return render_template(
        "events/sessions.html", event=found, days=arrange(found.sessions, found.zone), form=RoomForm()
    )


@blueprint.route("/jornades/<slug>/nova-sessio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create_session(slug: str) -> Answer:
    """Add a session."""
    found = services.get_event(slug)
    form = SessionForm(data=_next_session(found)).offer(found)
    if form.validate_on_submit():
        try:
            with transaction():
                values = form.values(_chosen_room(found, form))
                created = sessions.create_session(found, values, by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Session %(code)s is in the programme.", code=created.code), "good")
            again = "another" in request.form
            return redirect(url_for(".create_session" if again else ".programme", slug=slug), 303)
    return form_page("events/session_form.html", form, event=found, session_=None)


@blueprint.route("/jornades/<slug>/programa/<code>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_session(slug: str, code: str) -> Answer:
    """Change a session."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    form = SessionForm.of(found, session)
    if _is_sent_for_good() and form.validate_on_submit():
        by, now = staff(), utc_now()
        try:
            with transaction():
                with followed(found, by=by, now=now) as consequences:
                    values = form.values(_chosen_room(found, form))
                    sessions.update_session(session, values, by=by, now=now)
                is_done = _keep_if_agreed(consequences)
        except DomainError as error:
            form.refuse(error)
        else:
            if not is_done:
                return _show_consequences(found, consequences)
            _flash_saved(consequences)
            return redirect(url_for(".programme", slug=slug), 303)
    return _form_again("events/session_form.html", form, event=found, session_=session)


@blueprint.route("/jornades/<slug>/programa/<code>/cancellacio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def cancel_session(slug: str, code: str) -> Answer:
    """Say who will be told, and call a session off."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    if request.method == "GET":
        consequences = _foresee(found, sessions.cancel_session, session)
        return render_template(
            "events/session_cancel.html",
            event=found,
            session_=session,
            consequences=consequences,
            told=count_told(consequences),
        )
    by, now = staff(), utc_now()
    with transaction(), followed(found, by=by, now=now) as consequences:
        sessions.cancel_session(session, by=by, now=now)
    _flash_done(_("Session %(code)s is cancelled.", code=code), consequences)
    return redirect(url_for(".programme", slug=slug), 303)


@blueprint.post("/jornades/<slug>/programa/<code>/represa")
@requires(Permission.EDIT_PROGRAMME)
def restore_session(slug: str, code: str) -> Answer:
    """Take a cancelled session up again."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    with transaction():
        sessions.restore_session(session, by=staff(), now=utc_now())
    flash(_("Session %(code)s is in the programme again, and people can choose it.", code=code), "good")
    return redirect(url_for(".programme", slug=slug), 303)


@blueprint.route("/jornades/<slug>/programa/<code>/supressio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def delete_session(slug: str, code: str) -> Answer:
    """Ask once, then take a session out of the programme."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    if request.method == "GET":
        return render_template("events/session_delete.html", event=found, session_=session)
    with transaction():
        sessions.delete_session(session, by=staff(), now=utc_now())
    flash(_("Session %(code)s is deleted.", code=code), "good")
    return redirect(url_for(".programme", slug=slug), 303)


@blueprint.post("/jornades/<slug>/sales")
@requires(Permission.EDIT_PROGRAMME)
def create_room(slug: str) -> Answer:
    """Add a room."""
    found = services.get_event(slug)
    form = RoomForm()
    if form.validate_on_submit():
        try:
            with transaction():
                rooms.create_room(found, form.name.data, capacity=form.capacity.data)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".programme", slug=slug) + "#sales", 303)
    return form_page("events/sessions.html", form, event=found, days=arrange(found.sessions, found.zone))


@blueprint.route("/jornades/<slug>/sales/<int:room_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_room(slug: str, room_id: int) -> Answer:
    """Rename or resize a room."""
    found = services.get_event(slug)
    room = rooms.get_room(found, room_id)
    form = RoomForm(data={"name": room.name, "capacity": room.capacity})
    if _is_sent_for_good() and form.validate_on_submit():
        by, now = staff(), utc_now()
        try:
            with transaction():
                with followed(found, by=by, now=now) as consequences:
                    rooms.update_room(room, name=form.name.data, capacity=form.capacity.data, by=by, now=now)
                is_done = _keep_if_agreed(consequences)
        except DomainError as error:
            form.refuse(error)
        else:
            if not is_done:
                return _show_consequences(found, consequences)
            _flash_saved(consequences)
            return redirect(url_for(".programme", slug=slug) + "#sales", 303)
    return _form_again("events/room_form.html", form, event=found, room=room)


@blueprint.post("/jornades/<slug>/sales/<int:room_id>/supressio")
@requires(Permission.EDIT_PROGRAMME)
def delete_room(slug: str, room_id: int) -> Response:
    """Take a room away in which nothing takes place."""
    found = services.get_event(slug)
    room = rooms.get_room(found, room_id)
    with transaction():
        rooms.delete_room(room)
    flash(_("The room is deleted."), "good")
    return redirect(url_for(".programme", slug=slug) + "#sales", 303)


@blueprint.route("/nou-proces", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create_process() -> Answer:
    """Write a new process."""
    form = ProcessForm()
    if form.validate_on_submit():
        values = form.values()
        values["slug"] = form.slug.data or slugify(form.title.data) or "proces"
        try:
            with transaction():
                created = processes.create_process(values, by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".process", slug=created.slug), 303)
    return form_page("events/process_form.html", form, process=None)


@blueprint.get("/processos/<slug>")
@requires(Permission.ENTER_WORKSPACE)
def process(slug: str) -> str:
    """A process with all its events and its figures."""
    found = processes.get_process(slug)
    events = services.list_of_process(found, with_drafts=True)
    return render_template("events/workspace_process.html", process=found, events=events, now=utc_now())


@blueprint.route("/processos/<slug>/dades", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_process(slug: str) -> Answer:
    """Change what a process says of itself."""
    found = processes.get_process(slug)
    form = ProcessForm(obj=found)
    if form.validate_on_submit():
        values = form.values()
        values["slug"] = form.slug.data or found.slug
        try:
            with transaction():
                processes.update_process(found, values, by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".process", slug=found.slug), 303)
    return form_page("events/process_form.html", form, process=found)


@blueprint.route("/importacio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def import_file() -> Answer:
    """Show what a PROGRAMME.toml would do, and do it when asked to."""
    form = ProgrammeForm()
    if not form.validate_on_submit():
        return form_page("events/import.html", form, summary=None, problems=[], consequences=[], told=0)
    data = form.file.data.read() if form.file.data else (form.text.data or "").encode()
    is_asked = "import" in request.form and not form.file.data
    try:
        programme = read_programme(data, default_timezone=config.current().timezone.key)
        with transaction():
            outcome = import_programme(
                programme,
                team=staff().team or default_team(),
                default_language=config.current().default_language,
                by=staff(),
                now=utc_now(),
            )
            summary, consequences = outcome.summary(), outcome.consequences
            if not is_asked:
                undo()
    except InputError as error:
        form.text.data = data.decode(errors="replace")
        page = render_template(
            "events/import.html", form=form, summary=None, problems=error.problems, consequences=[], told=0
        )
        return page, 422
    if is_asked:
        _flash_done(summary, consequences)
        return redirect(url_for(".programme", slug=programme.slug), 303)
    form.text.data = data.decode()
    return render_template(
        "events/import.html",
        form=form,
        summary=summary,
        problems=[],
        consequences=consequences,
        told=count_told(consequences),
    )


def _is_sent_for_good() -> bool:
    """Whether the form is to be carried out, and not to be corrected after its consequences were seen."""
    return "back" not in request.form


def _form_again(template: str, form: Form, **context: object) -> Answer:
    """The page of a form; one that is to be corrected is no mistake."""
    if _is_sent_for_good():
        return form_page(template, form, **context)
    return render_template(template, form=form, **context)


def _keep_if_agreed(consequences: Sequence[Consequence]) -> bool:
    """Whether the act stays done: it concerns nobody, or the organiser has seen whom. Else it is undone."""
    if not consequences or "agreed" in request.form:
        return True
    undo()
    return False


def _show_consequences(event: Event, consequences: Sequence[Consequence]) -> str:
    """What the act will mean for people, with all that was typed, to be sent again."""
    left_out = {"csrf_token", "agreed", "back"}
    return render_template(
        "events/consequences.html",
        event=event,
        consequences=consequences,
        told=count_told(consequences),
        typed=[(name, value) for name, value in request.form.items(multi=True) if name not in left_out],
    )


def _foresee(event: Event, do: Callable[..., object], subject: Event | Session) -> list[Consequence]:
    """What an act would mean for people: it is done, and undone. Nothing when it would be refused."""
    by, now = staff(), utc_now()
    try:
        with transaction():
            with followed(event, by=by, now=now) as consequences:
                do(subject, by=by, now=now)
            undo()
    except DomainError:
        return []
    return consequences


def _flash_saved(consequences: Sequence[Consequence]) -> None:
    _flash_done(_("Saved."), consequences)


def _flash_done(message: str, consequences: Sequence[Consequence]) -> None:
    told = count_told(consequences)
    if told:
        sentence = ngettext(
            "%(num)d person is told by mail in the next minutes.",
            "%(num)d people are told by mail in the next minutes.",
            told,
        )
        message = f"{message} {sentence}"
    flash(message, "good")


def _next_session(event: Event) -> dict[str, object]:
    """Where the next session is likely to be: after the last one, an hour long or to the end of the event."""
    last = max((session.ends_at for session in event.sessions), default=event.starts_at)
    starts_at = last if last < event.ends_at else event.starts_at
    return {
        "code": sessions.suggest_code(event),
        "starts": starts_at.astimezone(event.zone).replace(tzinfo=None),
    }


def _chosen_room(event: Event, form: SessionForm) -> Room | None:
    """The room that was chosen, or the one newly named, made if the event has none of that name."""
    name = form.new_room.data
    if name:
        return rooms.find_room(event, name) or rooms.create_room(event, name)
    return rooms.get_room(event, int(form.room.data)) if form.room.data else None


def _neighbourhoods() -> Any:
    """The official list, loaded on first need."""
    with transaction():
        territory.ensure_loaded()
    return territory.list_neighbourhoods()
