"""The programme of an event on the desk: its sessions by time, each added, changed, cancelled or deleted."""

from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.models import StaffMember
from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import declared, moves, rooms, services, sessions
from events.clashes import find_clashes
from events.forms import RoomForm, SessionForm
from events.labels import say_clash
from events.models import Event, Room, Session
from events.timetable import arrange
from events.timetable_forms import MoveForm, TimetableForm
from events.views import consequences
from events.views.workspace import Answer, blueprint

HOUR = timedelta(hours=1)


@blueprint.get("/jornades/<slug>/programa")
@requires(Permission.ENTER_WORKSPACE)
def programme(slug: str) -> str:
    """The sessions by time, what does not fit, and the rooms."""
    found = services.get_event(slug)
    return render_template("events/sessions.html", event=found, form=RoomForm(), **programme_parts(found))


@blueprint.route("/jornades/<slug>/nova-sessio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create_session(slug: str) -> Answer:
    """Add a session: after the last one, or like the one that the address names."""
    found = services.get_event(slug)
    like = sessions.find_session(found, request.args.get("com", ""))
    form = SessionForm.of(found, like) if like else SessionForm(data=_next_session(found)).offer(found)
    if like and not form.is_submitted():
        form.fill_in(_repeat(found, like))
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
    return form_page("events/session_form.html", form, event=found, session_=None, like=like)


@blueprint.route("/jornades/<slug>/programa/<code>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_session(slug: str, code: str) -> Answer:
    """Change a session."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    form = SessionForm.of(found, session)

    def save(by: StaffMember, now: datetime) -> None:
        sessions.update_session(session, form.values(_chosen_room(found, form)), by=by, now=now)

    return consequences.edit(
        "events/session_form.html", form, found, save, then=lambda: url_for(".programme", slug=slug), session_=session
    )


@blueprint.route("/jornades/<slug>/horari", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit_timetable(slug: str) -> Answer:
    """Change times, rooms, places and facilitators of all sessions in one table, saved at once."""
    found = services.get_event(slug)
    shown = [session for session in found.sessions if not session.is_cancelled]
    if request.method == "POST":  # one that somebody has added since was in no field
        shown = [session for session in shown if f"was_{session.id}" in request.form]
    form = TimetableForm.of(found, shown)

    def save(by: StaffMember, now: datetime) -> None:
        form.check_again()
        by_id = {str(room.id): room for room in found.rooms}
        sessions.update_sessions(found, form.values(by_id), by=by, now=now)

    return consequences.edit("events/timetable.html", form, found, save, then=lambda: url_for(".programme", slug=slug))


@blueprint.route("/jornades/<slug>/desplacament", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def move(slug: str) -> Answer:
    """Move the whole event, or some sessions in it, by days, hours and minutes."""
    found = services.get_event(slug)
    form = MoveForm.of(found)

    def save(by: StaffMember, now: datetime) -> None:
        if form.what.data == "event":
            moves.move_event(found, form.step, by=by, now=now)
        else:
            chosen = [session for session in found.sessions if session.code in form.sessions.data]
            moves.move_sessions(found, chosen, form.step, by=by, now=now)

    return consequences.edit("events/move.html", form, found, save, then=lambda: url_for(".programme", slug=slug))


@blueprint.route("/jornades/<slug>/programa/<code>/cancellacio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def cancel_session(slug: str, code: str) -> Answer:
    """Say who will be told, and call a session off."""
    found = services.get_event(slug)
    session = sessions.get_session(found, code)
    return consequences.act(
        "events/session_cancel.html",
        found,
        sessions.cancel_session,
        session,
        done=_("Session %(code)s is cancelled.", code=code),
        then=url_for(".programme", slug=slug),
        session_=session,
    )


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


def programme_parts(event: Event) -> dict[str, object]:
    """What the page of the programme shows: the sessions by time, and what of each does not fit."""
    clashes: dict[Session, list[str]] = {}
    for clash in find_clashes(event):
        clashes.setdefault(clash.session, []).append(say_clash(clash))
    standing = declared.list_standing(event)
    return {"days": arrange(event.sessions, event.zone), "clashes": clashes, "standing": standing}


def _next_session(event: Event) -> dict[str, object]:
    """Where the next session is likely to be: after the last one, as long as that or to the end of the event."""
    last = max(event.sessions, key=lambda session: session.ends_at, default=None)
    starts_at = last.ends_at if last and last.ends_at < event.ends_at else event.starts_at
    ends_at = min(starts_at + (last.duration if last else HOUR), event.ends_at)
    return {"code": sessions.suggest_code(event), "starts": _local(event, starts_at), "ends": _local(event, ends_at)}


def _repeat(event: Event, like: Session) -> dict[str, object]:
    """What of a session is another one's when it is held once more: after it where that fits, else at the same time."""
    values: dict[str, object] = {"code": sessions.suggest_next_code(event, like.code), "source_url": ""}
    values |= dict.fromkeys(("declared_participants", "declared_contributions", "declared_proposals"))
    if like.ends_at + like.duration <= event.ends_at:
        values["starts"], values["ends"] = _local(event, like.ends_at), _local(event, like.ends_at + like.duration)
    return values


def _local(event: Event, moment: datetime) -> datetime:
    return moment.astimezone(event.zone).replace(tzinfo=None)


def _chosen_room(event: Event, form: SessionForm) -> Room | None:
    """The room that was chosen, or the one newly named, made if the event has none of that name."""
    name = form.new_room.data
    if name:
        return rooms.find_room(event, name) or rooms.create_room(event, name)
    return rooms.get_room(event, int(form.room.data)) if form.room.data else None
