"""Walls: what is said in sessions, for everybody in the room to read while it is written; without anybody's name."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager

from contributions import topics
from contributions.entry_lists import COUNTED
from contributions.models import Entry, EntryKind, EntrySource, EntryState, Notebook, Topic
from core.database import db
from events.models import Event, Session, SessionKind

MOST = 400
AROUND = timedelta(minutes=15)
"""A session is on from when people come in until they have left."""


@dataclass(frozen=True)
class Group:
    """What was said about a topic, or about none, the last first."""

    topic: Topic | None
    entries: list[Entry]


@dataclass(frozen=True)
class Wall:
    """What stands on a wall; `version` changes with anything on it, `left_out` are those for which it has no room."""

    version: str
    sessions: Sequence[Session]
    counts: dict[EntryKind, int]
    groups: list[Group]
    left_out: int


def choose_sessions(event: Event, codes: Collection[str], *, now: datetime) -> list[Session]:
    """The sessions with these codes; without any, those that are on, or all when none is."""
    held = list_sessions(event)
    chosen = [session for session in held if session.code in codes]
    on_now = [each for each in held if each.starts_at - AROUND <= now < each.ends_at + AROUND]
    return chosen or on_now or held


def list_sessions(event: Event) -> list[Session]:
    """The sessions of an event in which something can be said."""
    return [each for each in event.sessions if each.kind is not SessionKind.BREAK and not each.is_cancelled]


def find_version(sessions: Sequence[Session]) -> str:
    """Which sessions, and how far each of their notebooks is: the one light question of a wall that hangs there."""
    ids = [session.id for session in sessions]
    query = select(Notebook.session_id, Notebook.revision).where(Notebook.session_id.in_(ids))
    revisions = dict(db.session.execute(query.order_by(Notebook.session_id)).all())
    return ".".join(f"{session_id}-{revisions.get(session_id, 0)}" for session_id in ids)


def read_wall(event: Event, sessions: Sequence[Session]) -> Wall:
    """Read what stands on the wall of these sessions; the version first, so that what is written meanwhile follows."""
    version = find_version(sessions)
    shown = is_shown(sessions)
    query = select(Entry).join(Entry.session).where(shown).options(contains_eager(Entry.session))
    entries = db.session.scalars(query.order_by(Entry.recorded_at.desc(), Entry.id.desc()).limit(MOST)).all()
    counts = _count(shown)
    return Wall(version, sessions, counts, _group(event, entries), sum(counts.values()) - len(entries))


def is_shown(sessions: Sequence[Session]) -> ColumnElement[bool]:
    """The condition that everybody in the room may read an entry.

    What is written down there was said before all of them; what a person sends by themselves waits until the team has
    read it.
    """
    return and_(
        Entry.session_id.in_([session.id for session in sessions]),
        *COUNTED,
        Entry.withheld_at.is_(None),
        or_(Entry.source != EntrySource.WRITTEN, Entry.state != EntryState.COLLECTED),
    )


def _count(shown: ColumnElement[bool]) -> dict[EntryKind, int]:
    counts = dict.fromkeys(EntryKind, 0)
    for kind, count in db.session.execute(select(Entry.kind, func.count()).where(shown).group_by(Entry.kind)):
        counts[kind] = count
    return counts


def _group(event: Event, entries: Sequence[Entry]) -> list[Group]:
    """Put entries under their topics, in the order of the topics; what is about none comes last."""
    order = {topic.id: place for place, topic in enumerate(topics.list_for_event(event))}
    groups: dict[int | None, Group] = {}
    for entry in entries:
        groups.setdefault(entry.topic_id, Group(entry.topic, [])).entries.append(entry)
    # A topic from when the event was of another process is in no list, and stands after those that are.
    return sorted(groups.values(), key=lambda group: order.get(group.topic.id, len(order)) if group.topic else math.inf)
