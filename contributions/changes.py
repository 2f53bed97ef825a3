"""What has changed in a notebook since a device last asked: its entries as devices hold them, in one light question."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import StaffMember
from contributions import entry_lists, notebooks, revisions, topics
from contributions.entry_rule import sum_up
from contributions.models import Entry, EntryAct, FormerNumber, Notebook, ProposalOrigin, Topic, make_reference
from core.database import db
from events.models import Session

Root = aliased(Entry)
Merged = aliased(Entry)


class NotebookState(NamedTuple):
    """The revision of a notebook, and when and by whom it was closed."""

    revision: int = revisions.FIRST
    closed_at: datetime | None = None
    closed_by: str = ""


def find_state(session_id: int) -> NotebookState:
    """How a session's notebook stands."""
    query = select(Notebook.revision, Notebook.closed_at, StaffMember.name, StaffMember.email)
    query = query.outerjoin(Notebook.closed_by).where(Notebook.session_id == session_id)
    row = db.session.execute(query).one_or_none()
    return NotebookState(row.revision, row.closed_at, row.name or row.email or "") if row else NotebookState()


def read_changes(session: Session, since: int, *, base: str, language: str) -> dict[str, Any]:
    """Give what a device that has seen revision `since` does not know; since 0, everything.

    The revision is read first: what is written meanwhile comes again, and nothing is missed.
    """
    revision, closed_at, closed_by = find_state(session.id)
    told: dict[str, Any] = {
        "revision": revision,
        "closed_at": closed_at.isoformat() if closed_at else None,
        "closed_by": closed_by,
        "entries": [],
    }
    if since == revision:
        return told
    known_topics = topics.list_for_event(session.event)
    names = {topic.id: topic.name_in(language) for topic in known_topics}
    counts = entry_lists.count_by_kind(session)
    return told | {
        "entries": _read_entries(session, since, names, base),
        "counts": {kind.value: count for kind, count in counts.items()},
        "topics": [_tell_topic(topic, language) for topic in known_topics],
        "by": {"late": notebooks.count_late(session, closed_at)},
    }


def _tell_topic(topic: Topic, language: str) -> dict[str, str]:
    return {"name": topic.name_in(language), "colour": topic.colour.value if topic.colour else ""}


def _read_entries(session: Session, since: int, topic_names: dict[int, str], base: str) -> list[dict[str, Any]]:
    """Read the entries in the same number of queries, however many they are."""
    changed = Entry.session_id == session.id
    if since:
        changed = and_(changed, Entry.revision > since)
    rows = db.session.execute(
        select(
            *(Entry.id, Entry.key, Entry.kind, Entry.number, Entry.text, Entry.topic_id, Entry.is_of_several),
            *(Entry.supports, Entry.source, Entry.state, Entry.recorded_at, Entry.has_conflict),
            Entry.deleted_at.is_not(None).label("is_deleted"),
            Entry.withheld_at.is_not(None).label("is_withheld"),
            Root.key.label("root_key"),
        )
        .outerjoin(Root, Entry.merged_into_id == Root.id)
        .where(changed)
        .order_by(Entry.id)
    ).all()
    ids = select(Entry.id).where(changed)
    origins = _read_origins(ids)
    acts = _read_act_keys(session, select(Entry.key).where(changed))
    former = _read_former(ids)
    merged = _read_merged(ids)
    versions = _read_versions(session, and_(changed, Entry.has_conflict))
    entries = []
    for row in rows:
        ref = make_reference(row.kind, row.number)
        entry = {
            "key": row.key,
            "ref": ref,
            "former": former[row.id],
            "kind": row.kind.value,
            "text": row.text,
            "topic": topic_names.get(row.topic_id),
            "several": row.is_of_several,
            "supports": row.supports,
            "origins": origins[row.id],
            "acts": acts[row.key] or _keys_without_acts(row, origins[row.id]),
            "deleted": row.is_deleted,
            "into": row.root_key,
            "merged": merged[row.id],
            "withheld": row.is_withheld,
            "state": row.state.value,
            "source": row.source.value,
            "at": row.recorded_at.isoformat(),
            "url": f"{base}/{ref}/historial",
        }
        if row.key in versions:
            entry["versions"] = versions[row.key]
        entries.append(entry)
    return entries


def _keys_without_acts(row: Any, origin_keys: Iterable[str]) -> list[str]:
    """The acts that an entry from a file will have as soon as somebody does something to it."""
    return notebooks.keys_of_row(
        row.key, has_supports=bool(row.supports), is_deleted=row.is_deleted, origin_keys=origin_keys
    )


def _read_origins(ids: Select[Any]) -> dict[int, list[str]]:
    query = (
        select(ProposalOrigin.proposal_id, Entry.key)
        .join(Entry, Entry.id == ProposalOrigin.contribution_id)
        .where(ProposalOrigin.proposal_id.in_(ids))
        .order_by(Entry.id)
    )
    return _gather(db.session.execute(query))


def _read_act_keys(session: Session, keys: Select[Any]) -> dict[str, list[str]]:
    query = select(EntryAct.entry_key, EntryAct.key).where(
        EntryAct.session_id == session.id, EntryAct.entry_key.in_(keys)
    )
    return _gather(db.session.execute(query.order_by(EntryAct.id)))


def _read_former(ids: Select[Any]) -> dict[int, list[str]]:
    query = select(FormerNumber.entry_id, FormerNumber.kind, FormerNumber.number).where(FormerNumber.entry_id.in_(ids))
    rows = db.session.execute(query)
    return _gather((entry_id, make_reference(kind, number)) for entry_id, kind, number in rows)


def _read_merged(ids: Select[Any]) -> dict[int, list[dict[str, str]]]:
    query = (
        select(Merged.merged_into_id, Merged.key, Merged.kind, Merged.number, Merged.text)
        .where(Merged.merged_into_id.in_(ids))
        .order_by(Merged.id)
    )
    return _gather(
        (root, {"key": key, "ref": make_reference(kind, number), "text": text})
        for root, key, kind, number, text in db.session.execute(query)
    )


def _read_versions(session: Session, condition: ColumnElement[bool]) -> dict[str, list[dict[str, str]]]:
    """The versions to choose from of entries in conflict: what each says, who wrote it and when."""
    keys = select(Entry.key).where(condition)
    query = (
        select(EntryAct)
        .where(EntryAct.session_id == session.id, EntryAct.entry_key.in_(keys))
        .options(joinedload(EntryAct.staff), joinedload(EntryAct.link))
    )
    rows = {row.key: row for row in db.session.scalars(query)}
    return {
        entry: [
            {
                "act": act.key,
                "text": act.sets["text"],
                "by": rows[act.key].writer,
                "at": act.at.isoformat(),
            }
            for act in summed.versions
        ]
        for entry, summed in sum_up(map(notebooks.read_act, rows.values())).items()
        if summed.has_conflict
    }


def _gather(pairs: Iterable[Any]) -> dict[Any, list[Any]]:
    gathered: dict[Any, list[Any]] = defaultdict(list)
    for owner, each in pairs:
        gathered[owner].append(each)
    return gathered
