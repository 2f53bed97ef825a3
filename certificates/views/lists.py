"""Attendee lists on paper: any of them as a PDF, and labels and badges."""

from typing import BinaryIO

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from accounts.labels import ROLES
from accounts.permissions import Permission, may, requires, staff
from certificates import labels, papers, printed_lists
from certificates.label_forms import LabelsForm
from certificates.labels import Subject
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pdf
from core.web import fills_block
from events import services as events
from events.models import Event
from registrations import exports
from registrations.exports import Export
from registrations.filter_addresses import keep_filter, read_filter, say_filter
from registrations.lists import LABELS

blueprint = Blueprint("certificates_lists", __name__, url_prefix="/gestio/jornades/<slug>/llistes")


@exports.writes("pdf", "application/pdf")
def write_pdf(export: Export, file: BinaryIO) -> None:
    """Write any list for a purpose on paper, among the other formats of the room of lists."""
    file.write(papers.draw_attendee_list(printed_lists.make_list(export, now=utc_now())))


@blueprint.get("/etiquetes")
@requires(Permission.EXPORT_REGISTRATIONS)
def choose_labels(slug: str) -> str:
    """Choose sheet and contents."""
    return _show(events.get_event(slug), LabelsForm.begun())


@blueprint.get("/etiquetes.pdf")
@requires(Permission.EXPORT_REGISTRATIONS)
def give_labels(slug: str) -> Response | tuple[str, int]:
    """Give the labels, or the outlines of their sheet to try it."""
    event = events.get_event(slug)
    form = LabelsForm.asked(request.args)
    if not form.validate():
        return _show(event, form), 422
    options = form.options()
    if request.args.get("test"):
        return give_pdf(papers.draw_test_sheet(event, options.sheet), f"{slug}-prova.pdf")
    if form.subject is Subject.SESSIONS:
        return give_pdf(papers.draw_labels(event, labels.list_session_labels(event), options), f"{slug}-sessions.pdf")
    wanted, now = read_filter(event, request.args), utc_now()
    printed = labels.list_labels(event, wanted)
    with transaction():
        labels.record(event, wanted, len(printed), by=staff(), now=now)
    return give_pdf(papers.draw_labels(event, printed, options), f"{slug}-etiquetes.pdf")


@fills_block("lists.more")
def labels_row(event: Event, filtered_by: dict[str, str]) -> str:
    """Labels and badges among the lists."""
    if not may(Permission.EXPORT_REGISTRATIONS):
        return ""
    return render_template(
        "certificates/_labels.html",
        event=event,
        filtered_by=filtered_by,
        labels=LABELS,
        columns=[_("Name"), _("Organisation"), _("Code"), "QR"],
        roles=[ROLES[role] for role in LABELS.roles],
    )


def _show(event: Event, form: LabelsForm) -> str:
    wanted = read_filter(event, request.args)
    count = labels.count_people(event, wanted)
    return render_template(
        "certificates/labels.html",
        event=event,
        form=form,
        filtered_by=keep_filter(request.args),
        people=say_filter(labels.whose(wanted)),
        count=count,
        shortfalls=papers.find_shortfalls(labels.list_texts(event, wanted)),
    )
