"""What of contributions a copy of an event takes along: the topics of an event that belongs to no process."""

from typing import Any

from flask_babel import ngettext

from contributions.topics import get_or_create, list_for_event
from events import signals
from events.models import Event
from events.signals import Consequence


@signals.copied.connect
def take_along(event: Event, *, original: Event, **_others: Any) -> list[Consequence]:
    """Give the copy the topics of the original; those of a process are there already."""
    if event.process_id:
        return []
    taken = [get_or_create(event, topic.name) for topic in list_for_event(original)]
    return [Consequence(ngettext("%(num)d topic", "%(num)d topics", len(taken)))] if taken else []
