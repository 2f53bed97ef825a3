"""What of contributions a copy of an event takes along: the topics of an event that belongs to no process."""

from datetime import datetime
from typing import Any

from flask_babel import ngettext

from accounts.models import StaffMember
from contributions import topic_lists
from events import signals
from events.models import Event
from events.signals import Consequence


@signals.copied.connect
def take_along(
    event: Event, *, original: Event, by: StaffMember | None, now: datetime, **_others: Any
) -> list[Consequence]:
    """Give the copy the topics of the original; those of a process are there already."""
    if event.process_id:
        return []
    topics = [topic_lists.values_of(topic) for topic in topic_lists.list_topics(original)]
    added = topic_lists.take_in(event, topics, by=by, now=now).added
    return [Consequence(ngettext("%(num)d topic", "%(num)d topics", added))] if added else []
