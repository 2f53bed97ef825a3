"""What this room shows on the pages of others: the way to a message, what was stopped, the return, its mails."""

from collections.abc import Iterator
from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from accounts.permissions import Permission, may
from core.web import fills_block
from events import pages
from events.desk import Need, Stage, Step, tells_needs, tells_steps
from events.models import Event
from events.pages import Group, Page
from messages import services
from registrations.mails import Picked, picks_mails
from registrations.models import Registration

pages.add(Page(Group.PEOPLE, 4, _l("Messages"), "registrations_messages.messages", Permission.WRITE_TO_PEOPLE))


@fills_block("attendees.tools")
def to_list(event: Event, people: int, query_string: str) -> str:
    """Lead from the attendee list to a message to the people it shows."""
    if not people or not may(Permission.WRITE_TO_PEOPLE):
        return ""
    return render_template("messages/_to_list.html", event=event, people=people, query_string=query_string)


@fills_block("registration.mails")
def to_person(registration: Registration, event: Event) -> str:
    """Lead from the mails of a person to a message to them."""
    if not registration.email or registration.awaits or not may(Permission.WRITE_TO_PEOPLE):
        return ""
    return render_template("messages/_to_person.html", registration=registration, event=event)


@picks_mails("message")
def pick_mails(event: Event, message_id: int) -> Picked:
    """The mails of a message, in the list of all mails of the event."""
    message = services.get_message(event, message_id)
    url = url_for("registrations_messages.message", slug=event.slug, message_id=message_id)
    return Picked("message", message_id, services.select_mails(message), _("of one message"), url)


@tells_needs
def needs(event: Event, now: datetime) -> Iterator[Need]:  # noqa: ARG001 - like all others
    """Messages that were stopped on their way."""
    if not may(Permission.WRITE_TO_PEOPLE):
        return
    stopped = services.count_stopped(event)
    if stopped:
        yield Need(
            ngettext("%(num)d message was stopped on its way.", "%(num)d messages were stopped on their way.", stopped),
            _("See the messages"),
            url_for("registrations_messages.messages", slug=event.slug),
        )


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """Those who took part are told what came of it."""
    may_write = may(Permission.WRITE_TO_PEOPLE)
    yield Step(
        Stage.RETURN,
        _("Tell those who took part what came of it"),
        is_done=services.has_told_since(event),
        is_due=event.is_over(now),
        act=_("Write to them"),
        url=url_for("registrations_messages.create", slug=event.slug, presence="came") if may_write else "",
    )
