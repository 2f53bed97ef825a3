"""The attendance report of an event and of a process: what it is for is chosen on its page, each taking is noted."""

from flask import Blueprint, Response, render_template, request

from accounts.permissions import Permission, may, requires, staff
from certificates import attendance_reports, papers
from certificates.attendance_content import AttendanceReport
from certificates.attendance_forms import AttendanceReportForm
from certificates.attendance_sheets import write_sheets
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_file, give_pdf
from core.tables import FORMATS
from core.web import answers_in, fills_block
from events import owners
from events.models import Event, Process
from figures.asked import Asked

event_reports = Blueprint("event_attendance_reports", __name__, url_prefix="/gestio/jornades/<slug>/papers")
process_reports = Blueprint("process_attendance_reports", __name__, url_prefix="/gestio/processos/<slug>/papers")
BLUEPRINTS = (event_reports, process_reports)

for_both = answers_in(event_reports, process_reports)
Answer = str | tuple[str, int] | Response


@for_both("/informe")
@requires(Permission.ISSUE_PAPERS)
def page(slug: str) -> Answer:
    """Choose what the report is for."""
    found = _ask(slug)
    form = AttendanceReportForm.of(attendance_reports.list_questions(found), request.args)
    return _show(found, form)


@for_both("/informe.pdf")
@requires(Permission.ISSUE_PAPERS)
def pdf(slug: str) -> Answer:
    """Give the report on paper, as things are recorded now."""
    report = _make(slug, "pdf")
    if not isinstance(report, AttendanceReport):
        return report
    return give_pdf(papers.draw_attendance_report(report), f"{slug}-informe.pdf")


@for_both("/informe.xlsx")
@requires(Permission.ISSUE_PAPERS)
def workbook(slug: str) -> Answer:
    """Give its numbers, and who was there if people are named, as a workbook."""
    report = _make(slug, "xlsx")
    if not isinstance(report, AttendanceReport):
        return report
    return give_file(lambda file: write_sheets(report, file), f"{slug}-informe.xlsx", FORMATS["xlsx"])


@fills_block("process.acts")
def link_of_process(process: Process) -> str:
    """The way to the report of a process, among what can be done with it."""
    if not may(Permission.ISSUE_PAPERS):
        return ""
    return render_template("certificates/_attendance_link.html", process=process)


def _make(slug: str, format_: str) -> AttendanceReport | tuple[str, int]:
    """Make the report that is asked for and leave a line in the trail; or the page that says what is wrong."""
    found, now = _ask(slug), utc_now()
    form = AttendanceReportForm.of(attendance_reports.list_questions(found), request.args)
    if not form.validate():
        return _show(found, form), 422
    purpose = form.asked_purpose
    try:
        report = attendance_reports.make(found, purpose, form.question.data or (), now=now)
    except attendance_reports.PartForPublication as refusal:
        form.refuse(refusal)
        return _show(found, form), 422
    if format_ == "pdf":
        attendance_reports.refuse_too_long(report)
    with transaction():
        details = {"purpose": purpose.value, "format": format_}
        owners.record("attendance_report.print", found.owner, by=staff(), now=now, **details)
    return report


def _ask(slug: str) -> Asked:
    is_of_event = request.blueprint == event_reports.name
    ask = attendance_reports.ask_event if is_of_event else attendance_reports.ask_process
    return ask(slug, by=staff())


def _show(found: Asked, form: AttendanceReportForm) -> str:
    return render_template(
        "certificates/attendance_report.html",
        layout="event_workspace.html" if isinstance(found.owner, Event) else "process_workspace.html",
        found=found,
        form=form,
        **owners.as_context(found.owner),
    )
