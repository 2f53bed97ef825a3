"""The papers of an event in the workspace: certificates and signature sheets; each taking is noted."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template

from accounts.permissions import Permission, requires, staff
from certificates import papers as printing
from certificates import people, rules, services, signature_sheets, words
from certificates.due import count_attendees, list_due
from certificates.paper_content import SignatureSheet
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pdf
from events import owners, sessions
from events import services as events
from events.models import Event
from events.timetable import session_time

blueprint = Blueprint("certificates_workspace", __name__, url_prefix="/gestio/jornades/<slug>/papers")


@blueprint.get("")
@requires(Permission.ISSUE_PAPERS)
def papers(slug: str) -> str:
    """What can be printed, and what should be put right before."""
    event, now = events.get_event(slug), utc_now()
    sheets = signature_sheets.make_sheets(event, signature_sheets.list_sheet_sessions(event))
    dues = list_due(event, now=now)
    texts = [text for due in dues for text in due.content.texts]
    texts += [text for sheet in sheets for text in sheet.texts]
    return render_template(
        "certificates/papers.html",
        event=event,
        team=event.team,
        rules=rules.of(event),
        sheets=sheets,
        can_issue=bool(dues),
        attended=count_attendees(event, now=now),
        issued=services.count_issued(event),
        counts=people.count_due(event, dues),
        standings=words.STANDINGS,
        shortfalls=printing.find_shortfalls(texts),
        session_time=session_time,
    )


@blueprint.get("/fulls.pdf")
@requires(Permission.ISSUE_PAPERS)
def signature_sheets_of_event(slug: str) -> Response:
    """The signature sheets of all sessions."""
    event = events.get_event(slug)
    sheets = signature_sheets.make_sheets(event, signature_sheets.list_sheet_sessions(event))
    if not sheets:
        raise signature_sheets.NothingToSign
    with transaction():
        _note(event, sheets)
    return give_pdf(printing.draw_signature_sheets(event, sheets), f"{slug}-fulls.pdf")


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
        _note(event, sheets)
    return give_pdf(printing.draw_signature_sheets(event, sheets), f"{slug}-full.pdf")


def _note(event: Event, sheets: Sequence[SignatureSheet]) -> None:
    codes = [sheet.code for sheet in sheets]
    owners.record("signature_sheet.print", event, by=staff(), now=utc_now(), sessions=codes)
