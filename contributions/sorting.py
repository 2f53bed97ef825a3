"""Sorting: what the team makes of the entries of an event after the day.

What changes an entry for the note-takers too (its topic, merging, splitting) is an act of its notebook, as if it had
been done there. Theme, state, title and what is withheld are the team's own and leave a line in the trail
(docs/adr/0032).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import contains_eager

from accounts.models import StaffMember
from contributions import entry_lists, entry_trail, likenesses, notebooks, publications, revisions, services
from contributions.entry_lists import COUNTED, EntryFilter
from contributions.models import Entry, EntryAct, EntryActKind, EntryState, Theme, Topic, new_key
from contributions.notebooks import Notetaker
from contributions.reports import Report
from core.database import batches, db
from core.errors import DomainError
from events.models import Event, Session


class NothingChosen(DomainError):
    """An act on entries needs some."""

    message = _l("Choose at least one entry.")


class NowhereToPut(DomainError):
    """Entries are put into something."""

    message = _l("Choose where to put them.")


class NothingToMerge(DomainError):
    """One entry cannot be one with itself."""

    message = _l("Choose at least two entries to make them one.")


class MergedAcross(DomainError):
    """What was said in two sessions, or is of two kinds, counts in each of them."""

    message = _l("Only entries of one session and one kind become one. Put the others in a theme together.")


@dataclass(frozen=True)
class Group:
    """The entries of one topic or theme that a board shows, and how many they are."""

    topic_id: int | None
    theme_id: int | None
    count: int


@dataclass(frozen=True)
class Target:
    """Where entries are put: a topic (None: none), or a theme (None: none)."""

    is_theme: bool
    topic: Topic | None = None
    theme: Theme | None = None


def count_groups(event: Event, chosen: EntryFilter) -> list[Group]:
    """Count the entries that the filter leaves in each pair of topic and theme."""
    listed = entry_lists.select_of_event(event, chosen).order_by(None).with_only_columns(Entry.topic_id, Entry.theme_id)
    found = listed.subquery()
    query = select(found.c.topic_id, found.c.theme_id, func.count()).group_by(found.c.topic_id, found.c.theme_id)
    return [Group(*row) for row in db.session.execute(query)]


def find_alike(event: Event, chosen: EntryFilter) -> list[list[int]]:
    """Group the entries that the filter leaves by what may be the same said twice; give their ids."""
    query = entry_lists.select_of_event(event, chosen).with_only_columns(Entry.id, Entry.search_key)
    return likenesses.group_alike((entry_id, words) for entry_id, words in db.session.execute(query))


def select_ids(query: Select[Entry]) -> Select[int]:
    """The same entries, their ids alone, in no order."""
    return query.order_by(None).with_only_columns(Entry.id)


def get_entries(event: Event, ids: Iterable[int]) -> list[Entry]:
    """Give these entries of the event that stand, in the order of their numbers. Raises `NothingChosen`."""
    found: list[Entry] = []
    for some in batches(sorted(set(ids))):
        query = select(Entry).join(Entry.session).where(Session.event_id == event.id, Entry.id.in_(some), *COUNTED)
        found += db.session.scalars(query)
    if not found:
        raise NothingChosen
    return sorted(found, key=lambda entry: (entry.session_id, entry.kind, entry.number))


def find_next(entry: Entry) -> Entry | None:
    """The next entry of its kind in the programme that waits to be published: neither published yet nor withheld."""
    session = entry.session
    later = or_(
        Session.starts_at > session.starts_at,
        and_(Session.starts_at == session.starts_at, Session.code > session.code),
        and_(Session.id == session.id, Entry.number > entry.number),
    )
    waiting = (Entry.kind == entry.kind, Entry.state != EntryState.PUBLISHED, Entry.withheld_at.is_(None), *COUNTED)
    query = select(Entry).join(Entry.session).where(Session.event_id == session.event_id, later, *waiting)
    query = query.options(contains_eager(Entry.session))
    return db.session.scalar(query.order_by(Session.starts_at, Session.code, Entry.number).limit(1))


def list_merged(entry: Entry) -> Sequence[Entry]:
    """What is counted as a part of this entry."""
    query = select(Entry).where(Entry.merged_into_id == entry.id).order_by(Entry.kind, Entry.number)
    return db.session.scalars(query).all()


def put(entries: Sequence[Entry], target: Target, *, by: StaffMember | None, now: datetime) -> int:
    """Put entries into a topic or a theme, and give how many were elsewhere before.

    A theme within a topic takes its entries into that topic; another topic takes them out of a theme that is not in it.
    """
    if target.is_theme:
        moving = [entry for entry in entries if entry.theme_id != (target.theme.id if target.theme else None)]
        if target.theme and target.theme.topic:
            _set_topic([each for each in entries if each.topic is not target.theme.topic], target.theme.topic, by, now)
        _set(moving, theme_id=target.theme.id if target.theme else None)
        entry_trail.note_all("entry.theme", moving, by=by, now=now, theme=target.theme.name if target.theme else "")
        return len(moving)
    moving = [entry for entry in entries if entry.topic is not target.topic]
    _set_topic(moving, target.topic, by, now)
    topic_id = target.topic.id if target.topic else None
    _set([each for each in entries if each.theme and each.theme.topic_id not in {None, topic_id}], theme_id=None)
    return len(moving)


def set_state(entries: Sequence[Entry], state: EntryState, *, by: StaffMember | None, now: datetime) -> int:
    """Say how far the team is with entries, and give of how many that is new."""
    changing = [entry for entry in entries if entry.state is not state]
    for before in EntryState:
        were = [entry for entry in changing if entry.state is before]
        entry_trail.note_all(f"entry.{_ACT_OF_STATE[state]}", were, by=by, now=now, before=before.value)
    _set(changing, state=state)
    for event in {entry.session.event for entry in changing}:
        publications.tell_event(event)
    return len(changing)


def merge(entries: Sequence[Entry], *, by: StaffMember, now: datetime) -> Entry:
    """Make several entries of one session one, the first of them, which keeps all their words, links and dots.

    Raises `NothingToMerge`, `MergedAcross`.
    """
    if len(entries) < 2:
        raise NothingToMerge
    first, *others = entries
    if any((each.session_id, each.kind) != (first.session_id, first.kind) for each in others):
        raise MergedAcross
    reports = [Report(new_key(), EntryActKind.MERGE, each.key, now, other=first.key) for each in others]
    notebooks.accept(first.session, reports, by=Notetaker(staff=by), now=now)
    for each in others:
        entry_trail.note("entry.merge", each, by=by, now=now, into=first.code)
    return first


def unmerge(entry: Entry, *, by: StaffMember, now: datetime) -> None:
    """Let an entry that was merged into another stand by itself again."""
    if not entry.is_merged:
        return
    services.act_on(entry, EntryActKind.UNMERGE, by=Notetaker(staff=by), now=now)
    entry_trail.note("entry.unmerge", entry, by=by, now=now)


_ACT_OF_STATE = {
    EntryState.COLLECTED: "take_back",
    EntryState.REVIEWED: "review",
    EntryState.PUBLISHED: "publish",
}


def _set_topic(entries: Collection[Entry], topic: Topic | None, by: StaffMember | None, now: datetime) -> None:
    """Have the notebooks of these entries accept that they are about another topic."""
    by_session: dict[Session, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_session[entry.session].append(entry)
    revisions.hold(session.id for session in by_session)
    for session, own in by_session.items():
        seen = _read_seen(session, [entry.key for entry in own])
        sets = {"topic": topic.name if topic else ""}
        reports = [
            Report(new_key(), EntryActKind.EDIT, entry.key, now, sets, tuple(seen.get(entry.key, ()))) for entry in own
        ]
        notebooks.accept(session, reports, by=Notetaker(staff=by), now=now)


def _read_seen(session: Session, keys: Sequence[str]) -> Mapping[str, list[str]]:
    """The acts of each of these entries, for an act that knows them all."""
    seen: dict[str, list[str]] = defaultdict(list)
    for some in batches(keys):
        query = select(EntryAct.entry_key, EntryAct.key).where(
            EntryAct.session_id == session.id, EntryAct.entry_key.in_(some), EntryAct.kind != EntryActKind.SUPPORT
        )
        for entry_key, key in db.session.execute(query.order_by(EntryAct.id)):
            seen[entry_key].append(key)
    return seen


def _set(entries: Sequence[Entry], **values: Any) -> None:
    """Write what is the team's own of these entries, and have the devices hear of it."""
    for some in batches([entry.id for entry in entries]):
        revisions.stamp(Entry.id.in_(some))
        statement = update(Entry).where(Entry.id.in_(some)).values(**values)
        db.session.execute(statement.execution_options(synchronize_session="fetch"))
