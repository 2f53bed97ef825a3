"""What of contributions a copy of an event takes along: what entries are sorted by, its topics and themes; no entry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import ngettext

from accounts.models import StaffMember
from contributions import themes, topic_lists, topics
from contributions.models import Theme, Topic
from core.database import db
from events import signals
from events.models import Event
from events.signals import Consequence


@signals.copied.connect
def take_along(
    event: Event, *, original: Event, by: StaffMember | None, now: datetime, **_others: Any
) -> list[Consequence]:
    """Give the copy the topics and the themes of the original; topics of a process that both belong to are shared."""
    added = _take_topics(event, original, by=by, now=now)
    grouped = _take_themes(event, original)
    said = []
    if added:
        said.append(Consequence(ngettext("%(num)d topic", "%(num)d topics", added)))
    if grouped:
        said.append(Consequence(ngettext("%(num)d theme", "%(num)d themes", grouped)))
    return said


def _take_topics(event: Event, original: Event, *, by: StaffMember | None, now: datetime) -> int:
    """Give the copy those topics of the original that it does not know yet, and give how many they were."""
    known = topics.by_every_name(topics.list_for_event(event))
    missing = [topic for topic in topics.list_for_event(original) if topic.name_key not in known]
    added = topic_lists.take_in(event, [topic_lists.values_of(topic) for topic in missing], by=by, now=now).added
    taxonomies = {topic.name_key: topic.taxonomy_ids for topic in missing}
    for topic in topic_lists.list_topics(event):
        topic.taxonomy_ids = list(taxonomies.get(topic.name_key, topic.taxonomy_ids))
    return added


def _take_themes(event: Event, original: Event) -> int:
    """Give the copy the themes of the original, each within the topic of the same name, and give how many they are."""
    own = topics.by_every_name(topics.list_for_event(event))
    listed = themes.list_themes(original)
    db.session.add_all(
        Theme(event_id=event.id, name=theme.name, position=theme.position, topic=_find_same(theme.topic, own))
        for theme in listed
    )
    db.session.flush()
    return len(listed)


def _find_same(topic: Topic | None, own: Mapping[str, Topic]) -> Topic | None:
    """The copy's topic that is known by the topic's own name, or by another of its names."""
    keys = [topic.name_key, *sorted(topics.list_keys(topic))] if topic else []
    return next((own[key] for key in keys if key in own), None)
