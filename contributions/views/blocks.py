"""What contributions show on the pages of lower rooms."""

from collections.abc import Iterator
from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may
from contributions import entry_counts
from core.web import fills_block
from events import pages
from events.desk import Stage, Step, tells_steps
from events.models import Event, Session, SessionKind
from events.pages import Group, Page

pages.add(
    Page(
        Group.RESULTS,
        1,
        _l("Contributions"),
        "contributions_workspace.entries",
        Permission.VIEW_CONTRIBUTIONS,
        holds=frozenset(
            {
                "contributions_workspace.entries",
                "contributions_sessions.capture_sessions",
                "contributions_capture.page",
                "contributions_capture.edit",
                "contributions_capture.history",
                "contributions_capture.closing",
                "contributions_links.links",
                "contributions_import.import_file",
                "contributions_written.settings",
            }
        ),
    ),
)


@fills_block("login.page")
def unsent() -> str:
    """What the device of whoever is logged out still has to send; and what it may not keep is taken away."""
    return render_template("contributions/_login.html")


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """What was said, written down in every working session, or at least declared of one held before."""
    if not may(Permission.VIEW_CONTRIBUTIONS):
        return
    working = [each for each in event.sessions if each.kind is SessionKind.WORKING and not each.is_cancelled]
    if not working:
        return
    counts = entry_counts.count_by_session(Session.event_id == event.id)
    written = sum(1 for session in working if session.id in counts or session.has_declared_figures)
    yield Step(
        Stage.CONTRIBUTIONS,
        _("Write down what was said"),
        is_done=written == len(working) and event.is_over(now),
        is_due=event.starts_at <= now,
        note=_("%(written)d of %(all)d working sessions", written=written, all=len(working)) if written else "",
        act=_("Go to the sessions"),
        url=url_for("contributions_sessions.capture_sessions", slug=event.slug)
        if may(Permission.RECORD_CONTRIBUTIONS)
        else "",
    )
