"""What this room shows on the pages of others: its own among those of an event, and the step of the day itself."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, may
from events import pages
from events.desk import Stage, Step, tells_steps
from events.models import Event
from events.pages import Group, Page
from registrations import concerns

pages.add(
    Page(Group.DAY, 1, _l("Door"), "registrations_door.page", Permission.RECORD_ATTENDANCE),
    Page(Group.DAY, 2, _l("Door links"), "registrations_door_links.links", Permission.EDIT_REGISTRATIONS),
)


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """It is recorded who comes: at the door, and from the list afterwards; or declared how many came."""
    came, expected = concerns.count_came(event)
    is_over = event.is_over(now)
    is_declared = any(session.declared_participants is not None for session in event.sessions)
    page = "registrations_workspace.attendees" if is_over else "registrations_door.page"
    yield Step(
        Stage.ATTENDANCE,
        _("Record who comes"),
        is_done=is_over and (came > 0 or is_declared),
        is_due=now.astimezone(event.zone).date() >= event.starts_at.astimezone(event.zone).date(),
        note=_("%(came)d of %(expected)d came", came=came, expected=expected) if came else "",
        act=_("Record it from the list") if is_over else _("Open the door"),
        url=url_for(page, slug=event.slug) if may(Permission.RECORD_ATTENDANCE) else "",
    )
