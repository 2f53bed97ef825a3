"""What can be done with one contribution or proposal by a form: record, edit, choose, delete, restore.

Each is an act like those of devices, and accepted like them (`contributions.notebooks`).
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from contributions import entry_texts, notebooks
from contributions.models import Entry, EntryAct, EntryActKind, EntryKind, EntrySource, FormerNumber, Topic, new_key
from contributions.notebooks import Notetaker
from contributions.reports import Report
from core.database import db
from core.errors import DomainError, NotFoundError
from core.text import clean_line
from events.models import Session

_REFERENCE = re.compile(r"([AP])-(\d{1,9})")


class NotebookClosed(DomainError):
    """Who writes by a form knows that the notebook is closed."""

    message = _l("The notebook of this session is closed: open it again to write in it.")
    field = "text"


def record(  # noqa: PLR0913 - what was said, where, about what, when, by whom, and sent by which line
    session: Session,
    kind: EntryKind,
    text: str,
    *,
    now: datetime,
    topic_name: str = "",
    line_id: str = "",
    by: Notetaker | None = None,
    source: EntrySource = EntrySource.NOTED,
) -> Entry:
    """Record what was said at `now` under the next number of its kind, and give it.

    A line that is sent again (same `line_id`, same text) gives the entry it became the first time: the words too,
    because a page that the browser shows again from memory gives its old id to a new line. Raises `NotebookClosed`.
    """
    notebook = notebooks.find_notebook(session)
    if notebook and notebook.is_closed:
        raise NotebookClosed
    text = entry_texts.check(text)
    key = notebooks.derived_key(line_id, text) if line_id else new_key()
    sets: dict[str, Any] = {"text": text, "kind": kind}
    if topic_name:
        sets["topic"] = clean_line(topic_name)
    report = Report(key, EntryActKind.WRITE, key, now, sets)
    notebooks.accept(session, [report], by=by or Notetaker(), now=now, source=source)
    return get_by_key(session, key)


def edit(  # noqa: PLR0913 - an entry has three things to correct, and a page on which they were seen
    entry: Entry,
    *,
    by: Notetaker,
    now: datetime,
    kind: EntryKind | None = None,
    text: str | None = None,
    topic_name: str | None = None,
    seen: Iterable[str] | None = None,
) -> Entry:
    """Correct an entry, and give it; what is None, or as it was seen, is not touched.

    `seen` are the acts that whoever corrects it knew; without it, all there are. What turns out to be of the other kind
    takes a number of that kind.
    """
    seen = list_act_keys(entry) if seen is None else [entry.key, *seen]
    shown = notebooks.sum_up_entry(entry, seen)
    topic = db.session.get(Topic, shown.topic) if shown.topic else None
    sets: dict[str, Any] = {}
    if text is not None and (shown.has_conflict or entry_texts.check(text) != shown.text):
        sets["text"] = entry_texts.check(text)
    if kind is not None and kind is not shown.kind:
        sets["kind"] = kind
    if topic_name is not None and clean_line(topic_name) != (topic.name if topic else ""):
        sets["topic"] = clean_line(topic_name)
    if sets:
        act_on(entry, EntryActKind.EDIT, by=by, now=now, sets=sets, seen=seen)
    return entry


def put_back(entry: Entry, act_key: str, *, by: Notetaker, now: datetime) -> None:
    """Let the entry say again what it said after this act. Raises `NotFoundError`."""
    query = select(EntryAct).where(
        EntryAct.session_id == entry.session_id, EntryAct.entry_key == entry.key, EntryAct.key == act_key
    )
    act = db.session.scalar(query)
    text = act.content.get("sets", {}).get("text") if act else None
    if text is None:
        raise NotFoundError(act_key)
    act_on(entry, EntryActKind.EDIT, by=by, now=now, sets={"text": text})


def delete(entry: Entry, *, by: Notetaker, now: datetime) -> None:
    """Take an entry out of every list and figure; `restore` brings it back. Deleting twice is deleting once."""
    if not entry.is_deleted:
        act_on(entry, EntryActKind.DELETE, by=by, now=now)


def restore(entry: Entry, *, by: Notetaker, now: datetime) -> None:
    """Bring a deleted entry back under its own number."""
    if entry.is_deleted:
        act_on(entry, EntryActKind.RESTORE, by=by, now=now)


def get_entry(session: Session, reference: str) -> Entry:
    """Give the entry `A-012` of the session, deleted or not, by this number or a former one. Raises `NotFoundError`."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise NotFoundError(reference)
    kind, number = next(kind for kind in EntryKind if kind.letter == match[1]), int(match[2])
    query = select(Entry).where(Entry.session_id == session.id, Entry.kind == kind, Entry.number == number)
    former = (
        select(Entry)
        .join(FormerNumber, FormerNumber.entry_id == Entry.id)
        .where(FormerNumber.session_id == session.id, FormerNumber.kind == kind, FormerNumber.number == number)
    )
    entry = db.session.scalar(query) or db.session.scalar(former)
    if entry is None:
        raise NotFoundError(reference)
    return entry


def get_by_key(session: Session, key: str) -> Entry:
    """Give the entry of the session with this key. Raises `NotFoundError`."""
    entry = db.session.scalar(select(Entry).where(Entry.session_id == session.id, Entry.key == key))
    if entry is None:
        raise NotFoundError(key)
    return entry


def list_act_keys(entry: Entry) -> list[str]:
    """The keys of all that was done to an entry, as far as it counts for who does something now."""
    query = select(EntryAct.key).where(EntryAct.session_id == entry.session_id, EntryAct.entry_key == entry.key)
    keys = db.session.scalars(query.where(EntryAct.kind != EntryActKind.SUPPORT).order_by(EntryAct.id)).all()
    return list(keys) or [act.key for act in notebooks.list_acts(entry)]


def act_on(  # noqa: PLR0913 - an act is who did what to which entry, when, knowing what
    entry: Entry,
    kind: EntryActKind,
    *,
    by: Notetaker,
    now: datetime,
    sets: dict[str, Any] | None = None,
    seen: Iterable[str] | None = None,
) -> None:
    """Do one thing to an entry as it stands, or as whoever does it had `seen` it."""
    known = tuple(list_act_keys(entry) if seen is None else seen)
    report = Report(new_key(), kind, entry.key, now, sets or {}, known)
    notebooks.accept(entry.session, [report], by=by, now=now)
