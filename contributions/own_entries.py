"""What people wrote by themselves, as they find it again: how it stands, and whether they may still change it."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from contributions.models import Entry, EntryAuthor, EntryState
from core.database import db
from core.errors import NotFoundError
from events.models import EventState
from registrations.models import Registration


class Stand(StrEnum):
    """How it stands with what somebody wrote, as far as they are told."""

    RECEIVED = "received"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    NOT_SHOWN = "not_shown"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Own:
    """Something the person wrote, and whether they ask to be named beside it."""

    entry: Entry
    is_credited: bool

    @property
    def stand(self) -> Stand:
        """How it stands; what was merged into another stands as that one does."""
        whole = self.entry.merged_into or self.entry
        if whole.is_deleted:
            return Stand.WITHDRAWN
        if whole.is_withheld:
            return Stand.NOT_SHOWN
        if whole.state is EntryState.PUBLISHED and whole.session.event.state is not EventState.DRAFT:
            return Stand.PUBLISHED
        return Stand.RECEIVED if whole.state is EntryState.COLLECTED else Stand.REVIEWED

    @property
    def may_change(self) -> bool:
        """Whether the person may still change it: nobody has read it, and it stands by itself."""
        return self.stand is Stand.RECEIVED and not self.entry.is_merged


def list_own(registration: Registration) -> list[Own]:
    """What the person wrote, the last first."""
    query = select(Entry, EntryAuthor.name).join(EntryAuthor, EntryAuthor.entry_id == Entry.id).join(Entry.session)
    query = query.where(EntryAuthor.registration_id == registration.id).options(contains_eager(Entry.session))
    return [Own(entry, name is not None) for entry, name in db.session.execute(query.order_by(Entry.id.desc()))]


def get_own(registration: Registration, code: str, reference: str) -> Own:
    """Give one thing the person wrote. Raises `NotFoundError`."""
    for own in list_own(registration):
        if (own.entry.session.code, own.entry.reference) == (code, reference):
            return own
    raise NotFoundError(reference)
