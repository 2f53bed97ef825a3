"""Which entries point to which: those of a batch by their names, in one query however many, and those of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, true

from contributions.models import Entry, EntryKind, FormerNumber, ProposalOrigin
from core.database import batches, db
from events.models import Event, Session


@dataclass(frozen=True)
class EntryName:
    """What an entry is called: `code` within its event, `reference` everywhere and for ever."""

    event: str
    code: str

    @property
    def reference(self) -> str:
        return f"{self.event}/{self.code}"


def read_names(ids: Collection[int], *, among: ColumnElement[bool] | None = None) -> dict[int, EntryName]:
    """The names of the entries with these ids, of those alone for which `among` holds."""
    names: dict[int, EntryName] = {}
    query = (
        select(Entry.id, Event.slug, Session.code, Entry.kind, Entry.number)
        .join(Entry.session)
        .join(Session.event)
        .where(true() if among is None else among)
    )
    for some in batches(sorted(set(ids))):
        for key, event, session, kind, number in db.session.execute(query.where(Entry.id.in_(some))):
            names[key] = name_of(event, session, kind, number)
    return names


def read_origins(
    proposal_ids: Collection[int], *, among: ColumnElement[bool] | None = None
) -> dict[int, list[EntryName]]:
    """The contributions that each of these proposals was built on: those that stand, and for which `among` holds."""
    pairs: list[tuple[int, int]] = []
    query = select(ProposalOrigin.proposal_id, ProposalOrigin.contribution_id)
    for some in batches(sorted(set(proposal_ids))):
        pairs += [(row[0], row[1]) for row in db.session.execute(query.where(ProposalOrigin.proposal_id.in_(some)))]
    # The contributions by their ids, and not joined to the pairs: SQLite would read every entry for each batch.
    stands = Entry.deleted_at.is_(None) if among is None else and_(Entry.deleted_at.is_(None), among)
    names = read_names({contribution for _proposal, contribution in pairs}, among=stands)
    origins: dict[int, list[EntryName]] = {}
    for proposal, contribution in pairs:
        if contribution in names:
            origins.setdefault(proposal, []).append(names[contribution])
    return {proposal: sorted(some, key=lambda name: (name.event, name.code)) for proposal, some in origins.items()}


def read_former_names(ids: Collection[int]) -> dict[int, list[EntryName]]:
    """The names that these entries had when they were of the other kind, which nobody else gets."""
    names: dict[int, list[EntryName]] = {}
    query = (
        select(FormerNumber.entry_id, Event.slug, Session.code, FormerNumber.kind, FormerNumber.number)
        .join(Session, Session.id == FormerNumber.session_id)
        .join(Session.event)
        .order_by(FormerNumber.entry_id, FormerNumber.kind)
    )
    for some in batches(sorted(set(ids))):
        for key, event, session, kind, number in db.session.execute(query.where(FormerNumber.entry_id.in_(some))):
            names.setdefault(key, []).append(name_of(event, session, kind, number))
    return names


def name_of(event: str, session: str, kind: EntryKind, number: int) -> EntryName:
    """Name an entry by what its code is made of."""
    return EntryName(event, f"{session}-{kind.letter}-{number:03d}")


def list_linked(entry: Entry) -> Sequence[Entry]:
    """The contributions that a proposal grew from, or the proposals that grew from a contribution."""
    grown = select(ProposalOrigin.proposal_id).where(ProposalOrigin.contribution_id == entry.id)
    roots = select(ProposalOrigin.contribution_id).where(ProposalOrigin.proposal_id == entry.id)
    query = select(Entry).where(or_(Entry.id.in_(grown), Entry.id.in_(roots)), Entry.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Entry.session_id, Entry.kind, Entry.number)).all()
