"""Splitting an entry that says several things, with the trace kept: each part knows its whole, and it can be undone."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import StaffMember
from contributions import entry_links, entry_texts, entry_trail, notebooks, revisions, services
from contributions.entry_rule import Act, sum_up
from contributions.models import Entry, EntryActKind, EntryAuthor, EntryTrace, new_key
from contributions.notebooks import Notetaker
from contributions.reports import Report
from core.database import db
from core.errors import DomainError
from core.text import clean_text
from events.models import Session

MOST_PARTS = 20


class NothingToSplit(DomainError):
    """A part is less than the whole."""

    message = _l("Write at least two parts, with an empty line between them.")
    field = "parts"


class TooManyParts(DomainError):
    """Nobody says so many things at once."""

    message = _l("An entry can be split into at most %(most)d parts.")
    field = "parts"

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(most=MOST_PARTS)


class CountsNoMore(DomainError):
    """What was split, merged or deleted is not there to be split."""

    message = _l("This entry does not count any more: it was split, merged or deleted.")
    field = "parts"


class NotSplit(DomainError):
    """The parts are not there to be put together again."""

    message = _l("This entry has not been split.")


class CountsElsewhere(DomainError):
    """Of an entry that was split either the whole counts or its parts do: both would count the same words twice."""


class CountsInParts(CountsElsewhere):
    """The whole would count beside its parts."""

    message = _l("%(whole)s was split into %(parts)s, which count now. In “Sorting” it can be put together again.")

    def __init__(self, whole: Entry, parts: Sequence[Entry]) -> None:
        """Say which entries count."""
        super().__init__(whole=whole.code, parts=", ".join(part.code for part in parts))


class CountsInWhole(CountsElsewhere):
    """A part would count beside its whole."""

    message = _l("%(part)s is a part of %(whole)s, which counts as a whole. In “Sorting” it can be split again.")

    def __init__(self, part: Entry, whole: Entry) -> None:
        """Say which entries count."""
        super().__init__(part=part.code, whole=whole.code)


def list_parts(entry: Entry) -> Sequence[Entry]:
    """What the entry was split into, deleted or not."""
    query = select(Entry).join(EntryTrace, EntryTrace.entry_id == Entry.id).where(EntryTrace.origin_id == entry.id)
    return db.session.scalars(query.order_by(Entry.kind, Entry.number)).all()


def find_whole(entry: Entry) -> Entry | None:
    """What the entry is a part of."""
    query = select(Entry).join(EntryTrace, EntryTrace.origin_id == Entry.id).where(EntryTrace.entry_id == entry.id)
    return db.session.scalar(query.order_by(Entry.id).limit(1))


def split(entry: Entry, parts: str, *, by: StaffMember, now: datetime) -> list[Entry]:
    """Make several entries of one: each part one of its own, and the whole no longer counts.

    Parts stand with an empty line between them. They keep the whole's topic, theme, links and place in time; its dots
    go with the first, for nobody knows which part they were for. Raises `NothingToSplit`, `TooManyParts`,
    `CountsNoMore`, and what is wrong with a text.
    """
    words = [entry_texts.check(part) for part in clean_text(parts).split("\n\n") if part.strip()]
    if len(words) < 2:
        raise NothingToSplit
    if len(words) > MOST_PARTS:
        raise TooManyParts
    _hold(entry)
    if entry.is_deleted or entry.is_merged:
        raise CountsNoMore
    made = [
        _write_part(entry, text, supports=0 if place else entry.supports, by=by, now=now)
        for place, text in enumerate(words)
    ]
    author = db.session.get(EntryAuthor, entry.id)
    for part in made:
        part.theme_id, part.source = entry.theme_id, entry.source
        db.session.add(EntryTrace(entry_id=part.id, origin_id=entry.id, created_at=now))
        if author:
            db.session.add(EntryAuthor(entry_id=part.id, registration_id=author.registration_id, name=author.name))
    _pass_links_on(entry, made, by=by, now=now)
    services.act_on(entry, EntryActKind.DELETE, by=Notetaker(staff=by), now=now)
    entry_trail.note("entry.split", entry, by=by, now=now, parts=[part.code for part in made])
    db.session.flush()
    return made


def undo_split(entry: Entry, *, by: StaffMember, now: datetime) -> None:
    """Let the whole stand again, if it does not yet, and its parts no longer. Raises `NotSplit`."""
    _hold(entry)
    parts = [part for part in list_parts(entry) if not part.is_deleted]
    if not parts:
        raise NotSplit
    services.restore(entry, by=Notetaker(staff=by), now=now)
    for part in parts:
        services.act_on(part, EntryActKind.DELETE, by=Notetaker(staff=by), now=now)
    entry_trail.note("entry.unsplit", entry, by=by, now=now)


def restore(entry: Entry, *, by: Notetaker, now: datetime) -> None:
    """Bring a deleted entry back. Raises `CountsInParts` or `CountsInWhole` when its words count elsewhere."""
    _hold(entry)
    refusal = _find_where_counted(entry)
    if entry.is_deleted and refusal:
        raise refusal
    services.restore(entry, by=by, now=now)


def find_doubling(session: Session, reports: Sequence[Report]) -> dict[str, CountsElsewhere]:
    """Of what a device sends, find what would bring back an entry whose words count elsewhere, and say where.

    Holds the notebook if anything is brought back, so that nobody splits the entry meanwhile.
    """
    restores = [report for report in reports if report.kind is EntryActKind.RESTORE]
    if not restores:
        return {}
    revisions.take(session.id)
    keys = {report.entry for report in restores}
    query = select(Entry).where(Entry.session_id == session.id, Entry.key.in_(keys), Entry.deleted_at.is_not(None))
    refusals = {entry.key: (entry, _find_where_counted(entry)) for entry in db.session.scalars(query)}
    doubling = {}
    for report in restores:
        entry, refusal = refusals.get(report.entry, (None, None))
        if entry and refusal and _brings_back(report, entry):
            doubling[report.key] = refusal
    return doubling


def _brings_back(report: Report, entry: Entry) -> bool:
    """Whether this act, done now, lets a deleted entry stand: not one that knows nothing of the deletion that holds."""
    act = Act(report.key, report.kind, report.entry, report.happened_at, seen=frozenset(report.seen))
    return sum_up([*notebooks.list_acts(entry), act])[entry.key].deleted_at is None


def _find_where_counted(entry: Entry) -> CountsElsewhere | None:
    """Where the words of an entry count that was split, or came of a split."""
    parts = [part for part in list_parts(entry) if not part.is_deleted]
    if parts:
        return CountsInParts(entry, parts)
    whole = find_whole(entry)
    return CountsInWhole(entry, whole) if whole and not whole.is_deleted else None


def _hold(entry: Entry) -> None:
    """Let nobody else write in the notebook until this is done, and look at the entry as it is then."""
    revisions.take(entry.session_id)
    db.session.refresh(entry)


def _write_part(entry: Entry, text: str, *, supports: int, by: StaffMember, now: datetime) -> Entry:
    key = new_key()
    sets = {"text": text, "kind": entry.kind, "is_of_several": entry.is_of_several}
    if entry.topic:
        sets["topic"] = entry.topic.name
    reports = [Report(key, EntryActKind.WRITE, key, entry.recorded_at, sets)]
    if supports:
        reports.append(Report(new_key(), EntryActKind.SUPPORT, key, now, change=supports))
    notebooks.accept(entry.session, reports, by=Notetaker(staff=by), now=now)
    return services.get_by_key(entry.session, key)


def _pass_links_on(entry: Entry, parts: Sequence[Entry], *, by: StaffMember, now: datetime) -> None:
    """Link each part to what the whole was linked to, either way."""
    reports = []
    for other in entry_links.list_linked(entry):
        if other.session_id != entry.session_id:
            continue
        for part in parts:
            proposal, contribution = (part, other) if entry.kind.letter == "P" else (other, part)
            reports.append(Report(new_key(), EntryActKind.LINK, proposal.key, now, other=contribution.key))
    if reports:
        notebooks.accept(entry.session, reports, by=Notetaker(staff=by), now=now)
