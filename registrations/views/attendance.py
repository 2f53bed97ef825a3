"""Attendance recorded and taken back on the list: of one person, of those ticked, of everybody."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import NotFoundError
from core.forms import form_page
from events import services as events
from events.models import Event, Session
from registrations import attendance, attendees
from registrations.filter_addresses import read_filter
from registrations.models import AttendanceSource
from registrations.stay_forms import StaysForm
from registrations.stays import read as read_stays
from registrations.views.attendees import to_list
from registrations.views.workspace import blueprint


@blueprint.post("/<int:registration_id>/assistencia/<int:session_id>")
@requires(Permission.RECORD_ATTENDANCE)
def check_in(slug: str, registration_id: int, session_id: int) -> Response:
    """Record that one person was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    registration = attendees.get_registration(event, registration_id)
    with transaction():
        attendance.check_in(registration, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    flash(_("%(name)s: attendance recorded at %(session)s.", name=registration.full_name, session=session.code), "good")
    return to_list(slug, registration_id)


@blueprint.post("/<int:registration_id>/assistencia/<int:session_id>/anullacio")
@requires(Permission.RECORD_ATTENDANCE)
def undo(slug: str, registration_id: int, session_id: int) -> Response:
    """Take back that one person was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    registration = attendees.get_registration(event, registration_id)
    with transaction():
        attendance.undo([registration.id], session, by=staff(), now=utc_now())
    flash(
        _("%(name)s: attendance at %(session)s taken back.", name=registration.full_name, session=session.code), "good"
    )
    return to_list(slug, registration_id)


@blueprint.route("/<int:registration_id>/assistencia/<int:session_id>/hores", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def stays(slug: str, registration_id: int, session_id: int) -> Response | tuple[str, int]:
    """Say when one person came to a session and left."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    registration = attendees.get_registration(event, registration_id)
    record = attendance.find(registration, session)
    if record is None or not event.records_exits:
        raise NotFoundError
    form = StaysForm.of(session, read_stays(record.stays), utc_now())
    if form.is_outdated:
        flash(
            _("Something else was recorded while you wrote, at the door for example. This is what is known now."), "bad"
        )
        return redirect(url_for(".stays", slug=slug, registration_id=registration_id, session_id=session_id), 303)
    if form.validate_on_submit():
        with transaction():
            changed = attendance.state_stays(registration, session, form.stays(), by=staff(), now=utc_now())
        flash(_("Saved.") if changed else _("Nothing was different."), "good")
        return redirect(url_for("registrations_person.show", slug=slug, registration_id=registration_id), 303)
    counted = attendance.Hours(event).add_up([(session, read_stays(record.stays))])
    return form_page(
        "registrations/workspace/stays.html",
        form,
        event=event,
        registration=registration,
        session=session,
        counted=counted,
    )


@blueprint.post("/assistencia/<int:session_id>")
@requires(Permission.RECORD_ATTENDANCE)
def check_in_selected(slug: str, session_id: int) -> Response:
    """Record that those ticked were at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_own_ids(event, request.form.getlist("registration", type=int))
    with transaction():
        count = attendance.check_in_all(chosen, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    _flash_recorded(count, session)
    return to_list(slug)


@blueprint.post("/assistencia/<int:session_id>/tothom")
@requires(Permission.RECORD_ATTENDANCE)
def check_in_everybody(slug: str, session_id: int) -> Response:
    """Record that everybody of the filtered list who holds a place was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_expected_ids(event, read_filter(event, request.args), session)
    with transaction():
        count = attendance.check_in_all(chosen, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    _flash_recorded(count, session)
    return to_list(slug)


@blueprint.post("/assistencia/<int:session_id>/anullacio")
@requires(Permission.RECORD_ATTENDANCE)
def undo_selected(slug: str, session_id: int) -> Response:
    """Take back that those ticked were at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_own_ids(event, request.form.getlist("registration", type=int))
    with transaction():
        count = attendance.undo(chosen, session, by=staff(), now=utc_now())
    flash(ngettext("%(num)d attendance taken back.", "%(num)d attendances taken back.", count), "good")
    return to_list(slug)


def _get_session(event: Event, session_id: int) -> Session:
    for session in event.sessions:
        if session.id == session_id:
            return session
    raise NotFoundError


def _flash_recorded(count: int, session: Session) -> None:
    message = ngettext(
        "%(num)d attendance recorded at %(session)s.",
        "%(num)d attendances recorded at %(session)s.",
        count,
        session=session.code,
    )
    flash(message, "good")
