"""The papers of an event in the workspace: certificates, signature sheets, attendance report; each taking is noted."""

from flask import Blueprint, Response, make_response, render_template

from accounts import audit
from accounts.permissions import Permission, requires, staff
from certificates import papers as printing
from certificates import services, signature_sheets
from core.database import transaction
from core.dates import utc_now
from events import services as events
from events import sessions
from events.models import Event
from events.timetable import session_time

blueprint = Blueprint("certificates_workspace", __name__, url_prefix="/gestio/jornades/<slug>/papers")


@blueprint.get("")
@requires(Permission.ISSUE_PAPERS)
def papers(slug: str) -> str:
    """What can be printed, and what should be put right before."""
    event = events.get_event(slug)
    sheets = signature_sheets.make_sheets(event, signature_sheets.list_sheet_sessions(event))
    contents = services.compose_all(event, now=utc_now())
    texts = [text for content in contents for text in content.texts]
    texts += [text for sheet in sheets for text in sheet.texts]
    return render_template(
        "certificates/papers.html",
        event=event,
        team=event.team,
        sheets=sheets,
        attended=len(contents),
        issued=services.count_issued(event),
        shortfalls=printing.find_shortfalls(texts),
        session_time=session_time,
    )


@blueprint.post("/certificats.pdf")
@requires(Permission.ISSUE_PAPERS)
def certificates(slug: str) -> Response:
    """Issue everybody's certificate and give them all as one document."""
    event, now = events.get_event(slug), utc_now()
    with transaction():
        issued = [printing.read(certificate) for certificate in services.issue_all(event, now=now)]
        if not issued:
            raise services.NobodyToCertify
        _note("certificate.print", event, count=len(issued))
    return _pdf(printing.draw_certificates(event, issued), f"{slug}-certificats.pdf")


@blueprint.get("/fulls.pdf")
@requires(Permission.ISSUE_PAPERS)
def signature_sheets_of_event(slug: str) -> Response:
    """The signature sheets of all sessions."""
    event = events.get_event(slug)
    sheets = signature_sheets.make_sheets(event, signature_sheets.list_sheet_sessions(event))
    if not sheets:
        raise signature_sheets.NothingToSign
    with transaction():
        _note("signature_sheet.print", event, sessions=[sheet.code for sheet in sheets])
    return _pdf(printing.draw_signature_sheets(event, sheets), f"{slug}-fulls.pdf")


@blueprint.get("/fulls/<code>.pdf")
@requires(Permission.ISSUE_PAPERS)
def signature_sheet(slug: str, code: str) -> Response:
    """The signature sheet of one session."""
    event = events.get_event(slug)
    session = sessions.get_session(event, code)
    if session not in signature_sheets.list_sheet_sessions(event):
        raise signature_sheets.NothingToSign
    sheets = signature_sheets.make_sheets(event, [session])
    with transaction():
        _note("signature_sheet.print", event, sessions=[code])
    return _pdf(printing.draw_signature_sheets(event, sheets), f"{slug}-full.pdf")


@blueprint.get("/informe.pdf")
@requires(Permission.ISSUE_PAPERS)
def attendance_report(slug: str) -> Response:
    """The attendance report as things are recorded now."""
    event = events.get_event(slug)
    with transaction():
        _note("attendance_report.print", event)
    return _pdf(printing.draw_attendance_report(event, now=utc_now()), f"{slug}-informe.pdf")


def _note(act: str, event: Event, **details: object) -> None:
    audit.record(act, subject_kind="event", subject_key=event.slug, by=staff(), now=utc_now(), **details)


def _pdf(document: bytes, filename: str) -> Response:
    response = make_response(document)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
