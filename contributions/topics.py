"""Topics: what entries are about, one list for all events of a process."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select

from contributions.models import Topic, TopicColour
from core.database import db, insert_into
from core.errors import DomainError
from core.text import clean_line, fold
from events.models import Event, Process

MAX_NAME_LENGTH = 200
MOST = 1_000
"""How many topics a list gets from what people write: each is read wherever one is chosen."""
IN_ORDER = (Topic.position == 0, Topic.position, Topic.name_key, Topic.id)
"""As the team put them; what nobody has put anywhere comes after that, by name."""


class TopicNameTooLong(DomainError):
    """The name of the topic has more characters than the list of topics takes."""

    message = _l("A topic may have up to %(length)d characters.")
    field = "topic"

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(length=MAX_NAME_LENGTH)


class TooManyTopics(DomainError):
    """So many topics sort nothing any more."""

    message = _l("There are already %(most)d topics. Choose one of them.")
    field = "topic"

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(most=MOST)


def get_or_create(event: Event, name: str) -> Topic | None:
    """Give the topic of this name, made when the process (or the event on its own) has none; no name is no topic.

    Two spellings of one name are one topic, written as the first who used it wrote it; so are its name in another
    language and the one it had before. Two people who make it at once get the same: the unique constraint decides.
    Raises `TopicNameTooLong`, `TooManyTopics`.
    """
    name = clean_line(name)
    return get_or_create_all(event, {name_key(name): name})[name_key(name)] if name else None


def get_or_create_all(event: Event, names: Mapping[str, str]) -> dict[str, Topic]:
    """Give the topics of these names by their keys, in as many queries however many they are but for those it makes.

    They are made in order of key, so that two who make the same never wait for each other. Raises `TooManyTopics`.
    """
    listed = list_for_event(event) if names else []
    known = by_every_name(listed)
    missing = sorted(names.keys() - known.keys())
    if not missing:
        return {key: known[key] for key in names}
    if len(listed) + len(missing) > MOST:
        raise TooManyTopics
    owner = {"process_id": event.process_id} if event.process_id else {"event_id": event.id}
    used = Counter(topic.colour for topic in listed)
    for key in missing:
        colour = min(TopicColour, key=lambda each: used[each])
        used[colour] += 1
        values = {"name": clean_line(names[key]), "name_key": key, "names": {}, "former_keys": [], **owner}
        db.session.execute(insert_into(Topic).values(colour=colour, **values).on_conflict_do_nothing())
    known = by_every_name(list_for_event(event))
    return {key: known[key] for key in names}


@lru_cache(maxsize=1024)  # a long file names the same few topics over and over
def name_key(name: str) -> str:
    """Give what two spellings of a topic's name have in common. Raises `TopicNameTooLong`."""
    key = fold(name) or name.casefold()
    if max(len(name), len(key)) > MAX_NAME_LENGTH:
        raise TopicNameTooLong
    return key


def list_keys(topic: Topic) -> set[str]:
    """All that the topic is known by: its name, those in other languages, and those it had before."""
    return {topic.name_key, *map(name_key, topic.names.values()), *topic.former_keys}


def choose_colour(topics: Sequence[Topic]) -> TopicColour:
    """The colour that fewest of these topics have, in the order of the colours."""
    used = [topic.colour for topic in topics]
    return min(TopicColour, key=used.count)


def list_for_event(event: Event) -> Sequence[Topic]:
    """Give the topics that entries of the event can be about, in their order."""
    return db.session.scalars(select(Topic).where(_belongs_to(event)).order_by(*IN_ORDER)).all()


def list_for_process(process: Process, *, of_events: ColumnElement[bool]) -> Sequence[Topic]:
    """Give the topics of a process and those that its events had of their own before they joined it.

    Those of events for which `of_events` does not hold stay out; the process's own are one list for all of them.
    """
    return db.session.scalars(select(Topic).where(in_process(process, of_events)).order_by(*IN_ORDER)).all()


def read(topic_ids: Iterable[int | None]) -> dict[int, Topic]:
    """Read topics by their ids; None, which is that of no topic, is passed over."""
    wanted = [topic_id for topic_id in topic_ids if topic_id is not None]
    return {topic.id: topic for topic in db.session.scalars(select(Topic).where(Topic.id.in_(wanted)))}


def in_process(process: Process, of_events: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a topic is the process's, or of those of its events for which `of_events` holds."""
    events = select(Event.id).where(Event.process_id == process.id, of_events)
    return or_(Topic.process_id == process.id, Topic.event_id.in_(events))


def by_every_name(topics: Sequence[Topic]) -> dict[str, Topic]:
    """Topics by all that they are known by; a topic's own name comes before what others are called beside theirs.

    Of two of one name the process's own comes before one from the time when the event had no process.
    """
    known: dict[str, Topic] = {}
    for topic in sorted(topics, key=lambda each: each.process_id is None):
        known.setdefault(topic.name_key, topic)
    for topic in topics:
        for key in list_keys(topic):
            known.setdefault(key, topic)
    return known


def _belongs_to(event: Event) -> ColumnElement[bool]:
    own = Topic.event_id == event.id
    return or_(own, Topic.process_id == event.process_id) if event.process_id else own
