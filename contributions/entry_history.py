"""The history of an entry: what was done to it, by whom and when, and which words stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from contributions import notebooks
from contributions.entry_rule import sum_up
from contributions.models import Entry, EntryAct, EntryActKind, EntryKind, Topic
from core.database import batches, db


@dataclass(frozen=True)
class Line:
    """One act of the history. `is_shown`: the entry says this; `is_version`: it is one of several to choose from."""

    act: str
    kind: EntryActKind
    writer: str
    at: datetime
    text: str | None
    entry_kind: EntryKind | None
    topic: str | None
    is_of_several: bool | None
    change: int
    other: Entry | None
    is_shown: bool
    is_version: bool
    is_late: bool

    @property
    def can_be_put_back(self) -> bool:
        return self.text is not None and (self.is_version or not self.is_shown)


def count_lines(entry: Entry) -> int:
    """How much was done to an entry."""
    query = select(func.count()).where(EntryAct.session_id == entry.session_id, EntryAct.entry_key == entry.key)
    return db.session.scalar(query) or len(notebooks.list_acts(entry))


def list_lines(entry: Entry, *, start: int = 0, most: int | None = None) -> list[Line]:
    """The history of an entry, the latest first; `topic` is empty where it was taken away, None where not touched.

    Of a long one, `most` lines from the `start`.
    """
    acts = notebooks.list_acts(entry)
    summed = sum_up(acts)[entry.key]
    shown = sorted(acts, key=lambda each: each.turn, reverse=True)[start:][:most]
    rows = _read_rows(entry, {act.key for act in shown})
    notebook = notebooks.find_notebook(entry.session)
    closed_at = notebook.closed_at if notebook else None
    others = _read_others(entry, {act.other for act in shown if act.other})
    return [
        Line(
            act=act.key,
            kind=act.kind,
            writer=rows[act.key].writer if act.key in rows else "",
            at=act.at,
            text=act.sets.get("text"),
            entry_kind=act.sets.get("kind"),
            topic=_name_topic(act.sets["topic"]) if "topic" in act.sets else None,
            is_of_several=act.sets.get("is_of_several"),
            change=act.change,
            other=others.get(act.other or ""),
            is_shown=act.key == summed.versions[-1].key,
            is_version=summed.has_conflict and act in summed.versions,
            is_late=bool(closed_at and act.key in rows and rows[act.key].received_at > closed_at),
        )
        for act in shown
    ]


def _read_rows(entry: Entry, keys: Iterable[str]) -> dict[str, EntryAct]:
    """The acts with who did them, by their keys."""
    found: dict[str, EntryAct] = {}
    for some in batches(sorted(keys)):
        query = select(EntryAct).where(EntryAct.session_id == entry.session_id, EntryAct.key.in_(some))
        query = query.options(joinedload(EntryAct.staff), joinedload(EntryAct.link))
        found |= {row.key: row for row in db.session.scalars(query)}
    return found


def _name_topic(topic_id: Any) -> str:
    topic = db.session.get(Topic, topic_id) if topic_id else None
    return topic.name if topic else ""


def _read_others(entry: Entry, keys: set[str]) -> dict[str, Entry]:
    query = select(Entry).where(Entry.session_id == entry.session_id, Entry.key.in_(keys))
    return {each.key: each for each in db.session.scalars(query)} if keys else {}
