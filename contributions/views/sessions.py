"""The sessions of an event as notebooks: how much was said in each, and the way to write down more."""

from flask import Blueprint, render_template

from accounts.permissions import Permission, requires
from contributions import entry_counts
from contributions.labels import ENTRY_KINDS_PLURAL
from events import services as events
from events.labels import DIMENSIONS
from events.models import Session, SessionKind

blueprint = Blueprint("contributions_sessions", __name__, url_prefix="/gestio/jornades/<slug>/captura")


@blueprint.get("")
@requires(Permission.VIEW_CONTRIBUTIONS)
def capture_sessions(slug: str) -> str:
    """The sessions of an event, how much was said in each, and the way to write down more."""
    event = events.get_event(slug)
    return render_template(
        "contributions/sessions.html",
        event=event,
        sessions=[session for session in event.sessions if session.kind is not SessionKind.BREAK],
        counts=entry_counts.count_by_session(Session.event_id == event.id),
        kinds=ENTRY_KINDS_PLURAL,
        dimensions=DIMENSIONS,
    )
