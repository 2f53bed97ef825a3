"""What people typed as their organisation, for whoever may see them, held against the directory (docs/adr/0045)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts.models import StaffMember
from accounts.permissions import Permission
from core.database import db
from core.errors import DomainError
from core.text import fold
from directory import organisations
from directory.known_names import Directory
from directory.models import Organisation
from directory.organisations import OrganisationValues
from events.access import is_open_to
from events.models import Event
from registrations.models import Registration


class NoNames(DomainError):
    """Something is said of no name."""

    message = _l("Tick some names first.")


class NoOrganisation(DomainError):
    """A name is said to be another organisation's, and not which."""

    message = _l("Write which organisation it is.")


@dataclass(frozen=True)
class Typed:
    """A name that people typed: by what its spellings have in common, and the spellings, the most frequent first."""

    key: str
    spellings: tuple[str, ...]
    count: int

    @property
    def name(self) -> str:
        return self.spellings[0]


@dataclass(frozen=True)
class Sorted:
    """The names typed that nobody knows, those said to be no organisation, and how many are an organisation's."""

    unknown: Sequence[Typed]
    none: Sequence[Typed]
    known: int


def sort_out(directory: Directory, *, seen_by: StaffMember, event: Event | None = None) -> Sorted:
    """Sort what was typed at the events whose people a member may see, or at one of them; the most frequent first."""
    query = (
        select(Registration.organisation, func.count().label("number"))
        .join(Registration.event)
        .where(Registration.organisation != "", is_open_to(seen_by, Permission.VIEW_REGISTRATIONS))
        .group_by(Registration.organisation)
    )
    if event:
        query = query.where(Registration.event_id == event.id)
    names = _gather((row.organisation, row.number) for row in db.session.execute(query))
    unknown = [each for each in names if each.key not in directory.by_key]
    none = [each for each in names if each.key in directory.by_key and directory.get(each.key) is None]
    return Sorted(unknown, none, len(names) - len(unknown) - len(none))


def search(names: Sequence[Typed], words: str) -> Sequence[Typed]:
    """Give those of the names that have all these words, or pieces of words, however they are spelt."""
    wanted = fold(words).split()
    return [each for each in names if all(word in each.key for word in wanted)]


def find_event(slug: str, *, seen_by: StaffMember) -> Event | None:
    """Find the event of this slug, if the member may see its people."""
    return db.session.scalar(
        select(Event).where(Event.slug == slug, is_open_to(seen_by, Permission.VIEW_REGISTRATIONS))
    )


def list_spellings(event: Event, keys: Collection[str]) -> list[str]:
    """List what people of an event typed that folds to one of these keys."""
    typed = db.session.scalars(
        select(Registration.organisation)
        .where(Registration.event_id == event.id, Registration.organisation != "")
        .distinct()
    )
    return sorted(each for each in typed if fold(each) in keys)


def add_new(names: Iterable[str], *, by: StaffMember, now: datetime) -> list[Organisation]:
    """Add those of these names to the directory as organisations that nobody knows yet.

    Raises `NameTooLong`, `NoName`, `NameJustTaken`.
    """
    missing = (name for name in names if organisations.find_by_name(name) is None)
    return [organisations.add(OrganisationValues(name), by=by, now=now) for name in missing]


def _gather(typed: Iterable[tuple[str, int]]) -> list[Typed]:
    """Make the spellings of one name one; what has neither letters nor digits is no name."""
    spellings: dict[str, list[tuple[int, str]]] = {}
    for name, count in typed:
        if key := fold(name):
            spellings.setdefault(key, []).append((-count, name))
    gathered = [
        Typed(key, tuple(name for _count, name in sorted(each)), -sum(count for count, _name in each))
        for key, each in spellings.items()
    ]
    return sorted(gathered, key=lambda each: (-each.count, each.key))
