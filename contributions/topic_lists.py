"""The list of topics of a process, or of an event that belongs to none: what the team makes of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, select, true, update

from accounts.models import StaffMember
from contributions import revisions, topics
from contributions.models import Entry, EntryAct, EntryKind, Theme, Topic, TopicColour
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events import owners
from events.models import Event, Process, Session
from events.owners import Owner, columns_of

EntryCounts = dict[EntryKind, int]


class TopicNameTaken(DomainError):
    """Another topic of the list is known by this name already."""

    message = _l("There is a topic of this name already.")
    field = "name"


class TopicInUse(DomainError):
    """Entries are about the topic, or themes belong to it."""

    message = _l("Entries or themes belong to this topic. Merge it with another one instead.")


class MergedWithItself(DomainError):
    """A topic cannot become part of itself."""

    message = _l("Choose another topic to merge it with.")
    field = "into"


@dataclass(frozen=True)
class TopicValues:
    """What is said of a topic: its own name, those in other languages, its colour."""

    name: str
    names: dict[str, str] = field(default_factory=dict)
    colour: TopicColour | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a list of topics that was taken in."""

    added: int = 0
    changed: int = 0
    known: int = 0


def list_topics(owner: Owner) -> Sequence[Topic]:
    """Give the topics of the list in their order."""
    return db.session.scalars(select(Topic).where(_of(owner)).order_by(*topics.IN_ORDER)).all()


def get_topic(owner: Owner, topic_id: int) -> Topic:
    """Give one topic of the list. Raises `NotFoundError`."""
    topic = db.session.scalar(select(Topic).where(_of(owner), Topic.id == topic_id))
    if topic is None:
        raise NotFoundError(topic_id)
    return topic


def count_entries(owner: Owner, of_events: ColumnElement[bool] | None = None) -> dict[int, EntryCounts]:
    """Count what is said about each topic, by its id; of those events of a process for which `of_events` holds."""
    sessions = select(Session.id).where(_in(owner, of_events))
    query = select(Entry.topic_id, Entry.kind, func.count()).where(
        Entry.session_id.in_(sessions),
        Entry.topic_id.is_not(None),
        Entry.deleted_at.is_(None),
        Entry.merged_into_id.is_(None),
    )
    counts: dict[int, EntryCounts] = {}
    for topic_id, kind, count in db.session.execute(query.group_by(Entry.topic_id, Entry.kind)):
        counts.setdefault(topic_id or 0, {})[kind] = count
    return counts


def is_used(topic: Topic) -> bool:
    """Whether an entry, deleted or not, an act on one, or a theme is about the topic."""
    uses = (select(model.id).where(model.topic_id == topic.id).limit(1) for model in (Entry, EntryAct, Theme))
    return any(db.session.scalar(query) is not None for query in uses)


def add(owner: Owner, values: TopicValues, *, by: StaffMember | None, now: datetime) -> Topic:
    """Put a topic at the end of the list. Raises `TopicNameTaken`."""
    listed = list_topics(owner)
    _refuse_taken(values, listed)
    topic = _make(owner, values, listed)
    flush_or_refuse(TopicNameTaken)
    _note("create", owner, by=by, now=now, topic=topic.name)
    return topic


def change(topic: Topic, owner: Owner, values: TopicValues, *, by: StaffMember | None, now: datetime) -> None:
    """Call a topic otherwise, or give it another colour; it stays known by what it was called.

    Raises `TopicNameTaken`.
    """
    _refuse_taken(values, [each for each in list_topics(owner) if each is not topic])
    if values == values_of(topic):
        return
    _stamp(topic)
    known = topics.list_keys(topic)
    topic.name, topic.name_key = values.name, topics.name_key(values.name)
    topic.names, topic.colour = values.names, values.colour
    topic.former_keys = []
    topic.former_keys = sorted(known - topics.list_keys(topic))
    flush_or_refuse(TopicNameTaken)
    _note("update", owner, by=by, now=now, topic=topic.name)


def move(topic: Topic, owner: Owner, places: int, *, by: StaffMember | None, now: datetime) -> None:
    """Move a topic by so many places, up when negative; the first and the last stay where they are."""
    query = select(Topic).where(_of(owner)).order_by(*topics.IN_ORDER)
    listed = list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))
    before = listed.index(topic)
    after = min(max(before + places, 0), len(listed) - 1)
    if before == after:
        return
    listed.insert(after, listed.pop(before))
    _number(listed)
    _note("move", owner, by=by, now=now, topic=topic.name, position=after + 1)


def merge(topic: Topic, into: Topic, owner: Owner, *, by: StaffMember | None, now: datetime) -> int:
    """Make `topic` a part of `into`, which takes all its entries and themes and is known by its names too.

    It keeps the numbers that both have on Decidim: what was about either goes there under the same as before.

    Gives how many entries that were. Raises `MergedWithItself`.
    """
    if topic is into:
        raise MergedWithItself
    # Whoever writes in one of these sessions now has written before the topic goes, or hears of it afterwards.
    revisions.hold(db.session.scalars(select(Session.id).where(_in(owner))).all())
    entries = _stamp(topic)
    for model in (Entry, EntryAct, Theme):
        db.session.execute(update(model).where(model.topic_id == topic.id).values(topic_id=into.id))
    into.former_keys = sorted({*into.former_keys, *topics.list_keys(topic)})
    into.taxonomy_ids = list(dict.fromkeys([*into.taxonomy_ids, *topic.taxonomy_ids]))
    _note("merge", owner, by=by, now=now, topic=topic.name, into=into.name, entries=entries)
    db.session.flush()
    db.session.delete(topic)
    db.session.flush()
    return entries


def delete(topic: Topic, owner: Owner, *, by: StaffMember | None, now: datetime) -> None:
    """Take a topic out of the list that nothing is about. Raises `TopicInUse`."""
    if is_used(topic):
        raise TopicInUse
    _note("delete", owner, by=by, now=now, topic=topic.name)
    db.session.delete(topic)
    flush_or_refuse(TopicInUse)


def take_in(owner: Owner, rows: Iterable[TopicValues], *, by: StaffMember | None, now: datetime) -> Taken:
    """Add the topics of another list; one that is there already gets the names and the colour that it lacks."""
    listed = list(list_topics(owner))
    added = changed = known = 0
    for values in rows:
        keys = _keys_of(values)
        topic = next((each for each in listed if keys & topics.list_keys(each)), None)
        if topic is None:
            listed.append(_make(owner, values, listed))
            added += 1
        elif _complete(topic, values, [each for each in listed if each is not topic]):
            changed += 1
        else:
            known += 1
    if added:
        _number(listed)
    flush_or_refuse(TopicNameTaken)
    if added or changed:
        _note("import", owner, by=by, now=now, added=added, changed=changed)
    return Taken(added, changed, known)


def values_of(topic: Topic) -> TopicValues:
    """What is said of a topic, to be said of another."""
    return TopicValues(topic.name, dict(topic.names), topic.colour)


def _of(owner: Owner) -> ColumnElement[bool]:
    if isinstance(owner, Process):
        return topics.in_process(owner, true())
    return Topic.event_id == owner.id


def _in(owner: Owner, of_events: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The condition that a session is one of the event, or of the process's events for which `of_events` holds."""
    if isinstance(owner, Event):
        return Session.event_id == owner.id
    allowed = true() if of_events is None else of_events
    return Session.event_id.in_(select(Event.id).where(and_(Event.process_id == owner.id, allowed)))


def _make(owner: Owner, values: TopicValues, listed: Sequence[Topic]) -> Topic:
    """Make a topic that comes last; where nobody has put the others in an order, by its name among them."""
    last = max((each.position for each in listed), default=0)
    topic = Topic(
        **columns_of(owner),
        name=values.name,
        name_key=topics.name_key(values.name),
        names=values.names,
        former_keys=[],
        colour=values.colour or topics.choose_colour(listed),
        position=last + 1 if last else 0,
    )
    db.session.add(topic)
    return topic


def _complete(topic: Topic, values: TopicValues, others: Sequence[Topic]) -> bool:
    """Give a topic the names and the colour that it lacks; whether there were any."""
    taken = {key for each in others for key in topics.list_keys(each)}
    missing = {
        language: name
        for language, name in values.names.items()
        if language not in topic.names and topics.name_key(name) not in taken
    }
    if not missing and (topic.colour or not values.colour):
        return False
    topic.names = {**topic.names, **missing}
    topic.colour = topic.colour or values.colour
    return True


def _refuse_taken(values: TopicValues, others: Collection[Topic]) -> None:
    """Refuse a name that somebody would take for another topic's; what was one's former name is free again."""
    keys = _keys_of(values)
    for other in others:
        if keys & (topics.list_keys(other) - set(other.former_keys)):
            raise TopicNameTaken
        if keys & set(other.former_keys):
            other.former_keys = sorted(set(other.former_keys) - keys)


def _keys_of(values: TopicValues) -> set[str]:
    return {topics.name_key(name) for name in (values.name, *values.names.values())}


def _number(listed: Sequence[Topic]) -> None:
    for position, each in enumerate(listed, 1):
        each.position = position


def _stamp(topic: Topic) -> int:
    """Have the devices hear of all entries about the topic; give how many they are."""
    return revisions.stamp(Entry.topic_id == topic.id)


def _note(act: str, owner: Owner, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    owners.record(f"topic.{act}", owner, by=by, now=now, **details)
