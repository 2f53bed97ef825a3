"""What papers show on the pages of lower rooms."""

from collections.abc import Iterator
from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may
from certificates import people, services, words
from certificates.due import count_attendees
from certificates.models import CertifiedRole
from certificates.people import Standing
from core.dates import utc_now
from core.web import fills_block
from events import pages
from events.desk import Stage, Step, tells_steps
from events.models import Event
from events.pages import Group, Page
from registrations.models import Registration

pages.add(
    Page(
        Group.DAY,
        3,
        _l("Papers"),
        "certificates_workspace.papers",
        Permission.ISSUE_PAPERS,
        holds=frozenset(
            {
                "certificates_workspace",
                "event_attendance_reports",
                "certificates_rules",
                "certificates_issued",
                "certificates_runs",
            }
        ),
    )
)


@fills_block("registration.actions")
def certificate_links(registration: Registration) -> str:
    """The way to each certificate of the person, as soon as there is something to certify; why one was revoked."""
    roles = services.list_obtainable(registration, utc_now())
    links = [(_address(registration, role), words.CERTIFICATES[role]) for role in roles]
    issued = services.list_of_person(registration)
    reasons = [each.revoked_reason for each in issued if each.revoked_at and not each.replaced_at]
    if not links and not reasons:
        return ""
    standings = people.find_standings(registration, now=utc_now()) if issued else {}
    is_corrected = Standing.OUTDATED in standings.values()
    return render_template(
        "certificates/_certificate_link.html", links=links, reasons=reasons, is_corrected=is_corrected
    )


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """Certificates for everybody who came, once it is over."""
    if not may(Permission.ISSUE_PAPERS):
        return
    due = count_attendees(event, now=now)
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


def _address(registration: Registration, role: CertifiedRole) -> str:
    token = registration.link_token
    if role is CertifiedRole.ATTENDEE:
        return url_for("certificates.certificate", token=token)
    return url_for("certificates.role_certificate", token=token, word=words.ADDRESSES[role])
