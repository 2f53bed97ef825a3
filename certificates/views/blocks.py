"""What papers show on the pages of lower rooms."""

from collections.abc import Iterator
from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may
from certificates import services
from core.dates import utc_now
from core.web import fills_block
from events import pages
from events.desk import Stage, Step, tells_steps
from events.models import Event
from events.pages import Group, Page
from registrations.models import Registration

pages.add(Page(Group.DAY, 3, _l("Papers"), "certificates_workspace.papers", Permission.ISSUE_PAPERS))


@fills_block("registration.actions")
def certificate_link(registration: Registration) -> str:
    """The way to the certificate, as soon as there is something to certify."""
    if not services.can_be_certified(registration, utc_now()):
        return ""
    return render_template("certificates/_certificate_link.html", registration=registration)


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """Certificates for everybody who came, once it is over."""
    if not may(Permission.ISSUE_PAPERS):
        return
    due = services.count_certifiable(event, now=now)
    issued = services.count_issued(event)
    yield Step(
        Stage.CERTIFICATES,
        _("Issue the certificates"),
        is_done=0 < due <= issued,
        is_due=due > 0 and event.is_over(now),
        note=_("%(issued)d of %(due)d people have theirs", issued=min(issued, due), due=due) if due else "",
        act=_("Go to the papers"),
        url=url_for("certificates_workspace.papers", slug=event.slug),
    )
