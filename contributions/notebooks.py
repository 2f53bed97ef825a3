"""Notebooks: what devices and forms did to the entries of a session, each act accepted once, in any order.

The notebook's row is taken first and held until the transaction ends: writers of one session come one after another,
and a revision that was given out is never joined by something older (docs/adr/0029). Then come topics, in order of
their key, and the counters of numbers.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, and_, func, insert, select

from accounts import audit
from accounts.models import StaffMember
from contributions import entry_numbers, publications, revisions, topics
from contributions.entry_rule import Act, EntrySum, sum_up
from contributions.models import (
    CaptureLink,
    Entry,
    EntryAct,
    EntryActKind,
    EntryKind,
    EntrySource,
    FormerNumber,
    Notebook,
    ProposalOrigin,
    Topic,
)
from contributions.reports import Report
from core.database import db
from core.errors import DomainError
from core.text import fold
from events.models import Session, SessionKind


class NothingSaidInBreak(DomainError):
    """Breaks are no working sessions: nothing that figures count is said in them."""

    message = _l("Nothing is recorded in a break.")
    field = "text"


class Outcome(StrEnum):
    """What came of an act; one that came early is about an entry that has not arrived yet, and is kept."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    EARLY = "early"


@dataclass(frozen=True)
class Notetaker:
    """Who writes: the device, and the member of staff or the link that opened the notebook to it."""

    device: str = ""
    staff: StaffMember | None = None
    link: CaptureLink | None = None


def accept(
    session: Session,
    reports: Iterable[Report],
    *,
    by: Notetaker,
    now: datetime,
    source: EntrySource = EntrySource.NOTED,
) -> dict[str, Outcome]:
    """Take what was done to entries of the session, and say for each act, by its key, what came of it.

    New entries take their numbers in the order in which they stand here. A closed notebook takes everything: it was
    written before the device knew. Raises `NothingSaidInBreak`.
    """
    if session.kind is SessionKind.BREAK:
        raise NothingSaidInBreak
    told: dict[str, Report] = {}
    for report in reports:
        told.setdefault(report.key, report)
    if told.keys() <= _known_keys(session, told):
        return dict.fromkeys(told, Outcome.KNOWN)
    revision = revisions.take(session.id)
    merged = {report.other for report in told.values() if report.other and report.kind is EntryActKind.MERGE}
    _write_down_rows(session, {report.entry for report in told.values()} | merged, now=now)
    known = _known_keys(session, told)
    new = [report for key, report in told.items() if key not in known]
    _insert(session, new, by=by, now=now)
    there = _settle(session, new, by=by, now=now, revision=revision, source=source)
    return {
        key: Outcome.KNOWN if key in known else Outcome.ACCEPTED if report.entry in there else Outcome.EARLY
        for key, report in told.items()
    }


def find_notebook(session: Session) -> Notebook | None:
    """The notebook of a session, if anybody has written in it or closed it; as it is now."""
    return db.session.get(Notebook, session.id, populate_existing=True)


def count_late(session: Session, closed_at: datetime | None) -> int:
    """How many entries arrived after the notebook was closed; what people write by themselves comes then anyway."""
    if closed_at is None:
        return 0
    query = (
        select(func.count())
        .select_from(EntryAct)
        .join(Entry, and_(Entry.session_id == EntryAct.session_id, Entry.key == EntryAct.key))
    )
    query = query.where(
        EntryAct.session_id == session.id,
        EntryAct.kind == EntryActKind.WRITE,
        EntryAct.received_at > closed_at,
        Entry.source != EntrySource.WRITTEN,
    )
    return db.session.scalar(query) or 0


def close(session: Session, *, by: StaffMember, now: datetime) -> None:
    """Close the notebook: what devices wrote before they knew still arrives, and is shown as late."""
    _set_closed(session, now, by=by, now=now)


def reopen(session: Session, *, by: StaffMember, now: datetime) -> None:
    """Let everybody write in the notebook again."""
    _set_closed(session, None, by=by, now=now)


def _set_closed(session: Session, closed_at: datetime | None, *, by: StaffMember, now: datetime) -> None:
    revisions.take(session.id)
    notebook = db.session.get_one(Notebook, session.id, populate_existing=True)
    if notebook.is_closed is (closed_at is not None):
        return
    notebook.closed_at, notebook.closed_by_id = closed_at, by.id if closed_at else None
    audit.record(
        "notebook.close" if closed_at else "notebook.reopen",
        subject_kind="event",
        subject_key=session.event.slug,
        by=by,
        now=now,
        session=session.code,
    )
    db.session.flush()


# --- Acts ---


def _known_keys(session: Session, keys: Collection[str]) -> set[str]:
    query = select(EntryAct.key).where(EntryAct.session_id == session.id, EntryAct.key.in_(keys))
    return set(db.session.scalars(query))


def _insert(session: Session, reports: Sequence[Report], *, by: Notetaker, now: datetime) -> None:
    names = {topics.name_key(name): name for report in reversed(reports) if (name := report.sets.get("topic"))}
    found = topics.get_or_create_all(session.event, names)
    rows = []
    for report in reports:
        topic = found[topics.name_key(report.sets["topic"])] if report.sets.get("topic") else None
        rows.append(
            _row(
                session,
                Act(
                    key=report.key,
                    kind=report.kind,
                    entry=report.entry,
                    at=min(report.happened_at, now),
                    sets={**report.sets, **({"topic": topic.id if topic else None} if "topic" in report.sets else {})},
                    seen=frozenset(report.seen),
                    other=report.other,
                    change=report.change,
                ),
                by=by,
                now=now,
            )
        )
    if rows:
        db.session.execute(insert(EntryAct), rows)


def _row(session: Session, act: Act, *, by: Notetaker, now: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {"sets": {name: value for name, value in act.sets.items() if name != "topic"}}
    if "topic" in act.sets:
        content["sets"]["topic"] = True
    if act.seen:
        content["seen"] = sorted(act.seen)
    if act.change:
        content["change"] = act.change
    return {
        "session_id": session.id,
        "key": act.key,
        "kind": act.kind,
        "entry_key": act.entry,
        "other_key": act.other,
        "topic_id": act.sets.get("topic"),
        "content": content,
        "device": by.device,
        "staff_id": by.staff.id if by.staff else None,
        "link_id": by.link.id if by.link else None,
        "happened_at": act.at,
        "received_at": now,
    }


ACT_COLUMNS = (
    *(EntryAct.key, EntryAct.kind, EntryAct.entry_key, EntryAct.other_key, EntryAct.topic_id),
    *(EntryAct.content, EntryAct.happened_at),
)
"""All that the rule looks at."""


def read_act(row: EntryAct | Row[Any]) -> Act:
    """Give an act as the rule looks at it; its topic is an id."""
    sets = dict(row.content.get("sets", {}))
    if "topic" in sets:
        sets["topic"] = row.topic_id
    if "kind" in sets:
        sets["kind"] = EntryKind(sets["kind"])
    return Act(
        key=row.key,
        kind=row.kind,
        entry=row.entry_key,
        at=row.happened_at,
        sets=sets,
        seen=frozenset(row.content.get("seen", ())),
        other=row.other_key,
        change=row.content.get("change", 0),
    )


# --- Entries that came without acts: from files ---


def derived_key(*parts: str) -> str:
    """A key that is the same each time it is asked for: of what a file said, and of a form that is sent twice."""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def keys_of_row(key: str, *, has_supports: bool, is_deleted: bool, origin_keys: Iterable[str]) -> list[str]:
    """Give the keys of the acts that an entry without any comes to: written, supported, deleted, linked."""
    extra = [derived_key(key, word) for word, is_so in (("support", has_supports), ("delete", is_deleted)) if is_so]
    return [key, *extra, *(derived_key(key, other) for other in sorted(origin_keys))]


def acts_of_row(entry: Entry, origin_keys: Iterable[str]) -> list[Act]:
    """Give the acts that an entry without any comes to, as it stands."""
    sets = {
        "text": entry.text,
        "kind": entry.kind,
        "topic": entry.topic_id,
        "is_of_several": entry.is_of_several,
    }
    key, at = entry.key, entry.recorded_at
    acts = [Act(key, EntryActKind.WRITE, key, at, sets)]
    if entry.supports:
        acts.append(Act(derived_key(key, "support"), EntryActKind.SUPPORT, key, at, change=entry.supports))
    if entry.deleted_at:
        acts.append(Act(derived_key(key, "delete"), EntryActKind.DELETE, key, entry.deleted_at))
    links = {other: derived_key(key, other) for other in sorted(origin_keys)}
    return acts + [Act(made, EntryActKind.LINK, key, at, other=other) for other, made in links.items()]


def read_origin_keys(entry_ids: Collection[int]) -> dict[int, list[str]]:
    """The keys of the contributions that proposals are linked to, by the proposal's id."""
    query = (
        select(ProposalOrigin.proposal_id, Entry.key)
        .join(Entry, Entry.id == ProposalOrigin.contribution_id)
        .where(ProposalOrigin.proposal_id.in_(entry_ids))
        .order_by(Entry.id)
    )
    keys: dict[int, list[str]] = {}
    for proposal_id, key in db.session.execute(query):
        keys.setdefault(proposal_id, []).append(key)
    return keys


def list_acts(entry: Entry) -> list[Act]:
    """All that was done to an entry; of one from a file, what the file did."""
    query = select(EntryAct).where(EntryAct.session_id == entry.session_id, EntryAct.entry_key == entry.key)
    acts = [read_act(row) for row in db.session.scalars(query.order_by(EntryAct.id))]
    if any(act.key == entry.key for act in acts):
        return acts
    return [*acts_of_row(entry, read_origin_keys([entry.id]).get(entry.id, ())), *acts]


def sum_up_entry(entry: Entry, seen: Iterable[str]) -> EntrySum:
    """What an entry comes to for somebody who has seen no more than these acts of it, and how it was written."""
    known = {entry.key, *seen}
    return sum_up(act for act in list_acts(entry) if act.key in known)[entry.key]


def _write_down_rows(session: Session, keys: Collection[str], *, now: datetime) -> None:
    """Make acts of what files said of these entries, before anything is done to them."""
    has_acts = select(EntryAct.id).where(EntryAct.session_id == session.id, EntryAct.key == Entry.key).exists()
    query = select(Entry).where(Entry.session_id == session.id, Entry.key.in_(keys), ~has_acts)
    entries = db.session.scalars(query.execution_options(populate_existing=True)).all()
    if not entries:
        return
    origins = read_origin_keys([entry.id for entry in entries])
    rows = [
        _row(session, act, by=Notetaker(), now=now)
        for entry in entries
        for act in acts_of_row(entry, origins.get(entry.id, ()))
    ]
    db.session.execute(insert(EntryAct), rows)


# --- What the acts come to ---


def _settle(  # noqa: PLR0913 - what was done, by whom and when, and how it is marked
    session: Session, new: Sequence[Report], *, by: Notetaker, now: datetime, revision: int, source: EntrySource
) -> set[str]:
    """Make the entries that these acts are about, and those that depend on them, what the rule says; who is there.

    What a link changes of what is published is public again when the team has read it.
    """
    touched = {report.entry for report in new}
    written = [report.key for report in new if report.kind is EntryActKind.WRITE]
    keys = _with_relatives(session, touched | _find_linking(session, written))
    sums = sum_up(_read_acts(session, keys))
    entries = _read_entries(session, keys)
    fresh = [key for key in dict.fromkeys([*written, *sorted(sums)]) if key in sums and key not in entries]
    entries |= _create(session, {key: sums[key] for key in fresh}, revision=revision, source=source)
    published = {entry: publications.read_words(entry) for entry in entries.values()} if by.link else {}
    _renumber(session, {key: entry for key, entry in entries.items() if sums[key].kind is not entry.kind}, sums)
    for key, entry in entries.items():
        _take_over(entry, sums[key], entries)
        if key in touched or db.session.is_modified(entry):
            entry.revision = revision
    db.session.flush()
    _link(session, {entries[key]: sums[key].origins for key in entries})
    if by.link:
        unread = [entry for entry, words in published.items() if words and words != publications.read_words(entry)]
        publications.take_back(unread, link=by.link, now=now)
    return set(entries)


def _find_linking(session: Session, written: Collection[str]) -> set[str]:
    """The entries that were linked to one of these before it arrived."""
    if not written:
        return set()
    query = select(EntryAct.entry_key).where(
        EntryAct.session_id == session.id, EntryAct.other_key.in_(written), EntryAct.kind == EntryActKind.LINK
    )
    return set(db.session.scalars(query))


def _with_relatives(session: Session, keys: Collection[str]) -> set[str]:
    """These entries, and all that were ever merged with them."""
    query = select(EntryAct.entry_key, EntryAct.other_key).where(
        EntryAct.session_id == session.id, EntryAct.other_key.is_not(None), EntryAct.kind == EntryActKind.MERGE
    )
    neighbours: dict[str, set[str]] = {}
    for pair in db.session.execute(query):
        entry, other = str(pair.entry_key), str(pair.other_key)
        neighbours.setdefault(entry, set()).add(other)
        neighbours.setdefault(other, set()).add(entry)
    found, waiting = set(keys), list(keys)
    while waiting:
        more = neighbours.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def _read_acts(session: Session, keys: Collection[str]) -> list[Act]:
    """Read the acts about these entries without making objects of their rows: of a long chain they are thousands."""
    query = select(*ACT_COLUMNS).where(EntryAct.session_id == session.id, EntryAct.entry_key.in_(keys))
    return [read_act(row) for row in db.session.execute(query)]


def _create(session: Session, sums: Mapping[str, EntrySum], *, revision: int, source: EntrySource) -> dict[str, Entry]:
    """Make the rows of entries that are new, numbered in this order."""
    next_number = {}
    for kind in sorted({each.kind for each in sums.values()}):
        next_number[kind] = entry_numbers.take(session, kind, sum(each.kind is kind for each in sums.values()))
    rows = []
    for key, each in sums.items():
        rows.append(
            {
                "session_id": session.id,
                "key": key,
                "kind": each.kind,
                "number": next_number[each.kind],
                "topic_id": each.topic,
                "text": each.text,
                "search_key": fold(each.text),
                "is_of_several": each.is_of_several,
                "supports": each.supports,
                "source": source,
                "recorded_at": each.written_at,
                "revision": revision,
                "has_conflict": each.has_conflict,
                "deleted_at": each.deleted_at,
            }
        )
        next_number[each.kind] += 1
    if not rows:
        return {}
    db.session.execute(insert(Entry), rows)
    return _read_entries(session, sums)


def _read_entries(session: Session, keys: Collection[str]) -> dict[str, Entry]:
    query = select(Entry).where(Entry.session_id == session.id, Entry.key.in_(keys))
    return {entry.key: entry for entry in db.session.scalars(query.execution_options(populate_existing=True))}


def _renumber(session: Session, entries: Mapping[str, Entry], sums: Mapping[str, EntrySum]) -> None:
    """Give entries that turned out to be of the other kind a number of that kind; the one they had stays theirs."""
    if not entries:
        return
    ids = [entry.id for entry in entries.values()]
    former = {
        (row.entry_id, row.kind): row
        for row in db.session.scalars(select(FormerNumber).where(FormerNumber.entry_id.in_(ids)))
    }
    for key, entry in entries.items():
        kind = sums[key].kind
        had = former.get((entry.id, kind))
        left = FormerNumber(entry_id=entry.id, kind=entry.kind, session_id=session.id, number=entry.number)
        entry.number = had.number if had else entry_numbers.take(session, kind)
        entry.kind = kind
        if had:
            db.session.delete(had)
        db.session.add(left)
        db.session.flush()


def _take_over(entry: Entry, summed: EntrySum, entries: Mapping[str, Entry]) -> None:
    if entry.text != summed.text:
        entry.text = summed.text
        entry.search_key = fold(summed.text)
    if entry.topic_id != summed.topic:
        entry.topic = db.session.get(Topic, summed.topic) if summed.topic else None
    entry.is_of_several = summed.is_of_several
    entry.supports = summed.supports
    entry.deleted_at = summed.deleted_at
    entry.has_conflict = summed.has_conflict
    entry.merged_into_id = entries[summed.into].id if summed.into else None


def _link(session: Session, wanted: Mapping[Entry, Collection[str]]) -> None:
    """Make the rows of links what the acts say; a link to what has not arrived waits for it.

    A file may link to a contribution of another session of the event.
    """
    had = read_origin_keys([entry.id for entry in wanted])
    changed = {entry: set(keys) for entry, keys in wanted.items() if set(keys) != set(had.get(entry.id, ()))}
    if not changed:
        return
    named = {key for entry, keys in changed.items() for key in keys.symmetric_difference(had.get(entry.id, ()))}
    in_event = select(Session.id).where(Session.event_id == session.event_id)
    query = select(Entry.key, Entry.id).where(Entry.session_id.in_(in_event), Entry.key.in_(named))
    ids = dict(db.session.execute(query).all())
    for entry, keys in changed.items():
        before = set(had.get(entry.id, ()))
        for key in sorted(before - keys):
            db.session.delete(db.session.get_one(ProposalOrigin, (entry.id, ids[key])))
        for key in sorted(keys - before):
            if key in ids:
                db.session.add(ProposalOrigin(proposal_id=entry.id, contribution_id=ids[key]))
    db.session.flush()
