"""What can be done with contributions and proposals: record, edit, delete, restore."""

import hashlib
import re
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember
from contributions import numbers, texts, topics
from contributions.models import Entry, EntryKind
from core.database import db
from core.errors import DomainError, NotFoundError
from core.text import fold
from events.models import Session, SessionKind

_REFERENCE = re.compile(r"([AP])-(\d{1,9})")


class NothingSaidInBreak(DomainError):
    """Breaks are no working sessions: nothing that figures count is said in them."""

    message = _l("Nothing is recorded in a break.")
    field = "text"


def record(  # noqa: PLR0913 - what was said, where, about what, when, and sent by which line
    session: Session,
    kind: EntryKind,
    text: str,
    *,
    now: datetime,
    topic_name: str = "",
    line_id: str = "",
) -> Entry:
    """Record what was said at `now` under the next number of its kind, and give it.

    A line that is sent again (same `line_id`, same text) gives the entry it became the first time.
    """
    text = texts.check(text)
    if session.kind is SessionKind.BREAK:
        raise NothingSaidInBreak
    topic = topics.get_or_create(session.event, topic_name)
    number = numbers.take(session, kind)
    external_id = line_key(line_id, text) if line_id else None
    # Looked for only now: who sends the same line at the same time waits for the counter and then finds it.
    if external_id and (earlier := _find_by_external_id(session, kind, external_id)):
        numbers.give_back(session, kind)
        return earlier
    entry = Entry(
        session=session,
        kind=kind,
        number=number,
        topic=topic,
        text=text,
        search_key=fold(text),
        recorded_at=now,
        external_id=external_id,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def edit(  # noqa: PLR0913 - an entry has three things to correct
    entry: Entry, *, kind: EntryKind, text: str, topic_name: str, by: StaffMember | None, now: datetime
) -> Entry:
    """Correct an entry and give the one that stands now.

    What turns out to be of the other kind becomes a new entry with a number of that kind; the old one is deleted and
    keeps its number and its id from the file, so that neither is ever used again.
    """
    text = texts.check(text)
    if kind is not entry.kind:
        delete(entry, by=by, now=now)
        return record(entry.session, kind, text, topic_name=topic_name, now=entry.recorded_at)
    entry.topic = topics.get_or_create(entry.session.event, topic_name)
    entry.text = text
    entry.search_key = fold(text)
    _note("entry.update", entry, by=by, now=now)
    db.session.flush()
    return entry


def delete(entry: Entry, *, by: StaffMember | None, now: datetime) -> None:
    """Take an entry out of every list and figure; `restore` brings it back. Deleting twice is deleting once."""
    if entry.is_deleted:
        return
    entry.deleted_at = now
    _note("entry.delete", entry, by=by, now=now)
    db.session.flush()


def restore(entry: Entry, *, by: StaffMember | None, now: datetime) -> None:
    """Bring a deleted entry back under its own number."""
    if not entry.is_deleted:
        return
    entry.deleted_at = None
    _note("entry.restore", entry, by=by, now=now)
    db.session.flush()


def get_entry(session: Session, reference: str) -> Entry:
    """Give the entry `A-012` of the session, deleted or not. Raises `NotFoundError`."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise NotFoundError(reference)
    kind = next(kind for kind in EntryKind if kind.letter == match[1])
    query = select(Entry).where(Entry.session_id == session.id, Entry.kind == kind, Entry.number == int(match[2]))
    entry = db.session.scalar(query)
    if entry is None:
        raise NotFoundError(reference)
    return entry


def line_key(line_id: str, text: str) -> str:
    """Give what makes a line that is sent twice one: the id its page gave it, and its words.

    The words too, because a page that the browser shows again from memory gives its old id to a new line.
    """
    return f"line:{hashlib.sha256(f'{line_id} {text}'.encode()).hexdigest()}"


def _find_by_external_id(session: Session, kind: EntryKind, external_id: str) -> Entry | None:
    query = select(Entry).where(Entry.session_id == session.id, Entry.kind == kind, Entry.external_id == external_id)
    return db.session.scalar(query)


def _note(act: str, entry: Entry, *, by: StaffMember | None, now: datetime) -> None:
    event = entry.session.event.slug
    audit.record(act, subject_kind="entry", subject_key=entry.code, by=by, now=now, event=event)
