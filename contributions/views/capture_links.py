"""Capture links: made, shown with their code to be scanned, revoked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from contributions import capture_links
from contributions.forms import CaptureLinkForm
from contributions.models import CaptureLink
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import external_url
from events import services as events
from events import sessions
from events.models import Event, Session, SessionKind
from registrations.codes import draw_code

blueprint = Blueprint("contributions_links", __name__, url_prefix="/gestio/jornades/<slug>/captura/enllacos")


@blueprint.get("")
@requires(Permission.RECORD_CONTRIBUTIONS)
def links(slug: str) -> tuple[str, int]:
    """Every capture link of the event, and the form for another."""
    event = events.get_event(slug)
    return _show(event, CaptureLinkForm.of(event, _list_sessions(event), request.args.get("sessio", ""))), 200


@blueprint.post("")
@requires(Permission.RECORD_CONTRIBUTIONS)
def create(slug: str) -> Response | tuple[str, int]:
    """Make a new link."""
    event = events.get_event(slug)
    form = CaptureLinkForm.of(event, _list_sessions(event))
    if not form.validate():
        return _show(event, form), 422
    try:
        with transaction():
            session = sessions.get_session(event, form.session.data)
            made = capture_links.create(session, form.label.data, form.moment, by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(events.get_event(slug), form), 422
    flash(_("The link is made. Send it, or let its code be scanned."), "good")
    return redirect(url_for(".links", slug=slug) + f"#l{made.id}", 303)


@blueprint.post("/<int:link_id>/revocacio")
@requires(Permission.RECORD_CONTRIBUTIONS)
def revoke(slug: str, link_id: int) -> Response:
    """Close the notebook to whoever has the link."""
    event = events.get_event(slug)
    with transaction():
        capture_links.revoke(capture_links.get_link(event, link_id), by=staff(), now=utc_now())
    flash(_("The link opens nothing any more; what was written with it stays."), "good")
    return redirect(url_for(".links", slug=slug) + f"#l{link_id}", 303)


def _list_sessions(event: Event) -> list[Session]:
    return [session for session in event.sessions if session.kind is not SessionKind.BREAK]


def _show(event: Event, form: CaptureLinkForm) -> str:
    return render_template(
        "contributions/links.html",
        event=event,
        form=form,
        links=capture_links.list_links(event),
        has_sessions=bool(_list_sessions(event)),
        address=_address,
        draw=draw_code,
        now=utc_now(),
    )


def _address(link: CaptureLink) -> str:
    return external_url("capture.enter", token=link.token)
