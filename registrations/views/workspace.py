"""The attendee list of an event in the workspace: search, attendance, exports and imports."""

import tempfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, InputError, NotFoundError
from core.forms import form_page
from core.tables import FORMATS
from core.text import clean_line
from core.web import fills_block, paginate
from events import services as events
from events.models import Event, Session, SessionKind
from events.sessions import get_session
from registrations import (
    approvals,
    attendance,
    attendee_files,
    attendees,
    bounces,
    exports,
    imports,
    services,
    supports,
)
from registrations.attendees import Filter, Order, Presence
from registrations.exports import Export
from registrations.forms import AttendeeFileForm, PersonForm
from registrations.labels import ATTENDANCE_SOURCES, REGISTRATION_STATES, count_in_words
from registrations.lists import PROFILES, Profile
from registrations.models import AttendanceSource, AttendeeFile, Registration, RegistrationState
from registrations.readers import AttendeeRow, read_attendees

blueprint = Blueprint("registrations_workspace", __name__, url_prefix="/gestio/jornades/<slug>/inscripcions")

PROBLEMS_SHOWN = 50
Choice = TypeVar("Choice", bound=StrEnum)


@fills_block("event.tabs")
def tab(event: Event) -> str:
    """Link the list from every page of the event."""
    return render_template("registrations/workspace/_tab.html", event=event)


@fills_block("event.workspace")
def figures(event: Event) -> str:
    """Show on the event's own page how many signed up and how many came."""
    counts = attendees.count_registrations(event)
    return render_template(
        "registrations/workspace/_figures.html", event=event, counts=counts, awaiting=approvals.count(event)
    )


@blueprint.get("", endpoint="attendees")
@requires(Permission.VIEW_REGISTRATIONS)
def show_list(slug: str) -> str:
    """Show the list as filtered, fifty at a time."""
    event = events.get_event(slug)
    wanted = _read_filter(event, request.args)
    page = paginate(attendees.select_registrations(event, wanted), request.args.get("page", 1, type=int))
    return render_template(
        "registrations/workspace/attendees.html",
        event=event,
        wanted=wanted,
        page=page,
        marks=attendees.list_marks(page.items),
        bounced=bounces.read_words([registration.id for registration in page.items]),
        refusing=bounces.count_refusing(event),
        positions=_list_positions(event, wanted, page.items),
        waited=attendees.list_waited_codes([registration.id for registration in page.items]),
        counts=attendees.count_registrations(event),
        sessions=[session for session in event.sessions if session.kind is not SessionKind.BREAK],
        query=request.args.to_dict(),
        query_string=f"?{urlencode(request.args)}" if request.args else "",
        states=REGISTRATION_STATES,
        count_in_words=count_in_words,
        sources=ATTENDANCE_SOURCES,
        profiles=PROFILES,
        has_supports=bool(supports.list_offered(event)),
        formats=FORMATS,
        expected=attendees.count_expected(event, wanted, wanted.session) if wanted.session else 0,
        now=utc_now(),
    )


@blueprint.get("/llista")
@requires(Permission.EXPORT_REGISTRATIONS)
def export(slug: str) -> Response:
    """Give the list as filtered as a file, and keep in the trail who took it."""
    event = events.get_event(slug)
    wanted = Export(
        event,
        _read_format(),
        _read_choice(Profile, request.args, "profile") or Profile.FULL,
        _read_filter(event, request.args),
        with_supports=bool(request.args.get("supports")) and may(Permission.VIEW_SUPPORTS),
    )
    with transaction():
        exports.record(wanted, by=staff(), now=utc_now())
    if wanted.format == "csv":
        response = Response(stream_with_context(exports.stream_csv(wanted)), content_type=FORMATS["csv"])
        response.headers.set("Content-Disposition", "attachment", filename=wanted.filename)
        return response
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response when it has been sent
    exports.write(wanted, file)
    file.seek(0)
    response = send_file(file, mimetype=FORMATS[wanted.format], as_attachment=True, download_name=wanted.filename)
    response.headers["Cache-Control"] = "no-store"  # instead of Flask's own for files
    return response


@blueprint.post("/<int:registration_id>/assistencia/<int:session_id>")
@requires(Permission.RECORD_ATTENDANCE)
def check_in(slug: str, registration_id: int, session_id: int) -> BaseResponse:
    """Record that one person was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    registration = attendees.get_registration(event, registration_id)
    with transaction():
        attendance.check_in(registration, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    flash(_("%(name)s: attendance recorded at %(session)s.", name=registration.full_name, session=session.code), "good")
    return _to_list(slug, registration_id)


@blueprint.post("/<int:registration_id>/assistencia/<int:session_id>/anullacio")
@requires(Permission.RECORD_ATTENDANCE)
def undo(slug: str, registration_id: int, session_id: int) -> BaseResponse:
    """Take back that one person was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    registration = attendees.get_registration(event, registration_id)
    with transaction():
        attendance.undo([registration.id], session, by=staff(), now=utc_now())
    flash(
        _("%(name)s: attendance at %(session)s taken back.", name=registration.full_name, session=session.code), "good"
    )
    return _to_list(slug, registration_id)


@blueprint.post("/assistencia/<int:session_id>")
@requires(Permission.RECORD_ATTENDANCE)
def check_in_selected(slug: str, session_id: int) -> BaseResponse:
    """Record that those ticked were at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_own_ids(event, request.form.getlist("registration", type=int))
    with transaction():
        count = attendance.check_in_all(chosen, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    _flash_recorded(count, session)
    return _to_list(slug)


@blueprint.post("/assistencia/<int:session_id>/tothom")
@requires(Permission.RECORD_ATTENDANCE)
def check_in_everybody(slug: str, session_id: int) -> BaseResponse:
    """Record that everybody of the filtered list who holds a place was at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_expected_ids(event, _read_filter(event, request.args), session)
    with transaction():
        count = attendance.check_in_all(chosen, session, source=AttendanceSource.LIST, by=staff(), now=utc_now())
    _flash_recorded(count, session)
    return _to_list(slug)


@blueprint.post("/assistencia/<int:session_id>/anullacio")
@requires(Permission.RECORD_ATTENDANCE)
def undo_selected(slug: str, session_id: int) -> BaseResponse:
    """Take back that those ticked were at a session."""
    event = events.get_event(slug)
    session = _get_session(event, session_id)
    chosen = attendees.list_own_ids(event, request.form.getlist("registration", type=int))
    with transaction():
        count = attendance.undo(chosen, session, by=staff(), now=utc_now())
    flash(ngettext("%(num)d attendance taken back.", "%(num)d attendances taken back.", count), "good")
    return _to_list(slug)


@blueprint.get("/<int:registration_id>/cancellacio")
@requires(Permission.EDIT_REGISTRATIONS)
def cancellation(slug: str, registration_id: int) -> str:
    """Ask once before a registration is cancelled, saying what will happen."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    return render_template("registrations/workspace/cancellation.html", event=event, registration=registration)


@blueprint.post("/<int:registration_id>/cancellacio")
@requires(Permission.EDIT_REGISTRATIONS)
def cancel(slug: str, registration_id: int) -> BaseResponse:
    """Cancel a registration: its places are free at once and the person is told."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    try:
        with transaction():
            services.cancel(registration, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("The registration of %(name)s is cancelled.", name=registration.full_name), "good")
    return redirect(url_for(".attendees", slug=slug, _anchor=f"r{registration_id}"), 303)


@blueprint.route("/alta", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def add(slug: str) -> str | tuple[str, int] | BaseResponse:
    """Add a person by hand: one who is late, or who has come without signing up."""
    event = events.get_event(slug)
    form = PersonForm.for_event(event)
    if not form.validate_on_submit():
        return _show_person(event, form)
    try:
        with transaction():
            registration = services.add(
                event,
                form.answers(),
                has_come=form.has_come.data,
                over_capacity=form.over_capacity.data,
                language=event.language,
                by=staff(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_person(events.get_event(slug), form)
    flash(_("%(name)s is on the list.", name=registration.full_name), "good")
    return redirect(url_for(".attendees", slug=slug, q=registration.code), 303)


@blueprint.route("/fitxer", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def upload(slug: str) -> str | tuple[str, int] | BaseResponse:
    """Take a file of attendees, to be looked at before anything is written."""
    event = events.get_event(slug)
    form = AttendeeFileForm()
    if not form.validate_on_submit():
        return form_page("registrations/workspace/upload.html", form, event=event)
    data = form.file.data
    with transaction():
        file = attendee_files.keep(event, data.filename, data.read(), now=utc_now())
    return redirect(url_for(".preview", slug=slug, file_id=file.id), 303)


@blueprint.get("/fitxer/<int:file_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def preview(slug: str, file_id: int) -> tuple[str, int]:
    """Say what importing the file would do, or every row that is in the way."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    over_capacity = bool(request.args.get("over_capacity"))
    try:
        plan = imports.make_plan(event, _read_rows(event, file), over_capacity=over_capacity, now=utc_now())
    except InputError as error:
        return _show_problems(event, file, error), 422
    return render_template(
        "registrations/workspace/preview.html", event=event, file=file, plan=plan, over_capacity=over_capacity
    ), 200


@blueprint.post("/fitxer/<int:file_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def import_file(slug: str, file_id: int) -> tuple[str, int] | BaseResponse:
    """Import the file that was looked at."""
    event = events.get_event(slug)
    file = attendee_files.get(event, file_id, now=utc_now())
    over_capacity = bool(request.form.get("over_capacity"))
    try:
        with transaction():
            rows = _read_rows(event, file)
            plan = imports.carry_out(event, rows, over_capacity=over_capacity, by=staff(), now=utc_now())
            attendee_files.forget(file)
    except InputError as error:
        return _show_problems(event, file, error), 422
    flash(
        _(
            "Imported: %(added)d new, %(changed)d changed, %(unchanged)d as they were.",
            added=plan.added,
            changed=plan.changed,
            unchanged=plan.unchanged,
        ),
        "good",
    )
    return _to_list(slug)


@blueprint.post("/fitxer/<int:file_id>/descart")
@requires(Permission.EDIT_REGISTRATIONS)
def leave_file(slug: str, file_id: int) -> BaseResponse:
    """Forget the file without importing it."""
    event = events.get_event(slug)
    with transaction():
        attendee_files.forget(attendee_files.get(event, file_id, now=utc_now()))
    flash(_("The file is forgotten; nothing was changed."), "good")
    return _to_list(slug)


def _read_filter(event: Event, args: Mapping[str, str]) -> Filter:
    """Read what the address asks for; a session or state there is none of is a page there is none of."""
    return Filter(
        search=clean_line(args.get("q")),
        session=_find_session(event, args.get("session", "")),
        with_everybody=bool(args.get("everybody")),
        state=_read_choice(RegistrationState, args, "state"),
        presence=_read_choice(Presence, args, "presence"),
        refuses_mail=args.get("mail") == "refused",
        order=_read_choice(Order, args, "sort") or Order.NAME,
    )


def _list_positions(event: Event, wanted: Filter, shown: Sequence[Registration]) -> dict[int, int]:
    """Where those who are shown stand: in the line of the session when its list is asked for, else of the event."""
    session = wanted.session if wanted.state is RegistrationState.WAITING else None
    return attendees.list_positions(event, session, [registration.id for registration in shown])


def _read_choice(choices: type[Choice], args: Mapping[str, str], name: str) -> Choice | None:
    if not args.get(name):
        return None
    try:
        return choices(args[name])
    except ValueError as error:
        raise NotFoundError from error


def _read_format() -> str:
    name = request.args.get("format", "csv")
    if name not in FORMATS:
        raise NotFoundError
    return name


def _find_session(event: Event, code: str) -> Session | None:
    if not code:
        return None
    session = get_session(event, code)
    if session.kind is SessionKind.BREAK:
        raise NotFoundError
    return session


def _get_session(event: Event, session_id: int) -> Session:
    for session in event.sessions:
        if session.id == session_id:
            return session
    raise NotFoundError


def _to_list(slug: str, registration_id: int | None = None) -> BaseResponse:
    """Go back to the list as it was filtered, at the person's row."""
    query = f"?{urlencode(request.args)}" if request.args else ""  # not for url_for, which has names of its own
    anchor = f"#r{registration_id}" if registration_id else ""
    return redirect(f"{url_for('.attendees', slug=slug)}{query}{anchor}", 303)


def _flash_recorded(count: int, session: Session) -> None:
    message = ngettext(
        "%(num)d attendance recorded at %(session)s.",
        "%(num)d attendances recorded at %(session)s.",
        count,
        session=session.code,
    )
    flash(message, "good")


def _show_person(event: Event, form: PersonForm) -> tuple[str, int]:
    sessions = [session for session in event.sessions if session.kind is not SessionKind.BREAK]
    return form_page("registrations/workspace/person.html", form, event=event, sessions=sessions)


def _read_rows(event: Event, file: AttendeeFile) -> list[AttendeeRow]:
    codes = [session.code for session in event.sessions if session.kind is not SessionKind.BREAK]
    return read_attendees(file.content, file.filename, codes)


def _show_problems(event: Event, file: AttendeeFile, error: InputError) -> str:
    return render_template(
        "registrations/workspace/problems.html",
        event=event,
        file=file,
        problems=error.problems[:PROBLEMS_SHOWN],
        more=len(error.problems) - PROBLEMS_SHOWN,
        lacks_places=isinstance(error, imports.RowsRefused) and error.only_for_places,
    )
