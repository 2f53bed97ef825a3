"""Topics: what entries are about, one list for all events of a process."""

from collections.abc import Sequence
from functools import lru_cache

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select

from contributions.models import Topic
from core.database import db, insert_into
from core.errors import DomainError
from core.text import clean_line, fold
from events.models import Event, Process

MAX_NAME_LENGTH = 200


class TopicNameTooLong(DomainError):
    """The name of the topic has more characters than the list of topics takes."""

    message = _l("A topic may have up to %(length)d characters.")
    field = "topic"

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(length=MAX_NAME_LENGTH)


def get_or_create(event: Event, name: str) -> Topic | None:
    """Give the topic of this name, made when the process (or the event on its own) has none; no name is no topic.

    Two spellings of one name are one topic, written as the first who used it wrote it. Two people who make it at once
    get the same: the unique constraint decides. Raises `TopicNameTooLong`.
    """
    name = clean_line(name)
    if not name:
        return None
    key = name_key(name)
    topic = _find(event, key)
    if topic is None:
        owner = {"process_id": event.process_id} if event.process_id else {"event_id": event.id}
        db.session.execute(insert_into(Topic).values(name=name, name_key=key, **owner).on_conflict_do_nothing())
        topic = _find(event, key)
    return topic


@lru_cache(maxsize=1024)  # a long file names the same few topics over and over
def name_key(name: str) -> str:
    """Give what two spellings of a topic's name have in common. Raises `TopicNameTooLong`."""
    key = fold(name) or name.casefold()
    if max(len(name), len(key)) > MAX_NAME_LENGTH:
        raise TopicNameTooLong
    return key


def list_for_event(event: Event) -> Sequence[Topic]:
    """Give the topics that entries of the event can be about, in order of name."""
    return db.session.scalars(select(Topic).where(_belongs_to(event)).order_by(Topic.name_key, Topic.id)).all()


def list_for_process(process: Process, *, of_events: ColumnElement[bool]) -> Sequence[Topic]:
    """Give the topics of a process and those that its events had of their own before they joined it.

    Those of events for which `of_events` does not hold stay out; the process's own are one list for all of them.
    """
    events = select(Event.id).where(Event.process_id == process.id, of_events)
    owned = or_(Topic.process_id == process.id, Topic.event_id.in_(events))
    return db.session.scalars(select(Topic).where(owned).order_by(Topic.name_key, Topic.id)).all()


def _find(event: Event, key: str) -> Topic | None:
    """Find by key; the process's own comes before one from the time when the event had no process."""
    query = select(Topic).where(_belongs_to(event), Topic.name_key == key)
    return db.session.scalar(query.order_by(Topic.process_id.is_(None)).limit(1))


def _belongs_to(event: Event) -> ColumnElement[bool]:
    own = Topic.event_id == event.id
    return or_(own, Topic.process_id == event.process_id) if event.process_id else own
