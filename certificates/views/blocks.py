"""What papers show on the pages of lower rooms."""

from flask import render_template

from accounts.permissions import Permission, may
from certificates import services
from core.dates import utc_now
from core.web import fills_block
from events.models import Event
from registrations.models import Registration


@fills_block("event.tabs")
def tab(event: Event) -> str:
    """The tab of an event's papers in the workspace."""
    return render_template("certificates/_tab.html", event=event) if may(Permission.ISSUE_PAPERS) else ""


@fills_block("registration.actions")
def certificate_link(registration: Registration) -> str:
    """The way to the certificate, as soon as there is something to certify."""
    if not services.can_be_certified(registration, utc_now()):
        return ""
    return render_template("certificates/_certificate_link.html", registration=registration)
