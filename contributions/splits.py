"""Splitting an entry that says several things, with the trace kept: each part knows its whole, and it can be undone."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from accounts.models import StaffMember
from contributions import entry_trail, notebooks, revisions, services, texts
from contributions.models import Entry, EntryActKind, EntryAuthor, EntryTrace, ProposalOrigin, new_key
from contributions.notebooks import Notetaker
from contributions.reports import Report
from core.database import db
from core.errors import DomainError
from core.text import clean_text

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


def list_parts(entry: Entry) -> Sequence[Entry]:
    """What the entry was split into, deleted or not."""
    query = select(Entry).join(EntryTrace, EntryTrace.entry_id == Entry.id).where(EntryTrace.origin_id == entry.id)
    return db.session.scalars(query.order_by(Entry.kind, Entry.number)).all()


def find_whole(entry: Entry) -> Entry | None:
    """What the entry is a part of."""
    query = select(Entry).join(EntryTrace, EntryTrace.origin_id == Entry.id).where(EntryTrace.entry_id == entry.id)
    return db.session.scalar(query.order_by(Entry.id).limit(1))


def list_origins(entry: Entry) -> Sequence[Entry]:
    """The contributions that a proposal grew from, or the proposals that grew from a contribution."""
    grown = select(ProposalOrigin.proposal_id).where(ProposalOrigin.contribution_id == entry.id)
    roots = select(ProposalOrigin.contribution_id).where(ProposalOrigin.proposal_id == entry.id)
    query = select(Entry).where(or_(Entry.id.in_(grown), Entry.id.in_(roots)), Entry.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Entry.session_id, Entry.kind, Entry.number)).all()


def split(entry: Entry, parts: str, *, by: StaffMember, now: datetime) -> list[Entry]:
    """Make several entries of one: each part one of its own, and the whole no longer counts.

    Parts stand with an empty line between them. They keep the whole's topic, theme, links and place in time; its dots
    go with the first, for nobody knows which part they were for. Raises `NothingToSplit`, `TooManyParts`,
    `CountsNoMore`, and what is wrong with a text.
    """
    words = [texts.check(part) for part in clean_text(parts).split("\n\n") if part.strip()]
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
    """Let the whole stand again, and its parts no longer. Raises `NotSplit`."""
    _hold(entry)
    parts = [part for part in list_parts(entry) if not part.is_deleted]
    if not parts or not entry.is_deleted:
        raise NotSplit
    services.act_on(entry, EntryActKind.RESTORE, by=Notetaker(staff=by), now=now)
    for part in parts:
        services.act_on(part, EntryActKind.DELETE, by=Notetaker(staff=by), now=now)
    entry_trail.note("entry.unsplit", entry, by=by, now=now)


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
    for other in list_origins(entry):
        if other.session_id != entry.session_id:
            continue
        for part in parts:
            proposal, contribution = (part, other) if entry.kind.letter == "P" else (other, part)
            reports.append(Report(new_key(), EntryActKind.LINK, proposal.key, now, other=contribution.key))
    if reports:
        notebooks.accept(entry.session, reports, by=Notetaker(staff=by), now=now)
